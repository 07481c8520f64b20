"""Home, roles, where you are, jump mode, the keys screen, and the palette over everything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from secingest_tui.actions import AREAS, areas_of
from secingest_tui.app import SecingestApp
from secingest_tui.errors import SecingestError
from secingest_tui.models.overview import Check, Level
from secingest_tui.models.session import Role
from secingest_tui.models.transfer import IngestRequest, Phase
from secingest_tui.screens.base import AreaScreen
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.jump import JumpScreen
from secingest_tui.screens.common.keys import KeysScreen
from secingest_tui.screens.common.palette import PaletteScreen
from secingest_tui.screens.history import History
from secingest_tui.screens.home.outbox import OutboxScreen
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.plot import bars, sparkline
from secingest_tui.widgets.table import PagedTable
from tests.tui.conftest import WIDE, running, screen_text, settled, until
from tests.tui.fake import FakeSession

BROKEN = Check("jobs", "Replication", Level.BROKEN, "2 dead", "Look at the reason, then retry", "replication")


async def test_all_is_right_and_says_so_first() -> None:
    async with running(FakeSession(), start="home") as (app, _):
        assert "✓ Everything is all right" in screen_text(app)
        assert "answered in 3 ms" in screen_text(app)


async def test_what_needs_somebody_is_counted_and_enter_goes_there() -> None:
    session = FakeSession()
    session.checks = (BROKEN, *session.checks[:2])
    async with running(session, start="home") as (app, pilot):
        shown = screen_text(app)
        assert "✗ 1 thing needs you" in shown
        assert "Look at the reason, then retry" in shown
        await pilot.press("enter")
        await settled(pilot)
        assert app.current_mode == "replication"


async def test_a_fresh_installation_is_led_to_the_first_upload() -> None:
    session = FakeSession(full=False)
    session.checks = (Check("keys", "Keys", Level.NOTHING, "none yet", "Make one", "provisioning"),)
    async with running(session, start="home") as (app, _):
        assert "3 uploads a file, and makes tenant and key on the way." in screen_text(app)


async def test_the_outbox_is_registered_from_home() -> None:
    session = FakeSession()
    session.outbox = 2
    async with running(session, start="home") as (app, pilot):
        assert "2 registrations not acknowledged" in screen_text(app)
        await pilot.press("f")
        await until(pilot, lambda: "Everything is all right" in screen_text(app))
        assert ("flush",) in session.calls
        assert session.outbox == 0


async def test_an_outbox_entry_is_forgotten_only_after_a_question() -> None:
    session = FakeSession()
    session.outbox = 2
    async with running(session, start="home") as (app, pilot):
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, OutboxScreen)
        assert "✗ refused" in screen_text(app)
        await pilot.press("d")
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert "customer42/waits/0.pdf" in screen_text(app)
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert ("discard", "entry-0") in session.calls
        assert session.outbox == 1


async def test_home_keeps_what_it_knew_when_it_cannot_ask() -> None:
    session = FakeSession()
    async with running(session, start="home") as (app, pilot):
        session.broken["overview"] = SecingestError("The disk is full.", hint="Make room, then r.")
        await pilot.press("r")
        await until(pilot, lambda: "The disk is full." in screen_text(app))
        assert "answered in 3 ms" in screen_text(app)


async def test_home_draws_what_is_stored_and_what_moves() -> None:
    session = FakeSession()
    async with running(session, start="home", size=WIDE) as (app, pilot):
        shown = screen_text(app)
        assert "Stored by country" in shown
        assert "embedded-a" in shown
        task = session.jobs_service.start_ingest(
            IngestRequest(("/x",), "t", ("k",), "embedded-a", object_key="t/x")
        )
        session.jobs_service.advance(task, phase=Phase.TRANSFER, rate=3 * 1024.0**2)
        await until(pilot, lambda: "3.0 MiB/s" in screen_text(app))


@pytest.mark.parametrize("role", Role)
async def test_each_role_sees_its_screens_in_the_order_of_its_day(role: Role) -> None:
    async with running(FakeSession(role=role), start="home") as (app, _):
        first = screen_text(app).splitlines()[0]
        wanted = [f"{AREAS[area].number} {AREAS[area].title}" for area in areas_of(role)]
        places = [first.find(name) for name in wanted]
        assert -1 not in places
        assert places == sorted(places)
        hidden = set(AREAS) - set(areas_of(role))
        assert not [area for area in hidden if AREAS[area].title in first]


async def test_a_screen_that_is_not_of_the_role_does_not_open() -> None:
    async with running(FakeSession(role=Role.AUDITOR), start="upload") as (app, pilot):
        assert app.current_mode == "home"
        await pilot.press("3", "2")
        await settled(pilot)
        assert app.current_mode == "home"


async def test_crumbs_say_where_you_are() -> None:
    async with running(FakeSession(), start="provisioning") as (app, pilot):
        await pilot.press("enter")
        await settled(pilot)
        crumbs = app.screen.query_one(Crumbs)
        assert str(crumbs.render()).strip() == "Provisioning › Tenants › Tenant customer42"
        await pilot.press("v")
        await settled(pilot)
        assert (
            str(app.screen.query_one(Crumbs).render())
            .strip()
            .startswith("Provisioning › Tenants › Tenant customer42 › ")
        )


async def test_jump_goes_to_a_row_by_its_letter() -> None:
    async with running(FakeSession(), start="metadata") as (app, pilot):
        await pilot.press("ctrl+o")
        await settled(pilot)
        assert isinstance(app.screen, JumpScreen)
        await pilot.press("d")  # the third row
        await settled(pilot)
        assert isinstance(app.screen, AreaScreen)
        assert app.screen.query_one("#table", PagedTable).cursor_row == 2


async def test_jump_goes_to_a_field_and_esc_nowhere() -> None:
    async with running(FakeSession(), start="upload") as (app, pilot):
        before = app.screen.focused
        await pilot.press("ctrl+o", "escape")
        assert app.screen.focused is before
        await pilot.press("ctrl+o", "s")
        await settled(pilot)
        assert app.screen.focused is not before
        assert app.screen.focused is app.screen.focus_chain[1]


async def test_the_keys_screen_shows_changed_keys_as_yours() -> None:
    async with running(FakeSession(), start="metadata", size=WIDE, keymap={"app.quit": "f12"}) as (
        app,
        pilot,
    ):
        await pilot.press("K")
        await settled(pilot)
        assert isinstance(app.screen, KeysScreen)
        assert "F12 (yours)" in screen_text(app)


async def palette(app: SecingestApp, pilot: object, typed: str) -> None:
    await pilot.press(":")  # type: ignore[attr-defined]
    await settled(pilot)  # type: ignore[arg-type]
    assert isinstance(app.screen, PaletteScreen)
    await pilot.press(*typed)  # type: ignore[attr-defined]
    await settled(pilot)  # type: ignore[arg-type]
    await pilot.press("enter")  # type: ignore[attr-defined]
    await settled(pilot)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "area", "shown"),
    [
        ("tenant acme", "provisioning", "acme"),
        ("key recovery", "provisioning", "recovery"),
        ("store embedded-b", "discovery", "embedded-b"),
        ("snapshot snap-1", "snapshots", "s3gw-a1b2c3d4e5f60718-embedded"),
        ("acme/scans/0003", "metadata", "acme/scans/0003.tiff"),
    ],
)
async def test_the_palette_opens_any_object(typed: str, area: str, shown: str) -> None:
    async with running(FakeSession(), start="replication", size=WIDE) as (app, pilot):
        await palette(app, pilot, typed)
        assert app.current_mode == area
        # A snapshot opens as the list of what it saw.
        assert isinstance(app.screen, DetailScreen) or area == "snapshots"
        assert shown in screen_text(app)


async def test_the_palette_does_what_belongs_to_another_screen() -> None:
    async with running(FakeSession(), start="metadata") as (app, pilot):
        await palette(app, pilot, "Provisioning: new tenant")
        assert app.current_mode == "provisioning"
        assert "New tenant" in screen_text(app)


def test_plots_are_plain_text() -> None:
    assert sparkline([], 4) == "▁▁▁▁"
    assert sparkline([0, 0.01, 50, 100], 4) == "▁▂▅█"
    assert sparkline([1, 2, 3, 4, 4], 2) == "██"
    lines = [str(line) for line in bars([("FI", 2, "2 GiB"), ("DE", 1, "1 GiB"), ("SE", 0, "0 B")], 30)]
    assert lines[0].count("█") == 2 * lines[1].count("█")
    assert "█" not in lines[2]
    assert all(line.startswith(name) for line, name in zip(lines, ("FI", "DE", "SE"), strict=True))


def test_history_forgets_and_fills_gaps_with_nothing() -> None:
    now = 0.0
    history = History(lambda: now)
    session = FakeSession()
    task = session.jobs_service.start_ingest(IngestRequest(("/x",), "t", ("k",), "b", object_key="t/x"))
    running_task = replace(session.jobs_service.tasks()[0], id=task, phase=Phase.TRANSFER, rate=5.0)
    history.transferring([running_task])
    now = 6.0
    assert history.rates()[-4:] == [5.0, 0.0, 0.0, 0.0]
    now = 1000.0
    history.transferring([])
    assert set(history.rates()) == {0.0}
