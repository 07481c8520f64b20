"""What lies on top: the keys that hold everywhere hold there too, and nothing typed is lost unasked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.screen import Screen

from secingest_tui.actions import ACTIONS, in_groups, key_name, keymap_problems, keys_of
from secingest_tui.app import SecingestApp
from secingest_tui.errors import SecingestError
from secingest_tui.models.options import Options
from secingest_tui.screens.base import AreaScreen, Modal
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.help import HelpScreen
from secingest_tui.screens.common.jump import JumpScreen
from secingest_tui.screens.common.keys import KeysScreen, PressScreen
from secingest_tui.screens.common.palette import PaletteScreen
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.common.settings import SettingsScreen
from secingest_tui.screens.common.start import StartScreen
from secingest_tui.screens.common.tasks import TasksScreen
from secingest_tui.screens.common.too_small import TooSmallScreen
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.screens.home.outbox import OutboxScreen
from secingest_tui.screens.onboarding.screen import OnboardingScreen
from secingest_tui.screens.provisioning.forms import TenantForm
from secingest_tui.screens.upload.browse import BrowseScreen
from secingest_tui.screens.upload.unfinished import UnfinishedScreen
from secingest_tui.text import join
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import FakeSession

WINDOWS: dict[str, Callable[[], Modal[Any]]] = {
    "help": lambda: HelpScreen("", []),
    "keys": KeysScreen,
    "settings": SettingsScreen,
    "tasks": TasksScreen,
    "outbox": OutboxScreen,
    "unfinished": UnfinishedScreen,
    "browse": lambda: BrowseScreen(""),
    "onboarding": lambda: OnboardingScreen("acme"),
    "value": lambda: ValueScreen("sha256", "0" * 64),
    "details": lambda: DetailScreen("One", lambda: ((), "")),
    "confirm": lambda: ConfirmScreen(join("Really?"), join("Yes"), join("No")),
    "pick": lambda: PickScreen("Which?", [Choice("a", "a"), Choice("b", "b")]),
    "form": TenantForm,
}
TYPING = {"pick", "form"}
"""The focus is in a text field there: what can be typed is typed."""


async def opened(app: SecingestApp, pilot: Any, name: str) -> Modal[Any]:
    window = WINDOWS[name]()
    app.push_screen(window)
    await settled(pilot)
    assert app.screen is window
    return window


@pytest.mark.parametrize("name", WINDOWS)
async def test_help_lists_every_key_that_holds_in_a_window(name: str) -> None:
    async with running(FakeSession(), start="home", size=(120, 90)) as (app, pilot):
        window = await opened(app, pilot, name)
        await pilot.press("f1")
        await settled(pilot)
        if name == "help":
            assert app.screen is not window, "the key that opens it closes it"
            return
        assert isinstance(app.screen, HelpScreen)
        shown = screen_text(app)
        bound = {binding.id for _, binding in window._bindings if binding.id in ACTIONS}
        for action in (ACTIONS[name] for name in bound):
            if app.role in action.roles:
                assert action.label in shown, action.id
                assert key_name(keys_of(action, {})[0]) in shown, action.id
        assert name not in TYPING or "In a text field" in shown
        await pilot.press("f1")
        assert app.screen is window


@pytest.mark.parametrize("name", WINDOWS)
async def test_what_opens_from_anywhere_opens_over_a_window(name: str) -> None:
    opens: dict[str, type] = {"ctrl+p": PaletteScreen, ":": PaletteScreen, "t": TasksScreen, "?": HelpScreen}
    async with running(FakeSession(), start="home") as (app, pilot):
        window = await opened(app, pilot, name)
        for key, kind in opens.items():
            await pilot.press(key)
            await settled(pilot)
            if name in TYPING and len(key) == 1:
                assert app.screen is window
                await pilot.press("backspace")
            elif isinstance(window, kind):
                assert isinstance(app.screen, AreaScreen), "its own key closes it"
                window = await opened(app, pilot, name)
            else:
                assert isinstance(app.screen, kind)
                await pilot.press("escape")
                await settled(pilot)
                assert app.screen is window
        # And a number leaves it for an area.
        await pilot.press("f5" if name in TYPING else "4")
        await settled(pilot)
        assert isinstance(app.screen, AreaScreen)
        assert app.current_mode == "metadata"
        await pilot.press("0")
        await settled(pilot)
        assert isinstance(app.screen, AreaScreen), "nothing was left lying there"


@pytest.mark.parametrize("name", [*WINDOWS, "jump", "press", "too small"])
async def test_ctrl_c_quits_wherever_one_is(name: str) -> None:
    others: dict[str, Callable[[Screen[Any]], Modal[Any]]] = {
        "jump": JumpScreen, "too small": lambda _below: TooSmallScreen(),
        "press": lambda _below: PressScreen(ACTIONS["app.tasks"]),
    }  # fmt: skip
    async with running(FakeSession(), start="home") as (app, pilot):
        if name in others:
            app.push_screen(others[name](app.screen))
            await settled(pilot)
        else:
            await opened(app, pilot, name)
        await pilot.press("ctrl+c")
        if name == "press":
            await settled(pilot)
            assert isinstance(app.screen, AreaScreen), "it takes whatever key comes"
            return
    assert app.return_code == 0


async def test_a_second_window_of_a_kind_is_not_stacked() -> None:
    async with running(FakeSession(), start="home") as (app, pilot):
        await pilot.press("t")
        await settled(pilot)
        tasks = app.screen
        await pilot.press("K")
        await settled(pilot)
        assert isinstance(app.screen, KeysScreen)
        await pilot.press("t")
        await settled(pilot)
        assert app.screen is tasks
        assert len(app.screen_stack) == 2


@pytest.mark.parametrize("key", ["escape", "f5", "ctrl+c"])
async def test_what_was_typed_in_a_form_is_not_lost_unasked(key: str) -> None:
    async with running(FakeSession(), start="provisioning") as (app, pilot):
        form = await opened(app, pilot, "form")
        await pilot.press(*"acme2", key)
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert "What is typed here will be lost" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert app.screen is form
        assert form.query_one("Field").value == "acme2"  # type: ignore[attr-defined]
        assert app.current_mode == "provisioning"
        await pilot.press(key)
        await settled(pilot)
        await pilot.press("tab", "enter")
        if key != "ctrl+c":
            await settled(pilot)
            assert isinstance(app.screen, AreaScreen)
            assert app.current_mode == ("metadata" if key == "f5" else "provisioning")
    assert key != "ctrl+c" or app.return_code == 0


async def test_a_form_as_it_opened_is_left_at_once() -> None:
    async with running(FakeSession(), start="provisioning") as (app, pilot):
        await opened(app, pilot, "form")
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, AreaScreen)


async def test_the_palette_leaves_a_window_for_what_belongs_elsewhere() -> None:
    async with running(FakeSession(), start="home") as (app, pilot):
        await opened(app, pilot, "outbox")
        await pilot.press(":")
        await settled(pilot)
        await pilot.press(*"metadata: tenant", "enter")
        await until(pilot, lambda: app.current_mode == "metadata" and isinstance(app.screen, PickScreen))


async def test_esc_comes_back_to_home_from_what_a_row_of_it_led_to() -> None:
    async with running(FakeSession(), start="home") as (app, pilot):
        home = app.screen
        await pilot.press("down", "enter")
        await settled(pilot)
        assert app.screen is not home
        assert isinstance(app.screen, AreaScreen)
        await pilot.press("slash", "x", "escape")
        await settled(pilot)
        assert app.screen is not home, "first out of the filter"
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen is home
        await pilot.press("4")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert app.current_mode == "metadata", "who went there by its number stays"


async def test_esc_on_home_leaves_its_keys_alive() -> None:
    async with running(FakeSession(), start="home") as (app, pilot):
        await pilot.press("escape", "down", "enter")
        await settled(pilot)
        assert app.current_mode != "home"


async def test_the_keys_of_a_list_to_choose_from_can_be_changed() -> None:
    keymap = {"pick.next": "ctrl+y", "pick.mark": "ctrl+e"}
    async with running(FakeSession(), start="home", keymap=keymap) as (app, pilot):
        got: list[tuple[str, ...] | None] = []
        choices = [Choice(name, name) for name in "abc"]
        app.push_screen(PickScreen("Which?", choices, many=True), got.append)
        await settled(pilot)
        assert "ctrl+e mark several" in screen_text(app)
        await pilot.press("ctrl+y", "ctrl+e", "down", "ctrl+e", "enter")
        await settled(pilot)
        assert got == [("b", "c")]


async def test_the_keys_of_buttons_and_long_texts_can_be_changed() -> None:
    async with running(FakeSession(), start="home", keymap={"list.open": "z", "move.down": "j"}) as (
        app,
        pilot,
    ):
        got: list[bool | None] = []
        app.push_screen(ConfirmScreen(join("Really?"), join("Yes"), join("No")), got.append)
        await settled(pilot)
        await pilot.press("enter")
        assert got == []
        await pilot.press("z")
        await settled(pilot)
        assert got == [False]
        await pilot.press("f1")
        await settled(pilot)
        text = app.screen.query_one("#scroll")
        await pilot.press("down")
        assert text.scroll_y == 0
        await pilot.press("j")
        await settled(pilot)
        assert text.scroll_y == 1


async def test_the_keys_of_the_start_can_be_changed() -> None:
    session, tries = FakeSession(), []

    def factory(report: object) -> FakeSession:
        tries.append(report)
        if len(tries) == 1:
            raise SecingestError("Port 8333 is taken.", hint="Stop what holds it.")
        return session

    app = SecingestApp(factory, Options(keymap={"start.again": "ctrl+y", "app.quit": "f12"}))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "ctrl+y try again   F12 quit" in screen_text(app))
        await pilot.press("r", "q")
        assert isinstance(app.screen, StartScreen)
        assert len(tries) == 1
        await pilot.press("ctrl+y")
        await until(pilot, lambda: isinstance(app.screen, AreaScreen))


@pytest.mark.parametrize("key", ["ctrl+n", "ctrl+t", "ctrl+w"])
def test_what_a_browser_takes_is_refused_with_the_reason(key: str) -> None:
    [problem] = keymap_problems({"app.tasks": key})
    assert "taken by browsers" in problem


@pytest.mark.parametrize("key", ["j", "slash", "space", "exclamation_mark", "?"])
def test_a_key_that_is_typed_is_refused_where_it_would_be(key: str) -> None:
    assert any("would be typed" in problem for problem in keymap_problems({"pick.next": key}))


def test_the_keys_of_everywhere_are_free_in_every_window() -> None:
    everywhere = {key for action in in_groups(["app"]) for key in keys_of(action, {})}
    for action in ACTIONS.values():
        assert action.group == "app" or not everywhere & set(keys_of(action, {})), action.id
