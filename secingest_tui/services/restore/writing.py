"""A file of known size, written in pieces at any offset, from several threads.

A large file is written past the page cache (``O_DIRECT``) where system and file system can do that. Copying a
GiB into the cache took a third of a restore's processor time, pushed out of memory what others use, and left
the whole file to be synced at the end, when nothing else was left to do meanwhile.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

BLOCK = 4096
"""Offset, length and address of a direct write are multiples of it; every common disk takes that."""
DIRECT_FROM = 16 * 1024 * 1024
"""Bytes. A smaller file stays in the cache, where whoever restored it reads it next."""

_UNABLE = {errno.EINVAL, errno.EOPNOTSUPP}


class PieceWriter:
    """Writes a new private file (0600). Every method but ``close`` may be called from several threads."""

    def __init__(self, path: Path, size: int, *, aligned: bool) -> None:
        """Make ``path``, ``size`` bytes long; OSError where it exists or cannot be made.

        ``aligned``: every piece but the last one begins and ends on a multiple of BLOCK, in the file and in
        memory.
        """
        flags = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(path, os.O_RDWR | flags, 0o600)
        self._direct: int | None = None
        self._unable = not (aligned and size >= DIRECT_FROM and hasattr(os, "O_DIRECT"))
        try:
            os.truncate(self._descriptor, size)
            if not self._unable:
                self._direct = _open_direct(path)
        except BaseException:
            os.close(self._descriptor)
            raise

    def write(self, offset: int, data: memoryview) -> None:
        """Put all of ``data`` at ``offset``. Raises OSError."""
        done = 0
        while self._direct is not None and not self._unable and (rest := (len(data) - done) // BLOCK * BLOCK):
            try:
                done += os.pwrite(self._direct, data[done : done + rest], offset + done)
            except OSError as error:
                if error.errno not in _UNABLE:
                    raise
                # Another block size, or a file system that takes the flag and not the write.
                self._unable = True
        while done < len(data):
            done += os.pwrite(self._descriptor, data[done:], offset + done)

    def sync(self) -> None:
        """See that everything is on disk. Raises OSError."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; once, when nobody writes any more."""
        if self._direct is not None:
            os.close(self._direct)
        os.close(self._descriptor)


def _open_direct(path: Path) -> int | None:
    try:
        return os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECT)
    except OSError as error:
        if error.errno not in _UNABLE:
            raise
        return None
