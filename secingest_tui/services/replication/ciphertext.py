"""One copy of an object's ciphertext, and how every piece of it is checked without any key.

A signed object is checked frame by frame against the uploader's list; anything else against its registered
checksum, else its size and ETag alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from secingest_tui.crypto.errors import CryptoError, TamperedError
from secingest_tui.crypto.esdk import Header, Layout, frame_digests, parse_header
from secingest_tui.crypto.signature import Sidecar, SignerPublicKey
from secingest_tui.services.restore.beside import Source
from secingest_tui.services.restore.opened import read_header
from secingest_tui.services.restore.signature import read_sidecar
from secingest_tui.storage import CiphertextChecksum, PartChecksum

PIECE = 8 * 1024 * 1024
"""About how many bytes of ciphertext are held at once, for each of the copying threads."""

Verified = Literal["signed-frames", "checksum", "size-and-etag"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the record says about the ciphertext; sizes in bytes, None where nobody registered it."""

    etag: str | None
    size: int | None
    checksum: CiphertextChecksum | None
    header_sha256: str | None
    signer_fingerprint: str | None = None
    """Who signed it, by the record: a copy without that signature beside it is not whole."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes [start, end) of the object; frames from ``first_frame`` begin ``skip`` bytes into it."""

    number: int
    start: int
    end: int
    first_frame: int = 0
    skip: int = 0
    final: bool = False

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(slots=True)
class Ciphertext:
    """Use ``open_ciphertext``. ``whole`` holds a small object's bytes, so that they are fetched once."""

    source: Source
    expected: Expected
    size: int
    etag: str
    metadata: Mapping[str, str]
    pieces: list[Piece]
    sidecar: Sidecar | None
    """Signed by a trusted signer, and about exactly this object."""
    beside: Sidecar | None
    """The signature in its metadata or beside it, whoever signed it."""
    whole: bytes | None = field(default=None, repr=False)

    @property
    def verified_by(self) -> Verified:
        if self.sidecar is not None:
            return "signed-frames"
        return "size-and-etag" if self.expected.checksum is None else "checksum"

    @property
    def in_order(self) -> bool:
        """Whether pieces have to be read one after the other: only a CRC combines."""
        checksum = self.expected.checksum
        return self.sidecar is None and checksum is not None and checksum.algorithm != "CRC64NVME"

    def fetch(self, piece: Piece, buffer: memoryview) -> memoryview:
        """The bytes of one piece, checked as far as a piece can be. Raises CryptoError, StorageError.

        What is wrong is read once more: a bit that flipped on its way here says nothing about the copy.
        """
        if self.whole is not None:
            view = memoryview(self.whole)[piece.start : piece.end]
            with suppress(CryptoError):
                self._require(piece, view)
                return view
        view = buffer[: piece.size]
        if view:
            self._read(piece, view)
        try:
            self._require(piece, view)
        except CryptoError:
            if not view:
                raise
            self._read(piece, view)
            self._require(piece, view)
        return view

    def _require(self, piece: Piece, view: memoryview) -> None:
        if self.sidecar is not None:
            frame_length = self.sidecar.manifest.frame_length
            digests = frame_digests(view[piece.skip :], frame_length, final=piece.final)
            self.sidecar.require_frames(piece.first_frame, digests)

    def _read(self, piece: Piece, view: memoryview) -> None:
        source = self.source
        with source.store.get(
            source.bucket, source.key, start=piece.start, end=piece.end, version_id=source.version_id
        ) as reader:
            if reader.head.etag != self.etag:
                raise TamperedError("the object was replaced while it was read")
            done = 0
            while done < len(view):
                if not (count := reader.readinto(view[done:])):
                    raise TamperedError("the object ends before its length")
                done += count

    def require_checksum(self, parts: Sequence[PartChecksum | None]) -> None:
        """Hold what was read, given by its CRC64NVME in order, against the registered checksum.

        Raises TamperedError. Does nothing where none of that kind was registered.
        """
        wanted = self.expected.checksum
        if wanted is None or wanted.algorithm != "CRC64NVME" or any(part is None for part in parts):
            return
        if CiphertextChecksum.combine(part for part in parts if part is not None) != wanted:
            raise TamperedError("the checksum is not the registered one")

    def check(self, jobs: int, on_read: Callable[[int], None] = lambda read: None) -> int:
        """Read everything and check it; bytes read. Raises TamperedError, StorageError.

        ``on_read`` hears from several threads how many bytes were checked; what it raises stops the reading.
        """
        longest = max(piece.size for piece in self.pieces)
        wanted = self.expected.checksum
        meter = wanted.meter() if self.in_order and wanted is not None else None
        sums: dict[int, PartChecksum] = {}
        remaining = iter(self.pieces)

        def work() -> None:
            buffer = memoryview(bytearray(longest))
            while (piece := next(remaining, None)) is not None:
                view = self.fetch(piece, buffer)
                if meter is not None:
                    meter.update(view)
                else:
                    sums[piece.number] = PartChecksum.of(view)
                on_read(len(view))

        workers = 1 if meter is not None else min(jobs, len(self.pieces))
        with ThreadPoolExecutor(workers, thread_name_prefix="check") as pool:
            futures = [pool.submit(work) for _ in range(workers)]
        for future in futures:
            future.result()
        if meter is not None and meter.result() != wanted:
            raise TamperedError("the checksum is not the registered one")
        self.require_checksum([sums.get(piece.number) for piece in self.pieces])
        return self.size


def open_ciphertext(source: Source, expected: Expected, signers: Sequence[SignerPublicKey]) -> Ciphertext:
    """Look at a copy: its size, its ETag and what was signed about it have to be as expected.

    Raises TamperedError, NoSuchKey and other StorageErrors.
    """
    whole: bytes | None = None
    if expected.size is not None and expected.size <= PIECE:
        # A longer one is refused below.
        head, whole = source.store.fetch(
            source.bucket, source.key, expected.size, version_id=source.version_id
        )
    else:
        head = source.store.head(source.bucket, source.key, version_id=source.version_id)
    if expected.size is not None and head.size != expected.size:
        raise TamperedError(f"the copy has {head.size} bytes, {expected.size} were registered")
    if expected.etag is not None and head.etag != expected.etag:
        raise TamperedError("the copy has another ETag than was registered")
    beside = read_sidecar(source, head.metadata)
    if beside is None and expected.signer_fingerprint is not None:
        raise TamperedError("the copy has no uploader's signature, in its metadata or beside it")
    sidecar = _trusted(beside, expected, signers)
    if sidecar is None:
        pieces = list(_plain_pieces(head.size))
    else:
        header = parse_header(whole) if whole is not None else read_header(source)[0]
        pieces = list(_framed_pieces(header, sidecar, head.size))
    return Ciphertext(source, expected, head.size, head.etag, head.metadata, pieces, sidecar, beside, whole)


def _trusted(
    beside: Sidecar | None, expected: Expected, signers: Sequence[SignerPublicKey]
) -> Sidecar | None:
    if beside is None:
        return None
    signer = next((signer for signer in signers if signer.fingerprint == beside.signer), None)
    if signer is None:
        return None
    manifest = beside.verify(signer)
    if expected.header_sha256 not in {None, manifest.header_sha256.hex()}:
        raise TamperedError("the signature beside the copy is for another object")
    return beside


def _plain_pieces(size: int) -> Iterator[Piece]:
    step = max(PIECE, -(-size // 10_000))
    for number, start in enumerate(range(0, max(size, 1), step), start=1):
        yield Piece(number, start, min(size, start + step))


def _framed_pieces(header: Header, sidecar: Sidecar, size: int) -> Iterator[Piece]:
    """Whole frames, about PIECE bytes at a time; the header goes with the first."""
    sidecar.manifest.require_header(header)
    if sidecar.manifest.ciphertext_length != size:
        raise TamperedError("the copy is not as long as what was signed")
    layout = Layout.of(size, header_length=header.length, frame_length=header.frame_length)
    step = max(1, PIECE // header.frame_length, -(-layout.frames // 10_000))
    for number, first in enumerate(range(1, layout.frames + 1, step), start=1):
        last = min(first + step - 1, layout.frames)
        start, end = layout.byte_range(first, last)
        skip = header.length if number == 1 else 0
        yield Piece(number, start - skip, end, first, skip, final=last == layout.frames)
