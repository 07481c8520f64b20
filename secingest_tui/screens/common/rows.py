"""A list in a window of its own: read when it opens and after each action on a row."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from textual import on
from textual.app import ComposeResult

from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.filtering import Filters
from secingest_tui.text import join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, PagedTable, Row


class Listed(Protocol):
    """What every row has."""

    @property
    def id(self) -> str: ...

    @property
    def object_key(self) -> str: ...


T = TypeVar("T", bound=Listed)


class RowsScreen(Filters, Modal[None], Generic[T]):
    """Subclasses read the rows, draw one, say what there is, and act."""

    # Absolute: Textual looks beside the module of the subclass.
    CSS_PATH = Path(__file__).with_name("task.tcss")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    NOUN: ClassVar[str] = ""
    """What a row is, for the title of its details."""
    READING: ClassVar[str] = ""
    KEPT: ClassVar[str] = ""
    """What is not lost where something failed."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, T] = {}

    def read_rows(self) -> list[T]:
        """Called in a thread."""
        raise NotImplementedError

    def as_row(self, item: T) -> Row:
        """How it is listed."""
        raise NotImplementedError

    def facts_of(self, item: T) -> tuple[Item, ...]:
        """Everything about it."""
        raise NotImplementedError

    def tell(self, notice: NoticeBox) -> None:
        """Say what there is, or that there is nothing."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield NoticeBox(id="notice")
        yield FilterBox()
        yield PagedTable(id="rows")
        yield KeyBar()

    def on_mount(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Read the list again."""
        if not self._rows:
            self.query_one("#notice", NoticeBox).say(join(("loading …", "$muted")))
        self.fetch(self.READING, self.read_rows, self.arrived, self.failed, group="rows")

    def arrived(self, rows: list[T]) -> None:
        """Show them."""
        self._rows = {row.id: row for row in rows}
        self.tell(self.query_one("#notice", NoticeBox))
        self.query_one("#rows", PagedTable).show(self.COLUMNS, [self.as_row(row) for row in rows])
        self.refresh_bindings()

    def failed(self, trouble: Trouble) -> None:
        """Say why, and what is kept."""
        self.query_one("#notice", NoticeBox).trouble(trouble, self.KEPT)

    @property
    def current_row(self) -> T | None:
        """The row under the cursor."""
        return self._rows.get(self.query_one("#rows", PagedTable).current)

    @on(PagedTable.Moved)
    def handle_moved(self) -> None:
        """What can be done depends on the row."""
        self.refresh_bindings()

    @on(PagedTable.Opened)
    def handle_opened(self) -> None:
        """Enter shows everything about the row."""
        row = self.current_row
        if row is not None:
            items = self.facts_of(row)
            self.app.push_screen(DetailScreen(f"{self.NOUN} {row.object_key}", lambda: (items, "")))

    def subject(self, action_id: str) -> str:
        """What a destructive action is about to act on."""
        row = self.current_row
        return row.object_key if row is not None else ""
