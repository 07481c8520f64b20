"""The application: modes, session, what every screen shares. It does no work itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.signal import Signal

from secingest_tui import themes
from secingest_tui.actions import ACTIONS, Action, areas_of, in_groups, key_name, keys_of
from secingest_tui.models.options import Options
from secingest_tui.models.session import Role, StatusView
from secingest_tui.models.transfer import TaskView
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.areas import FACTORIES, GoesToAreas
from secingest_tui.screens.base import Acting, AreaScreen, bindings
from secingest_tui.screens.common.start import StartScreen
from secingest_tui.screens.common.too_small import TooSmallScreen, is_too_small
from secingest_tui.screens.feed import TaskFeed
from secingest_tui.screens.history import History
from secingest_tui.screens.ports import Session, SessionFactory
from secingest_tui.screens.troubles import TellsTroubles
from secingest_tui.text import count, join, visible
from secingest_tui.widgets.defects import QuietApp
from secingest_tui.widgets.upstream import release_closed_widgets

if TYPE_CHECKING:
    from secingest_tui.screens.common.palette import Thing


class SecingestApp(GoesToAreas, TellsTroubles, QuietApp, inherit_bindings=False):
    """Owns the session, the task feed and the modes."""

    TITLE = "secingest"
    CSS_PATH = "resources/base.tcss"
    ENABLE_COMMAND_PALETTE = False
    KEY_GROUPS = ("app",)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (120, "-wide")]  # noqa: RUF012 - Textual's type
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("app"),
        Binding("ctrl+c", "act('app.quit')", "quit", show=False),
    ]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {"start": StartScreen, **FACTORIES}
    DEFAULT_MODE = "start"

    def __init__(
        self,
        session_factory: SessionFactory,
        options: Options,
        *,
        driver_class: type[Driver] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        theme = themes.choose(options.theme, os.environ)
        release_closed_widgets()
        # Textual chooses its colour filter in here, by the theme it has before ours is set: without
        # this, NO_COLOR still sends 24-bit greys.
        super().__init__(driver_class, ansi_color=True if theme == themes.NO_COLOR_THEME else None)
        self.options = options
        self.now = now
        self.session_or_none: Session | None = None
        self.status: StatusView | None = None
        self.feed: TaskFeed | None = None
        self.changed_signal: Signal[SecingestApp] = Signal(self, "status changed")
        self.tasks_signal: Signal[tuple[TaskView, ...]] = Signal(self, "tasks changed")
        self.history = History()
        self._factory = session_factory
        for own in themes.OWN:
            self.register_theme(own)
        self.theme = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for the themes that do not set them."""
        return {"muted": "ansi_bright_black", "border": "ansi_bright_black"}

    @property
    def session(self) -> Session:
        """The open session; screens exist only after it was opened."""
        assert self.session_or_none is not None, "screens come after the session"
        return self.session_or_none

    @property
    def role(self) -> Role:
        """What the person may do; the least until the session says more."""
        return self.status.role if self.status is not None else Role.AUDITOR

    def on_mount(self) -> None:
        self.set_keymap(self.options.keymap)

    def action_open_session(self) -> None:
        """Open the session in the background; the start screen says what happens."""
        start = self.screen
        assert isinstance(start, StartScreen)
        start.step("starting …")

        def report(text: str) -> None:
            self.call_from_thread(start.step, text)

        def opened(result: tuple[Session, StatusView]) -> None:
            self.session_or_none, self.status = result
            self.feed = TaskFeed(self.session.jobs_service, self._tasks_changed)
            self.switch_mode(self._first_area())

        def call() -> tuple[Session, StatusView]:
            session = self.session_or_none or self._factory(report)
            self.session_or_none = session
            return session, session.status()

        self.fetch("Starting", call, opened, start.failed, group="session")

    def _first_area(self) -> str:
        """The one asked for, if this role has it."""
        return self.options.start if self.options.start in areas_of(self.role) else "home"

    def action_leave(self) -> None:
        """Quit without asking: nothing is running."""
        self.exit(0)

    def _tasks_changed(self, changed: tuple[TaskView, ...]) -> None:
        if self.feed is not None:
            self.history.transferring(self.feed.tasks)
        self.tasks_signal.publish(changed)
        self.changed_signal.publish(self)
        if any(task.phase.ended for task in changed):
            self.refresh_status()

    def refresh_status(self) -> None:
        """Ask the session again who, where and what waits; keep what is shown if it cannot say."""

        def arrived(status: StatusView) -> None:
            self.status = status
            self.changed_signal.publish(self)

        def failed(_trouble: Trouble) -> None:
            """The lists say that the server is away; the status line keeps what it knew."""

        self.fetch("Reading the status", self.session.status, arrived, failed, group="status")

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Textual's, but never markup and never a control character."""
        del markup
        super().notify(
            visible(message), title=visible(title), severity=severity, timeout=timeout, markup=False
        )

    def on_resize(self, event: events.Resize) -> None:
        """Say so where there is no room; the screen below keeps its place."""
        if is_too_small(event.size.width, event.size.height) and not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen())

    def can(self, action_id: str) -> bool:
        """Nothing but leaving before the session is open."""
        if action_id == "app.settings" and self.options.kiosk:
            return False
        return self.status is not None or action_id == "app.quit"

    def go(self, area: str) -> None:
        """Open a main screen."""
        if self.gate("app." + area):
            self.switch_mode(area)
            self.refresh_status()

    def go_then(self, area: str, then: Callable[[Screen[Any]], None]) -> None:
        """Open a main screen and go on when it is there."""

        async def run() -> None:
            await self.switch_mode(area)
            then(self.screen)

        if self.gate("app." + area):
            self.run_worker(cast(Any, run), group="go", exclusive=True, description="Opening " + area)

    def do_tasks(self) -> None:
        """Open the tasks."""
        from secingest_tui.screens.common.tasks import TasksScreen

        self.push_screen(TasksScreen())

    def do_back(self) -> None:
        """Esc belongs to the screen; the application only owns the key."""
        screen = self.screen
        if isinstance(screen, AreaScreen):
            screen.do_back()

    def _everything(self) -> list[Action]:
        screen = self.screen
        here = screen.actions_here() if isinstance(screen, Acting) else []
        return here + list(in_groups(["app"]))

    def do_help(self) -> None:
        """Every key that holds here."""
        from secingest_tui.screens.common.help import HelpScreen

        area = self.screen.AREA if isinstance(self.screen, AreaScreen) else ""
        self.push_screen(HelpScreen(area, self._everything()))

    def do_keys(self) -> None:
        """Every key of the application."""
        from secingest_tui.screens.common.keys import KeysScreen

        self.push_screen(KeysScreen())

    def do_settings(self) -> None:
        """Every setting of the configuration."""
        from secingest_tui.screens.common.settings import SettingsScreen

        self.push_screen(SettingsScreen())

    def remap(self, keymap: dict[str, str]) -> None:
        """Use other keys from now on."""
        self.options = replace(self.options, keymap=keymap)
        self.set_keymap(keymap)

    def do_jump(self) -> None:
        """A letter beside everything that can have the focus."""
        from secingest_tui.screens.common.jump import JumpScreen, Target, go_to

        def chosen(target: Target | None) -> None:
            if target is not None:
                go_to(target)

        self.push_screen(JumpScreen(self.screen), chosen)

    def do_palette(self) -> None:
        """Any action and any object by its name."""
        from secingest_tui.screens.common.palette import PaletteScreen, action_choices

        screen = self.screen

        def owner(action: Action) -> Acting:
            return self if action.group == "app" or not isinstance(screen, Acting) else screen

        here = self._everything()
        palette = PaletteScreen(action_choices(self, here, lambda action: owner(action).gate(action.id)))

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

        self.push_screen(palette, chosen)

    def _act_there(self, screen: Screen[Any], action: Action) -> None:
        """From the palette, on another screen: do it, or say what is to be done first."""
        if isinstance(screen, Acting) and screen.gate(action.id):
            screen.action_act(action.id)
        else:
            self.notify(
                f"Choose a row, then {key_name(keys_of(action, self.options.keymap)[0])}: {action.label}."
            )

    def do_quit(self) -> None:
        """Leave; ask first while something is running."""
        running = self.feed.running if self.feed is not None else 0
        if not running:
            self.exit(0)
            return
        from secingest_tui.screens.common.confirm import ConfirmScreen

        question = join(
            (f"{count(running, 'task')} still running.", "bold"),
            Content("\nLeaving stops them. Parts that arrived are kept where the provider can resume.\n"),
            Content("Nothing half-done is registered."),
        )
        screen = ConfirmScreen(question, Content("Stop and leave"), Content("Stay"))
        self.push_screen(screen, lambda agreed: self.exit(0) if agreed else None)


def _show(screen: Screen[Any], thing: Thing) -> None:
    from secingest_tui.screens.listing import ListScreen

    if isinstance(screen, ListScreen):
        if thing.item is not None:
            screen.open(thing.item)
        else:
            screen.show_key(thing.view, thing.key)
