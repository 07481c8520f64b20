"""``secingest snapshot compare``, ``reconcile``, ``export``, ``report``: what an auditor asks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from secingest_tui.cli.common import PersonsPath, open_workspace, say, tenant_option
from secingest_tui.cli.output import json_option, print_json, print_record, print_rows
from secingest_tui.cli.snapshots import snapshot


@snapshot.command()
@click.argument("old")
@click.argument("new")
@tenant_option
@click.option("--depth", type=click.IntRange(0, 20), default=1, show_default=True,
              help="Path segments that make a folder of the totals.")  # fmt: skip
@click.option("--folders", is_flag=True, help="Only the totals of every folder.")
@json_option
def compare(old: str, new: str, tenant: str | None, depth: int, folders: bool, as_json: bool) -> None:
    """Compare two snapshots: what was added, removed and changed from OLD to NEW.

    With --json a line for each change, then one for each bucket and folder, and the totals.
    """
    from secingest_tui.services.snapshots.compare import Comparison
    from secingest_tui.services.snapshots.reading import WholeSnapshot, snapshot_reader

    with open_workspace() as workspace:
        client = snapshot_reader(workspace, tenant)
        compared = Comparison(WholeSnapshot.open(client, old), WholeSnapshot.open(client, new), depth)
        for note in compared.notes:
            say(f"note: {note}")
        rows = (
            {
                "change": change.kind,
                "bucket": change.bucket,
                "name": change.name,
                "fields": list(change.fields),
                "size_before": change.before.size if change.before else None,
                "size_after": change.after.size if change.after else None,
            }
            for change in compared.changes()
        )
        if folders:
            for _ in rows:
                pass
        elif as_json:
            for row in rows:
                print_json(row)
        else:
            print_rows(rows, as_json=False, empty="No entry differs.")
        buckets = [asdict(change) for change in compared.bucket_changes()]
        totals = [{"folder": name} | asdict(item) for name, item in compared.folders.items()]
        if buckets:
            print_rows(buckets, as_json=as_json, empty="")
        if totals:
            print_rows(totals, as_json=as_json, empty="")
        print_record(asdict(compared.total) | {"unchanged": compared.unchanged}, as_json=as_json)


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@json_option
def reconcile(snapshot_id: str, tenant: str | None, as_json: bool) -> int:
    """Hold a snapshot against what is registered; every finding has a next action.

    Exit status 1 where there are findings.
    """
    from secingest_tui.services.snapshots.reading import WholeSnapshot, snapshot_reader
    from secingest_tui.services.snapshots.reconcile import TITLES, Reconciliation

    with open_workspace() as workspace:
        client = snapshot_reader(workspace, tenant)
        found = Reconciliation(WholeSnapshot.open(client, snapshot_id))
        for finding in found.findings(client):
            if as_json:
                print_json(asdict(finding))
                continue
            about = f" ({finding.object_key} {finding.version})" if finding.object_key else ""
            say_out(f"{finding.code}: s3://{finding.bucket}/{finding.key}{about}")
            say_out(f"  {TITLES[finding.code]}: {finding.detail}")
            say_out(f"  next: {finding.action}")
        counts = {"registered": found.registered, "matched": found.matched, "sidecars": found.sidecars}
        counts |= {
            "older_versions": found.older,
            "registered_later": found.newer,
            "registered_elsewhere": found.elsewhere,
            "not_covered": found.not_covered,
            "findings": sum(found.counts.values()),
        }
        print_record(counts, as_json=as_json)
        if found.not_covered:
            say(f"{found.not_covered:,} registered copies lie where this snapshot did not look")
    return 1 if found.counts else 0


def say_out(text: str) -> None:
    """A line of the answer; names in it are made visible."""
    from secingest_tui.text import visible

    click.echo(visible(text))


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@click.option("--format", "format_", type=click.Choice(["json", "csv"]), default="json", show_default=True)
@click.option("-o", "--output", required=True, type=PersonsPath(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the file.")
def export(snapshot_id: str, tenant: str | None, format_: str, output: Path, force: bool) -> None:
    """Write a whole snapshot to a file, each part checked against its hash."""
    from secingest_tui.services.snapshots.export import export_snapshot
    from secingest_tui.services.snapshots.reading import WholeSnapshot, snapshot_reader

    with open_workspace() as workspace:
        whole = WholeSnapshot.open(snapshot_reader(workspace, tenant), snapshot_id)
        say(f"{export_snapshot(whole, output, format_, force=force):,} entries written to {output}.")


@snapshot.command()
@click.argument("snapshot_id")
@tenant_option
@click.option("--against", metavar="OLD", help="Compare with this earlier snapshot.")
@click.option(
    "--format", "format_", type=click.Choice(["html", "md", "json"]), default="html", show_default=True
)
@click.option("-o", "--output", required=True, type=PersonsPath(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the file.")
@json_option
def report(
    snapshot_id: str,
    tenant: str | None,
    against: str | None,
    format_: str,
    output: Path,
    force: bool,
    as_json: bool,
) -> None:
    """Write an audit report that anybody can verify offline: secingest audit verify REPORT.

    It holds the snapshot's record, its reconciliation with what is registered, a comparison, the restore
    drills, and the server's signed statement with the audit chain's head.
    """
    from secingest_tui.errors import UsageError
    from secingest_tui.files import write_atomic
    from secingest_tui.services.proof import pinned_server_key
    from secingest_tui.services.snapshots.reading import snapshot_reader
    from secingest_tui.services.snapshots.report import make_report

    if output.exists() and not force:
        raise UsageError(
            f"{output} exists already; it was not touched.",
            hint="Choose another name, or --force.",
            field="-o",
        )
    with open_workspace() as workspace:
        pinned_server_key(workspace)
        content, contents = make_report(
            snapshot_reader(workspace, tenant), snapshot_id, against=against, format=format_
        )
        write_atomic(output, content)
        found = contents["reconciliation"]["counts"]
        record = {
            "report": str(output),
            "snapshot": snapshot_id,
            "intact": contents["verification"]["intact"],
            "findings": sum(found.values()),
        }
        print_record(record, as_json=as_json)
