"""Shown instead of a mess; goes away by itself when the terminal grows."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.content import Content

from secingest_tui.screens.base import Modal
from secingest_tui.widgets.line import Line

SMALLEST = (60, 20)


def is_too_small(width: int, height: int) -> bool:
    """Whether the screens would be unreadable."""
    return width < SMALLEST[0] or height < SMALLEST[1]


class TooSmallScreen(Modal[None]):
    """What is below keeps its place, and what was typed."""

    CSS_PATH = "modal.tcss"

    def compose(self) -> ComposeResult:
        yield Line(
            Content(
                "This terminal is too small.\n"
                "secingest needs 60 columns and 20 rows.\n"
                "Make it larger, and you are back where you were.\n"
                "What runs goes on. ctrl+c leaves."
            )
        )

    def on_resize(self, event: events.Resize) -> None:
        """Leave when there is room again."""
        if self.is_current and not is_too_small(event.size.width, event.size.height):
            self.dismiss(None)

    def gate(self, action_id: str) -> bool | None:
        """There is no room for anything but leaving."""
        return True if action_id in {"app.quit", "app.interrupt"} else None
