"""What the HTTP layer costs: a signed registration beside a bare Starlette route that parses the same JSON.

    python -m tests.benchmarks.http_layer --seconds 5 --rounds 3

The HTTP layer is everything but the database's transaction: the server's own process, signature, credential,
limits, validation, hand-over to the writer's thread and back, answer, metrics and log line. The transaction
alone is replaced, in this benchmark only, by an answer that was recorded once. Both run under the same
uvicorn with the same event loop, in turns. Needs wrk (apt-get install wrk).
"""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.load import report, signed, wrk
from tests.server.support import Server, registration, running

BARE = """
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
async def parse(request):
    await request.json()
    return JSONResponse({})
app = Starlette(routes=[Route("/proxy/objects", parse, methods=["POST"])])
"""


# In place of a transaction of the waiting requests: the receipt that one of them had.
WITHOUT_STORE = """
import sys
from pathlib import Path
from backend_stub.server.main import main
from backend_stub.server.registry.planning import Outcome
from backend_stub.server.store.grouping import GroupCommit
receipt = Path(sys.argv.pop(1)).read_text()
def answer(self, batch):
    for one in batch:
        one.result = [Outcome(201, receipt)]
GroupCommit._run = answer
sys.exit(main())
"""


@contextmanager
def bare(folder: Path) -> Iterator[tuple[str, int]]:
    """A route that only parses the JSON, under the same uvicorn."""
    (folder / "bare.py").write_text(BARE)
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "bare:app", "--port", str(port), "--log-level", "critical"]
    process = subprocess.Popen([*command, "--no-access-log"], cwd=folder)
    try:
        for _ in range(200):
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def layer(server: Server, options: argparse.Namespace, folder: Path) -> None:
    body = registration("t1")
    whole = server.client("t1")
    receipt = whole.post("/proxy/objects", body)
    assert receipt.status == 201, receipt.body
    (folder / "receipt").write_bytes(receipt.body)
    (folder / "script.py").write_text(WITHOUT_STORE)
    server.stop()
    program = (str(folder / "script.py"), str(folder / "receipt"))
    with running(folder, program=program, RATE_LIMIT="0") as ours, bare(folder) as (peer, peer_pid):
        client = ours.client("t1")
        rounds: dict[str, list[dict[str, float]]] = {"ours": [], "bare": []}
        for _ in range(options.rounds):
            request = signed(client, "POST", "/proxy/objects", body)
            arguments = ([request], options.seconds, options.connections, folder)
            rounds["ours"].append(wrk(ours.url, *arguments, pid=ours.process.pid))
            rounds["bare"].append(wrk(peer, *arguments, pid=peer_pid))
    mine = report("secingest without the transaction", rounds["ours"])
    theirs = report("bare Starlette, parses only", rounds["bare"])
    costs = [median(one["cost"] for one in rounds[name]) for name in ("bare", "ours")]
    print(f"  requests a second against the bare route: {mine / theirs:.2f}")
    print(f"  by processor time: {costs[0] / costs[1]:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("This benchmark needs wrk: apt-get install wrk")
        return
    with tempfile.TemporaryDirectory() as name, running(Path(name), RATE_LIMIT="0") as server:
        layer(server, options, Path(name))


if __name__ == "__main__":
    main()
