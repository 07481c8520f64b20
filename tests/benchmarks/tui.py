"""The terminal application beside posting, harlequin and a bare Textual DataTable.

    python tests/benchmarks/tui.py [--rounds 3] [--keys 200] [--idle 30] [--cold] [--no-peers]
        [--only start|keys|watch] [--size 80x24] [--work FOLDER]

The peers are installed from PyPI into a virtual environment that is thrown away, or kept in FOLDER.
Start-up is from the start of the process to a frame with content, warm and, with --cold (as root), with the
page cache dropped. Keys are pressed over a real ssh login on loopback, each after the screen has been quiet;
the time is from the press to the last byte of the repaint. Means of bytes, medians of the rest; ratios are
peer over ours: above 1 is in our favour.

Of the 1,000,000 rows our list holds a page of 500: a page is made when it is asked for, here by a stand-in
for the server that needs no time. So scrolling is within that page, as it is within the 1,000 rows of the
bare table; going to the next page and back, which reads one, is measured apart.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median, quantiles

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from secingest_tui.embedded import EmbeddedStack  # noqa: E402
from secingest_tui.paths import Home  # noqa: E402
from tests.rigs.sshd import Account, sshd  # noqa: E402
from tests.tui.terminal import Terminal  # noqa: E402

QUIET = 0.03
JUMPS = [
    ("next page", ">", "0000500.tiff"), ("last row of it", "\x1b[F", "0000999.tiff"),
    ("first row of it", "\x1b[H", "0000500.tiff"), ("page before", "<", "0000000.tiff"),
]  # fmt: skip
"""Keys, and what is on the screen then."""
BARE = """
from textual.app import App
from textual.widgets import DataTable
class Bare(App):
    ENABLE_COMMAND_PALETTE = False
    def compose(self):
        yield DataTable(cursor_type="row")
    def on_mount(self):
        table = self.query_one(DataTable)
        table.add_columns(*(f"column {n}" for n in range(5)))
        table.add_rows([[f"row {row} cell {cell}" for cell in range(5)] for row in range(1000)])
Bare().run()
"""


@dataclass(frozen=True)
class Application:
    """A program, what shows that it is usable, and what brings it to a list to move in."""

    name: str
    argv: list[str]
    ready: str
    approach: tuple[tuple[str, str], ...] = ()
    """Keys, and what to wait for after them."""
    home: Path | None = None


def applications(work: Path, peers: bool) -> list[Application]:
    """Ours first. ``work`` holds what the peers need."""
    child = [sys.executable, "-m", "tests.tui.child", "million"]
    found = [
        Application("secingest (500 of 1,000,000 rows)", [*child, "metadata"], "0000000.tiff"),
        Application("bare DataTable (1,000 rows)", [sys.executable, "-c", BARE], "row 0 cell 0"),
    ]
    if not peers:
        return found
    # One environment each: they want different versions of Textual.
    # posting's Textual ends with a segmentation fault on tree-sitter 0.26.
    for peer, more in (("posting", ["tree-sitter<0.26"]), ("harlequin", [])):
        if not (work / peer / "bin" / peer).exists():
            subprocess.run([sys.executable, "-m", "venv", str(work / peer)], check=True)
            subprocess.run([str(work / peer / "bin/pip"), "install", "-qq", peer, *more], check=True)
    collection = work / "collection"
    collection.mkdir(exist_ok=True)
    for number in range(60):
        (collection / f"r{number:03}.posting.yaml").write_text(
            f"name: request{number:03}\nmethod: GET\nurl: http://127.0.0.1/{number}\n"
        )
    subprocess.run(["chmod", "-R", "a+rX", str(work)], check=True)
    return [
        *found,
        Application(
            "posting (60 requests)",
            [str(work / "posting/bin/posting"), "--collection", str(collection)],
            "request0",
        ),
        Application(
            "harlequin (1,000 rows)",
            # It brings back what was typed the last time, so each has a home of its own. Pasted: what it
            # offers while one types breaks its layout here.
            ["/bin/sh", "-c", f'XDG_CACHE_HOME=$(mktemp -d) exec "{work}/harlequin/bin/harlequin" :memory:'],
            "Run Query",
            (
                ("\x1b[200~select * from range(1000)\x1b[201~", "1000)"),
                ("\n", "1,000 Records"), ("\x1b[15~", ""),
            ),
        ),
    ]  # fmt: skip


def environ() -> dict[str, str]:
    """A terminal with all its colours; nobody's settings."""
    return {
        "PATH": os.environ["PATH"], "HOME": tempfile.gettempdir(), "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT),
        "POSTING_FOCUS__ON_STARTUP": "collection",
    }  # fmt: skip


def start(application: Application, *, cold: bool) -> float:
    """Seconds from the start of the process to content on the screen."""
    if cold:
        os.sync()
        Path("/proc/sys/vm/drop_caches").write_text("3")
    begin = time.perf_counter()
    more = {"SECINGEST_HOME": str(application.home)} if application.home else {}
    with Terminal(application.argv, environ=environ() | more) as terminal:
        terminal.until(lambda: application.ready in terminal.text)
        return time.perf_counter() - begin


def settle(terminal: Terminal) -> None:
    """Until nothing has been written for half a second."""
    while terminal.read(0.5):
        pass


def press(terminal: Terminal, keys: str) -> tuple[float, int]:
    """Seconds to the last byte of what a key draws, and the bytes."""
    before, begin = len(terminal.raw), time.perf_counter()
    terminal.press(keys)
    end = begin
    wait = 1.0
    while terminal.read(wait):
        end, wait = time.perf_counter(), QUIET
    return end - begin, len(terminal.raw) - before


@dataclass(frozen=True)
class Place:
    """Where keys are pressed: in a terminal of this size, behind an ssh login where there is an account."""

    account: Account | None
    columns: int
    rows: int


def opened(application: Application, place: Place) -> Terminal:
    """The program there."""
    columns, rows, account = place.columns, place.rows, place.account
    if account is None:
        return Terminal(application.argv, environ=environ(), columns=columns, rows=rows)
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in environ().items() if name != "PATH")
    command = f"cd {shlex.quote(str(ROOT))} && exec env {settings} {shlex.join(application.argv)}"
    return account.terminal(command=[command], columns=columns, rows=rows)


def moves(application: Application, place: Place, keys: int) -> dict[str, tuple[list[float], list[int]]]:
    """Down within the first page, then on beyond its end."""
    with opened(application, place) as terminal:
        terminal.until(lambda: application.ready in terminal.text)
        settle(terminal)
        for typed, wanted in application.approach:
            terminal.press(typed)
            terminal.until(lambda wanted=wanted: wanted in terminal.text)
            settle(terminal)
        measured: dict[str, tuple[list[float], list[int]]] = {}
        for part, number in (("within the page", 12), ("scrolling", keys)):
            if part == "scrolling":
                for _ in range(place.rows - 12):
                    press(terminal, "\x1b[B")
            found = [press(terminal, "\x1b[B") for _ in range(number)]
            measured[part] = ([item[0] for item in found if item[1]], [item[1] for item in found if item[1]])
        return measured


def jumps(application: Application, place: Place) -> dict[str, list[tuple[float, int]]]:
    """To the next page of rows and back, to the last and to the first row of the page: seconds and bytes."""
    with opened(application, place) as terminal:
        terminal.until(lambda: application.ready in terminal.text)
        settle(terminal)
        measured: dict[str, list[tuple[float, int]]] = {}
        for name, keys, wanted in JUMPS * 8:
            before, begin = len(terminal.raw), time.perf_counter()
            terminal.press(keys)
            terminal.until(lambda wanted=wanted: wanted in terminal.text)
            took = time.perf_counter() - begin
            settle(terminal)
            measured.setdefault(name, []).append((took, len(terminal.raw) - before))
        return measured


def processor_time(argv: list[str]) -> float:
    """Seconds of processor time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, env={**environ(), "PYTHONPATH": str(ROOT)})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def used(pid: int) -> tuple[float, float]:
    """Processor seconds and resident MiB of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = os.sysconf("SC_CLK_TCK")
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return (int(fields[11]) + int(fields[12])) / ticks, pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def watched(kind: str, screen: str, seconds: float, keys: str = "") -> tuple[float, float, float]:
    """Bytes a second, share of a processor, and growth in MiB while nobody presses a key."""
    argv = [sys.executable, "-m", "tests.tui.child", kind, screen]
    with Terminal(argv, environ=environ()) as terminal:
        settle_on(terminal, keys)
        (cpu, memory), sent, begin = used(terminal.pid), len(terminal.raw), time.perf_counter()
        terminal.reads_for(seconds)
        (cpu_after, memory_after), took = used(terminal.pid), time.perf_counter() - begin
        return (len(terminal.raw) - sent) / took, (cpu_after - cpu) / took, memory_after - memory


def settle_on(terminal: Terminal, keys: str) -> None:
    terminal.until(lambda: "0 Home" in terminal.text)
    terminal.reads_for(2)
    if keys:
        terminal.press(keys)
        terminal.reads_for(2)


def rows(title: str, figures: list[tuple[str, float]], form: Callable[[float], str]) -> None:
    print(f"\n{title}")
    ours = figures[0][1]
    for name, figure in figures:
        ratio = f"{figure / ours:8.2f}x" if ours else ""
        print(f"  {name:<34}{form(figure):>14}{ratio}")


@contextmanager
def login(local: bool) -> Iterator[Account | None]:
    if local:
        yield None
        return
    opened: AbstractContextManager[Account] = sshd(forced=False)
    with opened as account:
        yield account


@contextmanager
def at_home() -> Iterator[Application]:
    """The application as it is installed, its embedded stack already up."""
    os.environ["SECINGEST_LINGER"] = "0.1"
    with tempfile.TemporaryDirectory(prefix="secingest-tui-") as folder:
        home = Home(Path(folder)).prepare()
        with EmbeddedStack.join(home):
            argv = [sys.executable, "-m", "secingest_tui"]
            yield Application("secingest (its own stack)", argv, "answered in", home=home.root)


def starts(found: list[Application], rounds: int, ways: list[str]) -> None:
    """Processor time of --help, and the time to content of each."""
    figure = median(processor_time([sys.executable, "-m", "secingest_tui", "--help"]) for _ in range(5))
    print(f"secingest --help: {figure * 1000:.0f} ms of processor time")
    for way in ways:
        took: dict[str, list[float]] = {item.name: [] for item in found}
        for _ in range(rounds):
            for item in found:
                took[item.name].append(start(item, cold=way == "cold"))
        medians = [(name, median(all_)) for name, all_ in took.items()]
        rows(f"Start to content, {way}", medians, "{:.2f} s".format)


def keyed(found: list[Application], rounds: int, keys: int, size: str, local: bool) -> None:
    """Times and bytes of key presses of each."""
    columns, lines = map(int, size.split("x"))
    with login(local) as account:
        place = Place(account, columns, lines)
        pressed = [(item.name, [moves(item, place, keys) for _ in range(rounds)]) for item in found]
        jumped = jumps(found[0], place)
    for part in ("within the page", "scrolling"):
        for title, pick in (("p50", 49), ("p95", 94)):
            figures = [
                (name, median(quantiles(one[part][0], n=100)[pick] * 1000 for one in all_ if one[part][0]))
                for name, all_ in pressed
            ]
            rows(f"Key to repaint, {part}, {title}", figures, "{:.1f} ms".format)
        sent = [(name, median(mean(one[part][1]) for one in all_ if one[part][1])) for name, all_ in pressed]
        rows(f"Bytes a key press, {part}", sent, "{:,.0f}".format)
    print(f"\nJumps of {found[0].name}, p50, and bytes")
    for name, every in jumped.items():
        took, sent_each = median(one[0] for one in every) * 1000, mean(one[1] for one in every)
        print(f"  {name:<34}{took:>11.1f} ms{sent_each:>9,.0f}")


def unattended(seconds: float) -> None:
    """What is written and used while nobody presses a key."""
    sent, share, _ = watched("working", "metadata", min(seconds, 20), "t")
    print(f"\nEight uploads at 80x24: {sent / 1024:.1f} KiB/s, {share:.0%} of a processor")
    sent, share, growth = watched("full", "home", seconds)
    print(f"Idle on home for {seconds:.0f} s: {sent:.0f} B/s, {share:.2%} of a processor, {growth:+.1f} MiB")
    sent, share, growth = watched("full", "metadata", seconds)
    print(
        f"Idle on a list for {seconds:.0f} s: {sent:.0f} B/s, {share:.2%} of a processor, {growth:+.1f} MiB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keys", type=int, default=200, help="key presses a round, scrolling")
    parser.add_argument("--idle", type=float, default=30, help="seconds of watching")
    parser.add_argument("--cold", action="store_true", help="start-up without the page cache too; as root")
    parser.add_argument("--no-peers", action="store_true", help="install and measure no other program")
    parser.add_argument("--size", default="80x24", help="of the terminal in which keys are pressed")
    parser.add_argument("--local", action="store_true", help="a pseudo-terminal instead of an ssh login")
    parser.add_argument("--only", choices=["start", "keys", "watch"], help="one part of it")
    parser.add_argument("--work", type=Path, help="keep the peers here, for a further run")
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        work = asked.work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="secingest-tui-")))
        work.mkdir(exist_ok=True)
        work.chmod(0o755)
        if asked.only != "watch":
            found = applications(work, not asked.no_peers)
        if asked.only in (None, "start"):
            with_stack = [stack.enter_context(at_home()), *found]
            starts(with_stack, asked.rounds, ["warm", "cold"] if asked.cold else ["warm"])
        if asked.only in (None, "keys"):
            keyed(found, asked.rounds, asked.keys, asked.size, asked.local)
    if asked.only in (None, "watch"):
        unattended(asked.idle)


if __name__ == "__main__":
    main()
