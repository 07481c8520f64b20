"""Files and folders of this machine, for choosing what to upload."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from secingest_tui.confine import check
from secingest_tui.errors import UsageError
from secingest_tui.models.paging import PAGE_LIMIT
from secingest_tui.models.transfer import FileEntry, Folder, Source
from secingest_tui.paths import expanded


def browse(folder: str) -> Folder:
    """List a folder, folders first; an empty name is the current one. Raises UsageError."""
    path = expanded(folder).absolute() if folder else Path.cwd()
    check(path)
    try:
        with os.scandir(path) as entries:
            found = [_entry(entry) for entry in entries]
    except OSError as error:
        raise UsageError(f"Cannot list {path}: {error.strerror}.", hint="Choose another folder.") from None
    found.sort(key=lambda entry: (not entry.is_folder, entry.name.casefold()))
    parent = None if path.parent == path else str(path.parent)
    return Folder(str(path), parent, tuple(found[:PAGE_LIMIT]), truncated=len(found) > PAGE_LIMIT)


def source(typed: str) -> Source:
    """What a typed path is, and why it cannot be read where it cannot."""
    path = expanded(typed)
    try:
        status = check(path).stat()
    except UsageError:
        return Source(exists=True, problem="is outside the folders of this account")
    except FileNotFoundError:
        return Source(exists=False)
    except (OSError, ValueError) as error:
        return Source(exists=True, problem=f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if stat.S_ISDIR(status.st_mode):
        readable = os.access(path, os.R_OK | os.X_OK)
        return Source(True, is_folder=True, problem="" if readable else "cannot be listed: Permission denied")
    if not stat.S_ISREG(status.st_mode):
        return Source(True, problem="is no regular file")
    readable = os.access(path, os.R_OK)
    return Source(True, size=status.st_size, problem="" if readable else "cannot be read: Permission denied")


def complete(typed: str) -> str | None:
    """The longest path that everything beginning with ``typed`` has in common; a folder gets its ``/``."""
    head, _, start = typed.rpartition("/")
    folder = expanded(head + "/") if "/" in typed else Path.cwd()
    try:
        with os.scandir(check(folder)) as entries:
            names = [
                entry.name + ("/" if entry.is_dir() else "")
                for entry in entries
                if entry.name.startswith(start) and (start or not entry.name.startswith("."))
            ]
    except (OSError, UsageError):
        return None
    common = _shared_beginning(names)
    if len(common) <= len(start):
        return None
    return f"{head}/{common}" if "/" in typed else common


def _shared_beginning(names: list[str]) -> str:
    """The longest text that every name begins with: of a sorted list, what its ends share."""
    if not names:
        return ""
    first, last = min(names), max(names)
    shared = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), None)
    return first[:shared] if shared is not None else min(first, last, key=len)


def shown(path: Path) -> str:
    """A path for people: ``~`` for their own folder."""
    own = Path("~").expanduser()
    return f"~/{path.relative_to(own)}" if path.is_relative_to(own) else str(path)


def free_name(path: Path) -> Path:
    """``path``, or the first ``name-2.ext``, ``name-3.ext`` … that does not exist."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def _entry(entry: os.DirEntry[str]) -> FileEntry:
    try:
        is_folder = entry.is_dir()
        size = None if is_folder else entry.stat().st_size
    except OSError:
        is_folder, size = False, None
    return FileEntry(entry.name, entry.path, is_folder, size)
