"""The first frame: says what is being started, and why it did not start."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen

from secingest_tui import __version__
from secingest_tui.actions import ACTIONS, key_name, keys_of
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting, bindings
from secingest_tui.text import join
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox


class StartScreen(Acting, Screen[None]):
    """No animation: a spinner costs 50 KiB/s over SSH."""

    CSS_PATH = "start.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("start",)
    BINDINGS: ClassVar[list[BindingType]] = bindings("start")
    _failed = False

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Line(join(("secingest ", "bold $primary"), (__version__, "$muted")))
            yield Line(join("Encrypts here, stores anywhere, proves it."))
            yield Line(id="step")
            yield NoticeBox(id="notice")
            yield Line(id="keys")

    def on_mount(self) -> None:
        self._draw_keys()
        self.ours.open_session()

    def step(self, text: str) -> None:
        """What is happening now."""
        self.query_one("#notice", NoticeBox).clear()
        self.query_one("#step", Line).show(join((text, "$muted")))

    def failed(self, trouble: Trouble) -> None:
        """It could not be started."""
        self.query_one("#step", Line).show(join(""))
        self.query_one("#notice", NoticeBox).trouble(trouble)
        self._failed = True
        self._draw_keys()

    def _draw_keys(self) -> None:
        shown = (["start.again"] if self._failed else []) + ["app.quit"]
        keys = [key_name(keys_of(ACTIONS[name], self.ours.options.keymap)[0]) for name in shown]
        words = [f"{key} {ACTIONS[name].label}" for key, name in zip(keys, shown, strict=True)]
        self.query_one("#keys", Line).show(join(("   ".join(words), "$muted")))

    def can(self, action_id: str) -> bool:
        """Only what failed can be tried again."""
        return self._failed

    def do_again(self) -> None:
        """Start again."""
        self._failed = False
        self._draw_keys()
        self.ours.open_session()

    def do_back(self) -> None:
        """Nothing lies below: leave."""
        self.ours.do_quit()
