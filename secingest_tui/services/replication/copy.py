"""Copy one object's ciphertext from provider to provider, verified on the way without any key.

A signed object is checked frame by frame against the uploader's list; anything else against its
registered checksum and size. The target is the same S3 key in the tenant's own bucket there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal

from secingest_tui.crypto.errors import CryptoError, TamperedError
from secingest_tui.crypto.esdk import Layout, frame_digests
from secingest_tui.crypto.signature import Sidecar, SignerPublicKey
from secingest_tui.services.restore.beside import (
    KEYS_SUFFIX,
    SIDECAR_SUFFIX,
    Source,
    read_key_sidecar,
)
from secingest_tui.services.restore.opened import read_header, read_sidecar
from secingest_tui.storage import CiphertextChecksum, PartResult, PutResult, S3Store

PIECE = 8 * 1024 * 1024
"""About how many bytes of ciphertext are held at once, for each of the copying threads."""

Verified = Literal["signed-frames", "checksum", "size-and-etag"]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the record says about the ciphertext; sizes in bytes, None where nobody registered it."""

    etag: str
    size: int | None
    checksum: CiphertextChecksum | None
    header_sha256: str | None


@dataclass(frozen=True, slots=True)
class Copied:
    """The copy as the target's provider confirmed it, and what it was checked against."""

    etag: str
    version_id: str | None
    size: int
    verified_by: Verified
    left: str | None = None
    """Why further wrapped keys that lie beside the source were not copied; None where all is well."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes [start, end) of the object; frames from ``first_frame`` begin ``skip`` bytes into it."""

    number: int
    start: int
    end: int
    first_frame: int = 0
    skip: int = 0
    final: bool = False


def copy_object(
    source: Source,
    target: S3Store,
    bucket: str,
    expected: Expected,
    *,
    signers: Sequence[SignerPublicKey],
    jobs: int,
    progress: Callable[[int], None],
) -> Copied:
    """Copy and verify. Raises TamperedError where the source is not what was registered, and StorageError.

    Nothing is left at the target after a failure: an unfinished upload is aborted.
    """
    head = source.store.head(source.bucket, source.key, version_id=source.version_id)
    if expected.size is not None and head.size != expected.size:
        raise TamperedError(f"the source has {head.size} bytes, {expected.size} were registered")
    if head.etag != expected.etag:
        raise TamperedError("the source has another ETag than was registered")
    sidecar = _trusted_sidecar(source, expected, signers)
    if sidecar is None:
        pieces = list(_plain_pieces(head.size))
    else:
        pieces = list(_framed_pieces(source, sidecar, head.size))
    result = _send(source, target, bucket, pieces, sidecar, head.etag, jobs=jobs, progress=progress)
    verified: Verified = "signed-frames" if sidecar is not None else "size-and-etag"
    if expected.checksum is not None and expected.checksum.algorithm == "CRC64NVME":
        if result.checksum != expected.checksum:
            target.delete(bucket, source.key, version_id=result.version_id)
            raise TamperedError("the source's checksum is not the registered one")
        verified = "signed-frames" if sidecar is not None else "checksum"
    if sidecar is not None:
        target.put(bucket, source.key + SIDECAR_SUFFIX, sidecar.encode())
    left = _copy_keys(source, target, bucket, signers)
    return Copied(result.etag, result.version_id, result.size, verified, left)


def _copy_keys(
    source: Source, target: S3Store, bucket: str, signers: Sequence[SignerPublicKey]
) -> str | None:
    """Copy the keys sidecar as the last act, since access may be given while the body is on its way.

    One that is no trusted signer's is left where it is: a damaged list must not keep the object from
    being replicated, nor travel with it. Returns why; raises StorageError.
    """
    try:
        keys = read_key_sidecar(source)
        if keys is None:
            return None
        keys.verify(signers, read_header(source)[0])
    except CryptoError as error:
        return error.message
    target.put(bucket, source.key + KEYS_SUFFIX, keys.encode())
    return None


def _trusted_sidecar(
    source: Source, expected: Expected, signers: Sequence[SignerPublicKey]
) -> Sidecar | None:
    sidecar = read_sidecar(source)
    if sidecar is None:
        return None
    signer = next((signer for signer in signers if signer.fingerprint == sidecar.signer), None)
    if signer is None:
        return None
    manifest = sidecar.verify(signer)
    if expected.header_sha256 not in {None, manifest.header_sha256.hex()}:
        raise TamperedError("the signature beside the source is for another object")
    return sidecar


def _plain_pieces(size: int) -> Iterator[_Piece]:
    for number, start in enumerate(range(0, max(size, 1), PIECE), start=1):
        yield _Piece(number, start, min(size, start + PIECE))


def _framed_pieces(source: Source, sidecar: Sidecar, size: int) -> Iterator[_Piece]:
    """Whole frames, about PIECE bytes at a time; the header goes with the first."""
    header, length, _ = read_header(source)
    sidecar.manifest.require_header(header)
    layout = Layout.of(length, header_length=header.length, frame_length=header.frame_length)
    if length != size or sidecar.manifest.ciphertext_length != size:
        raise TamperedError("the source is not as long as what was signed")
    step = max(1, PIECE // header.frame_length)
    for number, first in enumerate(range(1, layout.frames + 1, step), start=1):
        last = min(first + step - 1, layout.frames)
        start, end = layout.byte_range(first, last)
        skip = header.length if number == 1 else 0
        yield _Piece(number, start - skip, end, first, skip, final=last == layout.frames)


def _send(
    source: Source,
    target: S3Store,
    bucket: str,
    pieces: list[_Piece],
    sidecar: Sidecar | None,
    etag: str,
    *,
    jobs: int,
    progress: Callable[[int], None],
) -> PutResult:
    longest = max(piece.end - piece.start for piece in pieces)

    def fetch(piece: _Piece, buffer: memoryview) -> memoryview:
        view = buffer[: piece.end - piece.start]
        if not view:
            return view
        with source.store.get(
            source.bucket, source.key, start=piece.start, end=piece.end, version_id=source.version_id
        ) as reader:
            if reader.head.etag != etag:
                raise TamperedError("the source was replaced while it was copied")
            done = 0
            while done < len(view):
                done += reader.readinto(view[done:])
        if sidecar is not None:
            frame_length = sidecar.manifest.frame_length
            sidecar.require_frames(
                piece.first_frame, frame_digests(view[piece.skip :], frame_length, final=piece.final)
            )
        return view

    if len(pieces) == 1:
        body = fetch(pieces[0], memoryview(bytearray(longest)))
        return target.put(bucket, source.key, body, progress=progress)

    upload_id = target.create_multipart(bucket, source.key)
    with ExitStack() as undo:
        undo.callback(target.abort, bucket, source.key, upload_id)
        remaining = iter(pieces)

        def work() -> list[PartResult]:
            buffer = memoryview(bytearray(longest))
            sent = []
            while (piece := next(remaining, None)) is not None:
                body = fetch(piece, buffer)
                sent.append(
                    target.upload_part(bucket, source.key, upload_id, piece.number, body, progress=progress)
                )
            return sent

        workers = min(jobs, len(pieces))
        with ThreadPoolExecutor(workers, thread_name_prefix="copy") as pool:
            futures = [pool.submit(work) for _ in range(workers)]
        parts = [part for future in futures for part in future.result()]
        result = target.complete(bucket, source.key, upload_id, parts)
        undo.pop_all()
    return result
