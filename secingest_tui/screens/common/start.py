"""The first frame: says what is being started, and why it did not start."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen

from secingest_tui import __version__
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting
from secingest_tui.text import join
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox


class StartScreen(Acting, Screen[None]):
    """No animation: a spinner costs 50 KiB/s over SSH."""

    CSS_PATH = "start.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "app.open_session", "try again", show=False),
        Binding("q,escape,ctrl+c", "app.leave", "quit", show=False),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(id="card"):
            yield Line(join(("secingest ", "bold $primary"), (__version__, "$muted")))
            yield Line(join("Encrypts here, stores anywhere, proves it."))
            yield Line(id="step")
            yield NoticeBox(id="notice")
            yield Line(join(("q quit", "$muted")), id="keys")

    def on_mount(self) -> None:
        self.ours.action_open_session()

    def step(self, text: str) -> None:
        """What is happening now."""
        self.query_one("#notice", NoticeBox).clear()
        self.query_one("#step", Line).show(join((text, "$muted")))

    def failed(self, trouble: Trouble) -> None:
        """It could not be started."""
        self.query_one("#step", Line).show(join(""))
        self.query_one("#notice", NoticeBox).trouble(trouble)
        self.query_one("#keys", Line).show(join(("r try again   q quit", "$muted")))
