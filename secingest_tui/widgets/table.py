"""The one table: at most a page of rows, a cursor that keeps its row, text made safe before it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text
from textual.message import Message
from textual.widgets import DataTable

from secingest_tui.text import cell


@dataclass(frozen=True, slots=True)
class Column:
    """A column; fixed widths spare the table from measuring every cell."""

    title: str
    width: int
    wide: int | None = None
    """The width from 120 columns on."""
    right: bool = False
    """Numbers stand at the right edge."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the raw key to act on, and what is shown."""

    key: str
    cells: tuple[Text, ...]
    name: str = ""
    """What to call it, where that is not the key."""

    def contains(self, wanted: str) -> bool:
        """Whether any cell contains this text, whatever the case."""
        wanted = wanted.casefold()
        return any(wanted in shown.plain.casefold() for shown in self.cells)


class PagedTable(DataTable[Text]):
    """Rows are replaced as a whole; the cursor stays on the row with the same key."""

    @dataclass
    class Opened(Message):
        """Enter was pressed on a row."""

        table: PagedTable
        key: str

        @property
        def control(self) -> PagedTable:
            return self.table

    @dataclass
    class Moved(Message):
        """The cursor is on another row; an empty ``key`` says there is none."""

        table: PagedTable
        key: str

        @property
        def control(self) -> PagedTable:
            return self.table

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=False, cell_padding=1)
        self._columns: tuple[Column, ...] = ()
        self._wide = False
        self._keys: list[str] = []

    @property
    def current(self) -> str:
        """The key of the row under the cursor; empty if there is none."""
        return self._keys[self.cursor_row] if 0 <= self.cursor_row < len(self._keys) else ""

    def show(self, columns: Sequence[Column], rows: Sequence[Row], *, wide: bool = False) -> None:
        """Replace columns and rows."""
        keep, place = self.current, self.cursor_row
        with self.prevent(DataTable.RowHighlighted):
            if self._columns != tuple(columns) or self._wide != wide or not self.columns:
                self.clear(columns=True)
                self._columns, self._wide = tuple(columns), wide
                for column in columns:
                    width = column.wide if wide and column.wide else column.width
                    self.add_column(cell(column.title, right=column.right), width=width, key=column.title)
            else:
                self.clear()
            self._keys = [row.key for row in rows]
            for index, row in enumerate(rows):
                self.add_row(*row.cells, key=str(index))
            if rows:
                place = self._keys.index(keep) if keep in self._keys else min(max(place, 0), len(rows) - 1)
                self.move_cursor(row=place)
        self.post_message(self.Moved(self, self.current))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if self.current:
            self.post_message(self.Opened(self, self.current))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self.post_message(self.Moved(self, self.current))
