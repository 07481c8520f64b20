"""Windows on top: opened from anywhere, and left one after another for what lies below or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.screen import Screen
from textual.widgets import Input

from secingest_tui.actions import ACTIONS, Action, in_groups, key_name, keys_of
from secingest_tui.screens.areas import GoesToAreas
from secingest_tui.screens.base import Acting, AreaScreen, Modal
from secingest_tui.screens.common.start import StartScreen

if TYPE_CHECKING:
    from secingest_tui.screens.common.palette import Thing


class OpensWindows(GoesToAreas):
    """The part of the application that knows which screen lies on which."""

    _from_home = ""
    """The main screen that was gone to from a row of Home, until another is gone to."""

    def leave_windows(self, then: Callable[[], object], *, down_to: Screen[Any] | None = None) -> None:
        """Leave what lies on top, as Esc does, and go on; whoever wants to keep what was typed stays."""
        top = self.app.screen
        if top is down_to or not isinstance(top, Modal):
            then()
        else:
            top.leave(lambda: self.leave_windows(then, down_to=down_to))

    def go(self, area: str) -> None:
        """Open a main screen."""
        if self.gate("app." + area):
            self._from_home = ""
            self.leave_windows(lambda: self._switch(area))

    def _switch(self, area: str) -> None:
        self.app.switch_mode(area)
        self.ours.refresh_status()

    def go_then(self, area: str, then: Callable[[Screen[Any]], None]) -> None:
        """Open a main screen and go on when it is there."""

        async def run() -> None:
            await self.app.switch_mode(area)
            then(self.app.screen)

        def go() -> None:
            self.run_worker(cast(Any, run), group="go", exclusive=True, description="Opening " + area)

        if self.gate("app." + area):
            self._from_home = ""
            self.leave_windows(go)

    def go_from_home(self, area: str) -> None:
        """Open the main screen that looks after a row of Home; Esc there comes back."""
        self.go(area)
        self._from_home = area

    def return_home(self) -> None:
        """Esc where there is nothing else to leave."""
        if self._from_home == self.app.current_mode:
            self.go("home")

    def do_back(self) -> None:
        """Esc belongs to the screen; the application only owns the key."""
        screen = self.app.screen
        if isinstance(screen, AreaScreen | StartScreen):
            screen.do_back()

    def _open(self, kind: type[Modal[Any]], make: Callable[[], Modal[Any]]) -> None:
        """Open a window, or go back to it where it lies below already."""
        below = next((screen for screen in self.app.screen_stack if isinstance(screen, kind)), None)
        if below is not None:
            self.leave_windows(lambda: None, down_to=below)
        else:
            self.app.push_screen(make())

    def do_tasks(self) -> None:
        """Open the tasks."""
        from secingest_tui.screens.common.tasks import TasksScreen

        self._open(TasksScreen, TasksScreen)

    def do_keys(self) -> None:
        """Every key of the application."""
        from secingest_tui.screens.common.keys import KeysScreen

        self._open(KeysScreen, KeysScreen)

    def do_settings(self) -> None:
        """Every setting of the configuration."""
        from secingest_tui.screens.common.settings import SettingsScreen

        self._open(SettingsScreen, SettingsScreen)

    def _everything(self) -> list[Action]:
        screen = self.app.screen
        here = screen.actions_here() if isinstance(screen, Acting) else []
        return here + list(in_groups(["app"]))

    def do_help(self) -> None:
        """Every key that holds here."""
        from secingest_tui.screens.common.help import HelpScreen

        screen = self.app.screen
        area = screen.AREA if isinstance(screen, AreaScreen) else ""
        self.app.push_screen(HelpScreen(area, self._everything(), fields=bool(screen.query(Input))))

    def do_jump(self) -> None:
        """A letter beside everything that can have the focus."""
        from secingest_tui.screens.common.jump import JumpScreen, Target, go_to

        def chosen(target: Target | None) -> None:
            if target is not None:
                go_to(target)

        self.app.push_screen(JumpScreen(self.app.screen), chosen)

    def do_palette(self) -> None:
        """Any action and any object by its name."""
        from secingest_tui.screens.common.palette import PaletteScreen, action_choices

        screen = self.app.screen

        def owner(action: Action) -> Acting:
            return self if action.group == "app" or not isinstance(screen, Acting) else screen

        here = self._everything()
        palette = PaletteScreen(action_choices(self.ours, here, lambda action: owner(action).gate(action.id)))

        def chosen(values: tuple[str, ...] | None) -> None:
            if not values:
                return
            action, thing = ACTIONS.get(values[0]), palette.things.get(values[0])
            if thing is not None:
                self.go_then(thing.area, lambda there: _show(there, thing))
            elif action is not None and action in here:
                owner(action).action_act(action.id)
            elif action is not None:
                self.go_then(action.group, lambda there: self._act_there(there, action))

        self.app.push_screen(palette, chosen)

    def _act_there(self, screen: Screen[Any], action: Action) -> None:
        """From the palette, on another screen: do it, or say what is to be done first."""
        if isinstance(screen, Acting) and screen.gate(action.id):
            screen.action_act(action.id)
        else:
            key = key_name(keys_of(action, self.ours.options.keymap)[0])
            self.ours.notify(f"Choose a row, then {key}: {action.label}.")


def _show(screen: Screen[Any], thing: Thing) -> None:
    from secingest_tui.screens.listing import ListScreen

    if isinstance(screen, ListScreen):
        if thing.item is not None:
            screen.open(thing.item)
        else:
            screen.show_key(thing.view, thing.key)
