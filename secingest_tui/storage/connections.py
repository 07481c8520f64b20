"""HTTP/1.1 over kept connections, of the plainest kind: one request, one answer with a Content-Length.

Whatever is not exactly that (RFC 9112: chunked, interim or unbounded answers, a connection that broke) is no
answer here, and its connection is closed: nothing of it can be taken for another answer's.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from typing_extensions import Buffer

_STATUS = re.compile(r"HTTP/1\.1 ([2-5]\d\d)(?: .*)?")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MOST_HEADERS = 32 * 1024
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

    def exchange(self, host: str, head: bytes, body: Iterable[Buffer], limit: int) -> Reply | None:
        """Send a request and read its answer of at most ``limit`` bytes; None where there is none such.

        Raises only what the iteration over ``body`` raises.
        """
        try:
            sock = self._take(host)
        except OSError:
            return None
        kept = False
        try:
            sock.sendall(head)
            for piece in body:
                sock.sendall(piece)
            reply = _read(sock, limit)
            if kept := "close" not in reply.headers.get("connection", "").lower():
                self._keep(host, sock)
            return reply
        except (OSError, _Unusual):
            return None
        finally:
            if not kept:
                sock.close()

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


def _read(sock: socket.socket, limit: int) -> Reply:
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
    text = headers.get("content-length", "")
    usual = status is not None and status[1] not in ("204", "304") and "transfer-encoding" not in headers
    if status is None or not usual or not (text.isascii() and text.isdigit()) or int(text) > limit:
        raise _Unusual
    del received[: end + 4]
    length = int(text)
    if len(received) > length:
        raise _Unusual
    body = bytearray(length)
    done = len(received)
    body[:done] = received
    view = memoryview(body)
    while done < length:
        if not (count := sock.recv_into(view[done:])):
            raise _Unusual
        done += count
    return Reply(int(status[1]), headers, bytes(body))


def _more(sock: socket.socket, received: bytearray) -> None:
    if not (data := sock.recv(65536)):
        raise _Unusual
    received += data
