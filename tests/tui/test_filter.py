"""The filter, wherever there is a list: it narrows, says so, and Esc clears it before anything is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from secingest_tui.models.transfer import IngestRequest
from secingest_tui.screens.base import Modal
from secingest_tui.screens.common.keys import KeysScreen
from secingest_tui.screens.common.settings import SettingsScreen
from secingest_tui.screens.common.tasks import TasksScreen
from secingest_tui.screens.discovery.compare import CompareScreen
from secingest_tui.screens.home.outbox import OutboxScreen
from secingest_tui.screens.onboarding.screen import OnboardingScreen
from secingest_tui.screens.upload.browse import BrowseScreen
from secingest_tui.screens.upload.unfinished import UnfinishedScreen
from secingest_tui.text import cell
from secingest_tui.widgets.table import Column, PagedTable, Row
from tests.tui.conftest import running, screen_text, settled
from tests.tui.fake import FakeSession

REQUEST = IngestRequest(("/x",), "customer42", ("customer42-k1",), "embedded-a", object_key="customer42/x")

LISTS: dict[str, Callable[[], Modal[Any]] | None] = {
    "home": None,
    "keys": KeysScreen,
    "settings": SettingsScreen,
    "outbox": OutboxScreen,
    "tasks": TasksScreen,
    "unfinished": UnfinishedScreen,
    "browse": lambda: BrowseScreen(""),
    "onboarding": lambda: OnboardingScreen("acme"),
    "compare": lambda: CompareScreen(("aws", "hetzner")),
}


@pytest.mark.parametrize("name", LISTS)
async def test_every_list_can_be_narrowed(name: str) -> None:
    session = FakeSession()
    make = LISTS[name]
    async with running(session, start="home") as (app, pilot):
        if name == "tasks":
            session.jobs_service.start_ingest(REQUEST)
        if make is not None:
            app.push_screen(make())
        await settled(pilot)
        screen = app.screen
        table = screen.query(PagedTable).first()
        rows = [Row(word, (cell(word),)) for word in ("alpha", "beta", "alphabet")]
        table.show((Column("Name", 10, 1),), rows)
        await pilot.press("slash", *"alph")
        await settled(pilot)
        assert table.keys == ("alpha", "alphabet")
        assert "2 of 3 rows · esc shows all" in screen_text(app)
        await pilot.press("enter")
        assert app.focused is table
        assert table.keys == ("alpha", "alphabet")
        await pilot.press("down")
        assert table.current == "alphabet"
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is screen, "it clears the filter first"
        assert len(table.keys) >= 3
        assert table.current == "alphabet"
        assert "shows all" not in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert make is None or app.screen is not screen


async def test_a_list_that_changes_stays_narrowed() -> None:
    async with running(FakeSession(), start="home") as (app, pilot):
        await pilot.press("t")
        await settled(pilot)
        table = app.screen.query_one(PagedTable)
        columns = (Column("Name", 10, 1),)
        table.show(columns, [Row("1", (cell("alpha"),)), Row("2", (cell("beta"),))])
        await pilot.press("slash", *"alph", "enter")
        table.show(
            columns, [Row("1", (cell("alpha"),)), Row("2", (cell("beta"),)), Row("3", (cell("alphabet"),))]
        )
        assert table.keys == ("1", "3")
        table.change({"2": Row("2", (cell("alphorn"),))})
        assert table.keys == ("1", "2", "3")
