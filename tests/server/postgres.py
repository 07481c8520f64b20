"""A throw-away PostgreSQL cluster of Debian's package, on a socket of its own, as an unprivileged user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote


def binaries() -> Path:
    """Where initdb and pg_ctl are. Raises FileNotFoundError saying what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    if on_path is None:
        raise FileNotFoundError("PostgreSQL is needed for these tests: apt-get install postgresql")
    return Path(on_path).resolve().parent


class Cluster:
    """A running cluster, made in the folder if there is none; `url` names a database in it."""

    def __init__(self, folder: Path) -> None:
        self._bin = binaries()
        self._data = folder / "data"
        self._folder = folder
        folder.mkdir(exist_ok=True)
        # initdb and the server refuse to run as root.
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self._as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)
        if not self._data.exists():
            self._make()
        self.start()

    def _make(self) -> None:
        # ICU's English does not sort by bytes, so whatever relied on the database's default would show.
        locale = ["-E", "UTF8", "--locale-provider=icu", "--icu-locale=en"]
        self._run("initdb", "-D", str(self._data), "-U", "tester", "-A", "trust", *locale, "--no-sync")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self._folder, check=False, **self._as
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self._folder} -c max_connections=200"
        self._run(
            "pg_ctl", "-D", str(self._data), "-w", "-l", str(self._folder / "log"), "-o", options, "start"
        )

    def stop(self, mode: str = "fast") -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    @property
    def log(self) -> str:
        """What the database server logged so far, in every database."""
        return (self._folder / "log").read_text(errors="replace")

    def waiting(self, database: str) -> int:
        """How many connections to a database wait for a lock that another one holds."""
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = :'name' AND wait_event_type = 'Lock'"
        found = subprocess.run(
            [
                str(self._bin / "psql"),
                "-h",
                str(self._folder),
                "-U",
                "tester",
                "-d",
                database,
                "-At",
                "-v",
                f"name={database}",
            ],
            input=asked,
            capture_output=True,
            text=True,
            check=True,
            **self._as,
        )
        return int(found.stdout)

    def url(self, database: str) -> str:
        """The URL of a database, which is made if it is not there."""
        host = str(self._folder)
        exists = subprocess.run(
            [str(self._bin / "psql"), "-h", host, "-U", "tester", "-d", database, "-c", "SELECT 1"],
            capture_output=True,
            check=False,
            **self._as,
        )
        if exists.returncode != 0:
            self._run("createdb", "-h", host, "-U", "tester", database)
        return f"postgresql://tester@/{database}?host={quote(host, safe='')}"


@contextmanager
def cluster() -> Iterator[Cluster]:
    # Not under pytest's folder: that one is closed to the cluster's user, and its path too long for a socket.
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        started = Cluster(Path(folder))
        try:
            yield started
        finally:
            started.stop("immediate")
