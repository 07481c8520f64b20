"""A small form in a dialog: what was typed stays after an error, and the error says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.text import join, safe
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.native import Button
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.pick_field import PickField

R = TypeVar("R")
T = TypeVar("T")


class FormScreen(Modal[R]):
    """Subclasses give rows, say what is wrong, and do the work in ``submit``."""

    # Absolute: Textual looks beside the module of the subclass.
    CSS_PATH = Path(__file__).with_name("modal.tcss")
    AUTO_FOCUS: ClassVar[str | None] = "Field, PickField"
    HEADLINE: ClassVar[str] = ""
    DO: ClassVar[str] = "Save"
    MANY: ClassVar[frozenset[str]] = frozenset()
    """Ids of the ``PickField``s that take several choices."""
    MINDS: ClassVar[bool] = True
    """Whether leaving it asks once something was typed or chosen."""

    def __init__(self) -> None:
        super().__init__()
        self._filled: dict[str, str] = {}
        """What stands in the fields without anybody having typed it."""
        self._chosen = False

    def rows(self) -> Iterable[FormRow]:
        """The fields, in the order to fill them."""
        raise NotImplementedError

    def check(self) -> bool:
        """Say beside each field whether it is fine; ``True`` if all are."""
        raise NotImplementedError

    def submit(self) -> None:
        """Everything is fine: do it, usually through ``attempt``."""
        raise NotImplementedError

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        """Title and choices for one of the form's ``PickField``s."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Line(join((self.HEADLINE, "bold")), id="headline")
            yield from self.rows()
            yield NoticeBox(id="notice")
            with Horizontal(classes="buttons"):
                yield Button(Content("Cancel"), id="cancel", compact=True)
                yield Button(safe(self.DO), id="do", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._filled = {field.id or "": field.value for field in self.query(Field)}
        self._refresh()

    def _refresh(self) -> None:
        self.query_one("#do", Button).disabled = not self.check()

    @on(Field.Changed)
    def handle_changed(self, event: Field.Changed) -> None:
        """Check while typing."""
        event.stop()
        if not event.input.has_focus:
            self._filled[event.input.id or ""] = event.value
        self._refresh()

    @property
    def unsaved(self) -> bool:
        """What a person typed or chose here."""
        return self.MINDS and (
            self._chosen
            or any(field.value != self._filled.get(field.id or "", "") for field in self.query(Field))
        )

    @on(Field.Submitted)
    def handle_enter(self, event: Field.Submitted) -> None:
        """Enter goes to the next field; in the last one it does the work."""
        event.stop()
        fields = list(self.query("Field, PickField").results())
        # In a burst of Enters, as slow lines send it, several come from the field that had the focus before.
        here = self.focused if isinstance(self.focused, Field) else event.input
        if here is fields[-1] and self.check():
            self._submit()
        else:
            self.focus_next("Field, PickField, Button")

    @on(PickField.Opened)
    def handle_pick(self, event: PickField.Opened) -> None:
        """Open the list of a field."""
        event.stop()
        field = event.field
        title, choices = self.choices(field)

        def chosen(values: tuple[str, ...] | None) -> None:
            if values is not None:
                field.values = values
                self._chosen = True
                self._refresh()
                self._focus_after(field)

        many = field.id in self.MANY
        self.app.push_screen(PickScreen(title, choices, chosen=field.values, many=many), chosen)

    def _focus_after(self, field: Widget) -> None:
        """To the next field, or to what the form is for, in the order of the form. Textual goes by places on
        the screen, which a row that has just come up has not yet."""
        found = [
            widget
            for widget in self.query("Field, PickField, #do")
            if widget.focusable
            and all(node.display for node in widget.ancestors_with_self if node != self.app)
        ]
        found[(found.index(field) + 1) % len(found)].focus()

    @on(Button.Pressed)
    def handle_button(self, event: Button.Pressed) -> None:
        """Cancel leaves; the other button does the work."""
        event.stop()
        if event.button.id == "cancel":
            self.dismiss(None)
        elif self.check():
            self._submit()

    def _submit(self) -> None:
        # Disabled until the answer is here: a second press must not create a second thing.
        if not self.query_one("#do", Button).disabled:
            self.submit()

    def attempt(self, what: str, call: Callable[[], T], done: Callable[[T], object]) -> None:
        """Do the work in a thread; on failure the form stays as it was typed, with the reason."""
        self.query_one("#do", Button).disabled = True
        self.query_one("#notice", NoticeBox).say(join((what + " …", "$muted")))

        def failed(trouble: Trouble) -> None:
            self.query_one("#notice", NoticeBox).trouble(trouble)
            self.query_one("#do", Button).disabled = False
            # A long form has scrolled: the reason and the next step are at its end.
            self.call_after_refresh(self.query_one("#do", Button).scroll_visible, animate=False)

        self.fetch(what, call, done, failed, group="form")

    def row(self, row_id: str) -> FormRow:
        """A row by its id."""
        return self.query_one("#" + row_id, FormRow)

    def typed(self, field_id: str) -> str:
        """What a field holds."""
        return self.query_one("#" + field_id, Field).value

    def picked(self, field_id: str) -> str:
        """What a ``PickField`` holds."""
        return self.query_one("#" + field_id, PickField).value
