"""``secingest web``: the same screens in a browser."""

from __future__ import annotations

import os
import shlex
import sys

import click

from secingest_tui.cli.common import say

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), default=8840, show_default=True, help="Port to listen on."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Address to listen on."
)
@click.option(
    "--public-url",
    metavar="URL",
    help="https:// address of the proxy in front, if it is not for this machine.",
)
@click.option("--read-only", is_flag=True, help="Screens that change nothing.")
def web(port: int, host: str, public_url: str | None, read_only: bool) -> None:
    """Serve the screens to one browser on this machine; the address printed works once.

    Needs the extra "web": pip install 'secingest[web]'. It runs until Ctrl+C.
    """
    from secingest_tui.errors import SecingestError, UsageError

    if host not in LOOPBACK and not (public_url or "").startswith("https://"):
        raise UsageError(
            f"{host} can be reached from elsewhere, and nothing here encrypts.",
            hint="Put a proxy with TLS in front and name it: --public-url https://…",
            field="--host",
        )
    try:
        from secingest_tui.web.server import WebServer
    except ImportError as error:
        raise SecingestError(
            f"The browser needs {error.name}.", hint="Install it: pip install 'secingest[web]'"
        ) from None
    _unlock()
    command = [sys.executable, "-m", "secingest_tui", "--in-browser", *(["--read-only"] if read_only else [])]
    server = WebServer(
        shlex.join(command), host, port, lambda url: say(f"Open once, in one browser: {url}"), public_url
    )
    try:
        server.serve()
    except OSError as error:
        raise SecingestError(
            f"Port {port} of {host} cannot be used: {error.strerror}.", hint="Choose another: --port N"
        ) from None


def _unlock() -> None:
    """Ask for the profile's passphrase here: the browser's processes have no terminal to ask on.

    They read it from this process's memory (a memfd that only this user can open), never from a disk.
    """
    from secingest_tui.paths import Home
    from secingest_tui.services.credentials import CredentialStore
    from secingest_tui.services.passphrase import profile_passphrase

    kept: list[bytes] = []

    def ask() -> bytes:
        if not kept:
            kept.append(profile_passphrase())
        return kept[0]

    store = CredentialStore(Home.locate().prepare().credentials_file, ask)
    if store.sealed:
        store.names()
        descriptor = os.memfd_create("passphrase")
        os.write(descriptor, kept[0] + b"\n")
        os.environ["SECINGEST_PASSPHRASE_FILE"] = f"/proc/{os.getpid()}/fd/{descriptor}"
