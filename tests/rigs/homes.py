"""Embedded stacks as the tests need them: clients in processes of their own, and nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from secingest_tui.embedded.processes import birth
from secingest_tui.paths import Home
from tests.rigs.waiting import wait_for

_CLIENT = """
import json, sys
from pathlib import Path
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
with EmbeddedStack.join(Home(Path(sys.argv[1]))) as stack:
    print(json.dumps({"status": stack.status(), "started_in": stack.started_in}), flush=True)
    sys.stdin.read()
"""


class Client:
    """Another terminal: a process that joins the home's stack and holds it."""

    def __init__(self, home: Home) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _CLIENT, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._said: dict[str, Any] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def said(self) -> dict[str, Any]:
        """What it saw once it had joined."""
        if self._said is None:
            assert self.process.stdout is not None
            self._said = json.loads(self.process.stdout.readline())
        return self._said

    @property
    def status(self) -> dict[str, Any]:
        return dict(self.said["status"])

    def leave(self) -> None:
        """Close the handle in good order."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(30) == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def pids(status: dict[str, Any]) -> list[int]:
    """The supervisor and its children."""
    return [status["pid"], *(service["pid"] for service in status["services"].values())]


def gone(*numbers: int) -> bool:
    return all(birth(number) is None for number in numbers)


def wait_until_ended(status: dict[str, Any]) -> None:
    wait_for(lambda: gone(*pids(status)), "the end of the stack")


def clear(home: Home) -> None:
    """End what a failed test left running in this home."""
    with contextlib.suppress(OSError, ValueError):
        recorded = json.loads((home.stack_dir / "run" / "children.json").read_bytes())
        for line in recorded:
            if birth(line["pid"]) == line["birth"]:
                os.kill(line["pid"], signal.SIGKILL)


def mode(path: Path) -> str:
    return oct(path.lstat().st_mode & 0o777)
