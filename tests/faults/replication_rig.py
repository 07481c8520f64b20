"""Two homes with a real stack each, proxies before both stores, and worker processes to break."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from backend_stub.contract.jobs import Job, JobRequest
from backend_stub.contract.locations import split_s3_url
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.errors import SecingestError
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, backend_entry
from secingest_tui.services.ingest.run import Ingest, IngestRequest
from secingest_tui.services.replication.verify import look
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Store, StorageError
from secingest_tui.storage.faults import translated
from tests.rigs.fault_proxy import FaultProxy
from tests.rigs.homes import wait_until_ended
from tests.rigs.waiting import wait_for

MIB = 1024 * 1024
TENANT = "customer42"
SOURCE, TARGET, FORBIDDEN = "source", "target", "forbidden"
LEASE_SECONDS = 3
DISK = 192 * MIB
_REPOSITORY = Path(__file__).parents[2]
_OVER = ("succeeded", "dead", "blocked", "cancelled")
# The supervisor gives up on a child that dies five times within two minutes, by its own clock: it learns of
# a death a little later than whoever killed.
_LIVES, _QUIET = 4, 125.0


class ReplicationRig:
    """``folder`` must be empty. ``broken``: a worker of ``tests.faults.replication_child``."""

    def __init__(self, folder: Path, *, broken: str | None = None) -> None:
        self.folder = folder
        self.workers: list[subprocess.Popen[bytes]] = []
        self._broken = broken
        self._homes = [Home(folder / name) for name in ("here", "there")]
        self._kills: dict[str, list[float]] = {}
        self._frozen: subprocess.Popen[bytes] | None = None
        self._mounted = False
        self._keys: list[str] = []

    def __enter__(self) -> Self:
        os.environ["SECINGEST_LINGER"] = "0.1"
        self._mount()
        here, there = (home.prepare() for home in self._homes)
        self.here, self.there = EmbeddedStack.join(here), EmbeddedStack.join(there)
        self.source = FaultProxy(_port(self.here), as_received=True).__enter__()
        self.target = FaultProxy(_port(self.there), record=True, as_received=True).__enter__()
        self._prepare()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as last:
            # From the last line up, each whatever becomes of the others.
            last.callback(self._unmount)
            for stack in (self.here, self.there):
                last.callback(_leave, stack)
            for proxy in (self.source, self.target):
                last.callback(proxy.__exit__, None, None, None)
            last.callback(self.workspace.close)
            last.callback(self.end)

    def _unmount(self) -> None:
        if self._mounted:
            subprocess.run(["umount", str(self._homes[1].root)], check=False)

    def _mount(self) -> None:
        """A small disk of its own for the target's home, where we may."""
        root = self._homes[1].root
        root.mkdir(mode=0o700)
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(root)]
        done = subprocess.run(command, capture_output=True, check=False) if os.geteuid() == 0 else None
        self._mounted = done is not None and done.returncode == 0

    def _prepare(self) -> None:
        home = self._homes[0]
        self._run("keys", "new", "--key-id", "k1", "--type", "p256", "--no-passphrase")
        (home.root / "config.toml").write_text(
            f'tenant = "{TENANT}"\n[encryption]\nrecipients = ["k1"]\nframe_length = 262144\n'
        )
        self._run("tenant", "create", TENANT, "--residency", "FI,DE")
        store = CredentialStore(home.credentials_file, lambda: b"")
        keys = {SOURCE: self.here, TARGET: self.there, FORBIDDEN: self.there}
        for backend, stack in keys.items():
            store.set(backend_entry(backend), Credential(stack.s3_access_key, stack.s3_secret_key))
        for backend, country in ((SOURCE, "FI"), (TARGET, "DE"), (FORBIDDEN, "DE")):
            endpoint = self.source.endpoint if backend == SOURCE else self.target.endpoint
            self._run("backends", "add", backend, "--endpoint", endpoint, "--country", country)
        # The server goes on believing in Germany; this side knows better.
        path = home.root / "backends" / f"{FORBIDDEN}.toml"
        path.write_text(path.read_text().replace('"DE"', '"US"'))
        self.workspace = Workspace(home)
        self.operator = S3Store(self.there.operator)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(self._command(*arguments), capture_output=True, env=self._environ, check=False)
        assert done.returncode == 0, done.stderr.decode()

    @property
    def _environ(self) -> dict[str, str]:
        return {**os.environ, "SECINGEST_HOME": str(self._homes[0].root)}

    def _command(self, *arguments: str, broken: str | None = None) -> list[str]:
        module = ["tests.faults.replication_child", broken] if broken else ["secingest_tui"]
        return [sys.executable, "-m", *module, *arguments]

    # One run

    def begin(self, seed: int, sizes: tuple[int, ...]) -> None:
        """Objects with jobs to the target, and one with a job to where it must not go."""
        import random

        self.source.connections.clear()
        self.target.connections.clear()
        self.source.struck.clear()
        self.target.struck.clear()
        self._keys = []
        for number, size in enumerate((*sizes, 1000)):
            forbidden = number == len(sizes)
            path = self.folder / "data"
            path.write_bytes(random.Random(seed * 100 + number).randbytes(size))
            key = f"{TENANT}/run/{seed}/{number}"
            request = IngestRequest(
                paths=(str(path),), tenant=TENANT, backend=SOURCE, object_key=key,
                targets=() if forbidden else (TARGET,), replicas=1 if forbidden else 2, version="v1",
            )  # fmt: skip
            result = Ingest(self.workspace, request).run()
            assert result.complete, result
            if forbidden:
                # An honest client refuses this; the server, which believes in Germany, does not.
                wanted = JobRequest(object_key=key, version="v1", target=FORBIDDEN)
                self.workspace.tenant(TENANT).add_job(wanted)
            self._keys.append(key)
        self.source.connections.clear()
        self.target.connections.clear()

    def start_worker(self, name: str) -> None:
        """A process of its own; what it says is a file, so that it never waits for us."""
        command = self._command(
            "worker", "--jobs", "2", "--lease-seconds", str(LEASE_SECONDS), "--name", name,
            "--backends", f"{SOURCE},{TARGET},{FORBIDDEN}", broken=self._broken,
        )  # fmt: skip
        path = self.folder / "worker.log"
        before = _announced(path)
        with path.open("ab") as log:
            self.workers.append(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environ,
                    cwd=_REPOSITORY,
                )
            )  # fmt: skip

        # From then on SIGTERM is heard.
        started = self.workers[-1]
        wait_for(lambda: _announced(path) > before or started.poll() is not None, "the worker to start", 180)

    def until(self, condition: Callable[[], object], seconds: float = 60.0) -> bool:
        """Wait for ``condition`` or until every job is over; whether it came true first."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline or self.all_over(nudge=False):
                return bool(condition())
            time.sleep(0.05)
        return True

    def passed(self) -> int:
        """Bytes on their way to the target since the run began."""
        return sum(len(connection.up) for connection in list(self.target.connections))

    def jobs(self) -> list[Job]:
        client = self.workspace.tenant(TENANT)
        return [job for key in self._keys for job in client.jobs(object_key=key).items]

    def all_over(self, *, nudge: bool = True) -> bool:
        """Whether every job is; those that wait after a failure are sent off at once (``nudge``)."""
        try:
            found = self.jobs()
            if nudge:
                for job in found:
                    if job.state == "retrying":
                        self.workspace.tenant(TENANT).retry_job(job.id)
                for backend in (SOURCE, TARGET):
                    self.workspace.admin().control_backend(backend, reset=True)
        except SecingestError:
            return False  # the server is away, or a job is being leased at this very moment
        return len(found) == len(self._keys) and all(job.state in _OVER for job in found)

    def any_failure(self) -> bool:
        try:
            return any(job.state in ("retrying", "dead") for job in self.jobs())
        except SecingestError:
            return False

    # Breaking

    def kill_worker(self) -> None:
        worker = self.workers.pop(0)
        worker.kill()
        worker.wait()

    def kill(self, stack: EmbeddedStack, service: str) -> None:
        """kill -9; the supervisor starts it again. Spared where the supervisor would give up on it."""
        name = f"{id(stack)} {service}"
        recent = [at for at in self._kills.get(name, []) if time.monotonic() - at < _QUIET]
        if len(recent) >= _LIVES:
            time.sleep(_QUIET - (time.monotonic() - recent[0]))
        pid = stack.status()["services"][service]["pid"]
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self._kills.setdefault(name, []).append(time.monotonic())

    def fill_disk(self) -> bool:
        """Leave no byte free at the target's disk; False where it has none of its own."""
        if not self._mounted:
            return False
        block = bytes(MIB)
        with (self._homes[1].root / "filler").open("wb", buffering=0) as filler:
            try:
                while True:
                    filler.write(block)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        return True

    def jump_clock(self, seconds: int) -> None:
        """As if the server's clock had jumped: every time it keeps is now as far away as the jump."""
        database = self._homes[0].stack_dir / "server" / "metadata.db"
        micros = -seconds * 1_000_000
        with closing(sqlite3.connect(database, timeout=20)) as connection, connection:
            connection.execute("UPDATE jobs SET lease_expires_at = lease_expires_at + ?", (micros,))
            connection.execute("UPDATE jobs SET next_attempt_at = next_attempt_at + ?", (micros,))
            connection.execute("UPDATE backend_controls SET broken_until = broken_until + ?", (micros,))

    def freeze_worker(self) -> None:
        """SIGSTOP: it neither copies nor sends heartbeats, and knows nothing of it."""
        self._frozen = self.workers[0]
        self._frozen.send_signal(signal.SIGSTOP)

    def thaw_worker(self) -> None:
        if self._frozen is not None:
            self._frozen.send_signal(signal.SIGCONT)
            self._frozen = None

    def lease_was_lost(self) -> bool:
        client = self.workspace.tenant(TENANT)
        try:
            return any(
                attempt.outcome == "expired" for job in self.jobs() for attempt in client.job(job.id).history
            )
        except SecingestError:
            return False

    def heal(self) -> None:
        """Everything works again."""
        self.thaw_worker()
        for proxy in (self.source, self.target):
            proxy.disarm()
            proxy.latency, proxy.bandwidth = 0.0, None
        filler = self._homes[1].root / "filler"
        if filler.exists():
            filler.unlink()
            # SeaweedFS looks for free space only now and then.
            self.kill(self.there, "store")
        for stack in (self.here, self.there):
            wait_for(lambda stack=stack: stack.status()["ready"], "the services", 90)  # type: ignore[misc]
            assert not stack.status()["failed"]
        self.workers = [worker for worker in self.workers if worker.poll() is None]

    def stop_workers(self) -> None:
        """SIGTERM; each ends in good order."""
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            assert worker.wait(60) == 0, (self.folder / "worker.log").read_text()[-2000:]
        self.workers.clear()
        said = (self.folder / "worker.log").read_text(errors="replace")
        assert "Traceback" not in said, said[-2000:]
        assert "defect of secingest" not in said, said[-2000:]

    def end(self) -> None:
        """Leave nothing to the next run: workers, and the room that the copies take."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.workers.clear()
        for bucket in self.operator.list_buckets():
            for item in list(self.operator.list_objects(bucket)):
                self.operator.delete(bucket, item.key)
            # Only a bucket's end gives the room back at once: what is deleted waits for a vacuum, and the
            # small disk would be full after a dozen runs.
            with suppress(StorageError), translated(self.operator.settings, f"remove bucket {bucket}"):
                self.operator._client.delete_bucket(Bucket=bucket)

    # Looking

    def wrong_replicas(self) -> list[str]:
        """Every replica by its record that is not there and right, read frame by frame."""
        client = self.workspace.tenant(TENANT)
        found = []
        for key in self._keys:
            [record] = client.versions(key).versions
            for replica in record.replicas:
                seen = look(self.workspace, record, replica, deep=True)
                if seen.state != "ok":
                    found.append(f"{key} on {replica.backend} is {seen.state}: {seen.problem}")
                elif seen.verified_by != "signed-frames":
                    found.append(f"{key} on {replica.backend} is only {seen.verified_by}")
        return found

    def forbidden_objects(self) -> list[str]:
        """What lies where nothing may: in the bucket of the forbidden backend."""
        known = self.workspace.backend(FORBIDDEN)
        bucket = self.workspace.tenant(TENANT).namespace(
            customer=TENANT, region=known.region, logical="data", backend=FORBIDDEN
        ).bucket  # fmt: skip
        if bucket not in self.operator.list_buckets():
            return []
        return [f"{item.key} lies in a forbidden country" for item in self.operator.list_objects(bucket)]

    def unfinished(self) -> list[str]:
        """Uploads of this run's copies that were begun and neither completed nor aborted."""
        client = self.workspace.tenant(TENANT)
        found = []
        for key in self._keys:
            for replica in client.versions(key).versions[0].replicas:
                if replica.backend == TARGET:
                    bucket, place = split_s3_url(replica.url)
                    found += [one.key for one in self.operator.list_multiparts(bucket, place)]
        return found


def _announced(log: Path) -> int:
    """How many workers have said what they serve."""
    return log.read_text(errors="replace").count(" serves: ") if log.exists() else 0


def _leave(stack: EmbeddedStack) -> None:
    status = stack.status()
    stack.close()
    wait_until_ended(status)


def _port(stack: Any) -> int:
    return int(stack.s3_endpoint.rpartition(":")[2])
