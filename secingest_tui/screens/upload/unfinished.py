"""Uploads that were interrupted: their parts are kept at the provider until resumed or aborted."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from secingest_tui.models.transfer import UnfinishedRow
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.text import cell, join, size
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, PagedTable, Row

_COLUMNS = (
    Column("Sent", 9, right=True), Column("Object key", 24, 2, tail=True), Column("File", 16, 1, tail=True),
    Column("Backend", 10, 1), Column("Size", 9, right=True),
)  # fmt: skip


class UnfinishedScreen(Modal[None]):
    """Go on with one, or remove it at the provider."""

    CRUMB = "Unfinished uploads"
    CSS_PATH = "../common/task.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("unfinished",)
    BINDINGS: ClassVar[list[BindingType]] = bindings("unfinished")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, UnfinishedRow] = {}

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield NoticeBox(id="notice")
        yield PagedTable(id="unfinished")
        yield KeyBar()

    def on_mount(self) -> None:
        self._reload()

    def on_screen_resume(self) -> None:
        """A resumed upload may have ended meanwhile."""
        if self.is_mounted:
            self._reload()

    def _reload(self) -> None:
        self.fetch(
            "Reading the journals", self.ours.session.unfinished, self._arrived, self._failed,
            group="unfinished",
        )  # fmt: skip

    def _arrived(self, rows: list[UnfinishedRow]) -> None:
        self._rows = {row.id: row for row in rows}
        notice = self.query_one("#notice", NoticeBox)
        if rows:
            notice.say(join(("Parts that were sent are kept at the provider.", "$muted")))
        else:
            notice.say(join("No upload was interrupted. Esc goes back to the form."))
        self.query_one("#unfinished", PagedTable).show(_COLUMNS, [_row(row) for row in rows])
        self.refresh_bindings()

    def _failed(self, trouble: Trouble) -> None:
        self.query_one("#notice", NoticeBox).trouble(trouble, "every part that was sent")

    @property
    def _current(self) -> UnfinishedRow | None:
        return self._rows.get(self.query_one("#unfinished", PagedTable).current)

    @on(PagedTable.Moved)
    def handle_moved(self) -> None:
        """What can be done depends on the row."""
        self.refresh_bindings()

    @on(PagedTable.Opened)
    def handle_opened(self) -> None:
        """Enter shows everything about it."""
        row = self._current
        if row is not None:
            items = (
                Item("object key", row.object_key), Item("version", row.version),
                Item("file", row.source), Item("backend", row.backend),
                Item("sent", f"{size(row.sent)} of {size(row.size)} ({row.percent}%)"),
                Item("started", row.started_at), Item("id", row.id),
            )  # fmt: skip
            self.app.push_screen(DetailScreen("Upload " + row.object_key, lambda: (items, "")))

    def can(self, action_id: str) -> bool:
        """There has to be one; nobody takes an upload away from whoever is at it."""
        row = self._current
        return row is not None and (action_id == "unfinished.open" or not row.running)

    def subject(self, action_id: str) -> str:
        """What would be removed."""
        row = self._current
        return row.object_key if row is not None else ""

    def do_resume(self) -> None:
        """Go on with the one under the cursor, and watch it."""
        row, jobs = self._current, self.ours.session.jobs_service
        if row is not None:
            upload_id = row.id
            self.fetch(
                "Going on with the upload",
                lambda: jobs.start_resume(upload_id),
                lambda task_id: self.app.push_screen(TaskScreen(task_id)),
                self._failed,
                group="resume",
            )

    def do_abort(self) -> None:
        """Remove the one under the cursor."""
        row, session = self._current, self.ours.session
        if row is not None:
            upload_id = row.id
            self.query_one("#notice", NoticeBox).say(join(("removing its parts …", "$muted")))
            self.fetch(
                "Aborting the upload", lambda: session.abort_upload(upload_id), lambda _none: self._reload(),
                self._failed, group="abort",
            )  # fmt: skip


def _row(row: UnfinishedRow) -> Row:
    return Row(
        row.id,
        (
            cell("under way" if row.running else f"{row.percent}%", "bold", right=True),
            cell(row.object_key), cell(row.source, "dim"), cell(row.backend),
            cell(size(row.size), "dim", right=True),
        ),
    )  # fmt: skip
