"""Loopback ports: the last start's again while they are free, so that what was configured stays valid."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path

from secingest_tui.embedded.layout import StackPaths
from secingest_tui.files import write_atomic

LOOPBACK = "127.0.0.1"
# What `weed mini` listens on; each HTTP port has a gRPC port beside it.
STORE_PORTS = ("master", "volume", "filer", "admin", "s3")
NAMES = (
    "server",
    *STORE_PORTS,
    *(f"{name}.grpc" for name in STORE_PORTS),
)


def choose_ports(paths: StackPaths, *, afresh: bool = False) -> dict[str, int]:
    """A port for each of NAMES, written down. With ``afresh`` none of the last start's is taken again."""
    last = {} if afresh else _remembered(paths)
    chosen: dict[str, int] = {}
    held: list[socket.socket] = []
    try:
        for name in NAMES:
            # Held until all are chosen, or the system could hand one out twice.
            sock = _bind(last.get(name, 0), name) or _bind(0, name)
            while sock is None:
                sock = _bind(0, name)
            held.append(sock)
            chosen[name] = int(sock.getsockname()[1])
    finally:
        for sock in held:
            sock.close()
    write_atomic(paths.ports, json.dumps(chosen).encode())
    return chosen


def local_grpc_socket(name: str, port: int) -> Path:
    """Where `weed mini` puts the Unix socket beside a gRPC port: its path is fixed in SeaweedFS.

    Others of this machine can squat the name, not speak there: both ends verify certificates.
    """
    return Path("/tmp") / f"seaweedfs-{name}-grpc-{port}.sock"  # noqa: S108


def remove_grpc_sockets(ports: Mapping[str, int]) -> None:
    """Remove what a killed store leaves behind. Only for ports that were its own until now."""
    for name in STORE_PORTS:
        _clear(local_grpc_socket(name, ports[f"{name}.grpc"]))


def _remembered(paths: StackPaths) -> dict[str, int]:
    try:
        found = json.loads(paths.ports.read_bytes())
        return {name: port for name, port in found.items() if isinstance(port, int) and 1024 < port < 65536}
    except (OSError, ValueError, AttributeError):
        return {}


def _bind(port: int, name: str) -> socket.socket | None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # As the servers do: a port whose last connections are in TIME_WAIT is free.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
    except OSError:
        sock.close()
        return None
    service = name.removesuffix(".grpc")
    if name != service and not _clear(local_grpc_socket(service, int(sock.getsockname()[1]))):
        sock.close()
        return None
    return sock


def _clear(path: Path) -> bool:
    """Remove the socket a killed store left beside a port nobody listens on; whether the name is free."""
    try:
        found = path.lstat()
        if stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid():
            path.unlink()
            return True
    except FileNotFoundError:
        return True
    return False
