"""``secingest providers discover``: what is at a provider, seen with the tenant's own credentials."""

from __future__ import annotations

from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_json, print_rows
from secingest_tui.text import size


@click.command()
@click.argument("backend_id", metavar="BACKEND")
@click.option("--tenant", metavar="T", help="See with this tenant's own provider credentials.")
@click.option("--bucket", metavar="B", help="List the objects of this bucket instead of the buckets.")
@click.option("--prefix", default="", metavar="P", help="With --bucket: only keys that begin so.")
@click.option("--versions", is_flag=True, help="Older versions and delete markers too.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="With --bucket: at most so many.")
@json_option
def discover(
    backend_id: str,
    tenant: str | None,
    bucket: str | None,
    prefix: str,
    versions: bool,
    limit: int | None,
    as_json: bool,
) -> int:
    """List what the tenant has at BACKEND: its buckets with sizes, or the objects of one.

    Nothing is changed. To record what is there: secingest snapshot take.
    """
    if bucket is None and (prefix or limit):
        raise click.UsageError("--prefix and --limit need --bucket.")
    with open_workspace() as workspace:
        if bucket is not None:
            return _objects(workspace, backend_id, tenant, bucket, prefix, versions, limit, as_json=as_json)
        return _buckets(workspace, backend_id, tenant, versions=versions, as_json=as_json)


def _buckets(workspace: Any, backend_id: str, tenant: str | None, *, versions: bool, as_json: bool) -> int:
    from secingest_tui.services.discovery import discover_buckets

    rows, problems = [], []
    for found in discover_buckets(workspace, backend_id, tenant, versions=versions):
        row: dict[str, Any] = {
            "bucket": found.name,
            "objects": None if found.problem else found.objects,
            "bytes": None if found.problem else found.bytes,
            "newest": found.newest.isoformat(timespec="seconds") if found.newest else None,
        }
        if versions:
            row |= {
                "older_versions": None if found.problem else found.versions,
                "older_bytes": None if found.problem else found.version_bytes,
                "delete_markers": None if found.problem else found.delete_markers,
            }
        if found.problem:
            problems.append(found)
        if as_json:
            print_json(row | {"problem": found.problem or None})
        else:
            rows.append(
                row
                | {name: size(row[name]) for name in ("bytes", "older_bytes") if row.get(name) is not None}
            )
    if not as_json:
        print_rows(rows, as_json=False, empty="These credentials see no bucket here.")
    for found in problems:
        say(f"not counted: {found.problem}; {found.hint}")
    if rows:
        say(
            f"next: record it: secingest snapshot take --backend {backend_id}"
            + (" --versions" if versions else "")
        )
    return 1 if problems else 0


def _objects(
    workspace: Any,
    backend_id: str,
    tenant: str | None,
    bucket: str,
    prefix: str,
    versions: bool,
    limit: int | None,
    *,
    as_json: bool,
) -> int:
    from secingest_tui.services.discovery import discover_objects

    def row(info: Any) -> dict[str, Any]:
        made = {
            "key": info.key,
            "size": info.size,
            "modified": info.modified_at.isoformat(timespec="seconds") if info.modified_at else None,
            "etag": info.etag or None,
        }
        return made | ({"version_id": info.version_id, "state": info.state} if versions else {})

    found = discover_objects(
        workspace, backend_id, tenant, bucket, prefix=prefix, versions=versions, limit=limit
    )
    # Line by line for a program, which may read millions; a table needs them all for its widths.
    print_rows((row(info) for info in found), as_json=as_json, empty="Nothing is there under that prefix.")
    return 0
