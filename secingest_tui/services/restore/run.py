"""Restore one object: to a file (parallel, renamed into place only when whole) or to a stream (in order)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from secingest_tui.confine import check
from secingest_tui.crypto.recipients import PrivateKey
from secingest_tui.crypto.signature import SignerPublicKey
from secingest_tui.errors import Cancelled, SecingestError, UsageError
from secingest_tui.files import sync_dir
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.restore.beside import Source
from secingest_tui.services.restore.locate import Copy, Located, locate
from secingest_tui.services.restore.opened import FrameRoom, OpenedObject, open_object
from secingest_tui.services.restore.writing import BLOCK, PieceWriter
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import StorageError

CHUNK = 8 * 1024 * 1024
"""Bytes of plaintext fetched by one request, at the least: whole frames of about this much."""
LARGEST_CHUNK = 8 * CHUNK


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, from where, and who vouches for it; ``size`` in bytes of plaintext."""

    object_key: str
    version: str
    backend: str
    size: int
    output: str
    signed_by: str | None
    tried: tuple[str, ...]
    """Copies that could not be used, with the reason."""
    notes: tuple[str, ...] = ()
    """What should be known about its signature and the keys it was opened with."""


def restore(
    workspace: Workspace,
    object_key: str,
    output: str,
    *,
    version: str | None = None,
    backend: str | None = None,
    keys: Callable[[list[str]], Iterable[PrivateKey]],
    signers: list[SignerPublicKey],
    require_signature: bool = True,
    force: bool = False,
    span: tuple[int, int | None] | None = None,
    progress: TransferProgress | None = None,
    cancel: threading.Event | None = None,
    stdout: BinaryIO | None = None,
) -> Restored:
    """Restore ``object_key`` to the file ``output`` (``-`` is ``stdout``).

    With ``span`` (first byte, last byte or None for the end; from 0, inclusive as in RFC 9110, section
    14.1.2) only the frames that hold those bytes are fetched and verified.

    ``keys`` gives private keys for the key ids of the header, asked for once the object is found. Copies
    are tried in turn; a tampered copy is reported and the next one is tried. Raises UsageError,
    SecingestError; no half-written file is ever left.
    """
    check_output(output, force=force)
    progress = progress or TransferProgress()
    cancel = cancel or threading.Event()
    located = locate(workspace, object_key, version=version, backend=backend)
    wanted = Replayed(keys(key_ids(located)))
    tried: list[str] = []
    last: SecingestError | None = None
    for copy in located.copies:
        try:
            opened = open_copy(workspace, located, copy, wanted, signers, require_signature)
        except SecingestError as error:
            last = error
            tried.append(f"{copy.backend}: {error.message}")
            continue
        wanted_bytes = byte_span(span, opened.layout.plaintext_length)
        progress.start("fetch+decrypt", bytes_total=wanted_bytes[1] - wanted_bytes[0], items_total=1)
        if output == "-":
            assert stdout is not None
            size = stream_plaintext(opened, stdout, wanted_bytes, progress, cancel)
        else:
            try:
                size = write_plaintext(
                    opened, Path(output), workspace.config.transfer.jobs, progress, cancel, span=wanted_bytes
                )
            except (StorageError, SecingestError) as error:
                if isinstance(error, Cancelled | UsageError) or copy is located.copies[-1]:
                    raise
                tried.append(f"{copy.backend}: {error.message}")
                last = error
                continue
        progress.add_item()
        signed_by = opened.sidecar.signer if opened.sidecar else None
        return Restored(
            object_key, located.record.version, copy.backend, size, output, signed_by, tuple(tried),
            opened.notes,
        )  # fmt: skip
    if last is not None and len(located.copies) == 1:
        raise last
    raise SecingestError(
        f"No copy of {object_key} {located.record.version} could be restored: "
        + "; ".join(tried or ["none"]),
        hint=last.hint if last else None,
    )


class Replayed:
    """An iterable read once and lazily, however often it is walked: a passphrase is asked at most once."""

    def __init__(self, items: Iterable[PrivateKey]) -> None:
        self._rest = iter(items)
        self._seen: list[PrivateKey] = []

    def __iter__(self) -> Iterator[PrivateKey]:
        yield from self._seen
        for item in self._rest:
            self._seen.append(item)
            yield item


def key_ids(located: Located) -> list[str]:
    """Whose keys the server says open an object: those are tried before others."""
    further = located.record.further_keys
    return [
        located.record.registration.key_id,
        *(key.key_id for key in (further.wrapped_keys if further else ())),
    ]


def open_copy(
    workspace: Workspace,
    located: Located,
    copy: Copy,
    keys: Iterable[PrivateKey],
    signers: list[SignerPublicKey],
    require_signature: bool,
) -> OpenedObject:
    """Open one copy and hold it against the record; ``keys`` can be walked again. Raises SecingestError."""
    record = located.record
    registration = record.registration
    return open_object(
        Source(workspace.store(copy.backend, located.tenant), copy.bucket, copy.key, copy.version_id),
        keys,
        expect={"tenant": located.tenant, "object-key": record.object_key, "version": record.version},
        signers=signers,
        require_signature=require_signature,
        registered_length=registration.ciphertext_size,
        registered_header=registration.header_sha256,
        registered_key=(registration.encrypted_key, registration.key_id, registration.key_alg),
        registered_signature=registration.signature,
        further_keys=record.further_keys,
    )


def check_output(output: str, *, force: bool) -> None:
    """Raise UsageError unless ``output`` (``-`` is a stream) may be written."""
    if output == "-":
        return
    path = check(Path(output))
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", hint="Name the file to write.", field="-o")
    if path.exists() and not force:
        raise UsageError(
            f"{path} exists already; it was not touched.", hint="Choose another name, or --force.", field="-o"
        )
    if not path.parent.is_dir():
        raise UsageError(f"There is no folder {path.parent}.", hint="Make it first.", field="-o")


def byte_span(span: tuple[int, int | None] | None, length: int) -> tuple[int, int]:
    """Start, and the offset after the end, of the wanted bytes. Raises UsageError outside the object."""
    if span is None:
        return 0, length
    start, last = span
    end = length if last is None else min(last + 1, length)
    if not start < end:
        raise UsageError(
            f"The object has {length:,} bytes; there are none from {start} on.",
            hint="The first byte is 0.",
            field="--range",
        )
    return start, end


def chunks(opened: OpenedObject, span: tuple[int, int], jobs: int = 1) -> Iterator[tuple[int, int]]:
    """First and last frame of each piece that holds bytes of ``span``, a request each.

    Larger where there are many, so that each of ``jobs`` threads still has several, and ends with the others.
    """
    step = CHUNK * min(max(1, (span[1] - span[0]) // (4 * jobs * CHUNK)), LARGEST_CHUNK // CHUNK)
    step = max(1, step // opened.header.frame_length)
    lowest, highest = 1, opened.layout.frames
    if span != (0, opened.layout.plaintext_length):
        lowest, highest = opened.layout.frames_of_range(*span)
    for first in range(lowest, highest + 1, step):
        yield first, min(first + step - 1, highest)


def write_plaintext(
    opened: OpenedObject,
    path: Path,
    jobs: int,
    progress: TransferProgress,
    cancel: threading.Event,
    *,
    span: tuple[int, int] | None = None,
) -> int:
    """Decrypt into a temporary file beside ``path`` on ``jobs`` threads, then rename. Returns its size."""
    wanted = span or (0, opened.layout.plaintext_length)
    temporary = path.with_name(f".{path.name[:200]}.{secrets.token_hex(6)}.part")
    aligned = not (wanted[0] % BLOCK or opened.header.frame_length % BLOCK)
    try:
        writer = PieceWriter(temporary, wanted[1] - wanted[0], aligned=aligned)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"Cannot write into {path.parent}: {error.strerror}.", field="-o") from None
    try:
        _fill(opened, writer, wanted, jobs, progress, cancel)
        progress.start("verify")
        writer.sync()
        temporary.replace(path)
        sync_dir(path.parent)
    except OSError as error:
        raise SecingestError(
            f"Cannot write {path}: {error.strerror}.",
            hint="Free some room or choose another place; nothing was left.",
        ) from None
    finally:
        writer.close()
        temporary.unlink(missing_ok=True)
    return wanted[1] - wanted[0]


def _cut(plain: memoryview, first_byte: int, span: tuple[int, int]) -> memoryview:
    """What of ``plain``, which begins at ``first_byte`` of the object, lies in ``span``."""
    return plain[max(0, span[0] - first_byte) : max(0, span[1] - first_byte)]


def _fill(
    opened: OpenedObject,
    writer: PieceWriter,
    span: tuple[int, int],
    jobs: int,
    progress: TransferProgress,
    cancel: threading.Event,
) -> None:
    remaining = chunks(opened, span, jobs)
    lock = threading.Lock()
    failed = threading.Event()
    frame = opened.header.frame_length

    def work() -> None:
        room = FrameRoom(opened)
        while not failed.is_set():
            with lock:
                piece = next(remaining, None)
            if piece is None:
                return
            first_byte = (piece[0] - 1) * frame
            for plain in opened.read_frames(*piece, room):
                if cancel.is_set():
                    raise Cancelled("Cancelled; no file was left.")
                wanted = _cut(plain, first_byte, span)
                writer.write(max(0, first_byte - span[0]), wanted)
                first_byte += len(plain)
                progress.add_bytes(len(wanted))

    workers = max(1, min(jobs, -(-(span[1] - span[0]) // CHUNK)))
    with ThreadPoolExecutor(workers, thread_name_prefix="restore") as pool:
        futures = [pool.submit(work) for _ in range(workers)]
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        if any(future.exception() for future in done):
            failed.set()
    errors = [error for future in futures if (error := future.exception()) is not None]
    if errors:
        raise next((error for error in errors if not isinstance(error, Cancelled)), errors[0])


def stream_plaintext(
    opened: OpenedObject,
    sink: BinaryIO,
    span: tuple[int, int],
    progress: TransferProgress,
    cancel: threading.Event,
) -> int:
    """Write verified plaintext in order; a truncation or change raises before the bad frame is written."""
    room = FrameRoom(opened)
    for first, last in chunks(opened, span):
        first_byte = (first - 1) * opened.header.frame_length
        for plain in opened.read_frames(first, last, room):
            if cancel.is_set():
                raise Cancelled("Cancelled.")
            wanted = _cut(plain, first_byte, span)
            sink.write(wanted)
            first_byte += len(plain)
            progress.add_bytes(len(wanted))
    sink.flush()
    return span[1] - span[0]
