"""Starts uploads and restores as tasks (``screens.ports.JobsService``)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from secingest_tui.errors import SecingestError
from secingest_tui.models.transfer import IngestRequest, RestoreRequest, TaskError, TaskKind
from secingest_tui.paths import expanded
from secingest_tui.services.session.record_tasks import RecordTasks
from secingest_tui.services.session.transfers import Outcome, TransferTasks

# What transfers is imported by the work itself: the first screen waits for this module.
if TYPE_CHECKING:
    from secingest_tui.services.drill.run import Restored
    from secingest_tui.services.ingest.plan import IngestRequest as ServiceRequest
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.ingest.run import IngestResult
    from secingest_tui.services.keyring import StoredKey
    from secingest_tui.services.workspace import Workspace


class Jobs(TransferTasks, RecordTasks):
    """The tasks of one session."""

    def __init__(self, workspace: Workspace, passphrase: Callable[[StoredKey], bytes]) -> None:
        super().__init__()
        self._workspace = workspace
        self._passphrase = passphrase

    def start_ingest(self, request: IngestRequest) -> str:
        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            from secingest_tui.services.ingest.run import Ingest
            from secingest_tui.services.session.plans import service_request

            asked = service_request(request)
            result = Ingest(
                self._workspace, asked, progress=progress, cancel=cancel, note=progress.note
            ).run()
            outcome = _ingested(result)
            if self._workspace.config.snapshots.after_ingest:
                outcome.result += (("snapshot", self._snapshot(asked, result)),)
            return outcome

        return self.start(TaskKind.INGEST, request.object_key or request.prefix or request.paths[0], work)

    def _snapshot(self, asked: ServiceRequest, result: IngestResult) -> str:
        """Its id, or why there is none: the upload itself is what it is."""
        from secingest_tui.services.snapshots.after_ingest import snapshot_after

        try:
            return snapshot_after(self._workspace, asked, result).id
        except SecingestError as error:
            return f"none was taken: {error.message}"

    def start_resume(self, upload_id: str) -> str:
        from secingest_tui.metadata import ServerRefused, ServerUnreachable
        from secingest_tui.services.ingest.run import IngestResult
        from secingest_tui.services.outbox import Outbox
        from secingest_tui.services.upload.unfinished import pick, resume_upload

        (item,) = pick(self._workspace, upload_id)

        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            progress.start("encrypt+upload", bytes_total=item.size, items_total=1)
            entry = resume_upload(self._workspace, item, progress=progress, cancel=cancel)
            progress.start("register")
            result = IngestResult()
            try:
                result.receipts.append(Outbox(self._workspace).register(entry))
            except (ServerUnreachable, ServerRefused) as error:
                if isinstance(error, ServerRefused) and not error.temporary:
                    result.failed.append((item.source, error))
                else:
                    result.queued.append(entry)
            progress.add_item()
            return _ingested(result)

        return self.start(TaskKind.INGEST, item.object_key, work)

    def start_restore(self, request: RestoreRequest) -> str:
        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            from secingest_tui.services.restore.run import restore

            target = str(expanded(request.target))
            done = restore(
                self._workspace,
                request.object_key,
                target,
                version=request.version,
                keys=lambda key_ids: self._workspace.keyring.openers(key_ids, self._passphrase),
                signers=self._workspace.trusted_signers(),
                require_signature=not request.allow_unsigned,
                progress=progress,
                cancel=cancel,
            )
            with Path(target).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            result = (
                ("file", target),
                ("size", str(done.size)),
                ("sha256", digest),
                ("backend", done.backend),
                ("signed by", done.signed_by or "nobody: origin not verified"),
                *(("unusable copy", text) for text in done.tried),
            )
            return Outcome(result=result)

        return self.start(TaskKind.RESTORE, request.object_key, work)

    def start_drill(self, tenant: str, object_key: str, version: str) -> str:
        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            from secingest_tui.services.drill import DrillRequest, run_drill

            done: list[Restored] = []
            drill = run_drill(
                self._workspace,
                DrillRequest(tenant, object_key=object_key, version=version),
                keys=lambda key_ids: self._workspace.keyring.openers(key_ids, self._passphrase),
                signers=self._workspace.trusted_signers(),
                progress=progress,
                cancel=cancel,
                on_object=done.append,
            )
            [one] = done
            result = (
                ("backend", one.backend),
                ("verified", f"{drill.result.verified} of {drill.result.sample}"),
                ("on record", f"entry {drill.sequence} of the audit chain"),
            )
            error = None
            if one.error is not None:
                error = TaskError("It could not be restored", one.error.message, one.error.hint or "")
            return Outcome(result=result, error=error)

        return self.start(TaskKind.DRILL, object_key, work)


def _ingested(result: IngestResult) -> Outcome:
    """Receipts, and one error that says what failed, what is kept and what to do."""
    outcome = Outcome(receipts=result.receipts)
    if result.failed:
        path, error = result.failed[0]
        more = f" (and {len(result.failed) - 1} more)" if len(result.failed) > 1 else ""
        kept = f"{len(result.receipts)} registered" if result.receipts else ""
        outcome.error = TaskError(f"Failed: {path}{more}", error.message, error.hint or "", kept)
    elif result.queued:
        outcome.error = TaskError(
            f"Uploaded, but not registered yet: {len(result.queued)}",
            result.queued[0].error or "The metadata server did not answer.",
            "It is registered by the next upload, at the next start, or by: secingest outbox flush",
            "The ciphertext is safe at the provider; its registration waits in the outbox.",
        )
    return outcome
