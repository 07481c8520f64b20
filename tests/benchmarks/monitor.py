"""Memory of the live replication monitor while jobs change: a real server, real events, a real terminal.

    python tests/benchmarks/monitor.py [--seconds 3600] [--rate 10] [--every 60] [--jobs 2000]

``--rate`` jobs change a second (paused and resumed, batch by batch), and the monitor follows by server-sent
events. Resident memory of the application, its processor time and the bytes it wrote are printed every
``--every`` seconds, and the growth over the second half: what grows without end still grows there.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from secingest_tui.embedded import EmbeddedStack  # noqa: E402
from secingest_tui.metadata import TenantClient  # noqa: E402
from secingest_tui.paths import Home  # noqa: E402
from secingest_tui.services.replication.steering import change_named  # noqa: E402
from secingest_tui.services.tenants import create_tenant  # noqa: E402
from secingest_tui.services.workspace import Workspace  # noqa: E402
from tests.benchmarks.tui import environ, used  # noqa: E402
from tests.server.support import registration  # noqa: E402
from tests.tui.terminal import Terminal  # noqa: E402

TENANT = "bench"


def fill(client: TenantClient, number: int) -> list[str]:
    """Jobs that wait, of objects that are pointers only; their ids."""
    fields = {
        "backends": {"local-fi": {"url": "s3://bench-0000/object", "etag": "abc123"}},
        "residency": "FI,DE", "replica_count": 2, "targets": ["local-de"],
    }  # fmt: skip
    for start in range(0, number, 500):
        items = [registration(TENANT, f"f{at:07}", **fields) for at in range(start, min(start + 500, number))]
        client.register_batch(items)
    ids: list[str] = []
    cursor = None
    while True:
        page = client.jobs(limit=500, cursor=cursor)
        ids += [job.id for job in page.items]
        if (cursor := page.next) is None:
            return ids


def rounds(ids: list[str]) -> Iterator[tuple[str, str]]:
    """Every job to be paused, then every job to be resumed, without end."""
    while True:
        for action in ("pause", "resume"):
            for job in ids:
                yield action, job


def second(terminal: Terminal, client: TenantClient, turns: Iterator[tuple[str, str]], rate: int) -> None:
    """One second's changes, spread over it, while the terminal is read."""
    parts = 5 if rate >= 50 else 1
    for _ in range(parts):
        begin = time.monotonic()
        batch = list(itertools.islice(turns, rate // parts))
        for action in ("pause", "resume"):
            change_named(client, action, [job for wanted, job in batch if wanted == action])
        terminal.reads_for(max(0.01, 1 / parts - (time.monotonic() - begin)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=10, help="changes a second")
    parser.add_argument("--every", type=float, default=10, help="seconds between two lines")
    parser.add_argument("--jobs", type=int, default=2000)
    asked = parser.parse_args()
    os.environ["SECINGEST_LINGER"] = "0.1"
    with tempfile.TemporaryDirectory(prefix="secingest-monitor-") as folder:
        home = Home(Path(folder) / "home").prepare()
        with Workspace(home) as workspace, EmbeddedStack.join(home):
            create_tenant(workspace, TENANT, residency="FI,DE")
            client = workspace.tenant(TENANT)
            ids = fill(client, asked.jobs)
            argv = [sys.executable, "-m", "secingest_tui"]
            with Terminal(argv, environ={**environ(), "SECINGEST_HOME": str(home.root)}) as terminal:
                terminal.shows("Metadata server")
                terminal.press("5")
                terminal.shows("live")
                watch(terminal, client, ids, asked)
                terminal.press("q")
                terminal.end()


def watch(terminal: Terminal, client: TenantClient, ids: list[str], asked: argparse.Namespace) -> None:
    """Change jobs and print how the application bears it."""
    begin, changed, turns = time.monotonic(), 0, rounds(ids)
    samples: list[float] = []
    print("seconds  changes     MiB  processor  KiB written", flush=True)
    said = begin
    (busy, _), sent = used(terminal.pid), 0.0
    while True:
        now = time.monotonic()
        if now >= said:
            spent, resident = used(terminal.pid)
            samples.append(resident)
            share = (spent - busy) / max(now - begin, 1)
            line = (
                f"{now - begin:7.0f} {changed:8,} {resident:7.1f} {share:10.1%} "
                f"{len(terminal.raw) / 1024 + sent:12,.0f}"
            )
            print(line, flush=True)
            sent += len(terminal.raw) / 1024
            terminal.raw = b""  # an hour of it would be held here
            said = now + asked.every
        if now - begin >= asked.seconds:
            break
        second(terminal, client, turns, asked.rate)
        changed += asked.rate
    half = samples[len(samples) // 2 :]
    print(f"growth over the second half: {half[-1] - half[0]:+.1f} MiB", flush=True)


if __name__ == "__main__":
    main()
