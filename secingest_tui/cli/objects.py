"""``secingest objects``: what is registered."""

from __future__ import annotations

from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_record, print_rows


@click.group()
def objects() -> None:
    """Registered objects: pointers and policies at the metadata server."""


@objects.command("list")
@tenant_option
@click.option("--prefix", metavar="P", help="Only keys that begin with P.")
@click.option("--backend", metavar="B", help="Only objects with a copy there.")
@click.option("--residency", metavar="FI")
@click.option("--key-id", metavar="ID", help="Only objects encrypted for this key.")
@click.option("--limit", type=click.IntRange(1), default=1000, show_default=True)
@json_option
def list_(tenant: str | None, limit: int, as_json: bool, **query: Any) -> None:
    """List objects in the order of their keys, the newest version first."""
    from itertools import islice

    with open_workspace() as workspace:
        client = workspace.tenant(workspace.tenant_id(tenant))
        found = list(islice(client.all_objects(**query), limit + 1))
        rows = [
            {
                "object_key": item.object_key,
                "version": item.version,
                "state": item.state,
                "size": item.size,
                "backends": item.backends,
                "copies": f"{item.copies}/{item.replica_count}",
                "residency": item.residency,
                "key_id": item.key_id,
                "recorded_at": item.recorded_at.isoformat(timespec="seconds"),
            }
            for item in found[:limit]
        ]
        print_rows(rows, as_json=as_json, empty="No objects. Register one: secingest ingest --help")
        if len(found) > limit:
            say(f"{limit} shown, there are more: raise --limit, or narrow with --prefix.")


@objects.command()
@click.argument("object_key")
@click.option("--object-version", "version", metavar="V", help="The newest one by default.")
@json_option
def show(object_key: str, version: str | None, as_json: bool) -> None:
    """Show one object: its record, replicas, jobs and policy."""
    from secingest_tui.services.restore.locate import locate

    with open_workspace() as workspace:
        record = locate(workspace, object_key, version=version).record.model_dump(mode="json")
        if not as_json:
            record |= {f"registered {name}": value for name, value in record.pop("registration").items()}
        print_record(record, as_json=as_json)


@objects.command()
@click.argument("object_key")
@click.option("--object-version", "version", metavar="V", help="Only this version; all of them by default.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def delete(object_key: str, version: str | None, yes: bool, as_json: bool) -> None:
    """Mark OBJECT_KEY as deleted at the server: a tombstone; the ciphertext stays at the provider."""
    if not yes:
        click.confirm(f"Mark {object_key} {version or '(every version)'} as deleted?", abort=True)
    with open_workspace() as workspace:
        done = workspace.tenant(object_key.split("/", 1)[0]).delete(object_key, version)
        print_record(done.model_dump(mode="json"), as_json=as_json)
        say("A tombstone: the ciphertext is still at the provider.")
