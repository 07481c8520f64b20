"""Kills a writing server with -9 again and again; afterwards every acknowledged write must be there.

The suite does it three times. The long form: `python -m tests.server.kills 50 [--seed 1] [--postgresql]`.
"""

from __future__ import annotations

import argparse
import random
import signal
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

from .postgres import cluster
from .support import Client, Server, registration, running


def write_until_killed(
    server: Server, client: Client, lanes: int, prefix: str, enough: int
) -> dict[str, Any]:
    """What was acknowledged to `lanes` writers until the server was killed, after `enough` writes."""
    acknowledged: dict[str, Any] = {}
    reached = threading.Event()

    def write(lane: int) -> None:
        for number in range(10_000):
            name = f"{prefix}/l{lane}/{number}"
            try:
                answer = client.post("/proxy/objects", registration("t1", name))
            except (OSError, HTTPException):
                return
            assert answer.status == 201
            acknowledged[name] = answer.json
            if len(acknowledged) >= enough:
                reached.set()

    with ThreadPoolExecutor(lanes) as pool:
        written = [pool.submit(write, lane) for lane in range(lanes)]
        assert reached.wait(30)
        server.stop(signal.SIGKILL)
    for lane in written:
        lane.result()
    return acknowledged


def campaign(folder: Path, rounds: int, seed: int, **environment: str) -> int:
    """Kill at random moments while four clients write; how many writes were acknowledged and found again."""
    chance = random.Random(seed)
    acknowledged: dict[str, Any] = {}
    client = Client("")
    for kill in range(rounds):
        with running(folder, RATE_LIMIT="0", **environment) as server:
            client = replace(client, url=server.url) if client.access_key else server.client("t1")
            acknowledged |= write_until_killed(server, client, 4, f"k{kill}", chance.randrange(1, 40))
    with running(folder, RATE_LIMIT="0", **environment) as server:
        client = replace(client, url=server.url)
        for name, receipt in acknowledged.items():
            again = client.post("/proxy/objects", registration("t1", name))
            assert (again.status, again.json) == (200, receipt), name
        assert server.operator.get("/audit/verify").json["valid"]
    return len(acknowledged)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("rounds", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--postgresql", action="store_true", help="a real one, instead of SQLite")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        where = {}
        if options.postgresql:
            where["DATABASE_URL"] = stack.enter_context(cluster()).url("kills")
        found = campaign(folder, options.rounds, options.seed, **where)
    print(f"{options.rounds} kills, {found} acknowledged writes, all there; the audit chain holds")


if __name__ == "__main__":
    main()
