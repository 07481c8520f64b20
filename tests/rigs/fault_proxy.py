"""A TCP proxy in front of a real server that breaks the way to it on command, and remembers what passed.

``with FaultProxy(port) as proxy: proxy.break_up(Cut(after=3_000_000)); ...  proxy.endpoint``. Bytes are
counted per connection and direction from the moment a fault is armed; each fault strikes once.
With ``tls`` (certificate and key files) clients speak TLS to the proxy, which speaks plainly to the server.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

CHUNK = 64 * 1024


@dataclass(slots=True)
class Cut:
    """End the connection once ``after`` bytes have passed: in good order, or with ``reset`` by a RST."""

    after: int = 0
    reset: bool = False


@dataclass(slots=True)
class Corrupt:
    """Flip one bit of the byte ``after``."""

    after: int


@dataclass(slots=True)
class Stall:
    """Let nothing more through after ``after`` bytes, without closing."""

    after: int = 0


Fault = Cut | Corrupt | Stall


@dataclass(slots=True)
class Passed:
    """What one connection carried, as the other side got it (or as it came, with ``as_received``)."""

    up: bytearray = field(default_factory=bytearray)
    down: bytearray = field(default_factory=bytearray)


@dataclass(slots=True)
class _Hold:
    mark: bytes
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


class _Broken(Exception):
    def __init__(self, reset: bool) -> None:
        super().__init__()
        self.reset = reset


class FaultProxy:
    """Listens on a loopback port of its own. ``latency``: seconds a piece; ``bandwidth``: bytes a second.

    With ``as_received`` it remembers what came in, also what a fault then swallowed or changed.
    """

    def __init__(
        self,
        port: int,
        *,
        tls: tuple[Path, Path] | None = None,
        record: bool = True,
        as_received: bool = False,
    ) -> None:
        self._target = ("127.0.0.1", port)
        self._record = record
        self._as_received = as_received
        self._context: ssl.SSLContext | None = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(*tls)
        self._listener = socket.create_server(("127.0.0.1", 0))
        if as_received:
            # What a client has written is then here, and not megabytes of it in the kernel.
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK)
        self.port = int(self._listener.getsockname()[1])
        self.endpoint = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self.latency = 0.0
        self.bandwidth: float | None = None
        self.connections: list[Passed] = []
        self.struck: list[Fault] = []
        self._lock = threading.Lock()
        self._armed: dict[str, list[Fault]] = {"up": [], "down": []}
        self._epoch = 0
        self._hold: _Hold | None = None
        self._closing = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._thread(self._serve)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for sock in self._sockets:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    @property
    def idle(self) -> bool:
        """Whether no connection is open, so that nothing more will be remembered."""
        return not any(thread.is_alive() for thread in self._threads[1:])

    def disarm(self) -> None:
        """Take back the faults that have not struck."""
        with self._lock:
            self._armed = {"up": [], "down": []}

    def break_up(self, *faults: Fault) -> None:
        """Arm faults on the way to the server, to strike in this order."""
        self._arm("up", faults)

    def break_down(self, *faults: Fault) -> None:
        """Arm faults on the way back."""
        self._arm("down", faults)

    @contextlib.contextmanager
    def holding(self, mark: bytes) -> Iterator[threading.Event]:
        """Keep back the answer to a request with ``mark`` in its head until the block ends.

        The event is set once such a request has passed. What is done in the block is thus done at that moment
        of the client's, however slow or quick the machine is.
        """
        self._hold = hold = _Hold(mark)
        try:
            yield hold.reached
        finally:
            self._hold = None
            hold.released.set()

    def requests(self) -> list[bytes]:
        """The first line of everything that looks like a request, over all connections."""
        methods = (b"PUT ", b"GET ", b"POST ", b"HEAD ", b"DELETE ")
        lines = [line for each in self.connections for line in bytes(each.up).split(b"\r\n")]
        return [line for line in lines if line.startswith(methods) and line.endswith(b" HTTP/1.1")]

    def _arm(self, direction: str, faults: tuple[Fault, ...]) -> None:
        with self._lock:
            self._armed[direction].extend(faults)
            self._epoch += 1

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._thread(self._carry, client)

    def _carry(self, client: socket.socket) -> None:
        passed = Passed()
        self.connections.append(passed)
        server: socket.socket | None = None
        try:
            if self._context is not None:
                client = self._context.wrap_socket(client, server_side=True)
            server = socket.create_connection(self._target)
            with self._lock:
                self._sockets |= {client, server}
            _Carrier(self, client, server, passed).run()
        except _Broken as broken:
            if broken.reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        finally:
            with self._lock:
                self._sockets -= {client, server}
            client.close()
            if server is not None:
                server.close()

    def _thread(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


class _Carrier:
    """One connection, both ways, in one thread."""

    def __init__(
        self, proxy: FaultProxy, client: socket.socket, server: socket.socket, passed: Passed
    ) -> None:
        self._proxy = proxy
        self._ways = {client: (server, "up", passed.up), server: (client, "down", passed.down)}
        self._counted = {"up": 0, "down": 0}
        self._epoch = proxy._epoch
        self._stalled: set[str] = set()

    def run(self) -> None:
        while True:
            waiting = [source for source, way in self._ways.items() if way[1] not in self._stalled]
            pending = [source for source in waiting if isinstance(source, ssl.SSLSocket) and source.pending()]
            ready = pending or select.select(waiting, [], [], 0.2)[0]
            if self._proxy._closing.is_set():
                return
            for source in ready:
                data = source.recv(CHUNK)
                if not data:
                    return
                self._pass(source, bytearray(data))

    def _pass(self, source: socket.socket, data: bytearray) -> None:
        sink, direction, record = self._ways[source]
        proxy = self._proxy
        if proxy.latency:
            time.sleep(proxy.latency)
        if proxy.bandwidth:
            time.sleep(len(data) / proxy.bandwidth)
        if proxy._record and proxy._as_received:
            record += data
        fault, keep = self._strike(direction, data)
        sink.sendall(data[:keep])
        if proxy._record and not proxy._as_received:
            record += data[:keep]
        hold = proxy._hold
        if hold is not None and direction == "up" and hold.mark in data:
            hold.reached.set()
            hold.released.wait()
        if isinstance(fault, Stall):
            self._stalled.add(direction)
        elif isinstance(fault, Cut):
            raise _Broken(fault.reset)

    def _strike(self, direction: str, data: bytearray) -> tuple[Fault | None, int]:
        """The fault that strikes within these bytes, and how many of them still pass."""
        proxy = self._proxy
        with proxy._lock:
            if self._epoch != proxy._epoch:
                self._epoch = proxy._epoch
                self._counted = {"up": 0, "down": 0}
            begin = self._counted[direction]
            self._counted[direction] += len(data)
            armed = proxy._armed[direction]
            if not armed or begin + len(data) <= armed[0].after:
                return None, len(data)
            fault = armed.pop(0)
            proxy.struck.append(fault)
        at = max(0, fault.after - begin)
        if isinstance(fault, Corrupt):
            data[at] ^= 0x10
            return fault, len(data)
        return fault, at
