"""One object: seal, send, sign, verify what arrived, and leave its registration in the outbox.

The S3 key is ``OBJECT_KEY/VERSION/<16 hex of the message id>``: no attempt ever overwrites another.
The order that loses nothing: ciphertext complete, its signature with it (in the metadata of a small object,
else beside it), both confirmed by the provider, registration durable in the outbox; only then is the journal
wiped.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from backend_stub.contract.locations import s3_url
from secingest_tui.crypto.esdk import Sealer, object_context, parse_header
from secingest_tui.crypto.esdk.context import KEY_ID
from secingest_tui.crypto.recipients import Recipient
from secingest_tui.crypto.signature import FrameDigestList, Manifest, Sidecar, SignerKey
from secingest_tui.errors import Cancelled, SecingestError
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.ingest.registration import build_registration
from secingest_tui.services.outbox import Outbox, OutboxEntry
from secingest_tui.services.restore.beside import SIDECAR_SUFFIX
from secingest_tui.services.restore.signature import as_metadata
from secingest_tui.services.upload.journal import JournalState, SentPart, UploadJournal, UploadStart
from secingest_tui.services.upload.limit import BandwidthLimit
from secingest_tui.services.upload.pipeline import (
    MultipartRun,
    PartSealer,
    Target,
    Uploaded,
)
from secingest_tui.services.upload.schedule import Part, plan_parts
from secingest_tui.services.upload.source import FileIdentity, FileSource, SourceChanged, StreamSource
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import NoSuchKey, NoSuchUpload, PutResult, StorageError


class UploadGone(SecingestError):
    """The provider no longer has an unfinished upload: somebody aborted it, or a rule of the bucket did."""


@dataclass(frozen=True, slots=True)
class UploadJob:
    """Which object, from where, to where, under which policy."""

    tenant: str
    object_key: str
    version: str
    backend: str
    bucket: str
    source: str
    policy: dict[str, Any]
    """Residency, replicas, targets and logical bucket, as they go into the registration."""


class ObjectUpload:
    """Uploads one object; see ``from_file``, ``from_stream`` and ``resume``."""

    def __init__(
        self,
        workspace: Workspace,
        job: UploadJob,
        recipients: Sequence[Recipient],
        signer: SignerKey,
        *,
        progress: TransferProgress,
        cancel: threading.Event,
        jobs: int | None = None,
        limit: BandwidthLimit | None = None,
        sync: bool = True,
    ) -> None:
        """``jobs``: parts under way at once, as configured by default; ``limit`` is shared by all uploads.

        ``sync`` off leaves it to the system when the outbox entry is on disk: it survives a killed process
        then, and a power cut may leave an object that is not registered.
        """
        self._workspace = workspace
        self._job = job
        self._recipients = recipients
        self._signer = signer
        self._progress = progress
        self._cancel = cancel
        self._limit = limit
        self._sync = sync
        self._part_size = workspace.config.transfer.part_size
        self._jobs = jobs or workspace.config.transfer.jobs
        self._frame_length = workspace.config.encryption.frame_length
        self._carry = workspace.config.encryption.signatures == "metadata"

    def from_file(self) -> OutboxEntry:
        """Upload a file: whole where one part holds it, else as a journalled multipart upload."""
        source = FileSource(Path(self._job.source))
        try:
            parts = plan_parts(source.size, frame_length=self._frame_length, part_size=self._part_size)
            sealer = self._new_sealer()
            target = self._target(sealer)
            if len(parts) == 1:
                return self._put_whole(source, parts, sealer, target)
            return self._multipart(source, sealer, target)
        finally:
            source.close()

    def from_stream(self, stream: BinaryIO) -> OutboxEntry:
        """Upload a stream of unknown length. It cannot be resumed: a failure aborts at the provider."""
        sealer = self._new_sealer()
        target = self._target(sealer)
        source = StreamSource(stream, frame_length=self._frame_length, part_size=self._part_size)
        upload_id = target.store.create_multipart(target.bucket, target.key)
        run = self._run_of(target, upload_id, sealer, None)
        try:
            size = run.from_stream(source)
            uploaded = self._complete(run, target, upload_id, size)
        except BaseException as error:
            removed = "its upload was removed"
            try:
                target.store.abort(target.bucket, target.key, upload_id)
            except StorageError:
                removed = "what is left of it: secingest uploads abandoned"
            if isinstance(error, SecingestError):
                error.hint = f"A stream cannot be resumed: {removed}. {error.hint or ''}".strip()
            raise
        sidecar = self._put_beside(sealer, target, uploaded)
        return self._finish(sealer, target, uploaded, sidecar, None)

    def resume(self, journal: UploadJournal, state: JournalState) -> OutboxEntry:
        """Go on with a journalled upload, at the first part the provider does not have.

        Every part that may have been sent is sealed again and compared with the journal first; where
        the file differs, nothing is sent, the upload is aborted and the journal wiped: SourceChanged.
        Raises UploadGone, the journal wiped, where nothing is left to go on with.
        """
        try:
            return self._resume(journal, state)
        finally:
            journal.close()

    def _resume(self, journal: UploadJournal, state: JournalState) -> OutboxEntry:
        start = state.start
        waiting = Outbox(self._workspace).of_object(s3_url(start.bucket, start.key))
        if waiting is not None:
            # The run before ended between its last two steps.
            journal.wipe()
            return waiting
        sealer = Sealer.resume(start.data_key, parse_header(start.header).message_id, start.header)
        target = Target(self._workspace.store(start.backend, start.tenant), start.bucket, start.key)
        source = FileSource(Path(start.source))
        try:
            if asdict(source.identity) != start.source_identity:
                self._discard(target, start.upload_id, journal)
                raise SourceChanged(
                    f"{start.source} changed since its upload began; the unfinished upload was removed.",
                    hint="Ingest the file again.",
                )
            run = self._run_of(target, start.upload_id, sealer, journal)
            run.known_digests = state.digests
            run.sent = self._confirmed(target, state, sealer.ciphertext_length(source.size), journal)
            return self._drive(source, sealer, target, run, journal, start)
        finally:
            source.close()

    def _confirmed(
        self, target: Target, state: JournalState, whole: int, journal: UploadJournal
    ) -> dict[int, SentPart]:
        """The journalled parts that the provider still has; ``whole``: the object's bytes of ciphertext."""
        start = state.start
        try:
            held = {
                part.number: part
                for part in target.store.list_parts(start.bucket, start.key, start.upload_id)
            }
        except NoSuchUpload:
            # Completed by a run that ended before it could say so, or aborted by somebody else.
            with suppress(NoSuchKey):
                if target.store.head(start.bucket, start.key).size == whole:
                    # The completion recognises an object made of exactly these parts.
                    return state.sent
            journal.wipe()
            raise UploadGone(
                f"The provider no longer has the unfinished upload of {start.object_key} {start.version}.",
                hint="Its journal was removed; ingest the file again.",
            ) from None
        return {
            number: part
            for number, part in state.sent.items()
            if number in held and (held[number].etag, held[number].size) == (part.etag, part.size)
        }

    def _multipart(self, source: FileSource, sealer: Sealer, target: Target) -> OutboxEntry:
        upload_id = target.store.create_multipart(target.bucket, target.key)
        job = self._job
        start = UploadStart(
            tenant=job.tenant,
            object_key=job.object_key,
            version=job.version,
            backend=job.backend,
            bucket=job.bucket,
            key=target.key,
            upload_id=upload_id,
            source=str(Path(job.source).absolute()),
            source_identity=asdict(source.identity),
            frame_length=self._frame_length,
            part_size=self._part_size,
            started_at=datetime.now(UTC).isoformat(),
            policy=self._job.policy,
            header=sealer.header,
            data_key=sealer.data_key,
        )
        try:
            journal = UploadJournal.create(
                self._workspace.home.uploads_dir, sealer.message_id.hex()[:32], start
            )
        except BaseException:
            with suppress(StorageError):
                target.store.abort(target.bucket, target.key, upload_id)
            raise
        try:
            run = self._run_of(target, upload_id, sealer, journal)
            return self._drive(source, sealer, target, run, journal, start)
        finally:
            journal.close()

    def _drive(
        self,
        source: FileSource,
        sealer: Sealer,
        target: Target,
        run: MultipartRun,
        journal: UploadJournal,
        start: UploadStart,
    ) -> OutboxEntry:
        # As it was begun: cut otherwise, a part would hold other frames than the journal says.
        parts = plan_parts(source.size, frame_length=sealer.frame_length, part_size=start.part_size)
        try:
            run.from_file(source, parts)
            uploaded = self._complete(run, target, start.upload_id, source.size)
        except SourceChanged:
            self._discard(target, start.upload_id, journal)
            raise
        except BaseException as error:
            if isinstance(error, SecingestError):
                error.hint = f"{error.hint or ''} What was sent is kept: secingest uploads resume".strip()
            raise
        sidecar = self._put_beside(sealer, target, uploaded)
        entry = self._finish(sealer, target, uploaded, sidecar, source.identity)
        journal.wipe()
        return entry

    def _put_whole(
        self, source: FileSource, parts: list[Part], sealer: Sealer, target: Target
    ) -> OutboxEntry:
        """One request for object and signature, where the signature fits into the metadata."""
        part_sealer = PartSealer(sealer)

        def read(offset: int, length: int) -> memoryview:
            plain = memoryview(bytearray(length))
            source.read_into(offset, plain)
            return plain

        buffer = memoryview(bytearray(part_sealer.room(source.size)))
        sealed = part_sealer.seal(parts[0], read, buffer)
        source.check_unchanged()
        sidecar = self._sign(sealer, len(sealed.body), sealed.digests)
        carried = as_metadata(sidecar) if self._carry else {}
        result = target.store.put(
            target.bucket,
            target.key,
            sealed.body,
            checksum=sealed.checksum,
            metadata=carried,
            if_none_match=target.store.settings.conditional_put,
            progress=self._sent_bytes,
        )
        listed = FrameDigestList()
        listed.add(1, sealed.digests)
        if not carried:
            target.store.put(target.bucket, target.key + SIDECAR_SUFFIX, sidecar.encode())
        uploaded = _uploaded(result, source.size, listed)
        return self._finish(sealer, target, uploaded, sidecar, source.identity)

    def _complete(self, run: MultipartRun, target: Target, upload_id: str, size: int) -> Uploaded:
        result = target.store.complete(
            target.bucket,
            target.key,
            upload_id,
            run.parts(),
            if_none_match=target.store.settings.conditional_complete,
        )
        return _uploaded(result, size, run.digests)

    def _sign(self, sealer: Sealer, ciphertext_size: int, digests: bytes) -> Sidecar:
        frames = hashlib.sha256(digests).digest()
        manifest = Manifest.for_object(sealer.parsed_header, ciphertext_size, frames)
        return Sidecar.sign(manifest, digests, self._signer)

    def _put_beside(self, sealer: Sealer, target: Target, uploaded: Uploaded) -> Sidecar:
        """Sign, and put the sidecar beside the object."""
        sidecar = self._sign(sealer, uploaded.ciphertext_size, uploaded.digests.concatenated())
        target.store.put(target.bucket, target.key + SIDECAR_SUFFIX, sidecar.encode())
        return sidecar

    def _finish(
        self,
        sealer: Sealer,
        target: Target,
        uploaded: Uploaded,
        sidecar: Sidecar,
        identity: FileIdentity | None,
    ) -> OutboxEntry:
        """Make the registration durable."""
        job = self._job
        registration = build_registration(
            job, key=target.key, uploaded=uploaded, header=sealer.parsed_header, sidecar=sidecar,
            signer_id=self._signer.key_id,
        )  # fmt: skip
        source = None
        if identity is not None:
            source = source_of(job.source, identity, sealer.parsed_header.context[KEY_ID])
        return Outbox(self._workspace).put(job.tenant, registration, source, sync=self._sync)

    def _run_of(
        self, target: Target, upload_id: str, sealer: Sealer, journal: UploadJournal | None
    ) -> MultipartRun:
        return MultipartRun(
            target, upload_id, sealer, jobs=self._jobs, journal=journal, cancel=self._cancel,
            sent_bytes=self._progress.add_bytes, limit=self._limit,
        )  # fmt: skip

    def _sent_bytes(self, count: int) -> None:
        self._progress.add_bytes(count)
        if self._limit is not None:
            self._limit.sent(count, self._cancel)
        if self._cancel.is_set():
            raise Cancelled(f"{self._job.source}: cancelled; nothing of it was registered.")

    def _new_sealer(self) -> Sealer:
        job = self._job
        context = object_context(
            tenant=job.tenant,
            object_key=job.object_key,
            version=job.version,
            key_ids=[recipient.key_id for recipient in self._recipients],
        )
        return Sealer(self._recipients, context, frame_length=self._frame_length)

    def _target(self, sealer: Sealer) -> Target:
        job = self._job
        key = f"{job.object_key}/{job.version}/{sealer.message_id.hex()[:16]}"
        return Target(self._workspace.store(job.backend, job.tenant), job.bucket, key)

    def _discard(self, target: Target, upload_id: str, journal: UploadJournal) -> None:
        target.store.abort(target.bucket, target.key, upload_id)
        journal.wipe()


def source_of(path: str, identity: FileIdentity, key_ids: str) -> dict[str, Any]:
    """Which contents of which file, for whom, as an outbox entry remembers it.

    ``key_ids`` as the encryption context lists them.
    """
    return {"path": str(Path(path).absolute()), "key_ids": key_ids, **asdict(identity)}


def _uploaded(result: PutResult, size: int, digests: FrameDigestList) -> Uploaded:
    assert result.checksum is not None
    return Uploaded(result.etag, result.version_id, result.checksum, size, result.size, digests)
