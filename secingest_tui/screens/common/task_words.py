"""The words for tasks: what they do, what they count, how far they are."""

from __future__ import annotations

from textual.content import Content

from secingest_tui.models.transfer import Phase, TaskKind, TaskView
from secingest_tui.text import count, duration, join, size

WORDS = {
    Phase.SCAN: "looking at what is there",
    Phase.TRANSFER: "encrypting and uploading",
    Phase.FETCH: "fetching and decrypting",
    Phase.VERIFY: "verifying what arrived",
    Phase.REGISTER: "registering with the server",
    Phase.PROBE: "asking the provider; what is made there is temporary",
    Phase.ERASE: "removing it at every provider",
    Phase.LIST: "listing what lies there; nothing is recorded before the end",
    Phase.READ: "reading",
    Phase.WRITE: "writing the file",
    Phase.PLAN: "asking the policy, making jobs",
    Phase.STEP: "at work; the log says with what",
    Phase.DONE: "done",
    Phase.FAILED: "failed",
    Phase.CANCELLING: "stopping: what is under way is let go",
    Phase.CANCELLED: "cancelled",
}
DOING = {
    TaskKind.INGEST: "Upload ",
    TaskKind.RESTORE: "Restore ",
    TaskKind.PROBE: "Probe ",
    TaskKind.REGISTER: "Register ",
    TaskKind.FLUSH: "Register ",
    TaskKind.ERASE: "Erase ",
    TaskKind.DRILL: "Restore drill of ",
    TaskKind.SNAPSHOT: "Snapshot of ",
    TaskKind.CHECK: "Check of snapshot ",
    TaskKind.COMPARE: "Comparison of ",
    TaskKind.VERIFY: "Verify snapshot ",
    TaskKind.REPORT: "Audit report ",
    TaskKind.REPAIR: "Look at ",
    TaskKind.POLICY: "Make jobs: ",
    TaskKind.ONBOARD: "Onboarding of ",
}
KINDS = {kind: kind.value for kind in TaskKind} | {TaskKind.INGEST: "upload", TaskKind.FLUSH: "register"}
"""In the list of tasks."""
ITEM = {
    TaskKind.PROBE: ("question", "questions"),
    TaskKind.REGISTER: ("line", "lines"),
    TaskKind.FLUSH: ("upload", "uploads"),
    TaskKind.ERASE: ("object", "objects"),
    TaskKind.SNAPSHOT: ("object", "objects"),
    TaskKind.CHECK: ("entry", "entries"),
    TaskKind.COMPARE: ("entry", "entries"),
    TaskKind.VERIFY: ("entry", "entries"),
    TaskKind.REPORT: ("entry", "entries"),
    TaskKind.POLICY: ("job", "jobs"),
    TaskKind.ONBOARD: ("step", "steps"),
}
"""What these count; the others count bytes, of files."""
TRANSFERS = frozenset({TaskKind.INGEST, TaskKind.RESTORE})
"""Those that move one's own bytes."""
_STEADY = frozenset({TaskKind.SNAPSHOT, TaskKind.CHECK, TaskKind.COMPARE, TaskKind.VERIFY, TaskKind.REPORT})
"""Those whose items come evenly and by the thousand: a rate says something."""


def amount(task: TaskView) -> str:
    """How much is done, of how much where that is known; empty where nothing is counted."""
    item = ITEM.get(task.kind)
    if item is None:
        return size(task.bytes_done) + (" of " + size(task.bytes_total) if task.bytes_total else "")
    if task.items_total is None:
        return count(task.items_done, *item) if task.items_done else ""
    return f"{task.items_done:,} of " + count(task.items_total, *item)


def rate(task: TaskView, *, short: bool = False) -> str:
    """Bytes or items a second; empty where that is not known or says nothing."""
    if task.kind not in ITEM:
        return size(round(task.rate)) + "/s" if task.rate is not None else ""
    if task.kind in _STEADY and task.pace:
        return f"{round(task.pace):,}" + ("" if short else " " + ITEM[task.kind][1]) + "/s"
    return ""


def left(task: TaskView) -> str:
    """How much longer; empty where the total is not known."""
    counted = task.kind not in ITEM or task.kind in _STEADY
    return duration(task.eta) + " left" if counted and task.eta is not None else ""


def at_work(doing: str, progress: str, *, keys: str = "t: all tasks") -> Content:
    """A screen's line about its own task: what it does, how far it is, and where to look after it."""
    said = ": " + progress if progress else " …"
    return join((doing, "$muted"), said, ("  " + keys, "$muted"))


def progress_words(task: TaskView) -> str:
    """How far a task is, in a line: the latest of its log where nothing is counted."""
    if task.phase is Phase.CANCELLING:
        return WORDS[task.phase]
    parts = [part for part in (amount(task), rate(task), left(task)) if part]
    if task.kind is TaskKind.ONBOARD and task.log:
        parts = [task.log[-1][1]]
    return " · ".join(parts)
