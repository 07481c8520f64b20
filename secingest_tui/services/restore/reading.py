"""The plaintext of an opened object as a stream that another pipeline reads: nothing of it on disk."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from secingest_tui.services.restore.opened import FrameRoom, OpenedObject
from secingest_tui.services.restore.run import chunks

if TYPE_CHECKING:
    from typing_extensions import Buffer


class PlaintextReader(io.RawIOBase):
    """Verified plaintext from front to back.

    A frame that was altered, or a provider that fails, raises from ``readinto``: the end of the
    stream is reported only behind the object's final frame, so a reader never takes a part of it
    for the whole. Not thread-safe.
    """

    def __init__(self, opened: OpenedObject) -> None:
        self._runs = _runs(opened)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        """Fill ``buffer`` as far as one piece goes; 0 only at the end. Raises TamperedError, StorageError."""
        while not self._rest:
            piece = next(self._runs, None)
            if piece is None:
                return 0
            self._rest = piece
        out = memoryview(buffer).cast("B")
        count = min(len(out), len(self._rest))
        out[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _runs(opened: OpenedObject) -> Iterator[memoryview]:
    room = FrameRoom(opened)
    for piece in chunks(opened, (0, opened.layout.plaintext_length)):
        yield from opened.read_frames(*piece, room)
