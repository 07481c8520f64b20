"""Uploads that were interrupted: found by their journals, resumed or aborted."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.upload.journal import (
    JournalState,
    UploadJournal,
    clear_leftovers,
    in_use,
    read_journal,
)

# What seals and sends is imported by who goes on with one: Home only looks whether there are any.
if TYPE_CHECKING:
    from secingest_tui.crypto.signature import SignerKey
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.outbox import OutboxEntry
    from secingest_tui.services.upload.limit import BandwidthLimit
    from secingest_tui.services.upload.object import UploadJob
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
    running: bool = False
    """Under way at this moment, here or in another process."""

    def row(self) -> dict[str, Any]:
        """For a list: everything but where the journal lies."""
        percent = f"{100 * self.sent // self.size}%" if self.size else "-"
        return {
            "id": self.id,
            "object_key": self.object_key,
            "version": self.version,
            "backend": self.backend,
            "source": self.source,
            "state": "under way" if self.running else "interrupted",
            "sent": percent,
            "started_at": self.started_at,
        }


def unfinished_uploads(
    workspace: Workspace, *, unreadable: list[SecingestError] | None = None
) -> list[UnfinishedUpload]:
    """Every upload whose journal is in this home, the oldest first.

    A journal that cannot be read hides no other: its error goes into ``unreadable`` where given.
    """
    found = []
    for path, state in _journals(workspace, [] if unreadable is None else unreadable):
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
                in_use(path),
            )
        )
    return sorted(found, key=lambda item: item.started_at)


def find_unfinished(
    workspace: Workspace, job: UploadJob, key_ids: str, *, any_version: bool
) -> UnfinishedUpload | None:
    """The upload that ``job`` would begin again: same file by name, same object, place and policy, and
    sealed for the same recipients (``key_ids`` as the encryption context lists them).

    Whether the file's contents are still the same is for the resume to find out. With ``any_version``
    the journal's version counts, not the job's. Where there are several, the newest.
    """
    from secingest_tui.crypto.esdk import parse_header
    from secingest_tui.crypto.esdk.context import KEY_ID

    wanted = (job.tenant, job.object_key, job.backend, job.bucket, str(Path(job.source).absolute()))
    same = {
        path.stem
        for path, state in _journals(workspace, [])
        if (start := state.start).policy == job.policy
        and parse_header(start.header).context.get(KEY_ID) == key_ids
        and (start.tenant, start.object_key, start.backend, start.bucket, start.source) == wanted
        and (any_version or start.version == job.version)
    }
    return next((item for item in reversed(unfinished_uploads(workspace)) if item.id in same), None)


def journalled_uploads(workspace: Workspace) -> set[tuple[str, str]]:
    """(bucket, upload id) of every upload that this home can go on with.

    Raises SecingestError where a journal cannot be read: its upload might be any.
    """
    unreadable: list[SecingestError] = []
    known = {(state.start.bucket, state.start.upload_id) for _, state in _journals(workspace, unreadable)}
    if unreadable:
        raise unreadable[0]
    return known


def _journals(workspace: Workspace, unreadable: list[SecingestError]) -> list[tuple[Path, JournalState]]:
    folder = workspace.home.uploads_dir
    if not folder.is_dir():
        return []
    clear_leftovers(folder)
    found = []
    for path in folder.glob("*.journal"):
        try:
            found.append((path, read_journal(path)))
        except FileNotFoundError:  # it ended meanwhile
            continue
        except SecingestError as error:
            unreadable.append(error)
    return found


def pick(
    workspace: Workspace, upload_id: str | None, *, unreadable: list[SecingestError] | None = None
) -> list[UnfinishedUpload]:
    """One unfinished upload by id, or all that nobody works on. Raises UsageError for an unknown id.

    ``unreadable`` takes the errors of journals that cannot be read.
    """
    found = unfinished_uploads(workspace, unreadable=unreadable)
    if upload_id is None:
        return [item for item in found if not item.running]
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
    signer: SignerKey | None = None,
    jobs: int | None = None,
    limit: BandwidthLimit | None = None,
) -> OutboxEntry:
    """Go on where an upload stopped; the configured signer signs unless one is given.

    Raises SourceChanged where its file is another one now, UploadGone where the provider has it no more.
    """
    from secingest_tui.services.upload.object import ObjectUpload, UploadJob

    journal, state = UploadJournal.reopen(item.path)
    start = state.start
    try:
        upload = ObjectUpload(
            workspace,
            UploadJob(
                tenant=start.tenant,
                object_key=start.object_key,
                version=start.version,
                backend=start.backend,
                bucket=start.bucket,
                source=start.source,
                policy=start.policy,
            ),
            [],  # the header with its wrapped keys is in the journal
            signer or workspace.keyring.signer(workspace.config.encryption.signer),
            progress=progress,
            cancel=cancel or threading.Event(),
            jobs=jobs,
            limit=limit,
        )
    except BaseException:
        journal.close()
        raise
    return upload.resume(journal, state)


def abort_upload(workspace: Workspace, item: UnfinishedUpload) -> None:
    """Remove the parts at the provider, see that they are gone, then wipe the journal."""
    journal, state = UploadJournal.reopen(item.path)
    start = state.start
    try:
        workspace.store(start.backend, start.tenant).abort(start.bucket, start.key, start.upload_id)
        journal.wipe()
    finally:
        journal.close()
