"""The log of one task: what happened and when, as it happens."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from secingest_tui.models.transfer import TaskView
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.common.details import FactsActions
from secingest_tui.text import join, when
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.facts import FactsTable, Item
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox


class LogScreen(FactsActions, Modal[None]):
    """The latest line is in sight; leaving it stops nothing."""

    CRUMB = "Log"
    CSS_PATH = "task.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("facts",)
    BINDINGS: ClassVar[list[BindingType]] = bindings("facts")
    AUTO_FOCUS: ClassVar[str | None] = "FactsTable"

    def __init__(self, task_id: str) -> None:
        super().__init__()
        self._task_id = task_id
        self._drawn: tuple[tuple[datetime, str], ...] = ()

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield Line(classes="title", id="head")
        yield NoticeBox(id="notice")
        yield FactsTable()
        yield KeyBar()

    def on_mount(self) -> None:
        self.ours.tasks_signal.subscribe(self, self._changed)
        self._draw()

    def _changed(self, tasks: tuple[TaskView, ...]) -> None:
        if any(task.id == self._task_id for task in tasks):
            self._draw()

    def _draw(self) -> None:
        task = self.ours.feed.get(self._task_id) if self.ours.feed is not None else None
        if task is None:
            return
        self.query_one("#head", Line).show(
            join(" ", (task.title, "bold"), (" · " + task.phase.value, "$muted"))
        )
        notice = self.query_one("#notice", NoticeBox)
        if not task.log:
            notice.say(join(("Nothing was noted yet.", "$muted")))
            return
        if task.log == self._drawn:
            return
        notice.clear()
        at_end = self.facts.cursor_row >= len(self._drawn) - 1
        self._drawn = task.log
        self.copy_whole = "".join(f"{moment.isoformat()} {text}\n" for moment, text in task.log)
        self.facts.present([Item(when(moment)[11:], text) for moment, text in task.log])
        if at_end:
            self.facts.move_cursor(row=len(self._drawn) - 1)
        self.refresh_bindings()
