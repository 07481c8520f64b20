"""``secingest snapshot``: what is at a provider, sanitised and kept at the server."""

from __future__ import annotations

from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_json, print_record, print_rows


@click.group()
def snapshot() -> None:
    """Sanitised snapshots of what is at a provider."""


@snapshot.command()
@tenant_option
@click.option("--backend", required=True, metavar="B")
@click.option("--bucket", "buckets", multiple=True, help="Only this bucket; repeatable.")
@click.option("--versions", is_flag=True, help="Every version and delete marker.")
@click.option("--label", help="A line to know it by.")
@json_option
def take(tenant: str | None, backend: str, as_json: bool, **options: Any) -> None:
    """List the tenant's buckets with its own credentials, and record what is there."""
    from secingest_tui.services.snapshots import take_snapshot

    with open_workspace() as workspace:
        taken = take_snapshot(workspace, workspace.tenant_id(tenant), backend, **options)
        print_record(taken.model_dump(mode="json"), as_json=as_json)


@snapshot.command("list")
@tenant_option
@json_option
def list_(tenant: str | None, as_json: bool) -> None:
    """List snapshots, the newest first."""
    with open_workspace() as workspace:
        page = workspace.tenant(workspace.tenant_id(tenant)).snapshots(limit=500)
        rows = [
            {
                "id": item.id,
                "backend": item.backend,
                "taken_at": item.taken_at.isoformat(timespec="seconds"),
                "buckets": item.buckets,
                "entries": item.entries,
                "bytes": item.bytes,
                "intact": item.intact,
                "label": item.label,
            }
            for item in page.items
        ]
        print_rows(rows, as_json=as_json, empty="No snapshots. Take one: secingest snapshot take --backend B")


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@json_option
def show(snapshot_id: str, tenant: str | None, as_json: bool) -> None:
    """Show a snapshot's entries."""
    with open_workspace() as workspace:
        client = workspace.tenant(workspace.tenant_id(tenant))
        cursor: str | None = None
        rows: list[dict[str, Any]] = []
        while True:
            page = client.snapshot(snapshot_id, cursor=cursor, limit=500)
            for item in page.items:
                row = item.model_dump(mode="json", include={"bucket", "name", "size", "mtime", "etag"})
                if as_json:
                    print_json(row)
                else:
                    rows.append(row)
            cursor = page.next
            if cursor is None:
                break
        if not as_json:
            print_rows(rows, as_json=False, empty="The snapshot is empty.")
            say(f"{page.entries} entries, {page.omitted_entries} of them left out by a cap.")
