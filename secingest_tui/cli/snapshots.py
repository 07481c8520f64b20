"""``secingest snapshot``: what is at a provider, sanitised and kept at the server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_json, print_record, print_rows

if TYPE_CHECKING:
    from backend_stub.contract.snapshots import StoredEntry
    from secingest_tui.services.snapshots.capture import CaptureProgress

FIELDS = ("bucket", "name", "size", "mtime", "etag", "version_id", "is_latest", "delete_marker")


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
    """List the tenant's buckets with its own credentials, and record what is there.

    Only names, sizes, times, ETags and version ids leave this machine. Where a cap of the server cuts,
    the rest is counted.
    """
    from secingest_tui.services.snapshots import take_snapshot
    from secingest_tui.services.snapshots.capture import CaptureProgress

    progress = CaptureProgress()
    with open_workspace() as workspace:
        with _progress(progress, quiet=as_json) as tick:
            taken = take_snapshot(
                workspace, workspace.tenant_id(tenant), backend, progress=progress, tick=tick, **options
            )
        print_record(taken.model_dump(mode="json"), as_json=as_json)
        if taken.omitted_buckets or taken.omitted_entries:
            say(
                f"cut short by the server's limits: {taken.omitted_entries:,} entries and "
                f"{taken.omitted_buckets:,} buckets are counted, not kept"
            )


@contextmanager
def _progress(progress: CaptureProgress, *, quiet: bool) -> Iterator[Any]:
    """A line on the terminal that counts, at most four times a second."""
    import time

    if quiet or not sys.stderr.isatty():
        yield lambda entries: None
        return
    last = 0.0

    def tick(_entries: int) -> None:
        nonlocal last
        if time.monotonic() - last >= 0.25:
            last = time.monotonic()
            done = f"{progress.buckets_done}/{progress.buckets_total} buckets"
            click.echo(f"\r\x1b[Klisting: {progress.entries:,} objects, {done}", err=True, nl=False)

    try:
        yield tick
    finally:
        click.echo("\r\x1b[K", err=True, nl=False)


@snapshot.command("list")
@tenant_option
@click.option("--backend", metavar="B", help="Only of this backend.")
@click.option("--held", is_flag=True, help="Only those on legal hold.")
@json_option
def list_(tenant: str | None, backend: str | None, held: bool, as_json: bool) -> None:
    """List snapshots, the newest first; an operator sees every tenant's."""
    from secingest_tui.services.snapshots.reading import all_snapshots, snapshot_reader

    with open_workspace() as workspace:
        client = snapshot_reader(workspace, tenant)
        rows = (
            {
                "id": item.id,
                "tenant": item.tenant_id,
                "backend": item.backend,
                "taken_at": item.taken_at.isoformat(timespec="seconds"),
                "buckets": item.buckets,
                "entries": item.entries,
                "bytes": item.bytes,
                "hold": item.hold,
                "intact": item.intact,
                "label": item.label,
            }
            for item in all_snapshots(client, tenant, backend=backend, hold="true" if held else None)
        )
        print_rows(rows, as_json=as_json, empty="No snapshots. Take one: secingest snapshot take --backend B")


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@click.option("--bucket", metavar="NAME", help="Only entries of this bucket.")
@click.option("--prefix", metavar="P", help="Only keys that begin with this.")
@json_option
def show(snapshot_id: str, tenant: str | None, bucket: str | None, prefix: str | None, as_json: bool) -> None:
    """Show a snapshot's entries."""
    from secingest_tui.services.snapshots.reading import entries, snapshot_reader

    with open_workspace() as workspace:
        client = snapshot_reader(workspace, tenant)
        _print_entries(entries(client, snapshot_id, bucket=bucket, prefix=prefix), as_json=as_json)
        if not as_json:
            head = client.snapshot(snapshot_id, limit=1)
            say(f"{head.entries:,} entries, {head.omitted_entries:,} of them left out by a cap.")


@snapshot.command()
@click.argument("snapshot_id")
@click.argument("text")
@tenant_option
@json_option
def find(snapshot_id: str, text: str, tenant: str | None, as_json: bool) -> None:
    """Find entries whose key contains TEXT; letter case does not matter."""
    from secingest_tui.services.snapshots.reading import entries, snapshot_reader

    with open_workspace() as workspace:
        found = entries(snapshot_reader(workspace, tenant), snapshot_id, contains=text)
        _print_entries(found, as_json=as_json)


def _print_entries(found: Iterator[StoredEntry], *, as_json: bool) -> None:
    if as_json:
        for item in found:
            print_json(item)
        return
    rows = ({name: item.model_dump(mode="json")[name] for name in FIELDS[:5]} for item in found)
    print_rows(rows, as_json=False, empty="No entries.")


@snapshot.command()
@click.argument("snapshot_id")
@click.argument("folder", default="", metavar="[BUCKET[/PREFIX/]]")
@tenant_option
@json_option
def ls(snapshot_id: str, folder: str, tenant: str | None, as_json: bool) -> None:
    """List the buckets, or what lies directly in BUCKET/PREFIX/, with the totals of every folder."""
    from secingest_tui.services.snapshots.reading import folder_items, snapshot_reader

    bucket, _, prefix = folder.partition("/")
    with open_workspace() as workspace:
        found = folder_items(snapshot_reader(workspace, tenant), snapshot_id, bucket, prefix)
        rows = (
            {"name": name, "folder": item.folder, "entries": item.entries, "bytes": item.bytes}
            for name, item in found
        )
        print_rows(rows, as_json=as_json, empty="Nothing lies here.")


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@json_option
def verify(snapshot_id: str, tenant: str | None, as_json: bool) -> int:
    """Fetch every byte of a snapshot and check it here against its hash, and at the server its record."""
    from secingest_tui.services.snapshots.reading import snapshot_reader, verify_snapshot

    with open_workspace() as workspace:
        found = verify_snapshot(snapshot_reader(workspace, tenant), snapshot_id)
    print_record(found, as_json=as_json)
    return 0 if found["intact"] else 1


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@click.option("--reason", required=True, help="Why, in one line; it goes into the audit log.")
def hold(snapshot_id: str, tenant: str | None, reason: str) -> None:
    """Put a snapshot on legal hold: it is neither deleted nor expired."""
    _change_hold(snapshot_id, tenant, held=True, reason=reason)
    say(f"Held {snapshot_id}.")


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@click.option("--reason", help="Why, in one line; it goes into the audit log.")
def release(snapshot_id: str, tenant: str | None, reason: str | None) -> None:
    """Lift the legal hold of a snapshot."""
    _change_hold(snapshot_id, tenant, held=False, reason=reason)
    say(f"Released {snapshot_id}.")


def _change_hold(snapshot_id: str, tenant: str | None, *, held: bool, reason: str | None) -> None:
    from backend_stub.contract.snapshots import SnapshotHold
    from secingest_tui.config import parse
    from secingest_tui.services.snapshots.reading import snapshot_reader

    # What was typed is refused before anybody is asked.
    change = parse(SnapshotHold, {"hold": held, "before": not held, "reason": reason}, "--reason")
    with open_workspace() as workspace:
        reader = snapshot_reader(workspace, tenant)
        before = reader.snapshot(snapshot_id, limit=1).hold
        reader.hold_snapshot(snapshot_id, change.model_copy(update={"before": before}))


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(snapshot_id: str, tenant: str | None, yes: bool) -> None:
    """Delete a snapshot; the audit log keeps its hash. One on legal hold stays."""
    from secingest_tui.services.snapshots.reading import snapshot_reader

    with open_workspace() as workspace:
        client = snapshot_reader(workspace, tenant)
        if not yes:
            found = client.snapshot(snapshot_id, limit=1)
            about = f"{found.backend}, {found.taken_at:%Y-%m-%d %H:%MZ}, {found.entries:,} entries"
            click.confirm(f"Delete the snapshot {snapshot_id} ({about})?", abort=True)
        client.delete_snapshot(snapshot_id)
        say(f"Deleted {snapshot_id}.")


# Adds its commands to the group.
from secingest_tui.cli import snapshot_audit as _audit  # noqa: E402, F401
