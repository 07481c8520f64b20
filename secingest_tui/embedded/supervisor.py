"""The process that owns the embedded stack: ``python -m secingest_tui.embedded.supervisor HOME``.

It lives as long as a client holds a connection to its Unix socket, and ``SECINGEST_LINGER`` seconds (2)
longer. One thread and one loop, because the children's death signal is bound to the thread that forks.

Lines of JSON go both ways. On connecting a client gets the state (below), and again with each change until
it says ``ready``. It may send ``{"op": "status" | "stop-server" | "start-server", "id": N}``, and gets the
state with ``"re": N``. A connection that ends without a word means: closing, connect to the next one.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from secingest_tui.embedded.errors import EmbeddedError
from secingest_tui.embedded.layout import StackPaths
from secingest_tui.embedded.listeners import listens
from secingest_tui.embedded.ports import LOOPBACK, choose_ports, remove_grpc_sockets
from secingest_tui.embedded.processes import end, end_recorded, lock_taken, record, until
from secingest_tui.embedded.secrets import StackSecrets
from secingest_tui.embedded.server import READY, server_command, server_environment
from secingest_tui.embedded.service import STOP_PATIENCE, Service
from secingest_tui.embedded.store import (
    STORE_SOCKETS,
    answers,
    configure_store,
    find_weed,
    store_command,
    store_environment,
)
from secingest_tui.paths import Home

DEFAULT_LINGER = 2.0
_FIRST_CLIENT = 10.0
_LINE_LIMIT = 4096
# Longer than a stop of the one before takes.
_TURN_PATIENCE = 30.0


class Supervisor:
    """Children, clients and the loop between them."""

    def __init__(self, paths: StackPaths, linger: float) -> None:
        self._paths = paths
        self._linger = linger
        self._secrets = StackSecrets.load_or_make(paths)
        self._ports = choose_ports(paths)
        self._sockets = paths.choose_sockets()
        self._selector = selectors.DefaultSelector()
        self._clients: dict[socket.socket, bytearray] = {}
        self._waiting: set[socket.socket] = set()
        # The first client, who started us, gets time to come.
        self._idle_since: float | None = time.monotonic() + _FIRST_CLIENT
        self._ending = False
        weed = find_weed()
        configure_store(paths, self._secrets)
        self._server = Service(
            "server",
            lambda: server_command(self._ports, paths.database.name),
            cwd=paths.server,
            env=lambda: server_environment(self._secrets),
            log=paths.log("server"),
            probe=lambda pid: (
                listens(pid, self._ports["server"]) and answers(self._ports["server"], READY, (200,))
            ),
        )
        self._store = Service(
            "store",
            lambda: store_command(weed, self._ports, self._sockets),
            cwd=paths.store,
            env=lambda: store_environment(paths),
            log=paths.log("store"),
            # An unsigned request: refused means that it listens and knows its identities.
            probe=lambda pid: listens(pid, self._ports["s3"]) and answers(self._ports["s3"], "/", (200, 403)),
        )
        self._services = (self._store, self._server)

    def run(self) -> None:
        """Serve until the last client has gone, or a SIGTERM comes. The children have ended then."""
        with self._listening() as listener, self._signals() as wake:
            self._selector.register(listener, selectors.EVENT_READ)
            self._selector.register(wake, selectors.EVENT_READ)
            try:
                for service in self._services:
                    service.start()
                self._changed()
                while not self._ending:
                    self._turn(listener, wake)
            finally:
                self._close(listener)

    def state(self) -> dict[str, Any]:
        """What clients are told. ``ready``: nothing is left to wait for; ``failed``: what will not run."""
        return {
            "ready": all(service.settled for service in self._services),
            "failed": [service.name for service in self._services if service.state == "failed"],
            "pid": os.getpid(),
            "services": {service.name: service.describe() for service in self._services},
            "ports": self._ports,
            "clients": len(self._clients),
            "server_url": f"http://{LOOPBACK}:{self._ports['server']}",
            "s3_endpoint": f"http://{LOOPBACK}:{self._ports['s3']}",
        }

    def _turn(self, listener: socket.socket, wake: socket.socket) -> None:
        for key, _ in self._selector.select(self._patience()):
            if key.fileobj is listener:
                self._accept(listener)
            elif key.fileobj is wake:
                self._ending = self._ending or signal.SIGTERM in wake.recv(64)
            else:
                assert isinstance(key.fileobj, socket.socket)
                self._hear(key.fileobj)
        changed = [service.tick() for service in self._services]
        if any(changed):
            self._changed()
        if self._idle_since is not None and time.monotonic() - self._idle_since >= self._linger:
            # Someone may stand in the queue since the last look.
            self._ending = not self._accept(listener)

    def _patience(self) -> float | None:
        waits = [wait for service in self._services if (wait := service.wake_in()) is not None]
        if self._idle_since is not None:
            waits.append(max(0.0, self._idle_since + self._linger - time.monotonic()))
        return min(waits) if waits else None

    def _accept(self, listener: socket.socket) -> bool:
        try:
            client, _ = listener.accept()
        except BlockingIOError:
            return False
        client.setblocking(False)
        self._clients[client] = bytearray()
        self._selector.register(client, selectors.EVENT_READ)
        self._idle_since = None
        self._tell(client)
        return True

    def _hear(self, client: socket.socket) -> None:
        try:
            data = client.recv(_LINE_LIMIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        heard = self._clients[client]
        heard += data
        if not data or len(heard) > _LINE_LIMIT:
            self._drop(client)
            return
        while (line := heard.partition(b"\n"))[1]:
            del heard[: len(line[0]) + 1]
            self._tell(client, self._obey(bytes(line[0])))

    def _obey(self, line: bytes) -> int | None:
        """Do what a request asks for; its number."""
        try:
            request = json.loads(line)
            op, number = request["op"], int(request["id"])
        except (ValueError, TypeError, KeyError):
            return None
        if op == "stop-server":
            self._server.stop()
            self._changed()
        elif op == "start-server":
            self._server.start()
            self._changed()
        return number

    def _tell(self, client: socket.socket, number: int | None = None) -> None:
        """Send the state, and until it is ready send it again with each change."""
        state = self.state()
        if state["ready"]:
            self._waiting.discard(client)
        else:
            self._waiting.add(client)
        try:
            client.send(json.dumps({**state, "re": number}).encode() + b"\n")
        except OSError:
            # Gone, or it asks and does not read: either way nobody to keep the stack for.
            self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        self._waiting.discard(client)
        if self._clients.pop(client, None) is not None:
            self._selector.unregister(client)
            client.close()
            if not self._clients:
                self._idle_since = time.monotonic()

    def _changed(self) -> None:
        pids = {service.name: service.pid for service in self._services if service.pid is not None}
        record(self._paths.children, {name: pid for name, pid in pids.items() if pid is not None})
        for client in list(self._waiting):
            self._tell(client)

    def _close(self, listener: socket.socket) -> None:
        self._ending = True
        with contextlib.suppress(FileNotFoundError):
            Path(listener.getsockname()).unlink()
        listener.close()
        for client in list(self._clients):
            client.close()
        processes = [service.process for service in self._services if service.process is not None]
        end(processes, patience=STOP_PATIENCE)
        self._paths.children.unlink(missing_ok=True)
        remove_grpc_sockets(self._ports)
        for name in STORE_SOCKETS.values():
            (self._sockets / name).unlink(missing_ok=True)

    @contextlib.contextmanager
    def _listening(self) -> Any:
        path = self._sockets / "supervisor.sock"
        path.unlink(missing_ok=True)  # of one that was killed: we hold the run lock
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with listener:
            listener.bind(str(path))
            path.chmod(0o600)
            listener.listen(64)
            listener.setblocking(False)
            yield listener

    @contextlib.contextmanager
    def _signals(self) -> Any:
        ours, wake = socket.socketpair()
        with ours, wake:
            ours.setblocking(False)
            wake.setblocking(False)
            signal.set_wakeup_fd(ours.fileno(), warn_on_full_buffer=False)
            for number in (signal.SIGCHLD, signal.SIGTERM):
                signal.signal(number, lambda *_: None)
            yield wake


def main() -> int:
    """Wait for the one before to end, clear what it left, and serve. The exit code."""
    os.umask(0o077)
    paths = StackPaths(Home(Path(os.fsdecode(sys.argv[1])))).prepare()
    with paths.run_lock.open("ab") as lock:
        if not until(lambda: lock_taken(lock.fileno()), _TURN_PATIENCE):
            print("the supervisor before this one does not end", file=sys.stderr)  # noqa: T201
            return 1
        try:
            for name in end_recorded(paths.children, patience=STOP_PATIENCE):
                print(f"ended {name}, left over from a supervisor that was killed", file=sys.stderr)  # noqa: T201
            Supervisor(paths, _linger()).run()
        except EmbeddedError as error:
            print(f"{error.message}\n{error.hint or ''}", file=sys.stderr)  # noqa: T201
            return 1
    return 0


def _linger() -> float:
    try:
        return max(0.0, float(os.environ.get("SECINGEST_LINGER", DEFAULT_LINGER)))
    except ValueError:
        return DEFAULT_LINGER


if __name__ == "__main__":
    sys.exit(main())
