"""``secingest stack``: the embedded metadata server and object store."""

from __future__ import annotations

import signal
import threading

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_record
from secingest_tui.errors import UsageError


@click.group()
def stack() -> None:
    """The embedded stack: a metadata server and SeaweedFS on loopback, for this home."""


@stack.command()
@json_option
def status(as_json: bool) -> None:
    """Start (or join) the stack and show its addresses, processes, versions and disk use."""
    with open_workspace() as workspace:
        _require_embedded(workspace.embedded)
        handle = workspace.stack
        record = {"server_url": handle.server_url, "s3_endpoint": handle.s3_endpoint} | handle.status()
        print_record(record, as_json=as_json)


@stack.command()
def run() -> None:
    """Hold the stack in the foreground until Ctrl+C or SIGTERM, for other programs to use."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with open_workspace() as workspace:
        _require_embedded(workspace.embedded)
        handle = workspace.stack
        click.echo(f"server_url={handle.server_url}")
        click.echo(f"s3_endpoint={handle.s3_endpoint}")
        say("The stack runs until you press Ctrl+C.")
        stop.wait()


def _require_embedded(embedded: bool) -> None:
    if not embedded:
        raise UsageError(
            "This profile uses a remote server, so there is no embedded stack.",
            hint="Remove [server] url from config.toml to use the embedded one.",
        )
