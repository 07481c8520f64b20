"""Files that hold secrets or promises: private, atomic, durable."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def private_dir(path: Path) -> Path:
    """Make ``path`` (and its parents) and see that only its owner can enter it (0700)."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_atomic(
    path: Path, data: bytes, *, mode: int = 0o600, exclusive: bool = False, sync: bool = True
) -> None:
    """Replace ``path`` by ``data`` in one step that survives a power cut (unless ``sync`` is off).

    A reader sees the old file or the whole new one. With ``exclusive`` an existing
    file is never replaced: ``FileExistsError`` is raised and nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        if exclusive:
            os.link(temporary, path)
            temporary.unlink()
        else:
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if sync:
        sync_dir(path.parent)


def sync_dir(path: Path) -> None:
    """Make the names in a directory durable (fsync of the directory itself)."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
