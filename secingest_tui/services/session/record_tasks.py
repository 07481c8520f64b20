"""Batch registration and erasure as tasks: they report lines and objects, and outlive their screen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from secingest_tui import confine
from secingest_tui.errors import Cancelled, SecingestError
from secingest_tui.models.records import ObjectRow
from secingest_tui.models.transfer import TaskError, TaskKind
from secingest_tui.paths import expanded
from secingest_tui.services.outbox import FlushResult, Outbox
from secingest_tui.services.session.transfers import SHOWN, Outcome, Work
from secingest_tui.text import count

# What registers and erases is imported by the work itself: the first screen waits for this module.
if TYPE_CHECKING:
    from secingest_tui.crypto.signature import SignerKey
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.registering.batch import LineResult
    from secingest_tui.services.workspace import Workspace


class RecordTasks:
    """Part of the session's task service."""

    _workspace: Workspace
    start: Callable[[TaskKind, str, Work], str]

    def start_register(self, path: str, backend: str | None) -> str:
        file = confine.check(expanded(path))

        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            from secingest_tui.services.registering.batch import GOOD, register_batch
            from secingest_tui.services.registering.lines import read_lines

            lines = list(read_lines(file, {"backend": backend} if backend else {}))
            progress.start("register", items_total=len(lines))
            report: list[LineResult] = []

            def reported(result: LineResult) -> None:
                progress.add_item()
                if result.status not in GOOD and len(report) < SHOWN:
                    report.append(result)

            summary = register_batch(self._workspace, lines, reported, cancel=cancel)
            result = [("registered", f"{summary.counts['recorded']:,}")]
            result += [(status, f"{n:,}") for status, n in summary.counts.items() if status != "recorded"]
            result += [
                (f"line {one.line}", f"{one.status}: {one.object_key or ''} {one.message or ''}".strip())
                for one in report
            ]
            bad = sum(number for status, number in summary.counts.items() if status not in GOOD)
            error = None
            if bad:
                error = TaskError(
                    f"{bad:,} of {len(lines):,} lines were not registered",
                    "Each says why below.",
                    "Correct them in the file and register it again: what is recorded stays as it is.",
                )
            return Outcome(result=tuple(result), error=error)

        return self.start(TaskKind.REGISTER, file.name, work)

    def start_flush(self) -> str:
        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            outbox = Outbox(self._workspace)
            progress.start("register", items_total=len(outbox.entries()))

            def told(so_far: FlushResult) -> None:
                progress.add_item()
                if cancel.is_set():
                    done = count(len(so_far.registered), "upload")
                    raise Cancelled(f"Stopped. {done} registered; the rest waits in the outbox.")

            found = outbox.flush(told=told)
            left = found.waiting + found.refused
            result = [("registered", f"{len(found.registered):,}"), ("still waiting", f"{len(left):,}")]
            result += [(one.registration["object_key"], one.error or "waits") for one in left[:SHOWN]]
            return Outcome(result=tuple(result), value=len(left))

        return self.start(TaskKind.FLUSH, "what waits in the outbox", work)

    def start_erase(self, rows: Sequence[ObjectRow]) -> str:
        workspace = self._workspace

        def signer() -> SignerKey:
            return workspace.keyring.signer(workspace.config.encryption.signer)

        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            from secingest_tui.services.erasure.run import erase

            progress.start("erase", items_total=len(rows))
            result: list[tuple[str, str]] = []
            failed: list[tuple[str, SecingestError]] = []
            for row in rows:
                if cancel.is_set():
                    raise Cancelled(f"Cancelled; {progress.view().items_done} are erased, the rest is not.")
                name = f"{row.key} {row.version}"
                try:
                    [done] = erase(
                        workspace,
                        row.key,
                        row.version,
                        signer,
                        cancel=cancel,
                    )
                except Cancelled:
                    raise
                except SecingestError as error:
                    failed.append((name, error))
                    result.append((name, f"not erased: {error.message}"))
                    continue
                progress.add_item()
                places = done.answer["proof"]["places"]
                result.append((name, "erased at " + ", ".join(place["backend"] for place in places)))
            outcome = Outcome(result=tuple(result))
            if failed:
                name, first = failed[0]
                more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
                outcome.error = TaskError(f"Not erased: {name}{more}", first.message, first.hint or "")
            return outcome

        title = rows[0].key if len(rows) == 1 else f"{len(rows)} objects"
        return self.start(TaskKind.ERASE, title, work)
