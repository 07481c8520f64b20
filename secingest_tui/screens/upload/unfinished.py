"""Uploads that were interrupted: their parts are kept at the provider until resumed or aborted."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from secingest_tui.models.transfer import UnfinishedRow
from secingest_tui.screens.base import bindings
from secingest_tui.screens.common.rows import RowsScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.text import cell, join, size
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, Row

_COLUMNS = (
    Column("Sent", 9, right=True), Column("Object key", 24, 2, tail=True), Column("File", 16, 1, tail=True),
    Column("Backend", 10, 1), Column("Size", 9, right=True),
)  # fmt: skip


class UnfinishedScreen(RowsScreen[UnfinishedRow]):
    """Go on with one, or remove it at the provider."""

    CRUMB = "Unfinished uploads"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("unfinished", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("unfinished", "filter")
    COLUMNS = _COLUMNS
    NOUN, READING, KEPT = "Upload", "Reading the journals", "every part that was sent"

    def on_screen_resume(self) -> None:
        """A resumed upload may have ended meanwhile; at opening nothing was read yet."""
        if self._rows:
            self.reload()

    def read_rows(self) -> list[UnfinishedRow]:
        return self.ours.session.unfinished()

    def as_row(self, item: UnfinishedRow) -> Row:
        return _row(item)

    def facts_of(self, item: UnfinishedRow) -> tuple[Item, ...]:
        return (
            Item("object key", item.object_key), Item("version", item.version),
            Item("file", item.source), Item("backend", item.backend),
            Item("sent", f"{size(item.sent)} of {size(item.size)} ({item.percent}%)"),
            Item("started", item.started_at), Item("id", item.id),
        )  # fmt: skip

    def tell(self, notice: NoticeBox) -> None:
        if self._rows:
            notice.say(join(("Parts that were sent are kept at the provider.", "$muted")))
        else:
            notice.say(join("No upload was interrupted. Esc goes back to the form."))

    def can(self, action_id: str) -> bool:
        """There has to be one; nobody takes an upload away from whoever is at it."""
        row = self.current_row
        return row is not None and (action_id == "unfinished.open" or not row.running)

    def do_resume(self) -> None:
        """Go on with the one under the cursor, and watch it."""
        row, jobs = self.current_row, self.ours.session.jobs_service
        if row is not None:
            upload_id = row.id
            self.fetch(
                "Going on with the upload",
                lambda: jobs.start_resume(upload_id),
                lambda task_id: self.app.push_screen(TaskScreen(task_id)),
                self.failed,
                group="resume",
            )

    def do_abort(self) -> None:
        """Remove the one under the cursor."""
        row, session = self.current_row, self.ours.session
        if row is not None:
            upload_id = row.id
            self.query_one("#notice", NoticeBox).say(join(("removing its parts …", "$muted")))
            self.fetch(
                "Aborting the upload", lambda: session.abort_upload(upload_id), lambda _none: self.reload(),
                self.failed, group="abort",
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
