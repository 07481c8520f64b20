"""One field of a form: its label, itself, and what is wrong with it beside it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from secingest_tui.text import join, safe
from secingest_tui.widgets.line import Line

LONGEST = 240
"""Characters of a message: a name of 1,024 bytes in it must not push the buttons off the screen."""


class FormRow(Horizontal):
    """The message says in words and with a sign whether the field is fine."""

    def __init__(self, label: str, field: Widget, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="row")
        self._label, self._field = label, field
        self._message = Line(classes="message")
        self._message.display = False  # until there is something to say
        self.said = Content("")
        """The message, which the row may have had to cut."""

    def compose(self) -> ComposeResult:
        yield Line(join(self._label), classes="label")
        yield self._field
        yield self._message

    def _say(self, content: Content) -> None:
        self.said = content
        self._message.show(content)
        self._message.display = bool(content.plain)

    def hint(self, text: str) -> None:
        """What the field is for; an empty text takes the message away."""
        self._say(safe(text, "$muted", limit=LONGEST))

    def good(self, text: str) -> None:
        """The field is fine, and this is what it comes to."""
        self._say(join(("✓ ", "$success"), safe(text, "$muted", limit=LONGEST)))

    def wrong(self, text: str) -> None:
        """The field has to change."""
        self._say(join(("✗ ", "bold $error"), safe(text, "$error", limit=LONGEST)))
