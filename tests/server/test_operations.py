"""Rotation, backup and restore, on databases that a server wrote or is writing."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from backend_stub.server.audit import verify
from backend_stub.server.seal import Sealer, WrongPassphraseError
from backend_stub.server.store.database import Database

from .support import ADMIN_KEY, PASSPHRASE, Client, registration, running
from .test_process import ROOT, start

NEW = "another-passphrase-44"
SECRETS = {"ADMIN_API_KEY": ADMIN_KEY, "TENANT_SECRET_PASSPHRASE": PASSPHRASE}


def operate(
    folder: Path, *arguments: str, database: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    url = f"sqlite:///{database or folder / 'server.sqlite'}"
    return start(folder, *arguments, DATABASE_URL=url, **{**SECRETS, **environment})


def test_rotation_while_the_server_runs(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        client = server.client("t1")
        refused = operate(tmp_path, "rotate-passphrase", NEW_TENANT_SECRET_PASSPHRASE="short")
        assert refused.returncode == 2
        done = operate(tmp_path, "rotate-passphrase", NEW_TENANT_SECRET_PASSPHRASE=NEW)
        assert done.returncode == 0, done.stderr
        assert client.post("/proxy/objects", registration("t1")).status == 201
        assert server.operator.get("/audit/verify").json["valid"]
    assert operate(tmp_path, "verify-audit").returncode == 1
    with running(tmp_path, TENANT_SECRET_PASSPHRASE=NEW) as server:
        again = Client(server.url, client.access_key, client.secret)
        assert again.post("/proxy/objects", registration("t1")).status == 200
        assert server.operator.get("/audit").json["items"][-2]["action"] == "server.rotate-passphrase"


# The rotation, killed with -9 right after it sent a statement that begins as the argument says.
KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from backend_stub.server.main import main

@event.listens_for(Engine, "after_cursor_execute")
def after(connection, cursor, statement, *rest):
    if statement.startswith(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)

main(["rotate-passphrase"])
"""


@pytest.mark.parametrize("moment", ["UPDATE sealing", "INSERT INTO audit", "UPDATE audit_head"])
def test_a_killed_rotation_leaves_the_old_passphrase(rotated: Path, tmp_path: Path, moment: str) -> None:
    copy = tmp_path / "server.sqlite"
    copy.write_bytes(rotated.read_bytes())
    names = {
        "DATABASE_URL": f"sqlite:///{copy}",
        "NEW_TENANT_SECRET_PASSPHRASE": NEW,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-c", KILLED, moment]
    ended = subprocess.run(command, cwd=tmp_path, env={**SECRETS, **names}, check=False)
    assert ended.returncode == -signal.SIGKILL
    database = Database(f"sqlite:///{copy}")
    database.write(lambda connection: Sealer.open(connection, PASSPHRASE))
    with pytest.raises(WrongPassphraseError):
        database.write(lambda connection: Sealer.open(connection, NEW))
    with database.read() as connection:
        assert verify(connection).valid
    database.close()


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that a server made and left."""
    folder = tmp_path_factory.mktemp("rotated")
    with running(folder) as server:
        server.client("t1")
    return server.database


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Client]:
    """A backup that was taken while writes went on, and the client that wrote."""
    folder = tmp_path_factory.mktemp("written")
    backup = folder / "backup.sqlite"
    with running(folder) as server:
        client = server.client("t1")
        acknowledged: list[str] = []
        enough, stop = threading.Event(), threading.Event()

        def write() -> None:
            while not stop.is_set():
                name = f"f{len(acknowledged)}"
                assert client.post("/proxy/objects", registration("t1", name)).status == 201
                acknowledged.append(name)
                if len(acknowledged) == 10:
                    enough.set()

        writer = threading.Thread(target=write)
        writer.start()
        assert enough.wait(120)
        done = operate(folder, "backup", str(backup))
        stop.set()
        writer.join()
        assert done.returncode == 0, done.stderr
    return backup, client


def test_backup_and_restore(tmp_path: Path, written: tuple[Path, Client]) -> None:
    backup, client = written
    assert backup.stat().st_mode & 0o777 == 0o600
    again = operate(backup.parent, "backup", str(backup))
    assert (again.returncode, "there already" in again.stderr) == (1, True)
    other = tmp_path / "elsewhere"
    other.mkdir()
    assert operate(other, "restore", str(backup)).returncode == 0
    assert operate(other, "restore", str(backup)).returncode == 1
    with running(other) as server:
        mine = replace(client, url=server.url)
        for number in range(10):
            assert mine.post("/proxy/objects", registration("t1", f"f{number}")).status == 200
        assert server.operator.get("/audit/verify").json["valid"]
    assert sorted(path.name for path in other.iterdir()) == ["server.sqlite"]


def test_a_bad_backup_is_not_restored(tmp_path: Path, written: tuple[Path, Client]) -> None:
    backup = tmp_path / "backup.sqlite"
    backup.write_bytes(written[0].read_bytes())
    other = tmp_path / "elsewhere"
    other.mkdir()
    wrong = operate(other, "restore", str(backup), TENANT_SECRET_PASSPHRASE=NEW)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
    with sqlite3.connect(backup) as database:
        database.execute("DELETE FROM audit WHERE sequence = 5")
    database.close()
    tampered = operate(other, "restore", str(backup))
    assert tampered.returncode == 1
    assert "audit entry 5" in tampered.stderr
    backup.write_bytes(backup.read_bytes()[:5000])
    assert operate(other, "restore", str(backup)).returncode == 1
    assert list(other.iterdir()) == []


def test_only_a_database_that_is_there(tmp_path: Path) -> None:
    assert "no database" in operate(tmp_path, "backup", str(tmp_path / "b")).stderr
    assert "no backup" in operate(tmp_path, "restore", str(tmp_path / "b")).stderr
    assert list(tmp_path.iterdir()) == []


def test_operations_name_missing_settings(tmp_path: Path) -> None:
    ended = start(tmp_path, "backup", "x")
    assert ended.returncode == 2
    assert "TENANT_SECRET_PASSPHRASE" in ended.stderr
