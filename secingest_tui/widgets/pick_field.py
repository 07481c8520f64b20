"""A field that shows a choice on one line; Enter opens the list to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from secingest_tui.text import join, safe


class PickField(Widget, can_focus=True, inherit_bindings=False):
    """Holds the raw values; the form that owns it opens the list and sets them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "choose", show=False, id="list.open"),
        Binding("down", "app.focus_next", "next field", show=False, id="move.down"),
        Binding("up", "app.focus_previous", "previous field", show=False, id="move.up"),
    ]

    values: reactive[tuple[str, ...]] = reactive(())

    @dataclass
    class Opened(Message):
        """The person wants to choose."""

        field: PickField

        @property
        def control(self) -> PickField:
            return self.field

    def __init__(self, *, placeholder: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._placeholder = placeholder

    @property
    def value(self) -> str:
        """The single choice; empty if nothing is chosen."""
        return self.values[0] if self.values else ""

    def render(self) -> RenderResult:
        if not self.values:
            return join((self._placeholder, "$muted"), ("  ▾", "$muted"))
        first = safe(self.values[0], limit=60)
        more = (f"  +{len(self.values) - 1} more", "$muted") if len(self.values) > 1 else ("", "")
        return join(first, more, ("  ▾", "$muted"))

    def action_open(self) -> None:
        """Enter."""
        self.post_message(self.Opened(self))

    def on_click(self) -> None:
        """The mouse does what Enter does."""
        self.action_open()
