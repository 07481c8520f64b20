"""Where the embedded stack keeps what it owns, and where its sockets are.

    stack/secrets.json      admin key, passphrase, the operator's S3 identity           0600
    stack/ports.json        the ports of the last start, taken again while they are free
    stack/run/              locks, sockets, the record of children that run
    stack/store/            SeaweedFS: its configuration and certificates; data/ are the objects
    stack/server/           the metadata server's database
    log/                    supervisor.log, store.log, server.log

The store and the server run in their folders and are given relative paths, so a home whose path holds
spaces, commas (a separator to SeaweedFS) or question marks (to a database URL) works like any other.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from secingest_tui.embedded.errors import EmbeddedError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.paths import Home

# sun_path is 108 bytes on Linux and 104 on macOS, with the closing zero.
SOCKET_PATH_LIMIT = 100
_LONGEST_SOCKET = "supervisor.sock"


class StackPaths:
    """The files of one home's stack. Makes nothing until ``prepare``."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.root = home.stack_dir
        self.run = self.root / "run"
        self.store = self.root / "store"
        self.server = self.root / "server"
        self.database = self.server / "metadata.db"
        self.secrets = self.root / "secrets.json"
        self.ports = self.root / "ports.json"
        self.children = self.run / "children.json"
        self.start_lock = self.run / "start.lock"
        self.run_lock = self.run / "run.lock"
        self._sockets_note = self.run / "sockets"

    def prepare(self) -> StackPaths:
        """Make the folders, each for its owner only (0700)."""
        self.home.prepare()
        for folder in (self.root, self.run, self.store, self.store / "data", self.server, self.home.log_dir):
            private_dir(folder)
        return self

    def log(self, name: str) -> Path:
        return self.home.log_dir / f"{name}.log"

    def choose_sockets(self) -> Path:
        """The supervisor's choice of folder for sockets, written down for the clients.

        ``run/`` itself, or where its path is too long for a socket, a private folder of this user. Raises
        EmbeddedError where that folder belongs to someone else.
        """
        folder = self.run
        if len(os.fsencode(folder / _LONGEST_SOCKET)) > SOCKET_PATH_LIMIT:
            folder = self._short_folder()
        write_atomic(self._sockets_note, os.fsencode(folder))
        return folder

    def sockets(self) -> Path | None:
        """Where the last supervisor's sockets are; None where there never was one."""
        try:
            return Path(os.fsdecode(self._sockets_note.read_bytes()))
        except FileNotFoundError:
            return None

    def _short_folder(self) -> Path:
        name = hashlib.sha256(os.fsencode(self.root.absolute())).hexdigest()[:16]
        parent = _short_base(len(name) + len(_LONGEST_SOCKET) + 2) / f"secingest-{os.getuid()}"
        for folder in (parent, parent / name):
            folder.mkdir(mode=0o700, exist_ok=True)
            _insist_private(folder)
        return parent / name


def _short_base(rest: int) -> Path:
    """Where private folders may be made: the runtime folder, or a temporary one; the first short enough.

    A TMPDIR can be as long as a home; /tmp is what then remains. ``rest``: bytes of what comes after.
    """
    rest += len(f"/secingest-{os.getuid()}")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    candidates = [Path(runtime)] if runtime else []
    candidates += [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - made private, and insisted on
    return next(
        (base for base in candidates if base.is_dir() and len(os.fsencode(base)) + rest <= SOCKET_PATH_LIMIT),
        candidates[-1],
    )


def _insist_private(folder: Path) -> None:
    """A folder under a shared /tmp may have been made by anyone: only a real one of our own will do."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise EmbeddedError(
            f"{folder} is not a private folder of yours",
            hint="remove it, or choose a shorter SECINGEST_HOME",
        )
