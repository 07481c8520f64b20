"""Bring a verified ciphertext to its target: in one piece, or in parts that a later attempt goes on from."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from secingest_tui.crypto.errors import CryptoError, TamperedError
from secingest_tui.services.replication.ciphertext import Ciphertext
from secingest_tui.services.replication.failures import at
from secingest_tui.services.replication.journal import CopyJournal, CopyStart
from secingest_tui.storage import PartChecksum, PartResult, PutResult, S3Store, StorageError
from secingest_tui.storage.errors import NoSuchUpload


@dataclass(frozen=True, slots=True)
class Target:
    """Where a copy goes, and for which job. ``source`` and ``backend`` name the two sides in failures."""

    store: S3Store
    bucket: str
    key: str
    backend: str
    source: str
    job: str
    tenant: str
    journals: Path


Progress = Callable[[int], None]


def put_whole(copy: Ciphertext, target: Target, progress: Progress, *, new: bool) -> PutResult:
    """Send an object of one piece. With ``new`` nothing is written over (PreconditionFailed)."""
    [piece] = copy.pieces
    with at(target.source, "source"):
        body = copy.fetch(piece, memoryview(bytearray(piece.size)))
    checksum = PartChecksum.of(body)
    copy.require_checksum([checksum])
    if copy.in_order and (wanted := copy.expected.checksum) is not None:
        meter = wanted.meter()
        meter.update(body)
        if meter.result() != wanted:
            raise TamperedError("the checksum is not the registered one")
    with at(target.backend, "target"):
        return target.store.put(
            target.bucket, target.key, body, checksum=checksum, metadata=copy.metadata, progress=progress,
            if_none_match=new,
        )  # fmt: skip


def put_parts(copy: Ciphertext, target: Target, progress: Progress, jobs: int) -> PutResult:
    """Send an object in parts, going on where an earlier attempt on this machine ended.

    What an attempt leaves is kept for the next one, unless the source itself is bad: then it is aborted.
    """
    journal = CopyJournal.open(target.journals, target.backend, target.bucket, target.key)
    upload = _Parts(copy, target, progress, journal)
    try:
        result = upload.run(1 if copy.in_order else jobs)
    except CryptoError:
        upload.abort()
        raise
    except BaseException:
        if journal is not None:
            journal.close()
        else:
            upload.abort()
        raise
    if journal is not None:
        journal.remove()
    return result


class _Parts:
    def __init__(
        self, copy: Ciphertext, target: Target, progress: Progress, journal: CopyJournal | None
    ) -> None:
        self._copy = copy
        self._target = target
        self._progress = progress
        self._journal = journal
        self._upload_id = ""
        self._lock = threading.Lock()
        self._parts: dict[int, PartResult] = {}
        self._failed = False

    def run(self, jobs: int) -> PutResult:
        with at(self._target.backend, "target"):
            self._begin()
        self._progress(sum(part.size for part in self._parts.values()))
        remaining = iter([piece for piece in self._copy.pieces if piece.number not in self._parts])
        longest = max(piece.size for piece in self._copy.pieces)
        wanted = self._copy.expected.checksum
        meter = wanted.meter() if self._copy.in_order and wanted is not None else None

        def work() -> None:
            buffer = memoryview(bytearray(longest))
            while not self._failed:
                with self._lock:
                    piece = next(remaining, None)
                if piece is None:
                    return
                try:
                    with at(self._target.source, "source"):
                        body = self._copy.fetch(piece, buffer)
                    if meter is not None:
                        meter.update(body)
                    self._send(piece.number, body)
                except BaseException:
                    self._failed = True
                    raise

        workers = min(jobs, len(self._copy.pieces))
        with ThreadPoolExecutor(workers, thread_name_prefix="copy") as pool:
            futures = [pool.submit(work) for _ in range(workers)]
        for future in futures:
            future.result()
        parts = [self._parts[piece.number] for piece in self._copy.pieces]
        if meter is not None and meter.result() != wanted:
            raise TamperedError("the checksum is not the registered one")
        self._copy.require_checksum([part.checksum for part in parts])
        with at(self._target.backend, "target"):
            target = self._target
            return target.store.complete(target.bucket, target.key, self._upload_id, parts)

    def _send(self, number: int, body: memoryview) -> None:
        target = self._target
        with at(target.backend, "target"):
            part = target.store.upload_part(
                target.bucket, target.key, self._upload_id, number, body, progress=self._progress
            )
        with self._lock:
            self._parts[number] = part
            if self._journal is not None:
                self._journal.add(part)

    def _begin(self) -> None:
        """Go on with the journal's upload where the provider still has it, else begin a new one.

        Every other unfinished upload of this key is an earlier attempt's, whose lease is over: it goes.
        """
        target, copy = self._target, self._copy
        found = self._journal.start if self._journal is not None else None
        same = found is not None and (found.etag, found.size, found.parts) == (
            copy.etag, copy.size, len(copy.pieces),
        )  # fmt: skip
        if found is not None and self._journal is not None and same and not copy.in_order:
            self._parts = self._acknowledged(found.upload_id, self._journal.sent)
            self._upload_id = found.upload_id if self._parts else ""
        for other in target.store.list_multiparts(target.bucket, target.key):
            if other.key == target.key and other.upload_id != self._upload_id:
                target.store.abort(target.bucket, target.key, other.upload_id)
        if not self._upload_id:
            self._upload_id = target.store.create_multipart(target.bucket, target.key, metadata=copy.metadata)
            if self._journal is not None:
                self._journal.begin(
                    CopyStart(
                        target.job, target.tenant, target.backend, target.bucket, target.key,
                        copy.etag, copy.size, len(copy.pieces), self._upload_id,
                    )
                )  # fmt: skip

    def _acknowledged(self, upload_id: str, sent: dict[int, PartResult]) -> dict[int, PartResult]:
        """The journal's parts that the provider lists just so."""
        target = self._target
        try:
            listed = {
                part.number: (part.size, part.etag)
                for part in target.store.list_parts(target.bucket, target.key, upload_id)
            }
        except NoSuchUpload:
            return {}
        return {number: part for number, part in sent.items() if listed.get(number) == (part.size, part.etag)}

    def abort(self) -> None:
        """Leave nothing at the target; where that fails now, the next attempt does it."""
        if self._upload_id:
            with suppress(StorageError):
                self._target.store.abort(self._target.bucket, self._target.key, self._upload_id)
        if self._journal is not None:
            self._journal.remove()
