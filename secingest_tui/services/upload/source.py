"""Where plaintext is read from: a file that must stay as it is, or a stream read once."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from secingest_tui.confine import check_descriptor
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.upload.schedule import Part, stream_part_lengths


class SourceChanged(SecingestError):
    """The file was written to, truncated or replaced while it was being read."""


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """What a file looked like when its upload began; times in nanoseconds since 1970."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> FileIdentity:
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class FileSource:
    """A regular file, read at any offset from several threads."""

    def __init__(self, path: Path, *, follow_symlinks: bool = True) -> None:
        """Open ``path``. Raises UsageError naming it where it is missing, unreadable or no regular file."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow_symlinks else os.O_NOFOLLOW)
        try:
            self._descriptor = os.open(path, flags)
        except OSError as error:
            raise UsageError(
                f"Cannot read {path}: {error.strerror}.", hint="Name a file that this account may read."
            ) from None
        try:
            check_descriptor(self._descriptor, path)
        except UsageError:
            os.close(self._descriptor)
            raise
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise UsageError(f"{path} is no regular file.", hint="Use - to ingest from a pipe.")
        self.path = path
        self.identity = FileIdentity.of(status)

    @property
    def size(self) -> int:
        return self.identity.size

    def read_into(self, offset: int, out: memoryview) -> None:
        """Fill ``out`` from ``offset``. Raises SourceChanged where the file has become shorter."""
        done = 0
        while done < len(out):
            count = os.preadv(self._descriptor, [out[done:]], offset + done)
            if count == 0:
                raise self._changed()
            done += count

    def check_unchanged(self) -> None:
        """Raise SourceChanged if the open file is not what it was at the start."""
        if FileIdentity.of(os.fstat(self._descriptor)) != self.identity:
            raise self._changed()

    def close(self) -> None:
        os.close(self._descriptor)

    def _changed(self) -> SourceChanged:
        return SourceChanged(
            f"{self.path} changed while it was being read; nothing of it was registered.",
            hint="Try again when nothing writes to it.",
        )


class StreamSource:
    """Standard input or a pipe: unknown length, read once, never rewound."""

    def __init__(self, stream: BinaryIO, *, frame_length: int, part_size: int) -> None:
        self._stream = stream
        self._lengths = stream_part_lengths(frame_length=frame_length, part_size=part_size)
        self._frame_length = frame_length
        self._number = 0
        self._next_frame = 1
        self._offset = 0
        self._ahead = b""
        self._ended = False

    def next_part(self, buffer: Callable[[int], memoryview]) -> tuple[Part, memoryview] | None:
        """Read the next part into ``buffer(length)``; None after the final one.

        One byte is read ahead, so that the part that ends the stream knows it.
        """
        if self._ended:
            return None
        length = next(self._lengths, None)
        if length is None:
            raise UsageError("The stream is longer than one S3 object can hold (5 TiB).", hint="Split it.")
        view = buffer(length)[:length]
        view[: len(self._ahead)] = self._ahead
        filled = len(self._ahead)
        while filled < length:
            count = self._stream.readinto(view[filled:])  # type: ignore[attr-defined]
            if not count:
                break
            filled += count
        self._ahead = self._stream.read(1) if filled == length else b""
        self._ended = not self._ahead
        self._number += 1
        part = Part(self._number, self._next_frame, self._offset, filled, final=self._ended)
        self._next_frame += -(-filled // self._frame_length)
        self._offset += filled
        return part, view[:filled]
