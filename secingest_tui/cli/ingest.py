"""``secingest ingest``: encrypt, upload, register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from secingest_tui.cli.common import KeyOrPem, PersonsPath, open_workspace, progress_bar, say, tenant_option
from secingest_tui.cli.output import json_option, print_json, print_record, print_rows

RECEIPT_FIELDS = (
    "object_key", "version", "backend", "bucket", "etag", "size", "ciphertext_size", "ciphertext_checksum",
    "key_id", "key_alg", "encrypted_key", "residency", "replica_count", "jobs", "warnings", "receipt_id",
    "recorded_at",
)  # fmt: skip


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PersonsPath(), metavar="PATH...")
@tenant_option
@click.option("--backend", metavar="B", help="Where the ciphertext goes; see: secingest backends list.")
@click.option(
    "--as", "object_key", metavar="OBJECT_KEY", help="The object's key, as in customer42/reports/q4.pdf."
)
@click.option("--prefix", metavar="P", help="Key prefix of the files, as in customer42/reports/.")
@click.option(
    "--object-version", "version", metavar="V", help="Version, as in v1; made from the time by default."
)
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    type=KeyOrPem(),
    metavar="KEY_ID_OR_PEM",
    help="Who can decrypt; repeatable.",
)
@click.option("--residency", metavar="FI", help="Where copies may lie; the tenant's by default.")
@click.option("--replicas", type=click.IntRange(1, 16), help="Copies in all, the first included.")
@click.option(
    "--target", "targets", multiple=True, metavar="BACKEND", help="Replicate to this backend; repeatable."
)
@click.option("--logical", default="data", show_default=True, help="Logical bucket of the tenant.")
@click.option("--include", multiple=True, metavar="GLOB", help="Of folders, only matching relative names.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Of folders, no matching relative names.")
@click.option("--follow-symlinks", is_flag=True, help="Ingest what symbolic links in folders point to.")
@click.option("--if-absent", is_flag=True, help="Skip objects that are registered already, in any version.")
@click.option("--jobs", type=click.IntRange(1, 64), help="Parts or small files under way at once.")
@click.option("--bandwidth-limit", metavar="RATE", help="Send at most RATE bytes a second, as in 10MiB.")
@click.option(
    "--snapshot/--no-snapshot",
    default=None,
    help="Afterwards record what is in the bucket, with this run; [snapshots] after_ingest by default.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be ingested, and stop.")
@click.option(
    "--signer-passphrase-file",
    type=PersonsPath(path_type=Path, dir_okay=False),
    help="Passphrase of the signing key, where this profile does not keep it.",
)
@json_option
def ingest(
    paths: tuple[str, ...],
    tenant: str | None,
    backend: str | None,
    bandwidth_limit: str | None,
    snapshot: bool | None,
    dry_run: bool,
    signer_passphrase_file: Path | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Encrypt PATHs (files, folders, or - for standard input), upload and register them.

    Prints a receipt for every object. The plaintext never leaves this machine. What an earlier
    run of the same command left unfinished is gone on with.
    """
    from secingest_tui.services.ingest.plan import IngestRequest
    from secingest_tui.services.ingest.run import Ingest
    from secingest_tui.services.passphrase import from_file_or_terminal
    from secingest_tui.services.upload.limit import parse_rate

    with open_workspace() as workspace:
        request = IngestRequest(
            paths=paths,
            tenant=workspace.tenant_id(tenant),
            backend=workspace.backend_id(backend),
            bandwidth_limit=parse_rate(bandwidth_limit) if bandwidth_limit is not None else None,
            **options,
        )
        job = Ingest(
            workspace,
            request,
            on_receipt=lambda receipt: _print_receipt(receipt, as_json=as_json),
            signer_passphrase=from_file_or_terminal(signer_passphrase_file, "Passphrase of the signing key"),
            note=say,
        )
        if dry_run:
            return _dry_run(job, as_json=as_json)
        with progress_bar(job.progress, quiet=as_json):
            result = job.run()
        for path, reason in result.skipped:
            say(f"skipped: {path}: {reason}")
        for receipt in result.flushed:
            say(f"registered from the outbox: {receipt['object_key']} {receipt['version']}")
        for path, error in result.failed:
            say(f"failed: {path}: {error.message}")
            if error.hint:
                say(f"  next: {error.hint}")
        for entry in result.queued:
            say(
                f"uploaded, not registered yet: {entry.registration['object_key']} "
                f"{entry.registration['version']}: {entry.error}"
            )
        if result.queued:
            say("  next: secingest outbox flush (or the next ingest registers them)")
        wanted = workspace.config.snapshots.after_ingest if snapshot is None else snapshot
        taken = _snapshot(workspace, request, result) if wanted else True
        return 0 if result.complete and taken else 1


def _snapshot(workspace: Any, request: Any, result: Any) -> bool:
    """Whether the snapshot was recorded; where it was not, the ingest is still what it was."""
    from secingest_tui.errors import SecingestError
    from secingest_tui.services.snapshots.after_ingest import snapshot_after

    try:
        taken = snapshot_after(workspace, request, result)
    except SecingestError as error:
        say(f"no snapshot was taken: {error.message}")
        say(f"  next: secingest snapshot take --backend {request.backend}")
        return False
    say(f"snapshot: {taken.id} ({taken.entries:,} entries)")
    return True


def _dry_run(job: Any, *, as_json: bool) -> int:
    plan = job.plan()
    rows = ({"source": item.source, "object_key": item.object_key, "size": item.size} for item in plan.items)
    print_rows(rows, as_json=as_json, empty="Nothing to ingest.")
    for path, reason in plan.skipped:
        say(f"would skip: {path}: {reason}")
    for path, reason in plan.problems:
        say(f"problem: {path}: {reason}")
    return 1 if plan.problems else 0


def _print_receipt(receipt: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(receipt)
        return
    print_record({name: receipt.get(name) for name in RECEIPT_FIELDS}, as_json=False)
    click.echo()
