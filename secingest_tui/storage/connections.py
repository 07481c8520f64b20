"""HTTP/1.1 over kept connections, of the plainest kind: one request, one answer that says where it ends.

Whatever is not exactly that (RFC 9112: interim or unbounded answers, trailers, a connection that broke) is no
answer here, and its connection is closed: nothing of it can be taken for another answer's.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from typing_extensions import Buffer

_STATUS = re.compile(r"HTTP/1\.1 ([2-5]\d\d)(?: .*)?")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MOST_HEADERS = 32 * 1024
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
_MOST_OF_A_SIZE = 16
# Said twice, these would leave open which of them holds. Lists such as Vary may come in several lines.
_ONCE = ("content-length", "transfer-encoding", "etag", "last-modified", "x-amz-")


class _Unusual(Exception):
    """Not an answer of the kind that is understood here."""


@dataclass(frozen=True, slots=True)
class Reply:
    """``headers`` by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes


class Incoming:
    """An answer whose body is still to be read, by one thread. ``headers`` by lower-case name."""

    def __init__(
        self, head: _Head, body: tuple[int, bytearray], sock: socket.socket, keep: Callable[[], None]
    ) -> None:
        """``body``: its length, and what of it came already."""
        self.status, self.headers = head.status, head.headers
        self._left = body[0]
        self._received = memoryview(body[1])
        self._sock: socket.socket | None = sock
        self._keep = keep

    def readinto(self, out: memoryview) -> int:
        """Fill the beginning of ``out``; 0 at the end, and where the peer ended it. Raises OSError."""
        if self._received:
            count = min(len(out), len(self._received))
            out[:count] = self._received[:count]
            self._received = self._received[count:]
        elif self._sock is None or not self._left:
            return 0
        else:
            count = self._sock.recv_into(out[: self._left])
        self._left -= count
        return count

    def release_conn(self) -> None:
        """Give the connection back; where bytes are still under way, drop it."""
        if self._left:
            self.close()
        elif self._sock is not None:
            self._sock = None
            self._keep()

    def close(self) -> None:
        """Drop the connection, unless it was given back."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None


class Connections:
    """Connections to one endpoint, or with virtual-hosted buckets to the hosts below it. For many threads."""

    def __init__(
        self, endpoint: str, *, ca_file: Path | str, connect_timeout: float, read_timeout: float, most: int
    ) -> None:
        """``endpoint``: scheme, host and port count. Opens no connection; keeps ``most`` at most."""
        parts = urlsplit(endpoint)
        self._tls: ssl.SSLContext | None = None
        if parts.scheme == "https":
            self._tls = ssl.create_default_context(cafile=str(ca_file))
        self._port = parts.port or (443 if self._tls else 80)
        self._timeouts = (connect_timeout, read_timeout)
        self._most = most
        self._idle: dict[str, list[socket.socket]] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for kept in idle.values():
            for sock in kept:
                sock.close()

    def exchange(
        self, host: str, head: bytes, body: Iterable[Buffer], limit: int, *, bodyless: bool = False
    ) -> Reply | None:
        """Send a request and read its answer of at most ``limit`` bytes; None where there is none such.

        ``bodyless``: it is a HEAD, whose answer only says how long its body would be. Raises only what the
        iteration over ``body`` raises.
        """
        try:
            sock = self._take(host)
        except OSError:
            return None
        kept = False
        try:
            pieces = iter(body)
            # Together: a small body is then one packet's worth of work at both ends, not two.
            sock.sendall(b"".join((head, next(pieces, b""))))
            for piece in pieces:
                sock.sendall(piece)
            reply = _read(sock, limit, bodyless)
            if kept := "close" not in reply.headers.get("connection", "").lower():
                self._keep(host, sock)
            return reply
        except (OSError, _Unusual):
            return None
        finally:
            if not kept:
                sock.close()

    def open(self, host: str, head: bytes) -> Incoming | None:
        """Send a request without a body, and leave its answer's to be read; None where there is none such."""
        try:
            sock = self._take(host)
        except OSError:
            return None
        try:
            sock.sendall(head)
            answer, received = _read_head(sock)
            if answer.length is None or len(received) > answer.length:
                raise _Unusual
        except (OSError, _Unusual):
            sock.close()
            return None
        except BaseException:
            sock.close()
            raise
        keep = "close" not in answer.headers.get("connection", "").lower()
        body = (answer.length, received)
        return Incoming(answer, body, sock, lambda: self._keep(host, sock) if keep else sock.close())

    def _take(self, host: str) -> socket.socket:
        with self._lock:
            idle = self._idle.get(host)
            if idle:
                return idle.pop()
        sock = socket.create_connection((host, self._port), self._timeouts[0])
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_hostname=host)
            sock.settimeout(self._timeouts[1])
        except BaseException:
            sock.close()
            raise
        return sock

    def _keep(self, host: str, sock: socket.socket) -> None:
        with self._lock:
            idle = self._idle.setdefault(host, [])
            if len(idle) < self._most:
                idle.append(sock)
                return
        sock.close()


def _read(sock: socket.socket, limit: int, bodyless: bool) -> Reply:
    head, received = _read_head(sock)
    if head.length is None and not bodyless:
        return Reply(head.status, head.headers, _read_chunks(sock, received, limit))
    length = 0 if bodyless or head.length is None else head.length
    if length > limit or len(received) > length:
        raise _Unusual
    body = bytearray(length)
    done = len(received)
    body[:done] = received
    view = memoryview(body)
    while done < length:
        if not (count := sock.recv_into(view[done:])):
            raise _Unusual
        done += count
    return Reply(head.status, head.headers, bytes(body))


@dataclass(frozen=True, slots=True)
class _Head:
    """``length``: of the body, None where that comes in chunks."""

    status: int
    headers: dict[str, str]
    length: int | None


def _read_head(sock: socket.socket) -> tuple[_Head, bytearray]:
    """An answer up to its body, and what of the body came with it."""
    received = bytearray()
    while (end := received.find(b"\r\n\r\n")) < 0:
        if len(received) > _MOST_HEADERS:
            raise _Unusual
        _more(sock, received)
    first, *lines = received[:end].decode("latin-1").split("\r\n")
    status = _STATUS.fullmatch(first)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip(" \t")
        if not _NAME.fullmatch(name) or (name in headers and name.startswith(_ONCE)):
            raise _Unusual
        headers[name] = f"{headers[name]}, {value}" if name in headers else value  # RFC 9110, section 5.3
    if status is None or status[1] in ("204", "304"):
        raise _Unusual
    del received[: end + 4]
    if headers.get("transfer-encoding", "").lower() == "chunked" and "content-length" not in headers:
        return _Head(int(status[1]), headers, None), received
    text = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (text.isascii() and text.isdigit()):
        raise _Unusual
    return _Head(int(status[1]), headers, int(text)), received


def _read_chunks(sock: socket.socket, received: bytearray, limit: int) -> bytes:
    """A body in chunks (RFC 9112, section 7.1), without extensions or trailers."""
    body = bytearray()
    while True:
        while (end := received.find(b"\r\n")) < 0:
            if len(received) > _MOST_OF_A_SIZE:
                raise _Unusual
            _more(sock, received)
        if not _SIZE.fullmatch(received[:end]):
            raise _Unusual
        size, start = int(received[:end], 16), end + 2
        if len(body) + size > limit:
            raise _Unusual
        while len(received) < start + size + 2:
            _more(sock, received)
        body += received[start : start + size]
        if received[start + size : start + size + 2] != b"\r\n":
            raise _Unusual
        del received[: start + size + 2]
        if not size:
            if received:
                raise _Unusual
            return bytes(body)


def _more(sock: socket.socket, received: bytearray) -> None:
    if not (data := sock.recv(65536)):
        raise _Unusual
    received += data
