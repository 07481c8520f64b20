"""A line or block that says what is wrong or what to do next, in place of or above the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.content import Content
from textual.widgets import Static

from secingest_tui.actions import ACTIONS, key_name, keys_of
from secingest_tui.models.trouble import Trouble
from secingest_tui.text import join, lines

if TYPE_CHECKING:
    from secingest_tui.app import SecingestApp

DETAILS = ACTIONS["app.details"]
LONGEST = 400
"""Characters of a line: what is longer would cover the data; the details have it whole."""


class NoticeBox(Static):
    """Hidden until there is something to say."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self.display = False

    def trouble(self, trouble: Trouble, kept: str = "") -> None:
        """A failure: what, cause, what is still shown, next step."""
        app = cast("SecingestApp", self.app)
        app.remember(trouble, kept)
        parts = [
            join(("✗ ", "bold $error")),
            lines(trouble.what, "bold"),
            Content("\n  "),
            lines(trouble.cause, limit=LONGEST),
            Content("\n"),
            *([join(("  Kept: ", "$muted")), lines(kept, limit=LONGEST), Content("\n")] if kept else []),
            join(("  Next: ", "bold")),
            lines(trouble.remedy, limit=LONGEST),
            join((f"  {key_name(keys_of(DETAILS, app.options.keymap)[0])} details", "$muted")),
        ]
        self.set_classes("-trouble")
        self.update(Content("").join(parts))
        self.display = True

    def say(self, content: Content) -> None:
        """Something calm: an empty list and what to do about it, or work under way."""
        self.set_classes("-calm")
        self.update(content)
        self.display = True

    def clear(self) -> None:
        """Nothing to say."""
        self.display = False
