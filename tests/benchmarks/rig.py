"""Commands timed in turns, so that a neighbour's load falls on all of them; figures are medians."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

GIB = 1024**3
# A child counts as its own what its parent had in memory when it began, so a small process begins it.
LAUNCHER = """
import os, sys
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
os.write(int(sys.argv[1]), f"{usage.ru_maxrss} {usage.ru_utime + usage.ru_stime}".encode())
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""
SECINGEST = (sys.executable, "-m", "secingest_tui")


@dataclass
class Contender:
    """One way to do the work. ``before`` clears what an earlier round left; ``needs`` is a program."""

    name: str
    command: Callable[[int], list[str]]
    environ: dict[str, str] = field(default_factory=dict)
    needs: str | None = None
    before: Callable[[], None] = lambda: None
    seconds: list[float] = field(default_factory=list)
    peak_mib: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    """Seconds of processor time."""

    def run(self, round_number: int) -> None:
        self.before()
        told, tell = os.pipe()
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, str(tell), *self.command(round_number)],
            env=environment() | self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[tell],
        )
        os.close(tell)
        _, said = process.communicate()
        seconds = time.perf_counter() - started
        with os.fdopen(told, "rb") as pipe:
            peak_kib, busy = pipe.read().split() or (0, 0)
        if process.returncode:
            sys.exit(f"{self.name} failed: {said.decode(errors='replace')}")
        self.seconds.append(seconds)
        self.peak_mib.append(int(peak_kib) / 1024)
        self.busy.append(float(busy))


def environment() -> dict[str, str]:
    """The caller's environment without AWS settings: they would decide where a peer connects, and how."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def compare(title: str, contenders: list[Contender], rounds: int) -> None:
    """Run every contender in turn, after one round that does not count; the first one is ours.

    One round alone, for what takes minutes, counts.
    """
    present = [item for item in contenders if item.needs is None or shutil.which(item.needs)]
    warm_up = int(rounds > 1)
    for number in range(rounds + warm_up):
        for item in present:
            item.run(number)
            told = f"{item.name}: {item.seconds[-1]:.1f} s, {item.busy[-1]:.1f} of the processor"
            print(told, file=sys.stderr, flush=True)
    for item in present:
        del item.seconds[:warm_up], item.peak_mib[:warm_up], item.busy[:warm_up]
    ours = median(present[0].seconds)
    print(f"\n{title}: medians of {rounds}")
    print(f"{'':34} {'seconds':>8} {'ours/it':>8} {'cpu s':>8} {'peak MiB':>9}")
    for item in present:
        seconds, busy = median(item.seconds), median(item.busy)
        print(f"{item.name:34} {seconds:8.2f} {ours / seconds:8.2f} {busy:8.2f} {max(item.peak_mib):9.0f}")
    for item in contenders:
        if item not in present:
            print(f"{item.name:34} not installed: {item.needs}")


def as_installed(folder: Path) -> dict[str, str]:
    """What makes our command, run from its sources, start as one that pip installed.

    What only the tests install is hidden: botocore loads the AWS runtime wherever it finds it. And compiled
    modules are kept: pip compiles them, and an environment that forbids it would have each start do so again.
    """
    hiding = folder / "hiding"
    hiding.mkdir()
    (hiding / "awscrt.py").write_text('raise ImportError("not among the dependencies of secingest")\n')
    return {
        "PYTHONPATH": str(hiding),
        "PYTHONPYCACHEPREFIX": str(folder / "compiled"),
        "PYTHONDONTWRITEBYTECODE": "",
    }


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="secingest-bench-") as folder:
        yield Path(folder)


def random_file(path: Path, size: int) -> Path:
    with path.open("wb") as stream:
        for _ in range(size // (4 << 20)):
            stream.write(os.urandom(4 << 20))
        stream.write(os.urandom(size % (4 << 20)))
    return path


def remove(*paths: Path) -> Callable[[], None]:
    def clear() -> None:
        for path in paths:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    return clear


def quiet_machine() -> None:
    """Say how busy the machine is: figures of a busy one mean little."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
