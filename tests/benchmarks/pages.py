"""Pages of 100 at 1,000 and at 1,000,000 stored objects, under every filter.

    python -m tests.benchmarks.pages --folder DIR --stored 1000000 --database sqlite --fill-only
    python -m tests.benchmarks.pages --folder DIR --stored 1000000 --database sqlite --seconds 2 --rounds 3

The databases stay in DIR, so that filling (minutes) and measuring are two steps. One connection, medians of
the rounds; the two sizes are asked in turns. Needs wrk (apt-get install wrk).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.filling import FEW, fill
from tests.benchmarks.load import memory, signed, wrk
from tests.server.postgres import Cluster
from tests.server.support import Client, Server, registration, running

SMALL = 1_000


@contextmanager
def stored(folder: Path, count: int, cluster: Cluster | None) -> Iterator[tuple[Server, Client]]:
    """A server with so many objects; filled at the first call."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {"RATE_LIMIT": "0", "RECONCILE_SECONDS": "0"}
    if cluster is not None:
        environment["DATABASE_URL"] = cluster.url(f"stored{count}")
    if not (folder / "filled").exists():
        with running(folder, **environment) as server:
            answer = server.client("t1").post("/proxy/objects", registration("t1", "first"))
            assert answer.status in (200, 201), answer.body
        if count:
            began = time.monotonic()
            fill(environment.get("DATABASE_URL", f"sqlite:///{server.database}"), count)
            print(f"filled with {count:,} objects in {time.monotonic() - began:.0f} s", flush=True)
        (folder / "filled").touch()
    with running(folder, **environment) as server:
        yield server, server.client("t1")


def pages(client: Client) -> dict[str, str]:
    """A query for each filter, by name; the cursor is that of a page far behind."""
    first = client.get("/proxy/objects", key_id="t1-k1", limit=1).json["items"][0]
    newest = datetime.fromisoformat(first["recorded_at"]).astimezone(UTC)
    found = client.get("/proxy/objects", key_id="rare").json["items"]
    assert len(found) == FEW
    times = sorted(item["recorded_at"] for item in found)
    far = client.get("/proxy/objects", prefix="t1/fill/6", limit=1).json["next"]
    return {
        "no filter": "",
        "a page far behind": f"cursor={far}",
        "prefix": "prefix=" + quote("t1/fill/5", safe=""),
        "prefix of one": "prefix=" + quote("t1/first", safe=""),
        "residency of nearly all": "residency=FI",
        "residency of few": "residency=SE",
        "backend of nearly all": "backend=ceph-eu1",
        "backend of few": "backend=rare",
        "key id of nearly all": "key_id=t1-k1",
        "key id of few": "key_id=rare",
        "time, nearly all": "recorded_before=" + quote((newest + timedelta(days=1)).isoformat(), safe=""),
        "time, few": f"recorded_before={quote(times[-1], safe='')}&recorded_from={quote(times[0], safe='')}",
        "deleted": "state=deleted",
    }


def compare(small: tuple[Server, Client], large: tuple[Server, Client], options: argparse.Namespace) -> None:
    both = [(server, client, pages(client)) for server, client in (small, large)]
    before = memory(large[0].process.pid)
    print(f"{'':<26} {SMALL:>10,} {options.stored:>10,}   ratio    by processor time")
    for name in both[0][2]:
        times: list[list[float]] = [[], []]
        costs: list[list[float]] = [[], []]
        for _ in range(options.rounds):
            for at, (server, client, queries) in enumerate(both):
                query = "&".join(sorted(f"{queries[name]}&limit=100".strip("&").split("&")))
                request = signed(client, "GET", f"/proxy/objects?{query}")
                one = wrk(server.url, [request], options.seconds, 1, options.folder, server.process.pid)
                assert one["refused"] + one["lost"] == 0, (name, one)
                times[at].append(one["p50"] / 1000)
                costs[at].append(one["cost"] * 1000)
        few, many = (median(found) for found in times)
        spent = [median(found) for found in costs]
        ratios = f"{many / few:5.2f}    {spent[1] / spent[0]:5.2f}"
        print(f"{name:<26} {few:7.2f} ms {many:7.2f} ms   {ratios}", flush=True)
    print(f"memory of the large one: {before:.0f} MiB before, {memory(large[0].process.pid):.0f} MiB after")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, help="keeps the databases (default: a temporary one)")
    parser.add_argument("--stored", type=int, default=20_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--fill-only", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("This benchmark needs wrk: apt-get install wrk")
        return
    with ExitStack() as stack:
        if options.folder is None:
            options.folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        options.folder.mkdir(parents=True, exist_ok=True)
        cluster = None
        if options.database == "postgresql":
            # Its user is another one, and has to get there.
            options.folder.chmod(0o755)
            cluster = Cluster(options.folder / "cluster")
            stack.callback(cluster.stop)
        opened = [
            stack.enter_context(stored(options.folder / f"{options.database}-{count}", count, cluster))
            for count in (SMALL, options.stored)
        ]
        if not options.fill_only:
            compare(opened[0], opened[1], options)


if __name__ == "__main__":
    main()
