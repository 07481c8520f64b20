"""What may happen to a file between a kill and a resume."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def in_place(path: Path) -> None:
    """Every byte another one; same inode and size, and the time of the last change set back."""
    before = path.stat()
    with path.open("r+b") as stream:
        stream.write(os.urandom(before.st_size))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def truncated(path: Path) -> None:
    """Cut within a frame, so that its last one becomes a final frame under a number sent before."""
    os.truncate(path, path.stat().st_size // 3 + 1)


def grown(path: Path) -> None:
    """More behind it, so that what was the final frame becomes a regular one."""
    with path.open("ab") as stream:
        stream.write(os.urandom(3_000_000))


def replaced(path: Path) -> None:
    """Another file under the name, of the same size and time."""
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(os.urandom(before.st_size))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


CHANGES: dict[str, Callable[[Path], None]] = {
    change.__name__.replace("_", "-"): change for change in (in_place, truncated, grown, replaced)
}
