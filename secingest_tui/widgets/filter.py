"""The filter of a list: what is typed, how many rows contain it, and how to see all of them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from secingest_tui.actions import ACTIONS, key_name, keys_of
from secingest_tui.text import count, join
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.table import PagedTable

if TYPE_CHECKING:
    from secingest_tui.app import SecingestApp


class FilterBox(Horizontal):
    """Hidden until it is wanted; stays while it narrows the first table of its screen."""

    @dataclass
    class Narrowed(Message):
        """Other rows are shown."""

        text: str

    @property
    def text(self) -> str:
        """What the rows have to contain; empty for all of them."""
        return self.query_one(Field).value

    @property
    def _table(self) -> PagedTable:
        return self.screen.query(PagedTable).first()

    def compose(self) -> ComposeResult:
        yield Field(placeholder="rows that contain …", id="filter")
        yield Line(id="filter-hint")

    def on_mount(self) -> None:
        self.display = False
        self.watch(self._table, "matching", self._say)

    def _say(self, matching: tuple[int, int]) -> None:
        app = cast("SecingestApp", self.app)
        shown, of = matching
        key = key_name(keys_of(ACTIONS["app.back"], app.options.keymap)[0])
        said = (f"{shown:,} of {count(of, 'row')} · {key} shows all", "$muted")
        self.query_one("#filter-hint", Line).show(join(said))

    def open(self) -> None:
        """Type here."""
        self.display = True
        self.query_one(Field).focus()

    def clear(self) -> bool:
        """All rows again; whether there was anything to clear."""
        opened = self.display
        box = self.query_one(Field)
        with box.prevent(Field.Changed):
            box.value = ""
        self.display = False
        self._table.narrow("")
        return bool(opened)

    @on(Field.Changed)
    def handle_changed(self, event: Field.Changed) -> None:
        """Narrow while typing."""
        event.stop()
        self._table.narrow(event.value)
        self.post_message(self.Narrowed(event.value))

    @on(Field.Submitted)
    def handle_submitted(self) -> None:
        """Enter: to the rows that are left. Screens may ask their server for more of them."""
        self._table.focus()
