"""Processes that end when their parent ends, and the record that finds them where that failed."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from secingest_tui.files import write_atomic

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: the child of a fork must not take locks of the loader.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a child that the kernel kills when this thread's process ends, however it ends.

    On Linux only; elsewhere the record is the fall-back. Call it from the main thread of a process that
    has no other: the death signal is bound to the thread that forks.
    """
    parent = os.getpid()

    def bind_to_parent() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it ended before the signal was set
                os._exit(1)

    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        return subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            preexec_fn=bind_to_parent,
            umask=0o077,
        )
    finally:
        os.close(descriptor)


def end(processes: Sequence[subprocess.Popen[bytes]], *, patience: float) -> None:
    """SIGTERM to all at once, SIGKILL to those that are there after ``patience`` seconds; all reaped."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + patience
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def birth(pid: int) -> str | None:
    """When a process was started, as the system writes it; None once it has ended.

    With the pid it names one process for good.
    """
    if sys.platform == "linux":
        try:
            # The name may hold spaces and brackets; after the last ")" come the state and, 20th, the start.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return None if fields[0] == "Z" else fields[19]
        except (OSError, IndexError):
            return None
    answer = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def record(path: Path, pids: Mapping[str, int]) -> None:
    """Write down which children run."""
    lines = [{"name": name, "pid": pid, "birth": birth(pid)} for name, pid in pids.items()]
    write_atomic(path, json.dumps(lines).encode())


def end_recorded(path: Path, *, patience: float) -> list[str]:
    """End children that outlived their supervisor; their names. A pid that is someone else by now is left."""
    ended = []
    for line in _recorded(path):
        pid = int(line["pid"])
        if line["birth"] is None or birth(pid) != line["birth"]:
            continue
        ended.append(str(line["name"]))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
            if not until(lambda: birth(pid) != line["birth"], patience):  # noqa: B023 - used at once
                os.kill(pid, signal.SIGKILL)
                until(lambda: birth(pid) != line["birth"], patience)  # noqa: B023
    path.unlink(missing_ok=True)
    return ended


def lock_taken(descriptor: int) -> bool:
    """Try to take an exclusive lock that ends with the descriptor; whether we have it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def until(condition: Callable[[], bool], seconds: float, *, every: float = 0.02) -> bool:
    """Wait until ``condition`` holds, at most ``seconds``; whether it does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


def _recorded(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return []
    return [line for line in found if isinstance(line, dict) and {"name", "pid", "birth"} <= line.keys()]
