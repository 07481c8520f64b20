"""A client's connection to the supervisor, and starting one where there is none."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from secingest_tui.embedded.errors import EmbeddedError
from secingest_tui.embedded.layout import StackPaths
from secingest_tui.embedded.processes import lock_taken, until
from secingest_tui.embedded.server import module_environment, python_module

JOIN_PATIENCE = 120.0
ANSWER_PATIENCE = 30.0
_LOG_LIMIT = 8 * 1024 * 1024


class Channel:
    """One held connection. The stack lives while anybody holds one; the kernel closes it with the process."""

    def __init__(self, connection: socket.socket, paths: StackPaths) -> None:
        self._connection = connection
        self._paths = paths
        self._heard = bytearray()
        self._lock = threading.Lock()
        self._asked = 0
        self.state: dict[str, Any] = {}

    def close(self) -> None:
        # Heard at once, also while another thread still waits for an answer.
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def ask(self, op: str) -> dict[str, Any]:
        """Send one request; the state after it. Raises EmbeddedError where the supervisor has gone."""
        with self._lock:
            try:
                self._asked += 1
                self._connection.sendall(json.dumps({"op": op, "id": self._asked}).encode() + b"\n")
                deadline = time.monotonic() + ANSWER_PATIENCE
                while self._next(deadline)["re"] != self._asked:
                    continue  # told unasked, before it heard us
                return self.state
            except (OSError, EOFError):
                raise gone(self._paths) from None

    def wait_ready(self, deadline: float) -> dict[str, Any]:
        """The state once everything is ready. Raises EOFError where the supervisor is closing."""
        with self._lock:
            while not self.state.get("ready"):
                self._next(deadline)
            if self.state["failed"]:
                name = self.state["failed"][0]
                raise EmbeddedError(
                    f"the embedded stack's {name} does not start", hint=f"read {self._paths.log(name)}"
                )
            return self.state

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\n" not in self._heard:
            self._connection.settimeout(max(0.001, deadline - time.monotonic()))
            data = self._connection.recv(65536)
            if not data:
                raise EOFError
            self._heard += data
        line, _, rest = bytes(self._heard).partition(b"\n")
        self._heard = bytearray(rest)
        self.state = json.loads(line)
        return self.state


def join(paths: StackPaths) -> tuple[Channel, bool]:
    """A channel to a ready stack, and whether this call started it. Raises EmbeddedError.

    However many join at once, one starts the supervisor (a lock decides); who meets one that is closing
    waits for it and starts the next.
    """
    paths.prepare()
    deadline = time.monotonic() + JOIN_PATIENCE
    started = False
    while time.monotonic() < deadline:
        channel = _connect(paths)
        if channel is None:
            with _start_lock(paths, deadline):
                channel = _connect(paths)
                if channel is None:
                    channel = _start(paths, deadline)
                    started = True
        try:
            channel.wait_ready(deadline)
        except (EOFError, ConnectionError):
            channel.close()
            started = False
        except TimeoutError:
            channel.close()
            break
        except BaseException:
            channel.close()
            raise
        else:
            return channel, started
    raise EmbeddedError(
        f"the embedded stack did not become ready within {JOIN_PATIENCE:.0f} s",
        hint=f"read {paths.log('supervisor')}",
    )


def gone(paths: StackPaths) -> EmbeddedError:
    """The error for a supervisor that ended under its clients."""
    return EmbeddedError(
        "the embedded stack has stopped", hint=f"start again; {paths.log('supervisor')} may say why"
    )


def _connect(paths: StackPaths) -> Channel | None:
    folder = paths.sockets()
    if folder is None:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(folder / "supervisor.sock"))
        _insist_own(connection)
    except (FileNotFoundError, ConnectionError):
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    return Channel(connection, paths)


def _insist_own(connection: socket.socket) -> None:
    """Whoever answers must be this user: what it says goes on to hold credentials."""
    if sys.platform == "linux":
        peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        if struct.unpack("3i", peer)[1] != os.getuid():
            raise EmbeddedError(
                "another user's process answers for the embedded stack", hint="remove its socket"
            )


def _start(paths: StackPaths, deadline: float) -> Channel:
    log = paths.log("supervisor")
    for name in ("supervisor", "store", "server"):
        _turn_over(paths.log(name))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        process = subprocess.Popen(
            [*python_module("secingest_tui.embedded.supervisor"), str(paths.home.root)],
            cwd="/",
            env=module_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    # Reaps it should it end before us; it is not ours to wait for.
    threading.Thread(target=process.wait, daemon=True).start()
    found: list[Channel] = []

    def answered() -> bool:
        channel = _connect(paths)
        found.extend([channel] if channel else [])
        return bool(found) or process.returncode is not None

    if not until(answered, max(0.0, deadline - time.monotonic())) or not found:
        raise EmbeddedError("the embedded stack's supervisor does not start", hint=f"read {log}")
    return found[0]


def _turn_over(log: Path) -> None:
    """Keep one old log beside the current one, so that they can't fill the disk."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))


@contextlib.contextmanager
def _start_lock(paths: StackPaths, deadline: float) -> Iterator[None]:
    descriptor = os.open(paths.start_lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        if not until(lambda: lock_taken(descriptor), max(0.0, deadline - time.monotonic())):
            raise EmbeddedError(
                "another process is starting the embedded stack and does not finish",
                hint=f"read {paths.log('supervisor')}",
            )
        yield
    finally:
        os.close(descriptor)
