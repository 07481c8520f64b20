"""One task: how it goes, and how it ended."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.transfer import PHASES, Phase, TaskKind, TaskView
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting, Modal, bindings
from secingest_tui.screens.common.details import FactsActions
from secingest_tui.screens.common.log import LogScreen
from secingest_tui.screens.common.restore import ask_restore
from secingest_tui.screens.common.task_words import DOING, ITEM, TRANSFERS, WORDS, amount, left, rate
from secingest_tui.text import count, join
from secingest_tui.widgets.bar import bar
from secingest_tui.widgets.facts import FactsTable, Item
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox

_HEADS = {
    Phase.DONE: ("✓ ", "bold $success"),
    Phase.FAILED: ("✗ ", "bold $error"),
    Phase.CANCELLED: ("■ ", "bold $warning"),
    Phase.CANCELLING: ("■ ", "bold $warning"),
}

MOST_WARNINGS = 3
"""Different ones above the receipts; each stands with its own receipt too."""


class TaskScreen(FactsActions, Modal[None]):
    """Leaving it does not stop the work."""

    CSS_PATH = "task.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("task", "facts", "metadata")
    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in bindings("task", "facts", "metadata")
        if getattr(binding, "id", "") not in {"facts.reveal", "metadata.tenant"}
    ]
    AUTO_FOCUS: ClassVar[str | None] = "FactsTable"

    def __init__(self, task_id: str) -> None:
        super().__init__()
        self._task_id = task_id
        self._asked = False
        self._presented: Phase | None = None

    @property
    def task_view(self) -> TaskView | None:
        """The latest view; ``None`` before the first report."""
        return self.ours.feed.get(self._task_id) if self.ours.feed is not None else None

    def compose(self) -> ComposeResult:
        yield Line(classes="title", id="head")
        yield Line(id="progress")
        yield NoticeBox(id="notice")
        yield FactsTable()
        yield Line(classes="hint", id="hint")
        yield KeyBar()

    def on_mount(self) -> None:
        self.facts.display = False
        self.ours.tasks_signal.subscribe(self, self._changed)
        self._show()

    def on_resize(self) -> None:
        """The bar takes the width there is."""
        self._show()

    def _changed(self, tasks: tuple[TaskView, ...]) -> None:
        if any(task.id == self._task_id for task in tasks):
            self._show()

    def _show(self) -> None:
        task = self.task_view
        if task is None:
            self.query_one("#progress", Line).show(join(("starting …", "$muted")))
            return
        mark = _HEADS.get(task.phase, ("▶ ", "bold $accent"))
        self.query_one("#head", Line).show(join(" ", mark, (DOING[task.kind], "bold"), (task.title, "bold")))
        self.query_one("#progress", Line).show(self._progress(task))
        if task.result and not task.phase.ended:
            self._so_far(task)
        if task.phase.ended and self._presented is not task.phase:
            self._presented = task.phase
            self._ended(task)
        self.refresh_bindings()

    def _progress(self, task: TaskView) -> Content:
        word = WORDS[task.phase]
        if self._asked and not task.phase.ended and task.phase is not Phase.CANCELLING:
            word = "asked to stop, waiting for it to notice"
        lines = [join((word, "bold"))]
        if not task.phase.ended:
            lines.insert(0, self._phases(task))
            lines.append(self._bar(task))
        parts = [amount(task), rate(task)]
        if not task.phase.ended:
            unknown = "" if task.kind in ITEM else "time left unknown"
            parts.append(left(task) or unknown)
        files = task.items_total if task.kind not in ITEM else None
        if files is not None and (files > 1 or not task.phase.ended):
            parts.append(f"{task.items_done:,} of " + count(files, "file"))
        parts = [part for part in parts if part]
        lines.append(join((" · ".join(parts), "$muted")))
        return Content("\n").join(lines)

    def _bar(self, task: TaskView) -> Content:
        width = max(20, min(self.size.width - 12, 100))
        if task.kind in ITEM:
            return bar(task.items_done, task.items_total, width)
        return bar(task.bytes_done, task.bytes_total, width)

    def _so_far(self, task: TaskView) -> None:
        """What was found out already, the newest in sight."""
        self.facts.display = True
        self.facts.present([Item(name, value) for name, value in task.result])
        self.facts.move_cursor(row=len(task.result) - 1)

    @staticmethod
    def _phases(task: TaskView) -> Content:
        phases = PHASES[task.kind]
        now = phases.index(task.phase) if task.phase in phases else -1
        parts: list[Content] = []
        for index, phase in enumerate(phases):
            if now < 0:
                parts.append(join(("○ " + phase.value, "$muted")))
            elif index < now:
                parts.append(join(("✓ " + phase.value, "$success")))
            elif index == now:
                parts.append(join(("▶ " + phase.value, "bold $accent")))
            else:
                parts.append(join(("○ " + phase.value, "$muted")))
        return Content("   ").join(parts)

    def _ended(self, task: TaskView) -> None:
        notice, hint = self.query_one("#notice", NoticeBox), self.query_one("#hint", Line)
        if task.phase is Phase.CANCELLED:
            # It is what was asked for, and no failure.
            more = " " + task.error.remedy if task.error is not None else ""
            said = "Stopped. Nothing half-done was registered; what is complete stays."
            if task.kind not in TRANSFERS and task.error is not None:
                said = task.error.cause
            notice.say(join(said + more))
        elif task.error is not None:
            notice.trouble(Trouble(task.error.title, task.error.cause, task.error.remedy), task.error.kept)
        elif task.kind is TaskKind.PROBE:
            notice.say(
                join(("Every question was asked. ", "bold"), "Transfers follow the answers from now on.")
            )
        warned = dict.fromkeys(text for receipt in task.receipts for text in receipt.warnings)
        if warned and task.error is None:
            notice.say(
                join(
                    ("▲ ", "bold $warning"),
                    ("Recorded, but: ", "bold"),
                    " ".join(list(warned)[:MOST_WARNINGS]),
                )
            )
        items = [Item(name, value) for name, value in task.result]
        for receipt in task.receipts:
            if len(task.receipts) > 1:
                items.append(Item("receipt", receipt.object_key, heading=True))
            items += [Item("▲ warning", text, style="bold yellow") for text in receipt.warnings]
            items += [Item(name, value) for name, value in receipt.fields if name != "warnings"]
        self.copy_whole = "".join(receipt.as_json + "\n" for receipt in task.receipts)
        if not task.receipts and task.error is not None:
            self.copy_whole = Trouble(task.error.title, task.error.cause, task.error.remedy).as_text()
        self.facts.display = bool(items)
        if items:
            self.facts.present(items)
            self.facts.focus()
        if task.receipts:
            hint.show(
                join(("The receipt is what the server promised. ", "$muted"), "o restores this object.")
            )

    def can(self, action_id: str) -> bool:
        """Cancel while it runs, restore when it is recorded, copy what there is."""
        task = self.task_view
        if action_id == "task.cancel":
            return task is not None and not task.phase.ended and not self._asked
        if action_id == "metadata.restore":
            return task is not None and bool(task.receipts)
        if action_id == "facts.copy_all":
            return bool(self.copy_whole)
        return action_id not in {"metadata.tenant", "task.receipt"} and super().can(action_id)

    def subject(self, action_id: str) -> str:
        """What would be stopped."""
        task = self.task_view
        return task.title if task is not None else ""

    def do_cancel(self) -> None:
        """Ask it to stop; it says itself when it has."""
        self._asked = True
        self._show()
        jobs, task_id = self.ours.session.jobs_service, self._task_id

        def failed(trouble: Trouble) -> None:
            self._asked = False
            self.query_one("#notice", NoticeBox).trouble(trouble, "it goes on")
            self._show()

        def asked(_none: None) -> None:
            """It was told; the feed brings the rest."""

        self.fetch("Cancelling", lambda: jobs.cancel(task_id), asked, failed, group="cancel")

    def do_log(self) -> None:
        """What happened, line by line."""
        self.app.push_screen(LogScreen(self._task_id))

    def do_restore(self) -> None:
        """Restore what was just uploaded, to see that it comes back."""
        task = self.task_view
        if task is None or not task.receipts:
            return
        receipt = task.receipts[0]
        ask_restore(self, receipt.object_key, receipt.version, _open_task)


def _open_task(screen: Acting, task_id: str) -> None:
    screen.app.push_screen(TaskScreen(task_id))
