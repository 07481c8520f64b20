"""Discovery, Provisioning, Metadata, Replication, Snapshots: real data, pages, filters, errors, actions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from secingest_tui.actions import AREAS
from secingest_tui.errors import SecingestError
from secingest_tui.models.monitor import MonitorUpdate
from secingest_tui.models.records import JobState
from secingest_tui.screens.base import AreaScreen
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.listing import ListScreen
from secingest_tui.screens.metadata.screen import ROWS
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.table import Column, PagedTable, fit
from tests.tui.conftest import WIDE, running, screen_text, settled, until
from tests.tui.fake import FakeSession
from tests.tui.fake_data import PASSPHRASE, SECRET
from tests.tui.test_upload import type_in

LISTS = [area for area in AREAS if area not in {"home", "upload"}]
READS = {
    "discovery": "backends", "provisioning": "tenants", "metadata": "objects", "replication": "jobs",
    "snapshots": "snapshots",
}  # fmt: skip
NEXT_STEP = {
    "discovery": "secingest backends add", "provisioning": "registers the first one",
    "metadata": "uploads the first object", "replication": "makes a second copy",
    "snapshots": "lists what lies at a backend",
}  # fmt: skip


def table(app: object) -> PagedTable:
    screen = app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, ListScreen)
    return screen.query_one("#table", PagedTable)


@pytest.mark.parametrize("area", LISTS)
async def test_an_empty_list_says_what_to_do_next(area: str) -> None:
    session = FakeSession(full=False)
    session.backend_rows = []
    async with running(session, start=area) as (app, _):
        assert NEXT_STEP[area] in screen_text(app)


@pytest.mark.parametrize("area", LISTS)
async def test_an_error_says_cause_and_next_step_and_keeps_what_was_shown(area: str) -> None:
    session = FakeSession()
    async with running(session, start=area) as (app, pilot):
        shown = table(app).row_count
        assert shown
        session.broken[READS[area]] = SecingestError("The server does not answer.", hint="Start it, then r.")
        await pilot.press("r")
        await until(pilot, lambda: "The server does not answer." in screen_text(app))
        assert "Start it, then r." in screen_text(app)
        assert "still below" in screen_text(app)
        assert table(app).row_count == shown
        session.broken.clear()
        await pilot.press("r")
        await until(pilot, lambda: "The server does not answer." not in screen_text(app))


@pytest.mark.parametrize("area", LISTS)
async def test_a_defect_is_shown_as_one_and_ends_nothing(area: str) -> None:
    session = FakeSession()
    session.broken[READS[area]] = KeyError("surprise")
    async with running(session, start=area) as (app, _):
        assert "KeyError: 'surprise'" in screen_text(app)
        assert "This is a defect in secingest" in screen_text(app)


@pytest.mark.parametrize("area", LISTS)
async def test_enter_shows_everything_about_a_row_and_escape_returns(area: str) -> None:
    async with running(FakeSession(), start=area) as (app, pilot):
        await pilot.press("down", "enter")
        await settled(pilot)
        if area == "snapshots":
            assert table(app).row_count == 1
        else:
            assert isinstance(app.screen, DetailScreen)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, AreaScreen)
        assert table(app).cursor_row == (0 if area == "snapshots" else 1)


@pytest.mark.parametrize("area", LISTS)
async def test_the_filter_narrows_and_escape_shows_all_again(area: str) -> None:
    async with running(FakeSession(), start=area) as (app, pilot):
        every = table(app).row_count
        await pilot.press("/")
        await settled(pilot)
        await type_in(pilot, "zzz nothing has this")
        assert table(app).row_count == 0
        assert "No row contains" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert table(app).row_count == every


async def test_the_filter_keeps_matching_rows_and_enter_returns_to_them() -> None:
    async with running(FakeSession(), start="metadata") as (app, pilot):
        await pilot.press("/")
        await settled(pilot)
        await type_in(pilot, "2024-03")
        await pilot.press("enter")
        await settled(pilot)
        assert table(app).row_count == 1
        assert "1 of 40 objects" in screen_text(app)
        assert app.focused is table(app)


async def test_a_prefix_with_a_slash_is_asked_of_the_server() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        await pilot.press("/")
        await settled(pilot)
        await type_in(pilot, "customer42/reports/2024-1")
        await pilot.press("enter")
        await settled(pilot)
        assert ("objects", None, "customer42/reports/2024-1", None) in session.calls
        assert table(app).row_count == 3


async def test_long_lists_come_in_pages() -> None:
    session = FakeSession()
    first = session.object_rows[0]
    session.object_rows = [replace(first, key=f"customer42/{number:06}") for number in range(ROWS * 2 + 7)]
    async with running(session, start="metadata") as (app, pilot):
        assert table(app).row_count == ROWS <= 1000
        assert "page 1 · > for more" in screen_text(app)
        await pilot.press("greater_than_sign")
        await settled(pilot)
        await pilot.press("greater_than_sign")
        await settled(pilot)
        assert table(app).row_count == 7
        assert "page 3 · the last" in screen_text(app)
        await pilot.press("less_than_sign")
        await settled(pilot)
        assert "page 2" in screen_text(app)


async def test_refreshing_keeps_the_row_under_the_cursor() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        await pilot.press("down", "down", "down")
        before = table(app).current
        session.object_rows.insert(0, replace(session.object_rows[0], key="aaa/first"))
        await pilot.press("r")
        await settled(pilot)
        assert table(app).current == before


async def test_details_are_beside_the_list_on_wide_terminals() -> None:
    async with running(FakeSession(), start="replication", size=WIDE) as (app, pilot):
        assert "waits for a worker" in screen_text(app)
        await pilot.press("down")
        await settled(pilot)
        assert "a worker is copying" in screen_text(app)


async def test_the_next_list_of_a_screen() -> None:
    async with running(FakeSession(), start="discovery") as (app, pilot):
        assert "embedded-a" in screen_text(app)
        await pilot.press("l")
        await settled(pilot)
        assert "Example Cloud" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        shown = screen_text(app)
        assert "ISO 27001" in shown
        assert "unknown" in shown
        assert "company-wide" in shown


async def test_an_unknown_jurisdiction_is_unknown() -> None:
    async with running(FakeSession(), start="discovery") as (app, pilot):
        await pilot.press("l")
        await settled(pilot)
        line = next(line for line in screen_text(app).splitlines() if "Nordic Objects" in line)
        assert "unknown" in line


async def test_creating_a_tenant_shows_its_secret_once_and_masked() -> None:
    session = FakeSession()
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("n")
        await settled(pilot)
        await type_in(pilot, "newone")
        await pilot.press("enter", "enter")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await settled(pilot)
        assert SECRET not in screen_text(app)
        await pilot.press("x")
        await settled(pilot)
        assert SECRET in screen_text(app)
        await pilot.press("x")
        await settled(pilot)
        assert SECRET not in screen_text(app)
        await pilot.press(*["down"] * 4, "c")
        await settled(pilot)
        assert app.clipboard == SECRET
        assert SECRET not in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "newone" in screen_text(app)
        assert SECRET not in screen_text(app)
    assert any(tenant.id == "newone" for tenant in session.tenant_rows)


async def test_a_tenant_that_exists_is_refused_and_the_form_stays() -> None:
    session = FakeSession()
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("n")
        await settled(pilot)
        await type_in(pilot, "acme")
        await pilot.press("enter", "enter", "enter")
        await until(pilot, lambda: "exists already" in screen_text(app))
        assert app.screen.query_one("#tenant", Field).value == "acme"
    assert len(session.tenant_rows) == 2


async def test_a_key_without_a_passphrase_is_a_choice_of_its_own() -> None:
    session = FakeSession()
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("k")
        await settled(pilot)
        await type_in(pilot, "bare")
        await pilot.press("tab", "tab", "enter")
        await settled(pilot)
        await type_in(pilot, "nothing")
        await pilot.press("enter")
        await settled(pilot)
        assert "whoever reads the file can decrypt everything" in screen_text(app)
        app.screen.query_one("#do").focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
    assert ("create_key", "bare", "rsa-3072", None) in session.calls


async def test_passphrases_must_agree_before_a_key_is_made() -> None:
    session = FakeSession()
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("k")
        await settled(pilot)
        await type_in(pilot, "k9")
        await pilot.press("tab", "tab", "tab")
        await type_in(pilot, PASSPHRASE)
        await pilot.press("enter")
        await type_in(pilot, PASSPHRASE + "x")
        assert "not the same yet" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
    assert not [call for call in session.calls if call[0] == "create_key"]


async def test_objects_of_one_tenant() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        await pilot.press("f")
        await settled(pilot)
        await type_in(pilot, "acme")
        await pilot.press("enter")
        await settled(pilot)
        assert ("objects", "acme", "", None) in session.calls
        assert table(app).row_count == 28
        assert "tenant acme" in screen_text(app)


async def test_jobs_of_one_state() -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        await pilot.press("f")
        await settled(pilot)
        await type_in(pilot, "dead")
        await pilot.press("enter")
        await settled(pilot)
        assert ("jobs", JobState.DEAD, None) in session.calls
        assert "dead only" in screen_text(app)


async def test_every_state_has_a_word_and_a_sign() -> None:
    async with running(FakeSession(), start="replication", size=WIDE) as (app, _):
        shown = screen_text(app)
        for sign, state in zip("○▶↻✓✗■▲", JobState, strict=False):
            assert state.value in shown, sign
        for line in (
            "○ queued",
            "▶ leased",
            "↻ retrying",
            "✓ succeeded",
            "✗ dead",
            "■ cancelled",
            "▲ blocked",
        ):
            assert line in shown


async def test_a_dead_job_is_retried() -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        dead = next(index for index, job in enumerate(session.job_rows) if job.state is JobState.DEAD)
        await pilot.press(*["down"] * dead)
        await pilot.press("e")
        await settled(pilot)
        assert session.job_rows[dead].state is JobState.QUEUED
        assert "Retry: 1 job." in screen_text(app)


async def test_cancelling_a_job_asks_and_keeps_by_default() -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        await pilot.press("x")
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert "customer42/reports/2024-01.pdf to embedded-b" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert session.job_rows[0].state is JobState.QUEUED
        await pilot.press("x")
        await settled(pilot)
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert session.job_rows[0].state is JobState.CANCELLED


async def test_what_a_job_cannot_do_is_refused() -> None:
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        done = next(index for index, job in enumerate(session.job_rows) if job.state is JobState.SUCCEEDED)
        await pilot.press(*["down"] * done)
        await settled(pilot)
        screen = app.screen
        await pilot.press("x", "e")
        await settled(pilot)
        assert app.screen is screen
    assert not [call for call in session.calls if call[0] in {"retry", "cancel"}]


def test_columns_fit_or_are_left_out_from_the_end() -> None:
    columns = (Column("a", 10, 1), Column("b", 5), Column("c", 20, 3))
    assert fit(columns, 41) == [10, 5, 20]
    assert fit(columns, 45) == [11, 5, 23]
    assert fit(columns, 40) == [31, 5]
    assert fit(columns, 3) == [10]


async def test_a_column_without_anything_in_it_leaves_its_room_to_the_names() -> None:
    session = FakeSession()
    session.job_rows = [replace(row, error="") for row in session.job_rows]
    async with running(session, (110, 24), start="replication") as (app, pilot):
        assert "Last error" not in screen_text(app)
        first = session.job_rows[0]
        assert session.replication.tell is not None
        session.replication.tell(MonitorUpdate((replace(first, error="it refused"),), None, True, ""))
        await until(pilot, lambda: "it refused" in screen_text(app))
        assert "Last error" in screen_text(app)
