"""The application: modes, session, what every screen shares. It does no work itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.driver import Driver
from textual.notifications import SeverityLevel
from textual.reactive import Initialize, Reactive
from textual.screen import Screen
from textual.signal import Signal
from textual.theme import Theme

from secingest_tui import themes
from secingest_tui.actions import areas_of
from secingest_tui.models.options import Options
from secingest_tui.models.session import Role, StatusView
from secingest_tui.models.transfer import TaskView
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.areas import FACTORIES
from secingest_tui.screens.base import bindings
from secingest_tui.screens.common.start import StartScreen
from secingest_tui.screens.common.too_small import TooSmallScreen, is_too_small
from secingest_tui.screens.feed import TaskFeed
from secingest_tui.screens.history import History
from secingest_tui.screens.leaving import AsksToLeave
from secingest_tui.screens.troubles import TellsTroubles
from secingest_tui.screens.windows import OpensWindows
from secingest_tui.text import visible
from secingest_tui.widgets.defects import QuietApp
from secingest_tui.widgets.notice import LONGEST
from secingest_tui.widgets.upstream import release_closed_widgets

if TYPE_CHECKING:  # the ports name every model of the services
    from secingest_tui.screens.ports import Session, SessionFactory


class SecingestApp(OpensWindows, AsksToLeave, TellsTroubles, QuietApp, inherit_bindings=False):
    """Owns the session, the task feed and the modes."""

    TITLE = "secingest"
    # Those of the first two screens with it: each that comes later has everything parsed again.
    CSS_PATH = ["resources/base.tcss", "screens/common/start.tcss", "screens/home/screen.tcss"]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = False
    KEY_GROUPS = ("app",)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (120, "-wide")]  # noqa: RUF012 - Textual's type
    BINDINGS: ClassVar[list[BindingType]] = bindings("app")
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {"start": StartScreen, **FACTORIES}
    DEFAULT_MODE = "start"

    def _chosen_theme(self) -> str:
        return self._first_theme

    theme: Reactive[str] = Reactive(Initialize(_chosen_theme))
    """Textual's, but chosen before it draws: changed later, everything that it has parsed is parsed again."""

    def __init__(
        self,
        session_factory: SessionFactory,
        options: Options,
        *,
        driver_class: type[Driver] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._first_theme = themes.choose(options.theme, os.environ)
        release_closed_widgets()
        super().__init__(driver_class)
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

    def get_theme(self, theme_name: str) -> Theme | None:
        """Ours too, which Textual asks for before one can be registered."""
        return themes.BY_NAME.get(theme_name) or super().get_theme(theme_name)

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

    def open_session(self) -> None:
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
        """Textual's, but never markup, never a control character, and never over all of the screen."""
        del markup
        super().notify(
            visible(message, LONGEST), title=visible(title), severity=severity, timeout=timeout, markup=False
        )

    def on_resize(self, event: events.Resize) -> None:
        """Say so where there is no room; the screen below keeps its place."""
        if is_too_small(event.size.width, event.size.height) and not isinstance(self.screen, TooSmallScreen):
            self.push_screen(TooSmallScreen())

    def can(self, action_id: str) -> bool:
        """Nothing but leaving before the session is open."""
        if action_id == "app.settings" and self.options.kiosk:
            return False
        return self.status is not None or action_id in {"app.quit", "app.interrupt", "app.help"}

    def remap(self, keymap: dict[str, str]) -> None:
        """Use other keys from now on."""
        self.options = replace(self.options, keymap=keymap)
        self.set_keymap(keymap)
