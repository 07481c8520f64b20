"""Uploads that were interrupted: found by their journals, resumed or aborted."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secingest_tui.crypto.esdk import parse_header
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.outbox import OutboxEntry
from secingest_tui.services.upload.journal import UploadJournal, read_journal
from secingest_tui.services.upload.object import ObjectUpload, UploadJob
from secingest_tui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """What a journal says, without its secrets; sizes in bytes."""

    id: str
    path: Path
    object_key: str
    version: str
    backend: str
    source: str
    started_at: str
    sent: int
    size: int

    def row(self) -> dict[str, Any]:
        """For a list: everything but where the journal lies."""
        percent = f"{100 * self.sent // self.size}%" if self.size else "-"
        return {
            "id": self.id,
            "object_key": self.object_key,
            "version": self.version,
            "backend": self.backend,
            "source": self.source,
            "sent": percent,
            "started_at": self.started_at,
        }


def unfinished_uploads(workspace: Workspace) -> list[UnfinishedUpload]:
    """Every upload whose journal is in this home, the oldest first."""
    folder = workspace.home.uploads_dir
    found = []
    for path in folder.glob("*.journal") if folder.is_dir() else ():
        state = read_journal(path)
        start = state.start
        found.append(
            UnfinishedUpload(
                path.stem,
                path,
                start.object_key,
                start.version,
                start.backend,
                start.source,
                start.started_at,
                sum(part.size for part in state.sent.values()),
                start.source_identity["size"],
            )
        )
    return sorted(found, key=lambda item: item.started_at)


def pick(workspace: Workspace, upload_id: str | None) -> list[UnfinishedUpload]:
    """One unfinished upload by id, or all. Raises UsageError for an unknown id."""
    found = unfinished_uploads(workspace)
    if upload_id is None:
        return found
    chosen = [item for item in found if item.id == upload_id]
    if not chosen:
        raise UsageError(f"There is no unfinished upload {upload_id}.", hint="See: secingest uploads list")
    return chosen


def resume_upload(
    workspace: Workspace,
    item: UnfinishedUpload,
    *,
    progress: TransferProgress,
    cancel: threading.Event | None = None,
) -> OutboxEntry:
    """Go on where an upload stopped. Raises SourceChanged where its file is another one now."""
    journal, state = UploadJournal.reopen(item.path)
    start = state.start
    try:
        recipients = [
            workspace.keyring.recipient(key_id)
            for key_id in parse_header(start.header).context["key-id"].split(",")[:1]
        ]
        signer = workspace.keyring.signer(workspace.config.encryption.signer)
    except SecingestError:
        journal.close()
        raise
    job = UploadJob(
        tenant=start.tenant,
        object_key=start.object_key,
        version=start.version,
        backend=start.backend,
        bucket=start.bucket,
        source=start.source,
        policy=start.policy,
    )
    upload = ObjectUpload(
        workspace, job, recipients, signer, progress=progress, cancel=cancel or threading.Event()
    )
    progress.start("encrypt+upload", bytes_total=start.source_identity["size"], items_total=1)
    return upload.resume(journal, state)


def abort_upload(workspace: Workspace, item: UnfinishedUpload) -> None:
    """Remove the parts at the provider, see that they are gone, then wipe the journal."""
    journal, state = UploadJournal.reopen(item.path)
    start = state.start
    try:
        workspace.store(start.backend, start.tenant).abort(start.bucket, start.key, start.upload_id)
    except SecingestError:
        journal.close()
        raise
    journal.wipe()
