"""The command line in a child process that writes down what is durable, or that is broken on purpose.

``python -m tests.faults.child [--sync-log FILE] [--broken MODE] ARGUMENTS...`` runs ``secingest ARGUMENTS``.
A kill -9 loses nothing that was written, only a power cut does: with ``--sync-log`` each fsync is recorded,
and ``cut_power`` takes from the disk what none had made durable.

``--broken``: ``no-journal`` announces no part before it is sent, ``no-fsync`` never syncs the journal,
``no-compare`` resumes whatever lies there now.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from secingest_tui.services.upload import journal as journal_module
from secingest_tui.services.upload.journal import JournalState, UploadJournal
from secingest_tui.services.upload.source import FileIdentity


def record_syncs(log: Path) -> None:
    """From now on each fsync adds a line to ``log``: a file's inode and size, or a folder's names."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    really = os.fsync

    def fsync(target: int) -> None:
        status = os.fstat(target)
        really(target)
        said: dict[str, Any] = {"inode": status.st_ino, "size": status.st_size}
        if stat.S_ISDIR(status.st_mode):
            names = {entry.name: entry.inode() for entry in os.scandir(target)}
            said = {"folder": str(Path(f"/proc/self/fd/{target}").readlink()), "names": names}
        os.write(descriptor, json.dumps(said).encode() + b"\n")

    os.fsync = fsync  # type: ignore[assignment]


def cut_power(log: Path, *folders: Path) -> list[str]:
    """Leave in ``folders`` only what was durable by ``log``; what was lost, in words."""
    sizes: dict[int, int] = {}
    names: dict[str, dict[str, int]] = {}
    for line in log.read_bytes().splitlines() if log.exists() else ():
        said = json.loads(line)
        if "folder" in said:
            names[said["folder"]] = said["names"]
        else:
            sizes[said["inode"]] = said["size"]
    lost = []
    for path in [path for folder in folders if folder.is_dir() for path in folder.iterdir()]:
        if path.is_dir():
            continue
        inode = path.stat().st_ino
        if names.get(str(path.parent), {}).get(path.name) != inode:
            path.unlink()
            lost.append(path.name)
        elif path.stat().st_size > sizes.get(inode, 0):
            lost.append(f"{path.stat().st_size - sizes.get(inode, 0)} bytes of {path.name}")
            os.truncate(path, sizes.get(inode, 0))
    return lost


def no_journal() -> None:
    UploadJournal.sealed = lambda self, part, digests: None  # type: ignore[method-assign]


def no_fsync() -> None:
    class Os:
        """``os`` as the journal sees it, where nothing is ever synced."""

        def __getattr__(self, name: str) -> Any:
            return (lambda descriptor: None) if name == "fsync" else getattr(os, name)

    setattr(journal_module, "os", Os())  # noqa: B010 - mypy: the module exports no such name
    setattr(journal_module, "sync_dir", lambda path: None)  # noqa: B010


def no_compare() -> None:
    reopen = UploadJournal.reopen

    def careless(path: Path) -> tuple[UploadJournal, JournalState]:
        journal, state = reopen(path)
        now = asdict(FileIdentity.of(Path(state.start.source).stat()))
        return journal, JournalState(replace(state.start, source_identity=now), {}, state.sent)

    UploadJournal.reopen = staticmethod(careless)  # type: ignore[method-assign]


BROKEN: dict[str, Callable[[], None]] = {
    "no-journal": no_journal,
    "no-fsync": no_fsync,
    "no-compare": no_compare,
}


def main(arguments: list[str]) -> None:
    while arguments[0] in ("--sync-log", "--broken"):
        option, value, *arguments = arguments
        if option == "--sync-log":
            record_syncs(Path(value))
        else:
            BROKEN[value]()
    from secingest_tui.cli.main import main as secingest

    secingest(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
