"""Long work as tasks: they outlive the screens and report at most 4 times a second."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from secingest_tui.errors import Cancelled, SecingestError
from secingest_tui.models.transfer import Phase, TaskError, TaskKind, TaskView
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.session.views import receipt_view

REPORT_SECONDS = 0.25
SHOWN = 200
"""Rows of what was found that a task keeps for its own screen; the rest is counted."""
Listener = Callable[[TaskView], None]


@dataclass(slots=True)
class Outcome:
    """How a task's work ended: receipts or a result, and perhaps an error beside them."""

    receipts: list[dict[str, Any]] = field(default_factory=list)
    result: tuple[tuple[str, str], ...] = ()
    error: TaskError | None = None
    value: object = None
    """For the screen that asked for it, which takes it once: rows, a path."""


Work = Callable[[TransferProgress, threading.Event], Outcome]


@dataclass(slots=True)
class _Task:
    view: TaskView
    progress: TransferProgress
    cancel: threading.Event
    ended: object = None
    """What it made, or the exception that ended it, until somebody takes it."""


class TransferTasks:
    """Runs each piece of work on a thread of its own and tells listeners how it goes."""

    def __init__(self) -> None:
        self._tasks: dict[str, _Task] = {}
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()
        self._ids = count(1)

    def start(self, kind: TaskKind, title: str, work: Work) -> str:
        """Start ``work`` and return the task's id at once."""
        task_id = f"{kind.value}-{next(self._ids)}"
        view = TaskView(task_id, kind, title, Phase.SCAN, started_at=datetime.now(UTC))
        task = _Task(view, TransferProgress(), threading.Event())
        with self._lock:
            self._tasks[task_id] = task
        done = threading.Event()
        threading.Thread(target=self._run, args=(task, work, done), name=task_id, daemon=True).start()
        threading.Thread(
            target=self._report, args=(task, done), name=f"{task_id}-report", daemon=True
        ).start()
        return task_id

    def tasks(self) -> list[TaskView]:
        with self._lock:
            return [task.view for task in reversed(self._tasks.values())]

    def cancel(self, task_id: str) -> None:
        """Ask a task to stop; it is cancelled only when its work has really stopped."""
        with self._lock:
            task = self._tasks.get(task_id)
            if task is None or task.view.phase.ended:
                return
            task.cancel.set()
            task.progress.note("asked to stop")
            task.view = replace(task.view, phase=Phase.CANCELLING, rate=None, eta=None, pace=None)
        self._tell(task)

    def take(self, task_id: str) -> object:
        """What an ended task made, the first time that it is asked; raises what ended it instead."""
        with self._lock:
            task = self._tasks[task_id]
            ended, task.ended = task.ended, None
        if isinstance(ended, Exception):
            raise ended
        return ended

    def running(self, kind: TaskKind, title: str) -> str:
        """The id of a task of this kind and title that has not ended; else nothing."""
        with self._lock:
            views = [task.view for task in self._tasks.values()]
        return next(
            (view.id for view in views if (view.kind, view.title) == (kind, title) and not view.phase.ended),
            "",
        )

    def cancel_all(self, seconds: float) -> None:
        """Ask every task to stop and wait up to ``seconds`` for each."""
        for view in self.tasks():
            self.cancel(view.id)
        for thread in threading.enumerate():
            if thread.name in self._tasks:
                thread.join(seconds)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop

    def _run(self, task: _Task, work: Work, done: threading.Event) -> None:
        ended: object = None
        try:
            outcome = work(task.progress, task.cancel)
            ended = outcome.value
            phase = Phase.FAILED if outcome.error else Phase.DONE
        except Cancelled as error:
            phase, ended = Phase.CANCELLED, error
            outcome = Outcome(error=TaskError("Cancelled", error.message, error.hint or ""))
        except SecingestError as error:
            phase, ended, outcome = Phase.FAILED, error, Outcome(error=describe(error))
        except Exception as error:  # noqa: BLE001 - a defect is shown as one, never swallowed
            phase, ended = Phase.FAILED, error
            outcome = Outcome(
                error=TaskError(
                    "This is a defect of secingest",
                    f"{type(error).__name__}: {error}",
                    "Please report it with these words; what was registered stays.",
                )
            )
        task.progress.note(_ending(phase, outcome.error))
        done.set()
        with self._lock:
            task.ended = ended
            task.view = replace(
                self._measured(task),
                phase=phase,
                rate=None,
                eta=None,
                pace=None,
                receipts=tuple(receipt_view(receipt) for receipt in outcome.receipts),
                result=outcome.result or tuple(task.progress.view().said),
                error=outcome.error,
            )
        self._tell(task)

    def _report(self, task: _Task, done: threading.Event) -> None:
        while not done.wait(REPORT_SECONDS):
            with self._lock:
                if task.view.phase.ended:
                    return
                cancelling = task.view.phase is Phase.CANCELLING
                view = self._measured(task)
                if cancelling:
                    view = replace(view, phase=Phase.CANCELLING, rate=None, eta=None, pace=None)
                task.view = view
            self._tell(task)

    def _measured(self, task: _Task) -> TaskView:
        now = task.progress.view()
        return replace(
            task.view,
            phase=Phase(now.phase),
            bytes_done=now.bytes_done,
            bytes_total=now.bytes_total,
            rate=now.rate,
            eta=now.eta,
            items_done=now.items_done,
            items_total=now.items_total,
            result=now.said,
            log=now.log,
            pace=now.pace,
        )

    def _tell(self, task: _Task) -> None:
        with self._lock:
            listeners, view = list(self._listeners), task.view
        for listener in listeners:
            listener(view)


def _ending(phase: Phase, error: TaskError | None) -> str:
    """The last line of a log."""
    return (
        " ".join(part for part in (f"{phase.value}:", error.title, error.cause) if part)
        if error
        else phase.value
    )


def describe(error: SecingestError, kept: str = "") -> TaskError:
    """A failure in the words of a task."""
    first, _, rest = error.message.partition("\n")
    return TaskError(first, rest, error.hint or "", kept)
