"""One value alone, wrapped, for selecting by hand where the clipboard is not to be had."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from secingest_tui.clipboard import send
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.text import lines
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.native import ScrollingText


class ValueScreen(Modal[None]):
    """The value in full; what acts or hides in it is shown as escapes."""

    CSS_PATH = "modal.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("facts",)
    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in bindings("facts") if getattr(binding, "id", "") == "facts.copy"
    ]

    def __init__(self, label: str, value: str) -> None:
        super().__init__()
        self._label, self._value = label, value

    @property
    def crumb(self) -> str:
        """What the value is."""
        return self._label

    def compose(self) -> ComposeResult:
        yield Crumbs()
        with ScrollingText(id="scroll"):
            yield Line(lines(self._value), id="value")
        yield KeyBar()

    def do_copy(self) -> None:
        """Send it to the terminal."""
        self.ours.notify(send(self.app, self._value, self._label))
