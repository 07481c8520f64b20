"""The application as a whole: start, areas, help, palette, quitting, size, roles, read-only."""

from __future__ import annotations

import asyncio
import threading

import pytest
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Button

from secingest_tui.actions import ACTIONS, AREAS, in_groups, keys_of
from secingest_tui.app import SecingestApp
from secingest_tui.errors import SecingestError
from secingest_tui.models.options import Options
from secingest_tui.models.session import Role
from secingest_tui.models.transfer import IngestRequest, Phase
from secingest_tui.screens.base import AreaScreen, Modal
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.help import HelpScreen
from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.screens.common.start import StartScreen
from secingest_tui.screens.common.tasks import TasksScreen
from secingest_tui.screens.common.too_small import TooSmallScreen
from secingest_tui.screens.provisioning.forms import TenantForm
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.status_bar import StatusBar
from secingest_tui.widgets.table import PagedTable
from tests.tui.conftest import application, running, screen_text, settled, until
from tests.tui.fake import FakeSession

REQUEST = IngestRequest(("/x",), "customer42", ("customer42-k1",), "embedded-a", object_key="customer42/x")


async def test_starts_on_upload_and_says_where_it_is() -> None:
    async with running(FakeSession()) as (app, _):
        assert app.current_mode == "upload"
        shown = screen_text(app)
        for area in AREAS.values():
            assert f"{area.number} {area.title}" in shown
        assert "server 127.0.0.1:4711" in shown
        assert "operator" in shown
        assert "THIS MACHINE" in shown


async def test_a_start_that_fails_says_why_and_can_be_tried_again() -> None:
    session, tries = FakeSession(), []

    def factory(report: object) -> FakeSession:
        tries.append(report)
        if len(tries) == 1:
            raise SecingestError("Port 8333 is taken.", hint="Stop what holds it, then r.")
        return session

    app = SecingestApp(factory, Options())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Port 8333 is taken." in screen_text(app))
        assert isinstance(app.screen, StartScreen)
        assert "Stop what holds it" in screen_text(app)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, AreaScreen))
    assert len(tries) == 2


async def test_a_start_can_be_left() -> None:
    def factory(report: object) -> FakeSession:
        raise SecingestError("No.", hint="Never.")

    app = SecingestApp(factory, Options())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "No." in screen_text(app))
        await pilot.press("q")
    assert app.return_code == 0


@pytest.mark.parametrize("area", AREAS.values(), ids=AREAS)
@pytest.mark.parametrize("by", ["number", "function key"])
async def test_every_area_opens_by_its_keys(area: object, by: str) -> None:
    from secingest_tui.actions import Area

    assert isinstance(area, Area)
    async with running(FakeSession(), start="discovery" if area.id != "discovery" else "metadata") as (
        app,
        pilot,
    ):
        number, function_key = keys_of(ACTIONS["app." + area.id], {})
        await pilot.press(number if by == "number" else function_key)
        await settled(pilot)
        assert isinstance(app.screen, AreaScreen)
        assert area.id == app.screen.AREA


@pytest.mark.parametrize("area", AREAS)
async def test_help_lists_every_key_of_the_screen(area: str) -> None:
    async with running(FakeSession(), start=area, size=(120, 70)) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, AreaScreen)
        await pilot.press("f1")
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)
        shown = screen_text(app)
        for action in in_groups([*screen.KEY_GROUPS, "app"]):
            assert action.label in shown, action.id
        await pilot.press("escape")
        assert app.screen is screen


async def test_the_palette_runs_an_action_by_name() -> None:
    async with running(FakeSession(), start="metadata") as (app, pilot):
        await pilot.press(":")
        await settled(pilot)
        assert isinstance(app.screen, PickScreen)
        await pilot.press(*"go to snap", "enter")
        await settled(pilot)
        assert app.current_mode == "snapshots"


async def test_the_palette_has_every_action_of_the_screen() -> None:
    async with running(FakeSession(), start="replication", size=(120, 60)) as (app, pilot):
        await pilot.press("ctrl+p")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, PickScreen)
        offered = {choice.value for choice in screen._choices}
        wanted = {action.id for action in in_groups(["replication", "list", "app"])}
        # And what can be done on other screens.
        wanted |= {"provisioning.new_tenant", "snapshots.take", "home.flush"}
        assert wanted - offered == {"app.palette", "app.back"}


async def test_quits_at_once_when_nothing_runs() -> None:
    session = FakeSession()
    app = application(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, AreaScreen))
        await pilot.press("escape", "q")
    assert app.return_code == 0


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quitting_while_working_asks_and_stays_by_default(key: str) -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        task = session.jobs_service.start_ingest(REQUEST)
        await until(pilot, lambda: app.feed is not None and app.feed.running == 1)
        await pilot.press(key)
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert "1 task still running" in screen_text(app)
        focused = app.screen.focused
        assert isinstance(focused, Button)
        assert focused.id == "no"
        await pilot.press("enter")
        await settled(pilot)
        assert app.is_running
        assert isinstance(app.screen, AreaScreen)
        assert session.jobs_service.tasks()[0].id == task
        await pilot.press(key, "tab", "enter")
    assert app.return_code == 0


async def test_running_tasks_are_counted_in_the_status_line() -> None:
    session = FakeSession()
    async with running(session, size=(120, 30)) as (app, pilot):
        session.jobs_service.start_ingest(REQUEST)
        await until(pilot, lambda: "▶ 1 running" in screen_text(app))
        session.jobs_service.advance("t1", phase=Phase.DONE)
        await until(pilot, lambda: "▶ 1 running" not in screen_text(app))


async def test_the_outbox_is_in_the_status_line() -> None:
    session = FakeSession()
    session.outbox = 3
    async with running(session, size=(120, 30)) as (app, _):
        assert "▲ 3 to register" in screen_text(app)


async def test_too_small_says_so_and_keeps_the_place() -> None:
    async with running(FakeSession(), start="metadata") as (app, pilot):
        await pilot.press("down", "down")
        screen = app.screen
        await pilot.resize_terminal(50, 15)
        await until(pilot, lambda: isinstance(app.screen, TooSmallScreen))
        assert "too small" in screen_text(app)
        await pilot.press("5", "escape", "x")
        assert isinstance(app.screen, TooSmallScreen)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: app.screen is screen)
        assert screen.query_one("#table").cursor_row == 2  # type: ignore[attr-defined]


async def test_escape_leaves_a_field_so_that_numbers_are_commands() -> None:
    async with running(FakeSession()) as (app, pilot):
        await pilot.press("4")
        assert app.current_mode == "upload"
        await pilot.press("escape", "4")
        await settled(pilot)
        assert app.current_mode == "metadata"


async def test_read_only_dims_what_changes_and_refuses_it() -> None:
    session = FakeSession()
    async with running(session, start="provisioning", read_only=True) as (app, pilot):
        screen = app.screen
        assert isinstance(screen, AreaScreen)
        assert screen.gate("provisioning.new_tenant") is None
        await pilot.press("n")
        assert app.screen is screen
        shown = screen_text(app)
        assert "READ-ONLY" in shown
        assert "new tenant" in shown


async def test_an_auditor_is_not_offered_what_changes() -> None:
    async with running(FakeSession(role=Role.AUDITOR), start="replication") as (app, pilot):
        assert "e retry" not in screen_text(app)
        screen = app.screen
        await pilot.press("x")
        assert app.screen is screen


async def test_the_banner_says_production_in_words() -> None:
    async with running(FakeSession(), environment="production") as (app, _):
        assert "PRODUCTION" in screen_text(app)
        assert app.screen.query_one(StatusBar).banner == "production"


async def test_keys_can_be_changed_and_are_shown_changed() -> None:
    async with running(FakeSession(), start="metadata", keymap={"metadata.tenant": "f12"}) as (app, pilot):
        assert "F12 tenant" in screen_text(app)
        await pilot.press("f")
        assert isinstance(app.screen, AreaScreen)
        await pilot.press("f12")
        await settled(pilot)
        assert isinstance(app.screen, PickScreen)


async def test_the_keys_of_widgets_can_be_changed_too() -> None:
    keymap = {"list.open": "z", "move.down": "j", "move.last": "G", "move.next": "ctrl+n"}
    async with running(FakeSession(), start="metadata", keymap=keymap) as (app, pilot):
        table = app.screen.query_one(PagedTable)
        await pilot.press("enter", "down", "end")
        await settled(pilot)
        assert isinstance(app.screen, AreaScreen)
        assert table.cursor_row == 0
        await pilot.press("j", "j")
        assert table.cursor_row == 2
        await pilot.press("G")
        assert table.cursor_row == table.row_count - 1
        await pilot.press("z")
        await settled(pilot)
        assert isinstance(app.screen, DetailScreen)
        await pilot.press("escape", "slash")
        await settled(pilot)
        field = app.focused
        await pilot.press("tab")
        assert app.focused is field
        await pilot.press("ctrl+n")
        assert app.focused is table
    async with running(FakeSession(), start="home", keymap=keymap) as (app, pilot):
        home = app.screen
        await pilot.press("j", "enter")
        await settled(pilot)
        assert app.screen is home
        await pilot.press("z")
        await settled(pilot)
        assert app.screen.crumb.startswith("Discovery"), "every list opens with the key of list.open"


async def test_resizing_keeps_the_place() -> None:
    """The row, what is typed, the focus and the window on top; down to the smallest and back."""
    async with running(FakeSession(), start="metadata") as (app, pilot):
        table = app.screen.query_one(PagedTable)
        await pilot.press(*["down"] * 30)
        key = table.current
        for size in ((200, 50), (60, 20), (120, 34), (80, 24)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert table.current == key, size
            top = round(table.scroll_y)
            assert top <= table.cursor_row < top + table.size.height, size
        await pilot.press("slash", *"scans")
        await settled(pilot)
        for size in ((200, 50), (60, 20), (80, 24)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert isinstance(app.focused, Field), size
            assert app.focused.value == "scans"
            assert table.row_count == 28
        await pilot.press("enter", "enter")
        await settled(pilot)
        for size in ((200, 50), (60, 20), (80, 24)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert isinstance(app.screen, DetailScreen), size
            assert "acme/scans/00" in screen_text(app)


async def test_tasks_open_from_anywhere_and_say_when_there_are_none() -> None:
    async with running(FakeSession(), start="discovery") as (app, pilot):
        await pilot.press("t")
        await settled(pilot)
        assert isinstance(app.screen, TasksScreen)
        assert "Nothing that takes long was begun yet" in screen_text(app)


async def test_the_key_bar_shows_only_keys_that_work_in_a_field() -> None:
    async with running(FakeSession()) as (app, pilot):
        bar = app.screen.query_one(KeyBar)
        assert "q quit" not in str(bar.render())
        assert "esc leave field" in str(bar.render())
        await pilot.press("escape")
        await settled(pilot)
        assert "q quit" in str(bar.render())


async def test_a_burst_of_keys_answers_a_question_once() -> None:
    """On a slow line Enter may come twice before the first is done: no crash, and nothing is done twice."""
    session = FakeSession()
    async with running(session, start="replication") as (app, pilot):
        await pilot.press("x")
        await settled(pilot)
        question = app.screen
        assert isinstance(question, ConfirmScreen)
        question.dismiss(True)
        question.dismiss(True)
        await settled(pilot)
        assert len([call for call in session.calls if call[0] == "cancel"]) == 1
        assert isinstance(app.screen, AreaScreen)


async def test_an_answer_that_comes_late_closes_what_lies_on_top() -> None:
    async with running(FakeSession(), start="provisioning") as (app, pilot):
        await pilot.press("n")
        await settled(pilot)
        form = app.screen
        assert isinstance(form, TenantForm)
        app.push_screen(HelpScreen("", []))
        await settled(pilot)
        form.dismiss(None)
        await settled(pilot)
        assert isinstance(app.screen, AreaScreen)


async def test_a_burst_of_enters_fills_a_form_to_its_end() -> None:
    """A slow line sends keys together: all three come from the field that had the focus then."""
    session = FakeSession()
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, TenantForm))
        await pilot.press(*"burst")
        name = app.focused
        assert isinstance(name, Field)
        for _ in range(3):
            name.post_message(Field.Submitted(name, name.value))
        await until(pilot, lambda: ("create_tenant", "burst", None, 1) in session.calls)
        await settled(pilot)
        assert [call[0] for call in session.calls].count("create_tenant") == 1


async def test_an_answer_that_comes_while_its_screen_is_taken_apart_is_dropped() -> None:
    """A screen's widgets go first, and the screen stays attached until the last of them has gone."""
    answer = threading.Event()
    heard: list[object] = []

    class LastToGo(Widget):
        async def on_unmount(self) -> None:
            screen = self.screen
            while screen.query("#notice"):
                await asyncio.sleep(0)
            answer.set()
            while not all(worker.is_finished for worker in self.app.workers if worker.node is screen):
                await asyncio.sleep(0)
            heard.append(screen.is_attached)

    class Asking(Modal[None]):
        def compose(self) -> ComposeResult:
            yield NoticeBox(id="notice")
            yield LastToGo()

        def on_mount(self) -> None:
            self.fetch("Asking", answer.wait, self._arrived, heard.append, group="ask")

        def _arrived(self, _value: bool) -> None:
            self.query_one("#notice", NoticeBox).clear()

    async with running(FakeSession()) as (app, pilot):
        await app.push_screen(Asking())
        await pilot.press("escape")
        await until(pilot, lambda: heard)
        assert heard == [True], "it was attached when the answer came"
