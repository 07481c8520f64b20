"""One child of the supervisor: started, found ready, started again when it dies."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from secingest_tui.embedded.processes import end, spawn

State = Literal["starting", "ready", "stopped", "failed"]

START_PATIENCE = 60.0
STOP_PATIENCE = 4.0
_PROBE_EVERY = 0.03
_RETRY_AFTER = (0.0, 0.2, 1.0, 3.0)
_QUIET = 120.0


class Service:
    """A child process with a way to ask whether it is ready. Used from the supervisor's one thread.

    A child that dies is started again, at most four times without two quiet minutes between; then it is
    ``failed``, and stays so until ``start``.
    """

    def __init__(
        self,
        name: str,
        command: Callable[[], list[str]],
        *,
        cwd: Path,
        env: Callable[[], dict[str, str]],
        log: Path,
        probe: Callable[[int], bool],
    ) -> None:
        self.name = name
        self.log = log
        self.state: State = "stopped"
        self.restarts = 0
        self._command = command
        self._cwd = cwd
        self._env = env
        self._probe = probe
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._next = 0.0
        self._deaths: list[float] = []

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self._process

    @property
    def settled(self) -> bool:
        """Whether there is nothing to wait for."""
        return self.state != "starting"

    def start(self) -> None:
        """Start it unless it runs."""
        if self.pid is None:
            self._deaths.clear()
            self._launch()

    def stop(self) -> None:
        """End it for good."""
        self.state = "stopped"
        if self._process is not None:
            end([self._process], patience=STOP_PATIENCE)

    def tick(self) -> bool:
        """Look after it; whether its state or its process changed."""
        before = (self.state, self._process)
        now = time.monotonic()
        ended = self._process is not None and self._process.poll() is not None
        if ended and self.state in ("starting", "ready"):
            self._died(now)
        elif self.state == "starting" and self._process is None:
            if now >= self._next:
                self._launch()
        elif self.state == "starting" and now >= self._next:
            self._next = now + _PROBE_EVERY
            if self._process is not None and self._probe(self._process.pid):
                self.state = "ready"
            elif now - self._started > START_PATIENCE:
                self.stop()
                self.state = "failed"
        return before != (self.state, self._process)

    def wake_in(self) -> float | None:
        """Seconds until ``tick`` has something to do; None: only when a child ends."""
        return max(0.0, self._next - time.monotonic()) if self.state == "starting" else None

    def describe(self) -> dict[str, Any]:
        """For ``status``: state, pid (None while it does not run), restarts, log."""
        return {"state": self.state, "pid": self.pid, "restarts": self.restarts, "log": str(self.log)}

    def _launch(self) -> None:
        self.state = "starting"
        self._started = time.monotonic()
        self._next = self._started + _PROBE_EVERY
        self._process = spawn(self._command(), cwd=self._cwd, env=self._env(), log=self.log)

    def _died(self, now: float) -> None:
        self._deaths = [*(death for death in self._deaths if now - death < _QUIET), now]
        if len(self._deaths) > len(_RETRY_AFTER):
            self.state = "failed"
            return
        self.restarts += 1
        self.state = "starting"
        self._process = None
        self._next = now + _RETRY_AFTER[len(self._deaths) - 1]
