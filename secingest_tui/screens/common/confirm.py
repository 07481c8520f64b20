"""Asks before something that cannot be taken back; the answer that changes nothing has the focus."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from secingest_tui.actions import Action, Tier
from secingest_tui.screens.base import Modal
from secingest_tui.text import join, safe
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.native import Button, ScrollingText


class ConfirmScreen(Modal[bool]):
    """``True`` only after the button that names the action, and the typed name where one is asked."""

    CSS_PATH = "modal.tcss"
    AUTO_FOCUS: ClassVar[str | None] = "#no, Field"

    def __init__(self, question: Content, yes: Content, no: Content, typed: str | None = None) -> None:
        super().__init__()
        self._question, self._yes, self._no, self._typed = question, yes, no, typed

    @classmethod
    def for_action(cls, action: Action, subject: str) -> ConfirmScreen:
        """The question for an action of the table on a named thing."""
        label = action.label.capitalize()
        question = join((label, "bold"), (": ", "bold"), subject, Content("\n"), action.help, ".")
        return cls(
            question,
            safe(label),
            Content("Keep as it is"),
            subject if action.tier is Tier.TYPED else None,
        )

    @classmethod
    def for_typed(cls) -> ConfirmScreen:
        """The question before something typed is lost."""
        question = join(("What is typed here will be lost.", "bold"))
        return cls(question, Content("Leave"), Content("Stay"))

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            with ScrollingText(classes="question", can_focus=False):
                yield Line(self._question)
            if self._typed is not None:
                yield Line(join(("Type its name to go on:", "$muted")))
                yield Field(id="typed")
            with Horizontal(classes="buttons"):
                yield Button(self._no, id="no", compact=True)
                yield Button(
                    self._yes, id="yes", variant="error", compact=True, disabled=self._typed is not None
                )

    def on_resize(self) -> None:
        """A question that does not fit, with a name of 1,024 bytes in it, is reached by Tab and scrolls."""
        self.call_after_refresh(self._measure)

    def _measure(self) -> None:
        question = self.query_one(".question", ScrollingText)
        question.can_focus = question.max_scroll_y > 0

    @on(Field.Changed, "#typed")
    def handle_typed(self, event: Field.Changed) -> None:
        """The name opens the button."""
        self.query_one("#yes", Button).disabled = event.value != self._typed

    @on(Button.Pressed)
    def handle_pressed(self, event: Button.Pressed) -> None:
        """Either button answers."""
        self.dismiss(event.button.id == "yes")
