"""A list to choose from, filtered by typing: tenants, keys, backends, commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from secingest_tui.actions import ACTIONS, key_name, keys_of
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.text import join, safe
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.line import Line


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose: its raw value, its name, and what tells it from the others."""

    value: str
    label: str
    note: str = ""
    enabled: bool = True

    def contains(self, wanted: str) -> bool:
        """Whether name or note contains the text."""
        wanted = wanted.casefold()
        return wanted in self.label.casefold() or wanted in self.note.casefold()


class PickScreen(Modal[tuple[str, ...]]):
    """Returns what was chosen; ``None`` for nothing, after Esc.

    Enter takes the highlighted one. With ``many``, Tab marks, and once it did Enter takes the marked ones.
    """

    CSS_PATH = "modal.tcss"
    AUTO_FOCUS: ClassVar[str | None] = "Field"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("pick",)
    # With priority, as those that Tab has in every window.
    BINDINGS: ClassVar[list[BindingType]] = [
        replace(binding, priority=True) for binding in bindings("pick") if isinstance(binding, Binding)
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        chosen: Sequence[str] = (),
        many: bool = False,
        empty: str = "",
    ) -> None:
        super().__init__()
        self._title, self._choices, self._many, self._empty = title, tuple(choices), many, empty
        self._chosen = list(chosen)
        self._shown: list[Choice] = []
        self._marking = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            yield Line(join((self._title, "bold")))
            yield Field(placeholder="type to narrow the list", id="wanted")
            yield OptionList(id="choices", markup=False, compact=True)
            yield Line(classes="hint", id="hint")

    def on_mount(self) -> None:
        self.query_one("#choices", OptionList).can_focus = False
        self._draw("")

    def _draw(self, wanted: str) -> None:
        self._shown = [choice for choice in self._choices if choice.contains(wanted)]
        options = self.query_one("#choices", OptionList)
        place = options.highlighted or 0
        options.set_options(
            [Option(self._prompt(choice), disabled=not choice.enabled) for choice in self._shown]
        )
        if self._shown:
            options.highlighted = min(place, len(self._shown) - 1)
        self.query_one("#hint", Line).show(self._hint(wanted))

    def _prompt(self, choice: Choice) -> Content:
        mark = ("[x] " if choice.value in self._chosen else "[ ] ") if self._many else ""
        width = min(28, max(len(other.label) for other in self._choices))
        note = (
            (" " * max(2, width + 2 - len(choice.label)) + choice.note, "$muted") if choice.note else ("", "")
        )
        return join((mark, "bold $accent"), safe(choice.label, limit=60), note)

    def _hint(self, wanted: str) -> Content:
        if not self._choices:
            return join((self._empty, "$warning"))
        if not self._shown:
            return join(("Nothing contains ", "$muted"), wanted)
        keys = "enter choose · esc leave"
        if self._many:
            tab = key_name(keys_of(ACTIONS["pick.mark"], self.ours.options.keymap)[0])
            marking = tab + " mark more · enter take the marked · esc leave"
            keys = marking if self._marking else tab + " mark several · " + keys
        return join((keys, "$muted"))

    @on(Field.Changed, "#wanted")
    def handle_wanted(self, event: Field.Changed) -> None:
        """Narrow while typing."""
        self._draw(event.value)

    @on(Field.Submitted, "#wanted")
    def handle_enter(self) -> None:
        """Enter in the field acts on the highlighted row, so that typing and Enter is all it takes."""
        self._choose(self.query_one("#choices", OptionList).highlighted)

    @on(OptionList.OptionSelected, "#choices")
    def handle_clicked(self, event: OptionList.OptionSelected) -> None:
        """The mouse chooses too."""
        self._choose(event.option_index)

    def _choose(self, index: int | None) -> None:
        if index is None or not 0 <= index < len(self._shown) or not self._shown[index].enabled:
            return
        self.dismiss(tuple(self._chosen) if self._marking else (self._shown[index].value,))

    def do_mark(self) -> None:
        """Mark or unmark the highlighted one; where only one can be taken, go to the next."""
        index = self.query_one("#choices", OptionList).highlighted
        if not self._many or index is None or not self._shown:
            self._move(1)
            return
        self._marking = True
        value = self._shown[index].value
        if value in self._chosen:
            self._chosen.remove(value)
        else:
            self._chosen.append(value)
        self._draw(self.query_one("#wanted", Field).value)
        self._move(1)

    def do_next(self) -> None:
        """One down."""
        self._move(1)

    def do_previous(self) -> None:
        """One up."""
        self._move(-1)

    def do_further(self) -> None:
        """Ten down."""
        self._move(10)

    def do_nearer(self) -> None:
        """Ten up."""
        self._move(-10)

    def _move(self, step: int) -> None:
        """Move the highlight while the field keeps the focus."""
        options = self.query_one("#choices", OptionList)
        if self._shown:
            options.highlighted = min(max((options.highlighted or 0) + step, 0), len(self._shown) - 1)
