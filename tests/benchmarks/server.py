"""The metadata server under wrk with precomputed SigV4 requests.

    python -m tests.benchmarks.server --seconds 10 --rounds 3 --stored 1000000 --database both \\
        --processes 1 2 4

Prints registrations a second (single, batches of 100) with p50 and p99, processor time and the server's
memory. Medians of the rounds. `http_layer` and `pages` measure those parts. Needs wrk (apt-get install wrk).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.load import SCRIPT, memory, report, signed, wrk
from tests.benchmarks.pages import stored
from tests.server.postgres import Cluster
from tests.server.support import Client, Server, registration, running


def measure(server: Server, client: Client, options: argparse.Namespace, folder: Path, label: str) -> None:
    """Registrations at what is stored now."""
    single, batch = [], []
    for number in range(options.rounds):
        names = f"{number}-{time.time_ns()}"
        enough = options.seconds * options.most
        bodies = [registration("t1", f"{names}/{n}") for n in range(enough)]
        single.append(
            wrk(server.url, [signed(client, "POST", "/proxy/objects", body) for body in bodies],
                options.seconds, options.connections, folder, server.process.pid)
        )  # fmt: skip
        groups = [
            {"items": [registration("t1", f"{names}/b{n}-{item}") for item in range(100)]}
            for n in range(max(4, enough // 20))
        ]
        batch.append(
            wrk(server.url, [signed(client, "POST", "/proxy/objects/batch", body) for body in groups],
                options.seconds, 2, folder, server.process.pid)
        )  # fmt: skip
    print(f"{label}; server {memory(server.process.pid):.0f} MiB")
    one = report(f"single, {options.connections} connections", single)
    many = report("items in batches of 100, 2 connections", batch, 100)
    costs = [median(one["cost"] for one in found) for found in (single, batch)]
    print(f"  batch against single: {many / one:.1f}; by processor time: {costs[0] / costs[1] * 100:.1f}")


def several(url: str, processes: int, options: argparse.Namespace, folder: Path) -> None:
    """N server processes on one PostgreSQL, one wrk each at the same time."""
    with ExitStack() as stack:
        servers = []
        for number in range(processes):
            (folder / str(number)).mkdir(exist_ok=True)
            servers.append(
                stack.enter_context(running(folder / str(number), DATABASE_URL=url, RATE_LIMIT="0"))
            )
        client = servers[0].client("t1")
        started: list[tuple[subprocess.Popen[str], Path]] = []
        for number, server in enumerate(servers):
            mine = Client(server.url, client.access_key, client.secret)
            bodies = [
                registration("t1", f"p{processes}-{number}-{time.time_ns()}/{n}")
                for n in range(options.seconds * options.most)
            ]
            at = folder / f"requests-{number}"
            requests = [signed(mine, "POST", "/proxy/objects", body) for body in bodies]
            at.write_bytes(b"".join(b"%d\n%s\n" % (len(one), one) for one in requests))
            script = folder / "script.lua"
            script.write_text(SCRIPT)
            command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "-s", str(script)]
            started.append(
                (
                    subprocess.Popen(
                        [*command, server.url],
                        env={**os.environ, "REQUESTS": str(at)},
                        stdout=subprocess.PIPE,
                        text=True,
                    ),
                    at,
                )
            )
        found = [json.loads(process.communicate()[0].splitlines()[-1]) for process, _ in started]
    rate = sum(one["requests"] / one["microseconds"] * 1e6 for one in found)
    worst = max(one["p99"] for one in found) / 1000
    print(f"PostgreSQL, {processes} server processes: {rate:,.0f} single registrations/s, p99 {worst:.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--stored", type=int, default=10_000, help="objects stored for the second measurement"
    )
    parser.add_argument("--folder", type=Path, help="keeps the databases, as that of `pages` does")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--most", type=int, default=1500, help="requests made ready for each second")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="sqlite")
    parser.add_argument("--processes", type=int, nargs="*", default=[], help="server processes on PostgreSQL")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("This benchmark needs wrk: apt-get install wrk")
        return
    with ExitStack() as stack:
        kept = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kept.mkdir(parents=True, exist_ok=True)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chosen = ["sqlite", "postgresql"] if options.database == "both" else [options.database]
        cluster = None
        if "postgresql" in chosen or options.processes:
            # Its user is another one, and has to get there.
            kept.chmod(0o755)
            cluster = Cluster(kept / "cluster")
            stack.callback(cluster.stop)
        for kind in chosen:
            where = cluster if kind == "postgresql" else None
            for count in (0, options.stored):
                with stored(kept / f"{kind}-{count}", count, where) as (server, client):
                    measure(server, client, options, folder, f"{kind}, {count:,} objects stored before")
        for processes in options.processes:
            assert cluster is not None
            several(cluster.url(f"processes{processes}"), processes, options, folder)


if __name__ == "__main__":
    main()
