"""An object read from front to back: checked frame by frame, nothing unverified let out."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from secingest_tui.crypto.errors import (
    FormatError,
    LengthMismatchError,
    MoreDataNeeded,
    SignatureMissingError,
    TrailingDataError,
    TruncatedError,
)
from secingest_tui.crypto.esdk import frames
from secingest_tui.crypto.esdk.header import EncryptedDataKey, Header, parse_header
from secingest_tui.crypto.esdk.opener import AGAIN, Opener
from secingest_tui.crypto.esdk.wire import TAG_LENGTH

if TYPE_CHECKING:
    from secingest_tui.crypto.recipients.base import PrivateKey
    from secingest_tui.crypto.signature import KeySidecar, Sidecar, SignerPublicKey

# How much is read, verified and released at a time: as many whole frames as fit, at least one.
_CHUNK = 8 * 1024 * 1024


class Source(Protocol):
    """Where ciphertext comes from: a file, a pipe, a response body."""

    def read(self, size: int, /) -> bytes:
        """Up to ``size`` bytes; none only at the end."""


class Sink(Protocol):
    """Where plaintext goes: a file, standard output, a digest."""

    def write(self, data: memoryview, /) -> int | None:
        """Take ``data``, which is overwritten after the call; a count says how much, None all of it."""


@dataclass(frozen=True, slots=True)
class Decrypted:
    """What was read: the verified header, both lengths in bytes, the signer's fingerprint if checked."""

    header: Header
    plaintext_length: int
    ciphertext_length: int
    signer: str | None


def read_header(source: Source) -> Header:
    """Read exactly the header off ``source``. Raises what :func:`parse_header` raises."""
    data, needed = b"", 1
    # The parser's limits bound this: it never asks for more than MAX_HEADER_LENGTH.
    while True:
        piece = source.read(needed - len(data))
        if not piece:
            raise MoreDataNeeded(needed)
        data += piece
        try:
            return parse_header(data)
        except MoreDataNeeded as error:
            needed = error.needed


def decrypt_stream(
    source: Source,
    opener: Opener,
    sink: Sink,
    *,
    sidecar: Sidecar | None = None,
    expected_length: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Decrypted:
    """Decrypt the body that ``source`` stands at into ``sink``.

    Each frame is released only after it was verified and, with a ``sidecar`` whose ``verify`` has
    succeeded, found to be the signed one. That the object is whole is known only at its end: a
    sink that others read must keep what it got to itself until this returns.
    ``expected_length`` is the whole object's, in bytes. ``progress`` is called with the plaintext
    bytes released so far. Raises :class:`TruncatedError`, :class:`TrailingDataError`,
    :class:`LengthMismatchError` and what :meth:`Opener.open` raises.
    """
    header = opener.header
    reader = _FrameReader(source, header.frame_length)
    plaintext = _room(reader.plaintext_capacity)
    number, consumed, released, final = 1, header.length, 0, False
    while not final:
        sealed, final = reader.next()
        consumed += len(sealed)
        _require_length(consumed, expected_length, final=final)
        if sidecar is not None:
            sidecar.require_frames(number, frames.frame_digests(sealed, header.frame_length, final=final))
        count = opener.open(number, sealed, plaintext, final=final)
        _write(sink, plaintext[:count])
        number += len(sealed) // reader.stride
        released += count
        if progress is not None:
            progress(released)
    return Decrypted(header, released, consumed, None)


def decrypt_file(
    source: Source,
    private_key: PrivateKey,
    sink: Sink,
    *,
    expect: Mapping[str, str] | None = None,
    sidecar: Sidecar | None = None,
    signer: SignerPublicKey | None = None,
    registered_length: int | None = None,
    extra_keys: Sequence[EncryptedDataKey] = (),
    further: KeySidecar | None = None,
    key_signers: Sequence[SignerPublicKey] = (),
    progress: Callable[[int], None] | None = None,
) -> Decrypted:
    """Verify and decrypt one whole object from its first byte.

    ``expect`` names context entries that must have exactly these values. With ``signer`` a
    ``sidecar`` is required (:class:`SignatureMissingError`), and header, lengths and every frame
    must be the signed ones; a sidecar without a signer is refused with ``ValueError``, because it
    would prove nothing. ``registered_length`` is the ciphertext's length in bytes as the record
    has it. ``further`` has wrapped keys that lie beside the object, by one of ``key_signers`` where
    any are given. What reaches ``sink`` before an error was verified but is not whole: discard it.
    """
    if signer is None:
        if sidecar is not None:
            raise ValueError("a signature means nothing without the signer to check it by")
        header = read_header(source)
    else:
        if sidecar is None:
            raise SignatureMissingError(
                "the object has no signature, so who wrote it is not known",
                hint="Fetch the sidecar beside the object, or say that its origin need not be checked.",
            )
        manifest = sidecar.verify(signer)
        header = read_header(source)
        manifest.require_header(header)
        if registered_length not in (None, manifest.ciphertext_length):
            raise _length_mismatch(manifest.ciphertext_length, registered_length)
        registered_length = manifest.ciphertext_length
    if further is not None:
        if key_signers:
            further.verify(key_signers, header)
        else:
            further.require_header(header)
        extra_keys = (*extra_keys, *further.wrapped_keys)
    opener = Opener(header, private_key, expect=expect, extra_keys=extra_keys)
    read = decrypt_stream(
        source, opener, sink, sidecar=sidecar, expected_length=registered_length, progress=progress
    )
    who = None if signer is None else signer.fingerprint
    return Decrypted(header, read.plaintext_length, read.ciphertext_length, who)


class _FrameReader:
    """Cuts a body into runs of whole frames; the last run ends with the final frame and the source."""

    def __init__(self, source: Source, frame_length: int) -> None:
        self._source = source
        self._frame_length = frame_length
        self.stride = frame_length + frames.REGULAR_OVERHEAD
        self._count = max(1, _CHUNK // self.stride)
        self.plaintext_capacity = self._count * frame_length
        # A final frame has a longer head, and one that starts in the last place must fit.
        longer = frames.FINAL_OVERHEAD - frames.REGULAR_OVERHEAD
        self._buffer = _room(self._count * self.stride + longer)
        self._start = self._end = 0

    def next(self) -> tuple[memoryview, bool]:
        """The next run, valid until the next call, and whether it is the last."""
        self._fill()
        at = 0
        for _ in range(self._count):
            if self._buffer[at : min(at + 4, self._end)] == frames.FINAL_MARKER:
                return self._buffer[: self._final_end(at)], True
            if self._end - at < self.stride:
                break
            at += self.stride
        if not at:
            raise TruncatedError("the object ends before its final frame", hint=AGAIN)
        self._start = at
        return self._buffer[:at], False

    def _fill(self) -> None:
        rest = self._end - self._start
        self._buffer[:rest] = self._buffer[self._start : self._end]
        self._start, self._end = 0, rest
        while self._end < len(self._buffer):
            piece = self._source.read(len(self._buffer) - self._end)
            if not piece:
                return
            self._buffer[self._end : self._end + len(piece)] = piece
            self._end += len(piece)

    def _final_end(self, at: int) -> int:
        """Where the final frame at ``at`` ends; nothing may follow it, here or in the source."""
        head = at + frames.FINAL_HEAD
        length = int.from_bytes(self._buffer[head - 4 : min(head, self._end)], "big")
        if length > self._frame_length:
            raise FormatError(f"the final frame claims {length} bytes, more than a frame holds", hint=AGAIN)
        end = head + length + TAG_LENGTH
        if head > self._end or end > self._end:
            raise TruncatedError("the object ends inside its final frame", hint=AGAIN)
        if end < self._end or self._source.read(1):
            raise TrailingDataError("bytes follow the object's final frame", hint=AGAIN)
        return end


def _room(length: int) -> memoryview:
    """A buffer of ``length`` bytes of which a small object touches, and so costs, only what it needs."""
    return memoryview(mmap.mmap(-1, length))


def _write(sink: Sink, data: memoryview) -> None:
    # Unbuffered files and pipes may take less than they are given.
    while len(data):
        count = sink.write(data)
        data = data[len(data) if count is None else count :]


def _require_length(consumed: int, expected: int | None, *, final: bool) -> None:
    if expected is not None and (consumed != expected if final else consumed >= expected):
        raise _length_mismatch(consumed, expected)


def _length_mismatch(found: int, expected: int | None) -> LengthMismatchError:
    return LengthMismatchError(
        f"the object has {found} bytes or more, its record says {expected}",
        hint="It is not the object that was registered: fetch it from another copy.",
    )
