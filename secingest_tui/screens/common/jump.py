"""Jump mode: a letter beside every field and row of the screen below; type one to be there."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from secingest_tui.actions import in_groups, keys_of
from secingest_tui.screens.base import Modal
from secingest_tui.text import join
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.table import PagedTable

LETTERS = "asdfghjklqwertyuiopzxcvbnm" + ascii_uppercase
assert set(ascii_lowercase) <= set(LETTERS)
Target = tuple[Widget, int | None, int, int]
"""A widget, the row of it if it is a table, and where its letter stands."""


def targets(screen: Screen[Any]) -> Iterator[Target]:
    """Everything visible that can have the focus, from the top; a table row by row."""
    for widget in screen.focus_chain:
        region = widget.region
        if not region.area:
            continue
        if isinstance(widget, PagedTable) and widget.row_count:
            header = widget.header_height if widget.show_header else 0
            first = round(widget.scroll_y)
            for row in range(first, min(widget.row_count, first + region.height - header)):
                yield widget, row, region.x, region.y + header + row - first
        else:
            yield widget, None, max(0, region.x - 1), region.y


def go_to(target: Target) -> None:
    """Be there."""
    widget, row, _, _ = target
    widget.focus()
    if isinstance(widget, PagedTable) and row is not None:
        widget.move_cursor(row=row)


class JumpScreen(Modal[Target]):
    """Any other key leaves, but for those that hold everywhere."""

    CSS_PATH = "modal.tcss"
    CLOSED_BY = frozenset({"app.jump"})

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self._targets = dict(zip(LETTERS, targets(screen), strict=False))

    def compose(self) -> ComposeResult:
        for letter, (_, _, x, y) in self._targets.items():
            mark = Line(join((letter, "bold reverse")), classes="mark")
            mark.styles.offset = (x, y)
            yield mark

    def on_key(self, event: events.Key) -> None:
        """The letter answers."""
        everywhere = {
            key for action in in_groups(["app"]) for key in keys_of(action, self.ours.options.keymap)
        }
        if event.is_printable or event.key not in everywhere:
            event.stop()
            self.dismiss(self._targets.get(event.character or ""))
