"""Starts the server: command line, settings, socket, signals."""

from __future__ import annotations

import argparse
import ipaddress
import os
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from . import operations
from .app import create_app
from .logs import log, where
from .maintenance import Maintenance
from .seal import WrongPassphraseError
from .services import Services
from .settings import DEFAULT_DATABASE_URL, SettingsError, load_settings, read_values
from .store.migrate import NewerSchemaError

USAGE, FAILURE = 2, 1
GRACE_SECONDS = 3


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m backend_stub",
        description="The metadata server. ADMIN_API_KEY and TENANT_SECRET_PASSPHRASE come from the "
        "environment or from a .env file in the working directory, never from the command line.",
        epilog=f"Other commands, as the first argument: {', '.join(operations.COMMANDS)} (--help).",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one (default %(default)s)")
    parser.add_argument("--database-url", help=f"also DATABASE_URL (default {DEFAULT_DATABASE_URL})")
    parser.add_argument("--port-file", type=Path, help="write the port here once the server answers")
    parser.add_argument("--tls-cert", type=Path, help="PEM certificate chain")
    parser.add_argument("--tls-key", type=Path, help="PEM private key of the certificate")
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help="a proxy in front ends TLS: listen beyond loopback without",
    )
    return parser.parse_args(arguments)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address; names other than localhost count as reachable."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_exposure(options: argparse.Namespace) -> list[str]:
    """What is wrong with where and how the server would listen."""
    problems = []
    if (options.tls_cert is None) != (options.tls_key is None):
        problems.append("--tls-cert and --tls-key go together")
    if not is_loopback(options.host) and options.tls_cert is None and not options.behind_proxy:
        problems.append(
            f"{options.host} is reachable from other machines: give --tls-cert and --tls-key, "
            "or --behind-proxy where a proxy in front ends TLS"
        )
    if not 0 <= options.port <= 65535:
        problems.append("--port must be 0 to 65535")
    return problems


def stop(status: int, *lines: str) -> NoReturn:
    for line in lines:
        sys.stderr.write(f"secingest server: {line}\n")
    raise SystemExit(status)


CANNOT_OPEN = (WrongPassphraseError, NewerSchemaError, SQLAlchemyError)


def explain(error: Exception) -> str:
    """One line about why a database cannot be used."""
    if isinstance(error, WrongPassphraseError):
        return "TENANT_SECRET_PASSPHRASE does not open this database: it was made with another one"
    if isinstance(error, SQLAlchemyError):
        # The error's own text may quote the URL, and with it a password.
        return f"the database cannot be opened ({where(error)}): check DATABASE_URL and its permissions"
    return str(error)


class Server(uvicorn.Server):
    """Tells when it answers, and tells its streams when it ends."""

    def __init__(
        self,
        config: uvicorn.Config,
        address: tuple[str, int],
        port_file: Path | None,
        stopping: threading.Event,
    ) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._address = address
        self._port_file = port_file

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._stopping.set()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self._address
        if self._port_file is not None:
            write_atomically(self._port_file, f"{port}\n")
        log("listening", host=host, port=port, process=os.getpid())


def write_atomically(path: Path, text: str) -> None:
    """Nobody ever reads half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(name).replace(path)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(256)
    except OSError:
        sock.close()
        raise
    return sock


def _end(_signal: int, _frame: object) -> None:
    raise SystemExit(0)


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT, or do one operation.

    Exit status 0, 1 (it cannot be done) or 2 (settings or usage).
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    # Whatever this process writes (SQLite's files, backups, the port file) is its owner's alone.
    os.umask(0o077)
    if arguments and arguments[0] in operations.COMMANDS:
        return operate(arguments)
    return serve(parse_arguments(arguments))


def operate(arguments: list[str]) -> int:
    """One command of `operations`."""
    parser = argparse.ArgumentParser(prog="python -m backend_stub")
    operations.add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        settings = load_settings(os.environ, Path(".env"), options.database_url)
        done = operations.run(options, settings, read_values(os.environ, Path(".env"), []))
    except SettingsError as error:
        stop(USAGE, *error.problems)
    except (operations.OperationError, *CANNOT_OPEN) as error:
        stop(FAILURE, explain(error))
    sys.stdout.write(f"{done}\n")
    return 0


def serve(options: argparse.Namespace) -> int:
    problems = check_exposure(options)
    settings = None
    try:
        settings = load_settings(os.environ, Path(".env"), options.database_url)
    except SettingsError as error:
        problems += error.problems
    if problems or settings is None:
        stop(USAGE, *problems)
    # uvicorn raises the signal again after its orderly end: that is then an end without an error.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        services = Services.open(settings)
    except CANNOT_OPEN as error:
        stop(FAILURE, explain(error))
    try:
        sock = listen(options.host, options.port)
    except OSError as error:
        stop(FAILURE, f"cannot listen on {options.host} port {options.port}: {error.strerror}")
    config = uvicorn.Config(
        create_app(services),
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=64 * 1024,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
    )
    host, port = sock.getsockname()[:2]
    try:
        with Maintenance(services):
            Server(config, (host, port), options.port_file, services.stopping).run(sockets=[sock])
    finally:
        services.close()
        log("stopped")
    return 0
