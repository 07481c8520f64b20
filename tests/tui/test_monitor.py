"""The monitor: live rows, totals, bulk actions, dead letters, backends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from textual.strip import Strip

from secingest_tui.models.monitor import JobQuery
from secingest_tui.models.records import JobRow, JobState
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.replication.feed import MonitorFeed
from secingest_tui.screens.replication.gauges import sparkline
from secingest_tui.screens.replication.screen import ReplicationScreen
from tests.tui.conftest import WIDE, running, screen_text, settled, until
from tests.tui.fake import FakeSession
from tests.tui.test_lists import table


async def test_rows_change_where_they_are() -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        await pilot.press("down", "down")
        first = session.job_rows[0]
        assert first.state is JobState.QUEUED
        changed = replace(first, state=JobState.SUCCEEDED)
        session.replication.totals(1, (replace(first, state=JobState.LEASED),))
        session.replication.totals(2, (changed,))
        await until(pilot, lambda: str(table(app).get_cell_at((0, 0))) == "✓ succeeded")
        assert table(app).cursor_row == 2
        assert ("jobs", None, None) in session.calls
        assert len([call for call in session.calls if call[0] == "jobs"]) == 1, "a change reads nothing again"


async def test_totals_and_how_they_come() -> None:
    session = FakeSession()
    async with running(session, start="replication", size=WIDE) as (app, pilot):
        await until(pilot, lambda: "● live" in screen_text(app))
        session.replication.totals(1)
        await until(pilot, lambda: "7/s 4.8 MiB/s" in screen_text(app))
        await until(pilot, lambda: "lag 1 min" in screen_text(app))
        assert "6 dead" in screen_text(app)
        session.replication.totals(2, live=False)
        await until(pilot, lambda: "○ polling" in screen_text(app))
        said = "Not live: asking every few seconds. the server answered 404"
        await until(pilot, lambda: said in screen_text(app))
        session.replication.totals(3)
        await until(pilot, lambda: "Not live" not in screen_text(app))


async def test_a_filter_asks_the_server() -> None:
    session = FakeSession()
    async with running(session, start="replication", size=WIDE) as (app, pilot):
        await pilot.press("/", *"scans/0007", "enter")
        await settled(pilot)
        assert table(app).row_count == 1
        assert "key has scans/0007" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert table(app).row_count == len(session.job_rows)


async def test_sorting() -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        await pilot.press("s")
        await settled(pilot)
        await pilot.press(*"oldest", "enter")
        await settled(pilot)
        assert table(app).current == session.job_rows[-1].id


@pytest.mark.parametrize(("key", "name"), [("E", "retry"), ("X", "cancel"), ("P", "pause"), ("U", "resume")])
async def test_all_that_is_listed_asks_first(key: str, name: str) -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        await pilot.press("f")
        await settled(pilot)
        await pilot.press(*"dead", "enter")
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert "dead only" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert not [call for call in session.calls if str(call[0]).endswith("_all")]
        await pilot.press(key)
        await settled(pilot)
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert (name + "_all", JobQuery(state=JobState.DEAD)) in session.calls


async def test_marked_jobs() -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        await pilot.press("space", "space")
        await settled(pilot)
        assert "2 marked" in screen_text(app)
        await pilot.press("p")
        await settled(pilot)
        assert "2 marked jobs" in screen_text(app)
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert [job.paused for job in session.job_rows[:3]] == [True, True, False]
        assert "‖ paused" in screen_text(app)
        assert "marked" not in screen_text(app)


async def test_dead_letters_by_cause() -> None:
    session = FakeSession()
    async with running(session, start="replication", size=WIDE) as (app, pilot):
        await pilot.press("l")
        await settled(pilot)
        assert "access-refused" in screen_text(app)
        await pilot.press("e")
        await settled(pilot)
        assert "5 jobs (access-refused at embedded-b)" in screen_text(app)
        await pilot.press("tab", "enter")
        await settled(pilot)
        query = JobQuery(state=JobState.DEAD, cause="access-refused", backend="embedded-b")
        assert ("retry_all", query) in session.calls
        await pilot.press("enter")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, ReplicationScreen)
        assert screen.query_now == query


async def test_backends_are_paused_and_tried_again() -> None:
    session = FakeSession()
    async with running(session, start="replication", size=WIDE) as (app, pilot):
        await pilot.press("l", "l")
        await settled(pilot)
        assert "✗ open" in screen_text(app)
        await pilot.press("p")
        await settled(pilot)
        assert "all replication with embedded-a" in screen_text(app)
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert ("pause_backend", "embedded-a", True) in session.calls
        await pilot.press("down", "k")
        await settled(pilot)
        assert ("close_breaker", "embedded-b") in session.calls


async def test_a_jobs_whole_story() -> None:
    async with running(FakeSession(), start="replication", size=WIDE) as (app, pilot):
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("end")
        await settled(pilot)
        shown = screen_text(app)
        assert "attempt 1" in shown
        assert "503 SlowDown" in shown
        assert "ok, registered" in shown


async def test_policy_makes_jobs() -> None:
    async with running(FakeSession(), start="replication") as (app, pilot):
        await pilot.press("m")
        await settled(pilot)
        assert "3 jobs made; 1 object stay short" in screen_text(app)


async def test_two_hundred_changes_a_second_are_two_draws() -> None:
    """100,000 jobs, of which a page is shown: what changes is gathered, and drawn twice a second."""
    session = FakeSession()
    session.job_rows = [
        JobRow(f"job-{index:06}", f"t/{index:06}", "v1", "a", "b", JobState.QUEUED, 0)
        for index in range(100_000)
    ]
    async with running(session, start="replication") as (app, pilot):
        screen = app.screen
        assert isinstance(screen, ReplicationScreen)
        assert table(app).row_count == 500
        drawn = 0
        draw = screen._draw_changed

        def counted(items: Mapping[str, JobRow]) -> None:
            nonlocal drawn
            drawn += 1
            draw(items)

        screen._draw_changed = counted  # type: ignore[method-assign]
        for index in range(200):
            session.replication.totals(index, (replace(session.job_rows[index], state=JobState.LEASED),))
        await until(pilot, lambda: str(table(app).get_cell_at((199, 0))) == "▶ leased")
        assert 1 <= drawn <= 3


async def test_a_change_sends_its_line_and_no_other() -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        shown = table(app)
        sent: list[int] = []
        render = shown.render_line

        def noted(y: int) -> Strip:
            sent.append(y)
            return render(y)

        shown.render_line = noted  # type: ignore[method-assign]
        session.replication.totals(1, (replace(session.job_rows[3], state=JobState.CANCELLED),))
        await until(pilot, lambda: "cancelled" in screen_text(app).splitlines()[9])
        assert set(sent) == {shown.header_height + 3}


async def test_only_what_the_page_would_show_is_called_new() -> None:
    session = FakeSession()
    session.job_rows = jobs = [
        JobRow(f"job-{at:03}", f"t/{at:03}", "v1", "a", "b", JobState.QUEUED, 0) for at in range(600, 0, -1)
    ]
    async with running(session, start="replication", size=WIDE) as (app, pilot):
        older = replace(jobs[550], state=JobState.LEASED)
        session.replication.totals(1, (older, replace(jobs[0], state=JobState.LEASED)))
        await until(pilot, lambda: str(table(app).get_cell_at((0, 0))) == "▶ leased")
        assert "r shows" not in screen_text(app)
        session.replication.totals(2, (replace(jobs[0], id="job-601"),))
        await until(pilot, lambda: "1 new, r shows them" in screen_text(app))


async def test_a_feed_gathers() -> None:
    import asyncio

    from secingest_tui.models.monitor import MonitorUpdate

    told: list[dict[str, JobRow]] = []
    feed = MonitorFeed(told.append)
    job = JobRow("j", "t/a", "v1", "a", "b", JobState.QUEUED, 0)
    for state in (JobState.LEASED, JobState.RETRYING, JobState.DEAD):
        feed.take(MonitorUpdate((replace(job, state=state),)))
    async with asyncio.timeout(60):
        while not told:
            await asyncio.sleep(0)
    assert [{name: one.state for name, one in each.items()} for each in told] == [{"j": JobState.DEAD}]


def test_sparklines() -> None:
    assert sparkline([0, 1, 2, 4], 3) == "▂▄█"
    assert sparkline([], 5) == ""
    assert sparkline([0, 0], 5) == "▁▁"
