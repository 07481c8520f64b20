"""Chooses a file or folder by keys alone: one folder at a time, Enter goes in, Backspace goes up."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from secingest_tui.models.transfer import FileEntry, Folder
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.filtering import Filters
from secingest_tui.text import cell, join, size
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, PagedTable, Row

_UP = ".."


class BrowseScreen(Filters, Modal[str]):
    """Returns a path; ``None`` after Esc."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("browse", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("browse", "filter")

    def __init__(self, start: str) -> None:
        super().__init__()
        self._start = start
        self._folder: Folder | None = None
        self._came_from = ""

    def compose(self) -> ComposeResult:
        yield Line(classes="title", id="where")
        yield NoticeBox(id="notice")
        yield FilterBox()
        yield PagedTable(id="files")
        yield Line(join(("enter", "bold $accent"), " opens a folder, takes a file"), classes="hint")
        yield KeyBar()

    def on_mount(self) -> None:
        self._open(self._start)

    def _open(self, path: str) -> None:
        session = self.ours.session
        if self._folder is None:
            self.query_one("#notice", NoticeBox).say(join(("loading …", "$muted")))
        self.fetch(
            "Reading the folder", lambda: session.browse(path), self._arrived, self._failed, group="browse"
        )

    def _arrived(self, folder: Folder) -> None:
        self._folder = folder
        self.query_one("#notice", NoticeBox).clear()
        cut = (
            ("  only the first names are shown: type the path instead", "$warning")
            if folder.truncated
            else ""
        )
        self.query_one("#where", Line).show(join((" ", ""), (folder.path, "bold"), cut))
        rows = [self._row(entry) for entry in folder.entries]
        if folder.parent is not None:
            rows.insert(0, Row(_UP, (cell(".."), cell("up", "dim", right=True))))
        self.query_one(FilterBox).clear()
        table = self.query_one("#files", PagedTable)
        table.show((Column("Name", 30, 1), Column("Size", 11, right=True)), rows)
        keys = [row.key for row in rows]
        table.move_cursor(row=keys.index(self._came_from) if self._came_from in keys else 0)
        table.focus()
        if not folder.entries:
            self.query_one("#notice", NoticeBox).say(join("This folder is empty."))

    def _row(self, entry: FileEntry) -> Row:
        if entry.is_folder:
            return Row(entry.path, (cell(entry.name + "/", "bold"), cell("folder", "dim", right=True)))
        return Row(entry.path, (cell(entry.name), cell(size(entry.size), "dim", right=True)))

    def _failed(self, trouble: Trouble) -> None:
        self.query_one("#notice", NoticeBox).trouble(trouble)

    def _entry(self) -> FileEntry | None:
        current = self.query_one("#files", PagedTable).current
        entries = self._folder.entries if self._folder is not None else ()
        return next((entry for entry in entries if entry.path == current), None)

    @on(PagedTable.Opened)
    def handle_opened(self, event: PagedTable.Opened) -> None:
        """Enter: into a folder, or take the file."""
        event.stop()
        if event.key == _UP:
            self.do_up()
            return
        entry = self._entry()
        if entry is not None and entry.is_folder:
            self._came_from = ""
            self._open(entry.path)
        elif entry is not None:
            self.dismiss(entry.path)

    def do_into(self) -> None:
        """Right: into a folder; a file needs Enter."""
        entry = self._entry()
        if entry is not None and entry.is_folder:
            self._came_from = ""
            self._open(entry.path)

    def do_up(self) -> None:
        """Backspace: to the folder above, onto the one we came from."""
        if self._folder is not None and self._folder.parent is not None:
            self._came_from = self._folder.path
            self._open(self._folder.parent)

    def do_whole(self) -> None:
        """Take the folder under the cursor, or the one that is open."""
        entry = self._entry()
        if entry is not None and entry.is_folder:
            self.dismiss(entry.path)
        elif self._folder is not None:
            self.dismiss(self._folder.path)
