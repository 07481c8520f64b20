"""The plaintext of an opened object as a stream that another pipeline reads: nothing of it on disk."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from secingest_tui.services.restore.opened import OpenedObject
from secingest_tui.services.restore.run import CHUNK, chunks

if TYPE_CHECKING:
    from typing_extensions import Buffer


class PlaintextReader(io.RawIOBase):
    """Verified plaintext from front to back.

    A frame that was altered, or a provider that fails, raises from ``readinto``: the end of the
    stream is reported only behind the object's final frame, so a reader never takes a part of it
    for the whole. Not thread-safe.
    """

    def __init__(self, opened: OpenedObject) -> None:
        self._opened = opened
        self._pieces = chunks(opened, (0, opened.layout.plaintext_length))
        frame = opened.header.frame_length
        longest = min(max(1, CHUNK // frame), opened.layout.frames) * (frame + 32) + 8
        self._cipher, self._plain = memoryview(bytearray(longest)), memoryview(bytearray(longest))
        self._rest = self._plain[:0]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill ``buffer`` as far as one piece goes; 0 only at the end. Raises TamperedError, StorageError."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            count = self._opened.read_frames(*piece, self._cipher, self._plain)
            self._rest = self._plain[:count]
        out = memoryview(buffer).cast("B")
        count = min(len(out), len(self._rest))
        out[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
