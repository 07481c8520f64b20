"""What the application holds does not grow with what happens in it."""

from __future__ import annotations

import gc
import itertools
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from textual._styles_cache import StylesCache
from textual.widget import Widget

from secingest_tui.models.records import JobRow, JobState
from secingest_tui.screens.replication import feed as feeding
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import FakeSession
from tests.tui.fake_data import NOW
from tests.tui.test_lists import table


@contextmanager
def traced() -> Iterator[None]:
    tracemalloc.start(1)
    try:
        yield
    finally:
        tracemalloc.stop()


async def test_memory_is_flat_while_jobs_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """After 30 draws of a screen on which everything changed, as many again leave nothing behind."""
    monkeypatch.setattr(feeding, "INTERVAL", 0.0)
    states = itertools.cycle((JobState.LEASED, JobState.RETRYING, JobState.QUEUED))
    session = FakeSession()
    session.job_rows = [
        JobRow(f"job-{at:02}", f"t/{at:02}", "v1", "a", "b", JobState.QUEUED, 0) for at in range(30)
    ]
    async with running(session, start="replication") as (app, pilot):

        async def changed(at: int) -> None:
            now = {"state": next(states), "attempts": at, "updated_at": NOW + timedelta(minutes=at)}
            rows = tuple(replace(job, error=f"error {at}", **now) for job in session.job_rows)  # type: ignore[arg-type]
            session.replication.totals(at, rows)
            await until(pilot, lambda: str(table(app).get_cell_at((0, 3))) == str(at))
            screen_text(app)  # drawn, even where a busy machine leaves out a frame

        held: list[int] = []
        with traced():
            for at in range(1, 61):
                await changed(at)
                if at % 30 == 0:
                    gc.collect()
                    held.append(tracemalloc.get_traced_memory()[0])
    assert held[1] - held[0] < 400 * 1024, "this grows with the changes"


def widgets() -> Counter[str]:
    """Widgets, and what was drawn of them, by their class."""
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, Widget | StylesCache))


@pytest.mark.parametrize("key", ["question_mark", "enter", "f", "colon"])
async def test_what_was_closed_is_let_go(key: str) -> None:
    """Help, details, a choice and the palette."""
    async with running(FakeSession(), start="replication") as (_, pilot):
        held = []
        for at in range(12):
            await pilot.press(key)
            await settled(pilot)
            await pilot.press("escape")
            await settled(pilot)
            if at in {5, 11}:
                held.append(widgets())
        # The last one may still be on its way out; six times any would be six.
        assert max((held[1] - held[0]).values(), default=0) < 6, held[1] - held[0]
