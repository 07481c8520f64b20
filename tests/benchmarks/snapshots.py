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
from contextlib import ExitStack
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.metadata import TenantClient
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
TAKE = (*SECINGEST, "snapshot", "take", "--tenant", TENANT, "--backend", BACKEND, "--bucket", BUCKET)


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
    for _ in range(rounds + int(rounds > 1)):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    print(f"{title:34} {median(seconds[int(rounds > 1) :]):8.3f}")


def peak_mib(pid: int) -> float:
    """The most memory that a process ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def take(environ: dict[str, str]) -> str:
    done = subprocess.run([*TAKE, "--json"], env={**os.environ, **environ}, check=True, capture_output=True)
    return str(json.loads(done.stdout)["id"])


def server_pid(stack: EmbeddedStack) -> int:
    return int(next(s for n, s in stack.status()["services"].items() if "server" in n)["pid"])


def forget_peak(pid: int) -> None:
    """Begin to count the most memory anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def registering(client: TenantClient, seconds: Callable[[], bool]) -> list[float]:
    """How long each registration took, one after the other, while ``seconds`` says so."""
    found = []
    while seconds():
        number = len(found)
        body = {
            "object_key": f"{TENANT}/beside/{os.urandom(8).hex()}",
            "version": "v1",
            "backends": {BACKEND: {"url": f"s3://{BUCKET}/beside/{number}", "etag": "0" * 32}},
            "encrypted_key": "AA==",
            "key_id": "k",
            "key_alg": "rsa-oaep",
        }
        started = time.perf_counter()
        client.register(body)
        found.append(time.perf_counter() - started)
        time.sleep(0.02)
    return found


def beside(workspace: Workspace, environ: dict[str, str]) -> None:
    """Both write through one writer's lock: what a registration waits for while a snapshot is taken."""
    client = workspace.tenant(TENANT)
    end = time.monotonic() + 5
    idle = registering(client, lambda: time.monotonic() < end)
    taking = subprocess.Popen([*TAKE, "--json"], env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    busy = registering(client, lambda: taking.poll() is None)
    print(f"\na registration, milliseconds {'median':>12} {'worst':>8}")
    for title, found in (("nothing else goes on", idle), ("while a snapshot is taken", busy)):
        print(f"{title:28} {median(found) * 1000:12.1f} {max(found) * 1000:8.1f}   ({len(found)} of them)")


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


def listing(
    stack: EmbeddedStack, store: S3Store, environ: dict[str, str], options: argparse.Namespace
) -> None:
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
    lsjson = ["rclone", "lsjson", "-R"]
    objects = ["/usr/bin/aws", "--endpoint-url", stack.s3_endpoint, "s3api", "list-objects-v2"]
    peers = {
        "rclone": Contender("rclone lsjson -R", lambda n: [*lsjson, f"S:{BUCKET}"], rclone, needs="rclone"),
        "rclone-fast-list": Contender(
            "rclone lsjson -R --fast-list",
            lambda n: [*lsjson, "--fast-list", f"S:{BUCKET}"],
            rclone,
            needs="rclone",
        ),
        "aws": Contender(
            "aws s3api list-objects-v2",
            lambda n: [*objects, "--bucket", BUCKET, "--output", "json"],
            aws,
            needs=objects[0],
        ),
    }
    ours = Contender("secingest snapshot take", lambda n: [*TAKE, "--json"], environ)
    chosen = [peers[name] for name in options.peers.split(",")]
    compare(f"{options.entries:,} objects listed", [ours, *chosen], options.rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="a folder for the store, which stays; it is gone on with")
    parser.add_argument("--fill", action="store_true", help="only write the objects into --keep")
    parser.add_argument("--part", choices=["all", "listing", "reading", "beside"], default="all")
    parser.add_argument("--peers", default="rclone,rclone-fast-list,aws")
    options = parser.parse_args()
    limits = str(options.entries + BLOCK)
    # The embedded server takes them from here.
    os.environ |= {"MAX_SNAPSHOT_FILES": limits, "MAX_FILES_PER_BUCKET": limits, "RATE_LIMIT": "0"}
    quiet_machine()
    with ExitStack() as exits:
        folder = options.keep or exits.enter_context(workplace())
        home = Home(folder / "home").prepare()
        environ = {"SECINGEST_HOME": str(home.root)}
        stack = exits.enter_context(EmbeddedStack.join(home))
        workspace = exits.enter_context(Workspace(home))
        if TENANT not in workspace.known_tenants():
            made = [*SECINGEST, "tenant", "create", TENANT]
            subprocess.run(made, env={**os.environ, **environ}, check=True, capture_output=True)
        with Workspace(home) as tenants:
            store = tenants.store(BACKEND, TENANT)
            stack.grant_bucket(TENANT, BUCKET)
            store.ensure_bucket(BUCKET)
            fill_bucket(store, options.entries, folder / "filled")
            if options.fill:
                return
            server = server_pid(stack)
            forget_peak(server)
            started = time.perf_counter()
            first = take(environ)
            print(f"a snapshot for the first time: {time.perf_counter() - started:.1f} s, "
                  f"the metadata server's peak memory {peak_mib(server):.0f} MiB")  # fmt: skip
            if options.part in ("all", "listing"):
                listing(stack, store, environ, options)
            if options.part in ("all", "beside"):
                beside(tenants, environ)
            if options.part in ("all", "reading"):
                forget_peak(server)
                reading(tenants, environ, first, options.entries, options.rounds)
                print(f"the metadata server's peak memory: {peak_mib(server):.0f} MiB, "
                      f"ours {peak_mib(os.getpid()):.0f} MiB")  # fmt: skip


if __name__ == "__main__":
    main()
