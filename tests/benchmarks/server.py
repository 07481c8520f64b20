"""The metadata server under wrk with precomputed SigV4 requests.

    python -m tests.benchmarks.server --seconds 10 --rounds 3 --stored 1000000 --database both \\
        --processes 1 2 4

Prints registrations a second (single, batches of 100) with p50 and p99, processor time and the server's
memory. Medians of the rounds. The databases stay in --folder and are filled at the first call, or by
`pages --fill-only`. `http_layer` and `pages` measure those parts. Needs wrk (apt-get install wrk).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.load import memory, report, signed, wrk
from tests.benchmarks.pages import stored
from tests.server.postgres import Cluster
from tests.server.support import Client, Server, registration, running


def requests(client: Client, options: argparse.Namespace, name: str) -> tuple[list[bytes], list[bytes]]:
    """Signed beforehand, each good once: single registrations, and batches of 100."""
    name, enough = f"{name}-{time.time_ns()}", options.seconds * options.most
    single = [registration("t1", f"{name}/{n}") for n in range(enough)]
    batch = [
        {"items": [registration("t1", f"{name}/b{n}-{item}") for item in range(100)]}
        for n in range(max(4, enough // 20))
    ]
    return (
        [signed(client, "POST", "/proxy/objects", body) for body in single],
        [signed(client, "POST", "/proxy/objects/batch", body) for body in batch],
    )


def measure(server: Server, client: Client, options: argparse.Namespace, folder: Path, label: str) -> None:
    """Registrations at what is stored now."""
    before, single, batch = memory(server.process.pid), [], []
    for number in range(options.rounds):
        ones, many = requests(client, options, str(number))
        at = (server.url, options.seconds, folder, server.process.pid)
        single.append(loaded(at, ones, options.connections))
        batch.append(loaded(at, many, options.batch_connections))
    print(f"{label}; server {before:.0f} MiB before, {memory(server.process.pid):.0f} after")
    told(single, batch, options)


def loaded(at: tuple[str, int, Path, int], ready: list[bytes], connections: int) -> dict[str, float]:
    url, seconds, folder, pid = at
    return wrk(url, ready, seconds, connections, folder, pid)


def told(single: list[dict[str, float]], batch: list[dict[str, float]], options: argparse.Namespace) -> None:
    one = report(f"single, {options.connections} connections a process", single)
    many = report(f"objects in batches of 100, {options.batch_connections} connections a process", batch, 100)
    costs = [median(one["cost"] for one in found) for found in (single, batch)]
    print(f"  batch against single: {many / one:.1f}; by processor time: {costs[0] / costs[1] * 100:.1f}")


def several(url: str, processes: int, options: argparse.Namespace, folder: Path) -> None:
    """N server processes on one PostgreSQL, one wrk each at the same time."""
    with ExitStack() as stack:
        places = [folder / f"process-{number}" for number in range(processes)]
        for place in places:
            place.mkdir(exist_ok=True)
        servers = [stack.enter_context(running(place, DATABASE_URL=url, RATE_LIMIT="0")) for place in places]
        pool = stack.enter_context(ThreadPoolExecutor(processes))
        client = servers[0].client("t1")
        rounds: tuple[list[dict[str, float]], list[dict[str, float]]] = ([], [])
        for _ in range(options.rounds):
            ready = [
                requests(Client(server.url, client.access_key, client.secret), options, f"p{number}")
                for number, server in enumerate(servers)
            ]
            for which, connections in ((0, options.connections), (1, options.batch_connections)):
                running_now = [
                    pool.submit(
                        wrk, server.url, ready[number][which], options.seconds, connections, places[number],
                        server.process.pid,
                    )
                    for number, server in enumerate(servers)
                ]  # fmt: skip
                rounds[which].append(together([one.result() for one in running_now]))
    print(f"PostgreSQL, {processes} server processes on one database")
    told(*rounds, options)


def together(found: list[dict[str, float]]) -> dict[str, float]:
    """What several load generators saw at the same time, as one."""
    added = {name: sum(one[name] for one in found) for name in ("rate", "refused", "lost")}
    mean = {name: sum(one[name] for one in found) / len(found) for name in ("p50", "cost")}
    return {**added, **mean, "p99": max(one["p99"] for one in found)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--stored", type=int, default=10_000, help="objects stored for the second measurement"
    )
    parser.add_argument("--folder", type=Path, help="keeps the databases, as that of `pages` does")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--batch-connections", type=int, default=2)
    parser.add_argument("--most", type=int, default=1500, help="requests made ready for each second")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both", "none"], default="sqlite")
    parser.add_argument("--processes", type=int, nargs="*", default=[], help="server processes on PostgreSQL")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("This benchmark needs wrk: apt-get install wrk")
        return
    with ExitStack() as stack:
        kept = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        kept.mkdir(parents=True, exist_ok=True)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        chosen = {"both": ["sqlite", "postgresql"], "none": []}.get(options.database, [options.database])
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
