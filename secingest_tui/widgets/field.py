"""Text fields: what was pasted into them cannot reach the terminal as a control sequence."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input

from secingest_tui.actions import RESERVED_KEYS
from secingest_tui.text import same_length


def _editing_keys() -> list[BindingType]:
    """Textual's editing keys without those that multiplexers and browsers take."""
    kept: list[BindingType] = []
    for binding in Input.BINDINGS:
        assert isinstance(binding, Binding)
        keys = [key for key in binding.key.split(",") if key not in RESERVED_KEYS]
        if keys:
            kept.append(Binding(",".join(keys), binding.action, binding.description, show=False))
    return kept


class Field(Input, inherit_bindings=False):
    """A one-line input."""

    BINDINGS: ClassVar[list[BindingType]] = _editing_keys()

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        password: bool = False,
        suggester: Suggester | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(
            value,
            # Textual draws it as it is, and some say what others wrote.
            placeholder=same_length(placeholder),
            password=password,
            suggester=suggester,
            id=id,
            compact=True,
            select_on_focus=False,
        )

    @property
    def _value(self) -> Text:
        # Textual draws the raw value, escape sequences included (measured on 8.2.8); every drawing of
        # it goes through this property. One stand-in a character keeps the cursor where it belongs.
        shown = "•" * len(self.value) if self.password else same_length(self.value)
        return Text(shown, no_wrap=True, overflow="ignore", end="")

    def watch__suggestion(self, suggestion: str) -> None:
        """A completion comes from file names, so it is drawn only when there is nothing to hide in it."""
        if suggestion != same_length(suggestion):
            self.set_reactive(Input._suggestion, "")
