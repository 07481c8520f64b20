"""The tasks of this session, running and ended."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from secingest_tui.models.transfer import Phase, TaskView
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.common.log import LogScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.common.task_words import ITEM, KINDS, left, rate
from secingest_tui.screens.filtering import Filters
from secingest_tui.text import cell, join, size
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.table import Column, PagedTable, Row

_STYLES = {
    Phase.DONE: ("✓", "green"),
    Phase.FAILED: ("✗", "red"),
    Phase.CANCELLED: ("■", "yellow"),
    Phase.CANCELLING: ("■", "yellow"),
}


def phase_cell(phase: Phase) -> Text:
    """Glyph, word and colour."""
    glyph, style = _STYLES.get(phase, ("▶", "cyan"))
    return cell(glyph + " " + phase.value, style)


class TasksScreen(Filters, Modal[None]):
    """Enter shows one; x stops it."""

    CRUMB = "Tasks"
    CLOSED_BY = frozenset({"app.tasks"})
    CSS_PATH = "task.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("task", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("task", "filter")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield Line(id="empty")
        yield FilterBox()
        yield PagedTable(id="tasks")
        yield KeyBar()

    def on_mount(self) -> None:
        self.ours.tasks_signal.subscribe(self, self._changed)
        self._draw()

    def _changed(self, _tasks: tuple[TaskView, ...]) -> None:
        self._draw()

    def _draw(self) -> None:
        tasks = self.ours.feed.tasks if self.ours.feed is not None else []
        empty = self.query_one("#empty", Line)
        empty.display = not tasks
        if not tasks:
            empty.show(
                join("Nothing that takes long was begun yet. ", ("esc, then 3: upload something.", "bold"))
            )
        columns = (
            Column("What", 8),
            Column("Name", 16, 1, tail=True),
            Column("Phase", 16),
            Column("Done", 15, right=True),
            Column("Left", 8, right=True),
            Column("Rate", 10, right=True),
        )
        self.query_one("#tasks", PagedTable).show(columns, [self._row(task) for task in tasks])

    @staticmethod
    def _row(task: TaskView) -> Row:
        amount = size(task.bytes_done) + ("/" + size(task.bytes_total) if task.bytes_total else "")
        if task.kind in ITEM:
            amount = f"{task.items_done:,}" if task.items_done or task.items_total else ""
            amount += f"/{task.items_total:,}" if task.items_total else ""
        return Row(
            task.id,
            (
                cell(KINDS[task.kind], "dim"),
                cell(task.title),
                phase_cell(task.phase),
                cell(amount, right=True),
                cell("" if task.phase.ended else left(task).removesuffix(" left"), "dim", right=True),
                cell(rate(task, short=True), "dim", right=True),
            ),
        )

    def _current(self) -> TaskView | None:
        task_id = self.query_one("#tasks", PagedTable).current
        return self.ours.feed.get(task_id) if self.ours.feed is not None and task_id else None

    @on(PagedTable.Moved)
    def handle_moved(self) -> None:
        """What can be done depends on the row."""
        self.refresh_bindings()

    @on(PagedTable.Opened)
    def handle_opened(self, event: PagedTable.Opened) -> None:
        """Enter shows how it goes or how it ended."""
        self.app.push_screen(TaskScreen(event.key))

    def can(self, action_id: str) -> bool:
        """Only what runs can be stopped."""
        task = self._current()
        if action_id == "task.cancel":
            return task is not None and not task.phase.ended and task.phase is not Phase.CANCELLING
        return task is not None

    def subject(self, action_id: str) -> str:
        """What would be stopped."""
        task = self._current()
        return task.title if task is not None else ""

    def do_log(self) -> None:
        """What happened with it, line by line."""
        task = self._current()
        if task is not None:
            self.app.push_screen(LogScreen(task.id))

    def do_cancel(self) -> None:
        """Ask it to stop; its row says when it has."""
        task, jobs = self._current(), self.ours.session.jobs_service
        if task is None:
            return
        task_id = task.id

        def failed(trouble: Trouble) -> None:
            self.ours.complain(trouble, "It goes on: ")

        def asked(_none: None) -> None:
            self.ours.notify("Asked to stop.")

        self.fetch("Cancelling", lambda: jobs.cancel(task_id), asked, failed, group="cancel")
