"""The one table: at most a page of rows, a cursor that keeps its row, text made safe before it arrives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.message import Message
from textual.reactive import var
from textual.strip import Strip
from textual.widgets import DataTable

from secingest_tui.actions import ACTIONS
from secingest_tui.text import cell

_PADDING = 2
_LEAST_FOR_HALVES = 4
_AHEAD = 2
"""Rows drawn out of sight after each step."""
_LINES_KEPT = 256
"""Drawn lines that are kept: several large screens."""
_CELLS_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Column:
    """A column; fixed widths spare the table from measuring every cell."""

    title: str
    width: int
    """The least it is shown with. Columns at the end that do not fit are left to the details."""
    grow: int = 0
    """Its share of what is left over."""
    right: bool = False
    """Numbers stand at the right edge."""
    tail: bool = False
    """What does not fit is cut out of the middle: the end of a key tells it from its neighbours."""
    by_need: bool = False
    """Where it is the last one, it leaves its room to the others while no row has anything in it."""


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


def fit(columns: Sequence[Column], room: int) -> list[int]:
    """Widths of as many columns as fit into ``room``, at least one."""
    kept = list(columns)
    while len(kept) > 1 and sum(column.width + _PADDING for column in kept) > room:
        kept.pop()
    left = max(0, room - sum(column.width + _PADDING for column in kept))
    shares = sum(column.grow for column in kept)
    return [column.width + (left * column.grow // shares if shares else 0) for column in kept]


def _needed(columns: tuple[Column, ...], rows: Sequence[Row]) -> tuple[Column, ...]:
    """Without the last one where it is there by need and no row needs it."""
    last = len(columns) - 1
    if not rows or last < 1 or not columns[last].by_need:
        return columns
    return columns if any(len(row.cells) > last and row.cells[last].plain for row in rows) else columns[:last]


def _cut(text: Text, width: int) -> Text:
    """``text`` with its middle left out where it is wider than the column."""
    if text.cell_len <= width:
        return text
    plain, half = text.plain, width // 2
    head = set_cell_size(plain, width - half - 1)
    tail = plain[-half:]
    while cell_len(tail) > half:
        tail = tail[1:]
    return cell(head + "…" + tail, str(text.style))


def _look(style: Style | None) -> Style | None:
    """What can be seen of a style: not which column a click would be in, since rows are what is clicked."""
    return style.clear_meta_and_links() if style is not None else None


class PagedTable(DataTable[Text], inherit_bindings=False):
    """Rows are replaced as a whole; the cursor stays on the row with the same key."""

    # By the names of the action table, so that a person's keymap changes them.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(ACTIONS[action].keys, method, ACTIONS[action].label, show=False, id=action)
        for action, method in (
            ("list.open", "select_cursor"),
            ("move.up", "cursor_up"),
            ("move.down", "cursor_down"),
            ("move.page_up", "page_up"),
            ("move.page_down", "page_down"),
            ("move.first", "scroll_top"),
            ("move.last", "scroll_bottom"),
        )
    ]

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

    matching: var[tuple[int, int]] = var((0, 0))
    """How many rows are shown, and how many there are."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=False, cell_padding=_PADDING // 2)
        self._columns: tuple[Column, ...] = ()
        """All that were asked for; those that are needed come next."""
        self._wanted: tuple[Column, ...] = ()
        self._widths: list[int] = []
        self._all: tuple[Row, ...] = ()
        self._given: tuple[Row, ...] = ()
        """All that it was given; those that are shown contain the text it is narrowed to."""
        self._narrowed_to = ""
        self._drawn_ahead: tuple[int, int, int] = (0, 0, 0)
        """Where it is scrolled to, the state of the cells, and how many rows beyond are drawn for it."""
        self._row_before = 0
        # Every change makes what was drawn before useless, and Textual holds it until its caches are full:
        # 10,000 cells and 1,000 lines, 10 MiB that a live table fills within the hour.
        self._cell_render_cache.maxsize = _CELLS_KEPT
        for cache in (self._row_render_cache, self._row_renderable_cache, self._line_cache):
            cache.maxsize = _LINES_KEPT

    @property
    def current(self) -> str:
        """The key of the row under the cursor; empty if there is none."""
        return self._all[self.cursor_row].key if 0 <= self.cursor_row < len(self._all) else ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the rows that are shown."""
        return tuple(row.key for row in self._all)

    def narrow(self, text: str) -> None:
        """Show only the rows that contain a text; all of them where it is empty."""
        if text != self._narrowed_to:
            self._narrowed_to = text
            self.show(self._columns, self._given)

    def show(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Replace columns and rows."""
        self._given, self._columns = tuple(rows), tuple(columns)
        columns = _needed(self._columns, self._given)
        if self._narrowed_to:
            rows = [row for row in rows if row.contains(self._narrowed_to)]
        self.matching = len(rows), len(self._given)
        keep, place = self.current, self.cursor_row
        # One column is left to the scroll bar, so that it never hides a digit.
        widths = fit(columns, max(20, self.size.width - 1))
        with self.prevent(DataTable.RowHighlighted):
            if self._wanted != tuple(columns) or self._widths != widths:
                self.clear(columns=True)
                self._wanted, self._widths = tuple(columns), widths
                for column, width in zip(columns, widths, strict=False):
                    self.add_column(cell(column.title, right=column.right), width=width, key=column.title)
            else:
                if self._replace_cells(rows):
                    return
                self.clear()
            self._all = tuple(rows)
            for index, row in enumerate(rows):
                self.add_row(*self._shown(row), key=str(index))
            if rows:
                keys = [row.key for row in rows]
                place = keys.index(keep) if keep in keys else min(max(place, 0), len(rows) - 1)
                self.move_cursor(row=place)
        self.post_message(self.Moved(self, self.current))

    def _shown(self, row: Row) -> list[Text]:
        return [
            _cut(text, width) if column.tail else text
            for text, column, width in zip(row.cells, self._wanted, self._widths, strict=False)
        ]

    def change(self, rows: Mapping[str, Row]) -> None:
        """Other cells for the rows with these keys, where they are; keys that are not shown are left out."""
        self._given = tuple(rows.get(row.key, row) for row in self._given)
        if self._narrowed_to or _needed(self._columns, self._given) != self._wanted:
            self.show(self._columns, self._given)
        else:
            self._replace_cells(self._given)

    def _replace_cells(self, rows: Sequence[Row]) -> bool:
        """Where the rows are the same ones, change only the cells that differ; the place is kept."""
        before = self._all
        if [row.key for row in before] != [row.key for row in rows]:
            return False
        self._all = tuple(rows)
        for index, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old is new:
                continue
            for place, (was, now) in enumerate(zip(self._shown(old), self._shown(new), strict=True)):
                if was != now or was.style != now.style:
                    self._replace_cell(Coordinate(index, place), now)
        return True

    def _replace_cell(self, at: Coordinate, now: Text) -> None:
        """As Textual's ``update_cell_at``, which sends every row again though only one has changed."""
        row, column = self.coordinate_to_cell_key(at)
        self._data[row][column] = now
        self._update_count += 1
        self.refresh_coordinate(at)

    def _scroll_cursor_into_view(self, animate: bool = False) -> None:
        """By half a page where the cursor leaves it.

        Textual scrolls by one row a key, and each time every row is sent again: over SSH that is ten times
        the bytes of moving within the page.
        """
        height = self.scrollable_content_region.height - (self.header_height if self.show_header else 0)
        top, row = round(self.scroll_y), self.cursor_row
        if height < _LEAST_FOR_HALVES:
            super()._scroll_cursor_into_view(animate)
        elif row >= top + height:
            self.scroll_to(y=row - height + 1 + height // 2, animate=False, force=True)
        elif row < top:
            self.scroll_to(y=max(0, row - height // 2), animate=False, force=True)

    def _draw_ahead(self) -> None:
        """Draw the next rows out of sight, while nothing waits: a step that scrolls finds its cells made.

        Made all at once they are most of its time.
        """
        top, height = round(self.scroll_y), self.scrollable_content_region.height
        down = self.cursor_row >= self._row_before
        self._row_before = self.cursor_row
        place = (top if down else -top, self._update_count)
        done = self._drawn_ahead[2] if self._drawn_ahead[:2] == place else 0
        if done >= height // 2:
            return
        self._drawn_ahead = (*place, done + _AHEAD)
        for ahead in range(done, done + _AHEAD):
            row = top + height + ahead if down else top - 1 - ahead
            if 0 <= row < self.row_count:
                self._render_line(row + self.header_height, 0, self.size.width, self.rich_style)

    def _set_hover_cursor(self, active: bool) -> None:
        """Textual paints the row under the mouse again at every key, even where there is no mouse."""
        if active != self._show_hover_cursor:
            super()._set_hover_cursor(active)

    def render_line(self, y: int) -> Strip:
        """As Textual's, in as few pieces as there are styles: each costs 40 bytes of colours."""
        strip = super().render_line(y)
        if self.app.is_headless:
            return strip  # nothing is sent anywhere, and the agreed pictures are in these pieces
        merged: list[Segment] = []
        for segment in strip:
            last = merged[-1] if merged else None
            if last is not None and _look(last.style) == _look(segment.style):
                merged[-1] = Segment(last.text + segment.text, last.style)
            else:
                merged.append(segment)
        return Strip(merged, strip.cell_length)

    def on_resize(self) -> None:
        """Other columns may fit now."""
        if self._wanted and fit(self._wanted, max(20, self.size.width - 1)) != self._widths:
            self.show(self._columns, self._given)

    def on_unmount(self) -> None:
        """Textual keeps the styles of all tables by table, and so 32 of those that are gone."""
        self._get_styles_to_render_cell.cache_clear()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if self.current:
            self.post_message(self.Opened(self, self.current))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self.post_message(self.Moved(self, self.current))
        self.call_after_refresh(self._draw_ahead)
