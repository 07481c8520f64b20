"""Replication between two SeaweedFS stores, beside ``rclone copy``; leases a second from a long queue.

    python tests/benchmarks/replication.py [--files 1000] [--mib 2048] [--jobs 8] [--rounds 3]
    python tests/benchmarks/replication.py --only leases [--queued 100000] [--seconds 10]

Ours leases each copy, checks every frame against the signed list and completes; rclone only copies. Both read
from the same store and write to the same other one. The peak memory of the worker is in the last column.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from backend_stub.contract.jobs import JobRequest
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, backend_entry
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Store
from tests.benchmarks.rig import SECINGEST, Contender, compare, quiet_machine, random_file, workplace
from tests.server.postgres import cluster
from tests.server.support import Client, registration, running

TENANT = "bench"
SERVED = ["ceph-eu1", "de-1"]


class Bench:
    """Two stacks, of which the first has the server; one set of objects for each round."""

    def __init__(self, folder: Path, here: EmbeddedStack, there: EmbeddedStack, home: Home) -> None:
        self.folder = folder
        self.environ = {"SECINGEST_HOME": str(home.root)}
        self.target = S3Store(there.operator)
        self._run("keys", "new", "--key-id", "k", "--type", "p256", "--no-passphrase")
        self._run("tenant", "create", TENANT)
        store = CredentialStore(home.credentials_file, lambda: b"")
        for backend, stack in (("source", here), ("target", there)):
            key = Credential(stack.s3_access_key, stack.s3_secret_key)
            store.set(backend_entry(backend), key)
            self._run("backends", "add", backend, "--endpoint", stack.s3_endpoint, "--country", "FI")
        self.workspace = Workspace(home)
        self.peer = {
            name: value
            for remote, stack in (("SRC", here), ("DST", there))
            for name, value in {
                f"RCLONE_CONFIG_{remote}_TYPE": "s3",
                f"RCLONE_CONFIG_{remote}_PROVIDER": "Other",
                f"RCLONE_CONFIG_{remote}_ENDPOINT": stack.s3_endpoint,
                f"RCLONE_CONFIG_{remote}_ACCESS_KEY_ID": stack.s3_access_key,
                f"RCLONE_CONFIG_{remote}_SECRET_ACCESS_KEY": stack.s3_secret_key,
            }.items()
        }
        self.target.ensure_bucket("peer")

    def _run(self, *command: str) -> None:
        environ = {**os.environ, **self.environ}
        subprocess.run([*SECINGEST, *command], env=environ, check=True, capture_output=True)

    def ingest(self, source: Path, prefix: str) -> str:
        """Objects under ``prefix``; their bucket."""
        self._run("ingest", str(source), "--backend", "source", "--prefix", f"{TENANT}/{prefix}")
        client = self.workspace.tenant(TENANT)
        first = next(client.all_objects(prefix=f"{TENANT}/{prefix}/"))
        record = client.object(first.object_key, first.version)
        return record.replicas[0].url.removeprefix("s3://").partition("/")[0]

    def order(self, prefix: str) -> None:
        client = self.workspace.tenant(TENANT)
        for item in client.all_objects(prefix=f"{TENANT}/{prefix}/"):
            client.add_job(JobRequest(object_key=item.object_key, version=item.version, target="target"))

    def copies(self, title: str, sizes: list[int], jobs: int, rounds: int) -> None:
        """Copy a set of objects a round, each contender its own time on the same set."""
        name = f"{len(sizes)}x{sizes[0]}"
        source = self.folder / name
        source.mkdir()
        for number, size in enumerate(sizes):
            random_file(source / f"{number:05}", size)
        sets = [f"{name}-{number}" for number in range(rounds + 1)]
        bucket = ""
        for one in sets:
            bucket = self.ingest(source, one)
        waiting = iter(sets)
        worker = [*SECINGEST, "worker", "--once", "--jobs", str(jobs), "--backends", "source,target"]

        def rclone(number: int) -> list[str]:
            place = f"{bucket}/{TENANT}/{sets[number]}"
            return ["rclone", "--config", os.devnull, "copy", f"src:{place}", f"dst:peer/{sets[number]}",
                    "--transfers", str(jobs), "--checkers", str(jobs),
                    "--s3-upload-concurrency", "4"]  # fmt: skip

        contenders = [
            Contender("secingest worker", lambda _: worker, self.environ,
                      before=lambda: self.order(next(waiting))),
            Contender("rclone copy", rclone, self.peer, needs="rclone"),
        ]  # fmt: skip
        compare(title, contenders, rounds)


def fill(client: Client, queued: int) -> None:
    """A queue of this length, by the API."""
    fields: dict[str, Any] = {"targets": ["de-1"], "residency": "EU", "replica_count": 2}
    for start in range(0, queued, 1000):
        items = [registration("bench", f"f{number:07}", **fields) for number in range(start, start + 1000)]
        assert client.post("/proxy/objects/batch", {"items": items}).json["recorded"] == len(items)


def lease_for(client: Client, seconds: float, limit: int, found: Any) -> None:
    """Lease ``limit`` jobs at a time for so long; how many a second."""
    began, count = time.monotonic(), 0
    body = {"worker": "w", "backends": SERVED, "lease_seconds": 3600, "limit": limit}
    while time.monotonic() < began + seconds:
        count += len(client.post("/proxy/jobs/lease", body).json["leases"])
    found.put(count / (time.monotonic() - began))


def leases(queued: int, seconds: float) -> None:
    """Leases a second with 1, 2 and 4 worker processes, on SQLite and PostgreSQL."""
    print(f"\nLeases a second, {queued:,} jobs queued, {seconds:.0f} s each")
    print(f"{'':24} {'1 worker':>10} {'2 workers':>10} {'4 workers':>10}")
    with cluster() as postgresql:
        databases = {"SQLite": {}, "PostgreSQL": {"DATABASE_URL": postgresql.url("bench")}}
        for name, environment in databases.items():
            with (
                tempfile.TemporaryDirectory() as folder,
                running(Path(folder), RATE_LIMIT="0", **environment) as server,
            ):
                backend = {"id": "de-1", "region": "r", "country": "DE", "endpoint": "https://s3.example.net"}
                server.operator.post("/proxy/backends", backend)
                client = server.client("bench")
                fill(client, queued)
                for limit in (1, 20):
                    rates = []
                    for workers in (1, 2, 4):
                        found: Any = multiprocessing.Queue()
                        running_now = [
                            multiprocessing.Process(target=lease_for, args=(client, seconds, limit, found))
                            for _ in range(workers)
                        ]
                        for process in running_now:
                            process.start()
                        rates.append(sum(found.get() for _ in running_now))
                        for process in running_now:
                            process.join()
                    title = f"{name}, {limit} at a time"
                    print(f"{title:24} " + " ".join(f"{rate:10.0f}" for rate in rates), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--queued", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--only", choices=["copies", "leases"])
    asked = parser.parse_args()
    quiet_machine()
    if asked.only != "leases":
        os.environ["SECINGEST_LINGER"] = "0.1"
        with workplace() as folder:
            homes = [Home(folder / name).prepare() for name in ("here", "there")]
            with EmbeddedStack.join(homes[0]) as here, EmbeddedStack.join(homes[1]) as there:
                bench = Bench(folder, here, there, homes[0])
                bench.copies(
                    f"{asked.files} objects of 64 KiB", [64 * 1024] * asked.files, asked.jobs, asked.rounds
                )
                bench.copies(f"1 object of {asked.mib} MiB", [asked.mib << 20], asked.jobs, asked.rounds)
                bench.workspace.close()
    if asked.only != "copies":
        leases(asked.queued, asked.seconds)


if __name__ == "__main__":
    main()
