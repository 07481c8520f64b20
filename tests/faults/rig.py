"""A home with a real stack, a recording proxy in front of its object store, and clients to break."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.metadata import ServerRefused
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, backend_entry
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Store
from tests.faults import wire
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.homes import wait_until_ended
from tests.rigs.waiting import wait_for

MIB = 1024 * 1024
TENANT = "customer42"
BACKEND = "proxied"
PART_SIZE = 5 * MIB
FRAME_LENGTH = 256 * 1024
DEADLINE = 180.0
_REPOSITORY = Path(__file__).parents[2]
# The supervisor gives up on a store that dies five times within two minutes, by its own clock: it learns of
# a death a little later than whoever killed.
_STORE_LIVES, _STORE_QUIET = 4, 125.0


class Rig:
    """``folder`` must be empty. ``broken``: a build of ``tests.faults.child``, None for the real one."""

    def __init__(self, folder: Path, *, broken: str | None = None) -> None:
        self.home = Home(folder / "home").prepare()
        self.folder = folder
        self._broken = broken
        self._kills: list[float] = []

    def __enter__(self) -> Self:
        os.environ["SECINGEST_LINGER"] = "0.1"
        self.stack = EmbeddedStack.join(self.home)
        self.proxy = self._new_proxy()
        self._prepare()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.proxy.__exit__(None, None, None)
        status = self.stack.status()
        self.stack.close()
        wait_until_ended(status)

    def _new_proxy(self) -> FaultProxy:
        proxy = FaultProxy(int(self.stack.s3_endpoint.rpartition(":")[2]), as_received=True)
        return proxy.__enter__()

    def _prepare(self) -> None:
        self.run("keys", "new", "--key-id", "k1", "--type", "p256", "--no-passphrase")
        (self.home.root / "config.toml").write_text(
            f'tenant = "{TENANT}"\n[encryption]\nrecipients = ["k1"]\nframe_length = {FRAME_LENGTH}\n'
            f"[transfer]\njobs = 4\npart_size = {PART_SIZE}\n"
        )
        self.run("tenant", "create", TENANT, "--residency", "FI,DE")
        CredentialStore(self.home.credentials_file, lambda: b"").set(
            backend_entry(BACKEND), Credential(self.stack.s3_access_key, self.stack.s3_secret_key)
        )
        self.run("backends", "add", BACKEND, "--endpoint", self.proxy.endpoint, "--country", "FI")
        tiny = self.folder / "tiny"
        tiny.write_bytes(b"makes the bucket")
        receipt = self.json("ingest", tiny, "--backend", BACKEND, "--as", f"{TENANT}/tiny")
        self.bucket = str(receipt["bucket"])
        self.store = S3Store(self.stack.operator)

    def restart_stack(self) -> None:
        """A new supervisor, which has seen no child of its own die."""
        status = self.stack.status()
        self.stack.close()
        wait_until_ended(status)
        self.stack = EmbeddedStack.join(self.home)
        assert self.stack.s3_endpoint == self.store.settings.endpoint, "the last ports were free again"
        self._kills.clear()

    # Clients

    def command(self, *arguments: str | Path, sync_log: Path | None = None) -> list[str]:
        """The argv of a client of this rig's build."""
        child: list[str] = []
        if sync_log is not None:
            child += ["--sync-log", str(sync_log)]
        if self._broken is not None:
            child += ["--broken", self._broken]
        module = ["tests.faults.child", *child] if child else ["secingest_tui"]
        return [sys.executable, "-m", *module, *map(str, arguments)]

    def start(
        self, *arguments: str | Path, stdin: Path | None = None, sync_log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """A client in a process of its own; its standard error is a file, so that it never waits for us."""
        with (
            (stdin or Path(os.devnull)).open("rb") as source,
            (self.folder / "stderr").open("wb") as err,
            (self.folder / "stdout").open("wb") as out,
        ):
            return subprocess.Popen(
                self.command(*arguments, sync_log=sync_log),
                stdin=source,
                stdout=out,
                stderr=err,
                env={**os.environ, "SECINGEST_HOME": str(self.home.root), "COLUMNS": "200"},
                cwd=_REPOSITORY,
            )

    def ended(self, client: subprocess.Popen[bytes]) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of a client that ends by itself."""
        code = client.wait(DEADLINE)
        said = (self.folder / "stderr").read_text(errors="replace")
        assert "Traceback" not in said, said
        assert "defect of secingest" not in said, said
        return code, (self.folder / "stdout").read_text(errors="replace"), said

    def run(
        self, *arguments: str | Path, code: int | None = 0, stdin: Path | None = None
    ) -> tuple[int, str, str]:
        """A client run to its end; ``code`` None takes 0 and 1."""
        done = self.ended(self.start(*arguments, stdin=stdin))
        assert done[0] == code if code is not None else done[0] in (0, 1), done
        return done

    def json(self, *arguments: str | Path) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run(*arguments, "--json")[1])
        return answer

    # Watching and breaking

    def passed(self) -> int:
        """Bytes that came from clients since ``forget``."""
        return sum(len(connection.up) for connection in list(self.proxy.connections))

    def mid_part(self) -> bool:
        """Whether a part is on its way now, begun well and far from its end."""
        states = [wire.under_way(connection.up) for connection in list(self.proxy.connections)]
        return any(length > PART_SIZE and 200_000 < sent < length - MIB for sent, length in states)

    def forget(self) -> None:
        """Forget what passed; call it when no client runs."""
        self.settle()
        self.proxy.connections.clear()
        self.proxy.struck.clear()

    def settle(self) -> None:
        """Wait until the proxy has taken in all that a client that ended had sent."""
        wait_for(lambda: self.proxy.idle, "the end of the connections")

    def streams(self) -> list[bytes]:
        self.settle()
        return [bytes(connection.up) for connection in self.proxy.connections]

    def violations(self) -> list[str]:
        """What of the nonce rule was violated on the wire since ``forget``."""
        return wire.violations(self.streams(), frame_length=FRAME_LENGTH)

    def until(
        self, client: subprocess.Popen[bytes], condition: Callable[[], object], what: str = "the moment"
    ) -> bool:
        """Wait for ``condition`` or the client's end; whether the condition came true first."""
        wait_for(lambda: condition() or client.poll() is not None, what, DEADLINE)
        return bool(condition()) and client.poll() is None

    def kill_store(self) -> None:
        """kill -9; the supervisor starts it again."""
        pid = self.stack.status()["services"]["store"]["pid"]
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self._kills.append(time.monotonic())

    def spare_store(self) -> None:
        """See that the store may be killed once more without the supervisor giving up on it."""
        recent = [at for at in self._kills if time.monotonic() - at < _STORE_QUIET]
        if len(recent) >= _STORE_LIVES:
            self.restart_stack()

    def heal(self) -> None:
        """Everything works again: no armed fault, no delay, both services up."""
        self.proxy.disarm()
        self.proxy.latency, self.proxy.bandwidth = 0.0, None
        if self.stack.status()["services"]["server"]["state"] == "stopped":
            self.stack.start_server()
        wait_for(lambda: self.stack.status()["ready"], "the services", 60)
        assert not self.stack.status()["failed"]

    # What is left

    def journals(self) -> list[Path]:
        """The uploads that have begun; one whose journal is just being made has not."""
        return [path for path in self.upload_files() if path.suffix == ".journal"]

    def upload_files(self) -> list[Path]:
        """All that lies beside the journals too: what is left of making one."""
        folder = self.home.uploads_dir
        return sorted(folder.iterdir()) if folder.is_dir() else []

    def outbox(self) -> list[Path]:
        folder = self.home.outbox_dir
        return sorted(folder.glob("*.json")) if folder.is_dir() else []

    def multiparts(self) -> list[str]:
        return [upload.key for upload in self.store.list_multiparts(self.bucket)]

    def versions(self, object_key: str) -> list[str]:
        """The versions that the server has of an object."""
        with Workspace(self.home) as workspace:
            try:
                found = workspace.tenant(TENANT).versions(object_key)
            except ServerRefused as error:
                if error.status == 404:
                    return []
                raise
        return [record.version for record in found.versions]

    def restored(self, object_key: str) -> Path:
        """The object, restored to a file."""
        output = self.folder / "restored"
        output.unlink(missing_ok=True)
        self.run("restore", object_key, "-o", output)
        return output

    def clean(self) -> None:
        """Remove every trace of unfinished work, so that the next run stands for itself."""
        for folder in (self.home.uploads_dir, self.home.outbox_dir):
            shutil.rmtree(folder, ignore_errors=True)
        for upload in list(self.store.list_multiparts(self.bucket)):
            self.store.abort(self.bucket, upload.key, upload.upload_id)


def hide_change(journal: Path, source: Path) -> None:
    """Make the journal remember the file as it is now: a file system that does not show a change.

    Such exist (coarse clocks, network file systems, snapshots restored below us); then only the comparison of
    frames stands between a changed file and a nonce used twice.
    """
    first, _, rest = journal.read_bytes().partition(b"\n")
    record = json.loads(first)
    status = source.stat()
    record["source_identity"] = {
        "device": status.st_dev,
        "inode": status.st_ino,
        "size": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "ctime_ns": status.st_ctime_ns,
    }
    journal.write_bytes(json.dumps(record).encode() + b"\n" + rest)
