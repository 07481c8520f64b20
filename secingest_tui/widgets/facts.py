"""Names and values, one a line, to read, copy or look at in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from secingest_tui.text import cell, visible
from secingest_tui.widgets.table import Column, PagedTable, Row

MASK = "••••••••••••"


@dataclass(frozen=True, slots=True)
class Item:
    """A name and its raw value. A heading has no value."""

    label: str
    value: str = ""
    secret: bool = False
    heading: bool = False
    style: str = ""

    def __repr__(self) -> str:
        # Textual logs what it is given; a secret must not be in it.
        return f"Item({self.label!r}, {MASK if self.secret else self.value!r})"


class FactsTable(PagedTable):
    """A table of two columns whose rows know their raw values."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.show_header = False
        self._items: tuple[Item, ...] = ()
        self.revealed = False

    @property
    def has_secrets(self) -> bool:
        """Whether there is anything to reveal."""
        return any(item.secret for item in self._items)

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        key = self.current
        return self._items[int(key)] if key else None

    def present(self, items: Sequence[Item]) -> None:
        """Show these."""
        self._items = tuple(items)
        self._draw()

    def toggle_secrets(self) -> None:
        """Reveal or mask."""
        self.revealed = not self.revealed
        self._draw()

    def _draw(self) -> None:
        label_width = min(max([8, *(len(visible(item.label)) for item in self._items)]), 24)
        rows = [Row(str(index), self._cells(item)) for index, item in enumerate(self._items)]
        self.show((Column("Field", label_width), Column("Value", 20, 1)), rows)

    def _cells(self, item: Item) -> tuple[Text, Text]:
        if item.heading:
            return cell(item.label, "bold underline"), cell(item.value, "dim")
        if item.secret and not self.revealed:
            return cell(item.label, "dim"), cell(MASK)
        return cell(item.label, "dim"), cell(item.value or "-", item.style)
