"""Seal and send one object: parts in parallel, buffers reused, every part journalled before it is sent.

Each worker thread owns one ciphertext buffer (and one frame, or for a stream one part, of
plaintext), so memory is ``jobs`` times the part size whatever the object's size. AES-GCM,
SHA-256 and the checksum release the GIL, so workers really run beside each other.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secingest_tui.crypto.esdk import Sealer, frame_digests
from secingest_tui.crypto.esdk.frames import FINAL_OVERHEAD, REGULAR_OVERHEAD
from secingest_tui.crypto.signature import FrameDigestList
from secingest_tui.errors import Cancelled
from secingest_tui.services.upload.journal import SentPart, UploadJournal
from secingest_tui.services.upload.limit import BandwidthLimit
from secingest_tui.services.upload.schedule import Part
from secingest_tui.services.upload.source import FileSource, SourceChanged, StreamSource
from secingest_tui.storage import (
    ChecksumMeter,
    ChecksumMismatch,
    CiphertextChecksum,
    PartChecksum,
    PartResult,
)

if TYPE_CHECKING:
    from secingest_tui.storage import S3Store

DAMAGED_AGAIN = 2
"""How often a part that arrived damaged is sent once more; for everything else the store itself retries."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the ciphertext goes."""

    store: S3Store
    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What lies at the provider after an upload, as the provider confirmed it; sizes in bytes."""

    etag: str
    version_id: str | None
    checksum: CiphertextChecksum
    size: int
    ciphertext_size: int
    digests: FrameDigestList


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A part as it is sent, the SHA-256 of each of its frames, concatenated, and its CRC64NVME."""

    body: memoryview
    digests: bytes
    checksum: PartChecksum


class PartSealer:
    """Seals one part into a buffer."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._frame = sealer.frame_length

    def room(self, plaintext_length: int) -> int:
        """Bytes of ciphertext that a part of this length can take, the header included."""
        frames = max(1, -(-plaintext_length // self._frame))
        return len(self._sealer.header) + plaintext_length + frames * REGULAR_OVERHEAD + FINAL_OVERHEAD

    def seal(self, part: Part, read: Callable[[int, int], memoryview], out: memoryview) -> SealedPart:
        """Seal ``part`` into ``out``; ``read(offset, length)`` gives plaintext.

        Each frame is sealed, digested and summed while it is in the processor's cache.
        """
        used, digests, meter = 0, bytearray(), ChecksumMeter()
        if part.number == 1:
            used = len(self._sealer.header)
            out[:used] = self._sealer.header
            meter.update(out[:used])
        done, number = 0, part.first_frame
        while done < part.length or number == part.first_frame:
            length = min(self._frame, part.length - done)
            final = part.final and done + length == part.length
            plain = read(part.offset + done, length)
            size = self._sealer.seal(number, plain, out[used:], final=final)
            digests += frame_digests(out[used : used + size], self._frame, final=final)
            meter.update(out[used : used + size])
            used, done, number = used + size, done + length, number + 1
        return SealedPart(out[:used], bytes(digests), meter.part())


class MultipartRun:
    """The parallel part of an upload: takes parts, seals, journals, sends."""

    def __init__(
        self,
        target: Target,
        upload_id: str,
        sealer: Sealer,
        *,
        jobs: int,
        journal: UploadJournal | None,
        cancel: threading.Event,
        sent_bytes: Callable[[int], None],
        limit: BandwidthLimit | None = None,
    ) -> None:
        self._target = target
        self._upload_id = upload_id
        self._part_sealer = PartSealer(sealer)
        self._frame_length = sealer.frame_length
        self._jobs = jobs
        self._journal = journal
        self._cancel = cancel
        self._sent_bytes = sent_bytes
        self._limit = limit
        self._failed = False
        self._lock = threading.Lock()
        self.sent: dict[int, SentPart] = {}
        self.digests = FrameDigestList()
        self.known_digests: dict[int, bytes] = {}
        """Digests journalled by an earlier run: sealing again must give the same, or nothing is sent."""

    def from_file(self, source: FileSource, parts: list[Part]) -> None:
        """Send every part of a file that is not in ``sent`` yet; check the ones that are."""
        remaining = iter(parts)

        def work() -> None:
            frame = memoryview(bytearray(self._frame_length))
            buffer: memoryview | None = None

            def read(offset: int, length: int) -> memoryview:
                self._check_cancel()
                view = frame[:length]
                source.read_into(offset, view)
                return view

            while True:
                with self._lock:
                    part = next(remaining, None)
                if part is None:
                    return
                if buffer is None:
                    buffer = memoryview(bytearray(self._part_sealer.room(part.length)))
                self._do(part, read, buffer)

        self._run(work)
        source.check_unchanged()

    def from_stream(self, source: StreamSource) -> int:
        """Send a stream to its end; returns the plaintext's length in bytes."""
        total = 0
        # Not the lock of the results: a slow writer to our stdin must not hold up what is sealed already.
        reading = threading.Lock()

        def work() -> None:
            nonlocal total
            plain = memoryview(bytearray(0))
            buffer = memoryview(bytearray(0))

            def room(length: int) -> memoryview:
                nonlocal plain
                if len(plain) < length:
                    plain = memoryview(bytearray(length))
                return plain

            while True:
                self._check_cancel()
                with reading:
                    taken = source.next_part(room)
                    if taken is None:
                        return
                    total += taken[0].length
                part, view = taken
                if len(buffer) < self._part_sealer.room(part.length):
                    buffer = memoryview(bytearray(self._part_sealer.room(part.length)))
                self._do(part, _within(part, view), buffer)

        self._run(work)
        return total

    def parts(self) -> list[PartResult]:
        """Every acknowledged part in order, with its CRC64NVME, as the completion takes them."""
        verifies = self._target.store.settings.checksums == "crc64nvme"
        found = []
        for number, part in sorted(self.sent.items()):
            checksum = PartChecksum("crc64nvme", part.size, base64.b64decode(part.checksum))
            found.append(PartResult(number, part.size, part.etag, checksum, checksum if verifies else None))
        return found

    def _do(self, part: Part, read: Callable[[int, int], memoryview], buffer: memoryview) -> None:
        sealed = self._part_sealer.seal(part, read, buffer)
        body, digests, checksum = sealed.body, sealed.digests, sealed.checksum
        known = self.known_digests.get(part.number)
        if known is not None and known != digests:
            raise SourceChanged(
                "The file is not what it was when this upload began.",
                hint="The unfinished upload was removed; ingest the file again.",
            )
        with self._lock:
            self.digests.add(part.first_frame, digests)
            already = part.number in self.sent
        if already:
            self._sent_bytes(len(body))
            return
        self._check_cancel()
        if self._journal is not None and known is None:
            with self._lock:
                self._journal.sealed(part.number, digests)
        result = self._send(part, body, checksum)
        done = SentPart(result.etag, checksum.text, len(body))
        with self._lock:
            self.sent[part.number] = done
            if self._journal is not None:
                self._journal.sent(part.number, done)

    def _send(self, part: Part, body: memoryview, checksum: PartChecksum) -> PartResult:
        """Send a sealed part, again where it arrived damaged: always these very bytes."""
        target = self._target
        left = DAMAGED_AGAIN
        while True:
            try:
                return target.store.upload_part(
                    target.bucket, target.key, self._upload_id, part.number, body,
                    checksum=checksum, progress=self._progress,
                )  # fmt: skip
            except ChecksumMismatch:
                if not left:
                    raise
            left -= 1
            self._sent_bytes(-len(body))

    def _progress(self, count: int) -> None:
        """What the socket took; raising here ends the request at once."""
        self._sent_bytes(count)
        if self._limit is not None:
            self._limit.sent(count, self._cancel)
        self._check_cancel()

    def _run(self, work: Callable[[], None]) -> None:
        """Run ``work`` on every thread; the first failure stops the others at their next slice."""
        with ThreadPoolExecutor(self._jobs, thread_name_prefix="part") as pool:
            futures = [pool.submit(work) for _ in range(self._jobs)]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                self._failed = any(future.exception() is not None for future in done)
            except BaseException:
                # Ctrl-C ends this thread's wait; leaving the pool waits for the others.
                self._failed = True
                raise
        errors = [error for future in futures if (error := future.exception()) is not None]
        causes = [error for error in errors if not isinstance(error, Cancelled)]
        if errors:
            raise (causes or errors)[0]

    def _check_cancel(self) -> None:
        if self._cancel.is_set() or self._failed:
            raise Cancelled("Cancelled; what was sent so far can be resumed.")


def _within(part: Part, plain: memoryview) -> Callable[[int, int], memoryview]:
    return lambda offset, length: plain[offset - part.offset : offset - part.offset + length]
