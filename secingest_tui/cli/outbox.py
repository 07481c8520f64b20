"""``secingest outbox``: registrations that the server has not acknowledged yet."""

from __future__ import annotations

from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_json, print_rows


@click.group()
def outbox() -> None:
    """Uploads that are safe at the provider and wait to be registered."""


@outbox.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List what waits, the oldest first."""
    from secingest_tui.services.outbox import Outbox

    with open_workspace() as workspace:
        rows = [_row(entry) for entry in Outbox(workspace).entries()]
        print_rows(rows, as_json=as_json, empty="The outbox is empty: everything is registered.")


@outbox.command()
@json_option
def flush(as_json: bool) -> int:
    """Register everything that waits; prints the receipts."""
    from secingest_tui.services.outbox import Outbox

    with open_workspace() as workspace:
        result = Outbox(workspace).flush()
        for receipt in result.registered:
            if as_json:
                print_json(receipt)
            else:
                say(f"registered: {receipt['object_key']} {receipt['version']} ({receipt['receipt_id']})")
        for entry in result.waiting:
            say(f"still waiting: {entry.registration['object_key']}: {entry.error}")
        for entry in result.refused:
            say(f"refused: {entry.registration['object_key']}: {entry.error}")
            say(f"  next: correct the cause and flush again, or: secingest outbox discard {entry.id}")
        if not (result.registered or result.waiting or result.refused):
            say("The outbox is empty: everything is registered.")
        return 1 if result.waiting or result.refused else 0


@outbox.command()
@click.argument("entry_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
def discard(entry_id: str, yes: bool) -> None:
    """Forget an entry; its object stays at the provider, unregistered."""
    from secingest_tui.errors import UsageError
    from secingest_tui.services.outbox import Outbox

    with open_workspace() as workspace:
        if not yes:
            click.confirm(f"Forget the registration {entry_id}? Its object stays unregistered.", abort=True)
        if not Outbox(workspace).discard(entry_id):
            raise UsageError(f"There is no entry {entry_id}.", hint="See: secingest outbox list")
        say(f"Discarded {entry_id}.")


def _row(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.id,
        "object_key": entry.registration["object_key"],
        "version": entry.registration["version"],
        "state": "refused" if entry.refused else "waiting",
        "attempts": entry.attempts,
        "next_attempt_at": entry.next_attempt_at,
        "error": entry.error,
    }
