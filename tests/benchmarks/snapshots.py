"""A snapshot of a large bucket of the embedded SeaweedFS: taken, browsed, searched, verified, compared.

    python tests/benchmarks/snapshots.py [--entries 20000] [--rounds 3]
    python tests/benchmarks/snapshots.py --entries 1000000 --keep DIR --fill    # first, once
    python tests/benchmarks/snapshots.py --entries 1000000 --keep DIR

Taking is beside ``rclone lsjson -R`` and ``aws s3api list-objects-v2`` on the same bucket. They only list;
ours also sends what it saw to the metadata server, which checks, compresses and records it. The full size
is --entries 1000000; writing that many objects takes a while. The requests of the screen are timed at the
server's own door, so a page is what a person waits for.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Settings, S3Store
from tests.benchmarks.rig import SECINGEST, Contender, compare, quiet_machine, workplace

TENANT = "bench"
BACKEND = "local-fi"
BUCKET = "bench-snapshots"
THREADS = 16
PROCESSES = 2
BLOCK = 20_000


def key_of(number: int) -> str:
    """A thousand objects a folder, a hundred folders a group."""
    return f"{TENANT}/group-{number // 100_000:03}/folder-{number // 1000:05}/file-{number:08}.bin"


def fill(settings: S3Settings, numbers: range) -> None:
    store = S3Store(settings)
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(lambda number: store.put(BUCKET, key_of(number), b"%08d" % number), numbers):
            pass


def fill_bucket(store: S3Store, entries: int, done: Path) -> None:
    """Write what is missing, a block at a time; ``done`` holds how far it is, for the next time."""
    at = int(done.read_text()) if done.exists() else 0
    started, first = time.perf_counter(), at
    with ProcessPoolExecutor(PROCESSES) as pool:
        while at < entries:
            end = min(at + BLOCK, entries)
            shares = [range(at + n, end, PROCESSES) for n in range(PROCESSES)]
            for share in [pool.submit(fill, store.settings, numbers) for numbers in shares]:
                share.result()
            at = end
            done.write_text(str(at))
            print(
                f"{at:,} objects, {(at - first) / (time.perf_counter() - started):,.0f} a second", flush=True
            )


def timed(title: str, rounds: int, call: Callable[[], object]) -> None:
    seconds = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    print(f"{title:34} {median(seconds[1:]):8.3f}")


def peak_mib(pid: int) -> float:
    """The most memory that a process ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def take(environ: dict[str, str]) -> str:
    run = [
        *SECINGEST,
        "snapshot",
        "take",
        "--tenant",
        TENANT,
        "--backend",
        BACKEND,
        "--bucket",
        BUCKET,
        "--json",
    ]
    done = subprocess.run(run, env={**os.environ, **environ}, check=True, capture_output=True)
    return str(json.loads(done.stdout)["id"])


def reading(workspace: Workspace, environ: dict[str, str], first: str, entries: int, rounds: int) -> None:
    """What the screen and an auditor ask of a snapshot of this size."""
    from secingest_tui.services.snapshots.compare import Comparison
    from secingest_tui.services.snapshots.reading import WholeSnapshot, verify_snapshot

    client = workspace.tenant(TENANT)
    store = workspace.store(BACKEND, TENANT)
    for number in range(0, entries, max(1, entries // 100)):
        store.put(BUCKET, key_of(number), b"another content")
    second = take(environ)
    middle = key_of(entries // 2)
    folder = middle.rpartition("/")[0] + "/"

    def search() -> None:
        cursor = None
        while True:
            page = client.snapshot(first, contains=f"file-{entries - 1:08}", cursor=cursor, limit=200)
            cursor = page.next
            if cursor is None:
                return

    def compared() -> None:
        both = Comparison(WholeSnapshot.open(client, first), WholeSnapshot.open(client, second))
        changed = sum(1 for _ in both.changes())
        assert changed == len(range(0, entries, max(1, entries // 100))), changed

    print(f"\nreading {entries:,} entries: medians of {rounds}\n{'':34} {'seconds':>8}")
    timed("list of snapshots", rounds, lambda: client.snapshots(limit=200))
    timed("top folder with totals", rounds, lambda: client.folder(first, bucket=BUCKET, prefix=f"{TENANT}/"))
    timed("a folder, 200 rows", rounds, lambda: client.folder(first, bucket=BUCKET, prefix=folder, limit=200))
    group = "/".join(middle.split("/")[:2]) + "/"
    timed(
        "100 folders with totals",
        rounds,
        lambda: client.folder(first, bucket=BUCKET, prefix=group, limit=200),
    )
    timed("search to the last entry", rounds, search)
    timed("compare, 100 entries differ", rounds, compared)
    timed("verify every byte on both sides", 1, lambda: verify_snapshot(client, first))
    stored = client.snapshots(limit=10).items
    print(f"\nstored: {stored[-1].stored_bytes / 2**20:.1f} MiB for {stored[-1].entries:,} entries, "
          f"{stored[-1].stored_bytes / max(1, stored[-1].entries):.1f} bytes each")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    limits = str(max(options.entries + 10, 1000))
    # The embedded server takes them from here.
    os.environ |= {"MAX_SNAPSHOT_FILES": limits, "MAX_FILES_PER_BUCKET": limits, "RATE_LIMIT": "0"}
    quiet_machine()
    with workplace() as folder:
        home = Home(folder / "home").prepare()
        environ = {"SECINGEST_HOME": str(home.root)}
        with EmbeddedStack.join(home) as stack, Workspace(home) as workspace:
            made = [*SECINGEST, "tenant", "create", TENANT]
            subprocess.run(made, env={**os.environ, **environ}, check=True, capture_output=True)
            store = workspace.store(BACKEND, TENANT)
            stack.grant_bucket(TENANT, BUCKET)
            store.ensure_bucket(BUCKET)
            fill_bucket(store, options.entries)
            aws = {
                "AWS_ACCESS_KEY_ID": str(store.settings.access_key),
                "AWS_SECRET_ACCESS_KEY": str(store.settings.secret_key),
                "AWS_DEFAULT_REGION": "eu-north-1",
                "AWS_CONFIG_FILE": os.devnull,
            }
            rclone = {
                "RCLONE_CONFIG_S_TYPE": "s3",
                "RCLONE_CONFIG_S_PROVIDER": "Other",
                "RCLONE_CONFIG_S_ACCESS_KEY_ID": aws["AWS_ACCESS_KEY_ID"],
                "RCLONE_CONFIG_S_SECRET_ACCESS_KEY": aws["AWS_SECRET_ACCESS_KEY"],
                "RCLONE_CONFIG_S_ENDPOINT": stack.s3_endpoint,
                "RCLONE_CONFIG_S_FORCE_PATH_STYLE": "true",
            }
            ours = [
                *SECINGEST,
                "snapshot",
                "take",
                "--tenant",
                TENANT,
                "--backend",
                BACKEND,
                "--bucket",
                BUCKET,
            ]
            listing = ["s3api", "list-objects-v2", "--bucket", BUCKET, "--output", "json"]
            compare(
                f"{options.entries:,} objects listed",
                [
                    Contender("secingest snapshot take", lambda n: [*ours, "--json"], environ),
                    Contender(
                        "rclone lsjson -R",
                        lambda n: ["rclone", "lsjson", "-R", "--fast-list", f"S:{BUCKET}"],
                        rclone,
                        needs="rclone",
                    ),
                    Contender(
                        "aws s3api list-objects-v2",
                        lambda n: ["/usr/bin/aws", "--endpoint-url", stack.s3_endpoint, *listing],
                        aws,
                        needs="/usr/bin/aws",
                    ),
                ],
                options.rounds,
            )
            first = take(environ)
            reading(workspace, environ, first, options.entries, options.rounds)
            server = next(s for n, s in stack.status()["services"].items() if "server" in n)
            print(f"the metadata server's peak memory: {peak_mib(server['pid']):.0f} MiB")


if __name__ == "__main__":
    main()
