"""Transfers in memory: they advance only when told to."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import replace

from secingest_tui.errors import Cancelled, SecingestError
from secingest_tui.models.transfer import (
    PHASES,
    IngestRequest,
    Phase,
    RestoreRequest,
    TaskError,
    TaskKind,
    TaskView,
)
from tests.tui.fake_data import NOW
from tests.tui.fake_records import FakeRecordTasks


class FakeJobs(FakeRecordTasks):
    """Transfers that advance only when told to."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._tasks: dict[str, TaskView] = {}
        self._listeners: list[Callable[[TaskView], None]] = []
        self.ingests: list[IngestRequest] = []
        self.restores: list[RestoreRequest] = []
        self.drills: list[tuple[str, str, str]] = []
        self.cancelled: list[str] = []
        self.resumed: list[str] = []
        self.fail_cancel = False
        self._made: dict[str, object] = {}
        self._kept: dict[str, str] = {}

    def _add(self, task: TaskView) -> str:
        self._tasks[task.id] = task
        self.report(task.id)
        return task.id

    def start_ingest(self, request: IngestRequest) -> str:
        self.ingests.append(request)
        title = request.object_key or request.prefix or ""
        return self._add(
            TaskView(f"t{next(self._numbers)}", TaskKind.INGEST, title, Phase.SCAN, started_at=NOW)
        )

    def start_restore(self, request: RestoreRequest) -> str:
        self.restores.append(request)
        number = next(self._numbers)
        return self._add(
            TaskView(f"t{number}", TaskKind.RESTORE, request.object_key, Phase.SCAN, started_at=NOW)
        )

    def start_drill(self, tenant: str, object_key: str, version: str) -> str:
        self.drills.append((tenant, object_key, version))
        number = next(self._numbers)
        return self._add(TaskView(f"t{number}", TaskKind.DRILL, object_key, Phase.FETCH, started_at=NOW))

    def start_resume(self, upload_id: str) -> str:
        self.resumed.append(upload_id)
        number = next(self._numbers)
        return self._add(TaskView(f"t{number}", TaskKind.INGEST, upload_id, Phase.TRANSFER, started_at=NOW))

    def start_probe(self, backend: str) -> str:
        return self._add(
            TaskView(f"t{next(self._numbers)}", TaskKind.PROBE, backend, Phase.PROBE, started_at=NOW)
        )

    def begin(
        self, kind: TaskKind, title: str, call: Callable[[], object], *, listed: int = 0, kept: str = ""
    ) -> str:
        """Work that is done at once; with ``listed`` it has come so far, and goes on until it is stopped."""
        task_id = f"t{next(self._numbers)}"
        phase = PHASES[kind][-1]
        self._add(TaskView(task_id, kind, title, phase, items_done=listed, started_at=NOW))
        if listed:
            self._kept[task_id] = kept
            return task_id
        try:
            self._made[task_id] = call()
        except Exception as error:  # noqa: BLE001 - as the real ones
            self._made[task_id] = error
            self.advance(task_id, phase=Phase.FAILED, error=TaskError(str(error), "", ""))
        else:
            self.advance(task_id, phase=Phase.DONE)
        return task_id

    def end(self, task_id: str, value: object = None) -> None:
        """What was held goes on to its end."""
        self._made[task_id] = value
        self.advance(task_id, phase=Phase.DONE)

    def take(self, task_id: str) -> object:
        made = self._made.pop(task_id)
        if isinstance(made, Exception):
            raise made
        return made

    def tasks(self) -> list[TaskView]:
        return list(reversed(self._tasks.values()))

    def cancel(self, task_id: str) -> None:
        if self.fail_cancel:
            raise SecingestError("The last part is already registered.", hint="Delete the object instead.")
        self.cancelled.append(task_id)
        self.advance(task_id, phase=Phase.CANCELLING)
        if kept := self._kept.get(task_id):
            self._made[task_id] = Cancelled(f"Stopped; {kept}.")
            self.advance(
                task_id, phase=Phase.CANCELLED, error=TaskError("Cancelled", f"Stopped; {kept}.", "")
            )

    def subscribe(self, callback: Callable[[TaskView], None]) -> Callable[[], None]:
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def advance(self, task_id: str, **changes: object) -> None:
        """Change a task and report it from a thread of its own, as real transfers do."""
        self._tasks[task_id] = replace(self._tasks[task_id], **changes)  # type: ignore[arg-type]
        self.report(task_id)

    def report(self, task_id: str) -> None:
        task = self._tasks[task_id]

        def tell() -> None:
            for listener in list(self._listeners):
                listener(task)

        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()
