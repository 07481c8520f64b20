"""The live replication monitor while jobs change: a real server, real events, a real terminal.

    python tests/benchmarks/monitor.py [--seconds 3600] [--rate 10] [--every 60] [--jobs 2000]
        [--shown 0.5] [--keys 1]

``--rate`` jobs change a second (paused and resumed, batch by batch; ``--shown`` of them on the page that is
shown), and the monitor follows by server-sent events. Resident memory of the application, its processor time
and the bytes it wrote are printed every ``--every`` seconds, and the growth over the second half: what grows
without end still grows there.

``--keys`` keys are pressed a second, in turn down, up, ``?`` and Esc: the time to the frame that shows what
the key does (the cursor on the next row, the help there or gone), reading it included, p50 and p95 by key.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from statistics import quantiles
from threading import Thread

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
from tests.tui.terminal import ESCAPE, Terminal  # noqa: E402

TENANT = "bench"
PAGE = 500
"""Rows that the monitor holds; the newest jobs."""
LINES, TABLE = 24, 6
"""Lines of the terminal, and the first that is a row of the table."""
HELP = "Copies on their way"


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


class Changes(Thread):
    """Changes jobs at a rate, in a thread: a slow server must not keep the keys waiting."""

    def __init__(self, client: TenantClient, ids: list[str], asked: argparse.Namespace) -> None:
        super().__init__(daemon=True)
        self.made = 0
        self._client = client
        self._shown, self._others = rounds(ids[:PAGE]), rounds(ids[PAGE:] or ids)
        self._asked = asked
        self._ended: SimpleQueue[None] = SimpleQueue()

    def run(self) -> None:
        parts = 5 if self._asked.rate >= 50 else 1
        number = self._asked.rate // parts
        shown = round(number * self._asked.shown)
        due = time.monotonic()
        while self._ended.empty():
            batch = [*itertools.islice(self._shown, shown), *itertools.islice(self._others, number - shown)]
            for action in ("pause", "resume"):
                change_named(self._client, action, [job for wanted, job in batch if wanted == action])
            self.made += number
            due = max(due + 1 / parts, time.monotonic() - 5)
            time.sleep(max(0.0, due - time.monotonic()))

    def end(self) -> None:
        self._ended.put(None)
        self.join()


class Keys:
    """Presses keys and takes the time until the screen shows what they do."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._turns = itertools.cycle((("down", self._down), ("up", self._up), ("?", self._help)))
        self.took: dict[str, list[float]] = {}

    def press(self) -> None:
        name, act = next(self._turns)
        act(name)

    def _timed(self, name: str, keys: str, shown: Callable[[], object]) -> None:
        begin = time.perf_counter()
        self._terminal.press(keys)
        self._terminal.until(shown, name)
        self.took.setdefault(name, []).append((time.perf_counter() - begin) * 1000)

    def _row(self) -> int:
        """The line on which the cursor is: no other has its background."""
        cells = self._terminal.screen.buffer
        grounds = [cells[line][2].bg for line in range(TABLE, LINES - 2)]
        return grounds.index(Counter(grounds).most_common()[-1][0])

    def _down(self, name: str) -> None:
        row = self._row()
        self._timed(name, "\x1b[B", lambda: self._row() == row + 1)

    def _up(self, name: str) -> None:
        row = self._row()
        self._timed(name, "\x1b[A", lambda: self._row() == row - 1)

    def _help(self, name: str) -> None:
        self._timed(name, "?", lambda: HELP in self._terminal.text)
        self._terminal.reads_for(0.2)
        self._timed("Esc", ESCAPE, lambda: HELP not in self._terminal.text)

    def tell(self) -> None:
        for name, took in self.took.items():
            cuts = quantiles(took, n=100) if len(took) > 1 else took * 99
            print(f"{name:>4} to its frame: p50 {cuts[49]:.0f} ms, p95 {cuts[94]:.0f} ms, {len(took)} times")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=10, help="changes a second")
    parser.add_argument("--every", type=float, default=10, help="seconds between two lines")
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--shown", type=float, default=0.5, help="share of the changes on the page shown")
    parser.add_argument("--keys", type=float, default=0, help="keys pressed a second")
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
    changes, keys = Changes(client, ids, asked), Keys(terminal)
    samples: list[float] = []
    print("seconds  changes     MiB  processor  KiB written", flush=True)
    begin = said = time.monotonic()
    pressed = begin + 2
    (busy, _), sent = used(terminal.pid), 0.0
    terminal.forget()
    changes.start()
    while True:
        now = time.monotonic()
        if now >= said:
            spent, resident = used(terminal.pid)
            samples.append(resident)
            share = (spent - busy) / max(now - begin, 1)
            sent += len(terminal.raw) / 1024
            line = f"{now - begin:7.0f} {changes.made:8,} {resident:7.1f} {share:10.1%} {sent:12,.0f}"
            print(line, flush=True)
            terminal.forget()  # an hour of it would be held here
            said = now + asked.every
        if now - begin >= asked.seconds:
            break
        if asked.keys and now >= pressed:
            keys.press()
            pressed = time.monotonic() + 1 / asked.keys
        terminal.read(0.05)
    changes.end()
    keys.tell()
    half = samples[len(samples) // 2 :]
    print(f"growth over the second half: {half[-1] - half[0]:+.1f} MiB", flush=True)


if __name__ == "__main__":
    main()
