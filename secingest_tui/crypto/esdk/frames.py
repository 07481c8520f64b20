"""Where frames lie, and what is authenticated with each.

Specification, ``data-format/message-body.md`` and ``message-body-aad.md``::

    regular frame   u32 number | IV 12 | ciphertext (frame length) | tag 16
    final frame     FFFFFFFF | u32 number | IV 12 | u32 length | ciphertext | tag 16

Numbers start at 1 and the IV is the number. Every regular frame therefore lies at a fixed
stride, which is what makes sealing parallel, uploads resumable and ranges readable.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from secingest_tui.crypto.errors import TruncatedError
from secingest_tui.crypto.esdk.wire import IV_LENGTH, TAG_LENGTH, Buffer, u32

FINAL_MARKER = b"\xff\xff\xff\xff"
REGULAR_HEAD = 4 + IV_LENGTH
FINAL_HEAD = 4 + 4 + IV_LENGTH + 4
REGULAR_OVERHEAD = REGULAR_HEAD + TAG_LENGTH
FINAL_OVERHEAD = FINAL_HEAD + TAG_LENGTH
# The number of a regular frame must not read as the final frame's marker.
MAX_FRAMES = 2**32 - 2
DIGEST_LENGTH = 32

_REGULAR_AAD = b"AWSKMSEncryptionClient Frame"
_FINAL_AAD = b"AWSKMSEncryptionClient Final Frame"


def frame_iv(number: int) -> bytes:
    """The 12-byte IV of frame ``number``. IV 0 belongs to the header."""
    return number.to_bytes(IV_LENGTH, "big")


def frame_aad(message_id: bytes, number: int, length: int, *, final: bool) -> bytes:
    """What is authenticated with a frame of ``length`` plaintext bytes."""
    label = _FINAL_AAD if final else _REGULAR_AAD
    return message_id + label + u32(number) + length.to_bytes(8, "big")


def body_length(plaintext_length: int, frame_length: int, *, final: bool) -> int:
    """Bytes that ``plaintext_length`` bytes become.

    With ``final`` the last frame is the final one, and holds a whole frame's worth where the
    length is a multiple; without it the length must be one or more whole frames (``ValueError``).
    """
    if final:
        regular = max(0, plaintext_length - 1) // frame_length
        return plaintext_length + regular * REGULAR_OVERHEAD + FINAL_OVERHEAD
    frames, rest = divmod(plaintext_length, frame_length)
    if rest or not frames:
        raise ValueError(f"{plaintext_length} bytes are not whole frames of {frame_length}")
    return plaintext_length + frames * REGULAR_OVERHEAD


def ciphertext_length(plaintext_length: int, *, header_length: int, frame_length: int) -> int:
    """Bytes of the whole object that ``plaintext_length`` bytes become."""
    return header_length + body_length(plaintext_length, frame_length, final=True)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything lies in an object whose length is known.

    ``frames`` counts the final one; ``last_length`` is its plaintext bytes (0 to ``frame_length``).
    """

    header_length: int
    frame_length: int
    frames: int
    last_length: int

    @classmethod
    def of(cls, ciphertext_length: int, *, header_length: int, frame_length: int) -> Layout:
        """From an object's length; :class:`TruncatedError` where no object has that length."""
        body = ciphertext_length - header_length - FINAL_OVERHEAD
        regular, last = divmod(body, frame_length + REGULAR_OVERHEAD)
        if body < 0 or last > frame_length or regular + 1 > MAX_FRAMES:
            raise TruncatedError(
                f"no object with this header is {ciphertext_length} bytes long",
                hint="It was cut or appended to: fetch it again or from another copy.",
            )
        return cls(header_length, frame_length, regular + 1, last)

    @property
    def plaintext_length(self) -> int:
        """Bytes of the plaintext."""
        return (self.frames - 1) * self.frame_length + self.last_length

    @property
    def ciphertext_length(self) -> int:
        """Bytes of the whole object."""
        return self.frame_offset(self.frames) + FINAL_OVERHEAD + self.last_length

    def frame_offset(self, number: int) -> int:
        """Where frame ``number`` (from 1) starts in the object."""
        return self.header_length + (number - 1) * (self.frame_length + REGULAR_OVERHEAD)

    def frames_of_range(self, start: int, end: int) -> tuple[int, int]:
        """First and last frame that hold plaintext bytes ``start`` up to, not including, ``end``."""
        if not 0 <= start < end <= self.plaintext_length:
            raise ValueError(f"bytes {start} to {end} are not within {self.plaintext_length}")
        # A final frame that is empty holds nothing, so the last byte is never in it.
        return start // self.frame_length + 1, (end - 1) // self.frame_length + 1

    def byte_range(self, first: int, last: int) -> tuple[int, int]:
        """Where frames ``first`` to ``last`` lie in the object: start, and the offset after the end."""
        end = self.ciphertext_length if last == self.frames else self.frame_offset(last + 1)
        return self.frame_offset(first), end


def split_frames(sealed: Buffer, frame_length: int, *, final: bool) -> Iterator[memoryview]:
    """The frames of a sealed part, without copying. ``ValueError`` where it is not whole frames."""
    view = memoryview(sealed).cast("B")
    stride = frame_length + REGULAR_OVERHEAD
    end = len(view)
    if final:
        last = (end - FINAL_OVERHEAD) % stride if end >= FINAL_OVERHEAD else stride
        if last > frame_length:
            raise ValueError("the part does not end with a whole final frame")
        end -= FINAL_OVERHEAD + last
    if end % stride:
        raise ValueError("the part is not whole frames")
    for offset in range(0, end, stride):
        yield view[offset : offset + stride]
    if final:
        yield view[end:]


def frame_tags(sealed: Buffer, frame_length: int, *, final: bool) -> bytes:
    """The 16-byte tags of every frame of a sealed part, one after the other.

    The upload journal stores them before the part is first sent; a resume seals again and sends
    only where they are the same. For the same key, number and length, equal tags mean equal
    plaintext (to an outsider; a recipient could forge one, but only against themselves).
    """
    return b"".join(frame[-TAG_LENGTH:] for frame in split_frames(sealed, frame_length, final=final))


def frame_digests(sealed: Buffer, frame_length: int, *, final: bool) -> bytes:
    """SHA-256 of every frame of a sealed part as it lies in the object, one after the other."""
    return b"".join(
        hashlib.sha256(frame).digest() for frame in split_frames(sealed, frame_length, final=final)
    )
