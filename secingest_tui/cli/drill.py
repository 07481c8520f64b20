"""``secingest drill``: restore random objects and put the result on record."""

from __future__ import annotations

from pathlib import Path

import click

from secingest_tui.cli.common import (
    open_workspace,
    passphrase_file_option,
    private_key_option,
    progress_bar,
    say,
    signers_option,
    tenant_option,
    unsigned_option,
)
from secingest_tui.cli.output import json_option, print_record, print_rows


@click.group(invoke_without_command=True)
@tenant_option
@click.option("--sample", type=click.IntRange(1, 100_000), help="Objects to restore, chosen at random.")
@click.option("--object", "object_key", metavar="OBJECT_KEY", help="This object instead of a sample.")
@click.option("--object-version", "version", metavar="V", help="This version of --object.")
@click.option("--backend", metavar="B", help="From the copy on this backend instead of a random one.")
@click.option("--seed", type=int, help="Repeat the choice of an earlier drill with this seed.")
@private_key_option
@passphrase_file_option
@signers_option
@unsigned_option
@json_option
@click.pass_context
def drill(
    ctx: click.Context,
    tenant: str | None,
    sample: int | None,
    object_key: str | None,
    version: str | None,
    backend: str | None,
    seed: int | None,
    private_key: Path | None,
    passphrase_file: Path | None,
    signers: tuple[str, ...],
    allow_unsigned: bool,
    as_json: bool,
) -> int | None:
    """Restore random objects from a random copy, verify them, and record the result in the audit log.

    Everything is fetched, checked and decrypted as a restore does it; nothing is written. Exit status 1
    where an object could not be restored.
    """
    if ctx.invoked_subcommand is not None:
        return None
    if (sample is None) == (object_key is None):
        raise click.UsageError("Give --sample N, or --object OBJECT_KEY.")
    from secingest_tui.cli.common import opening_keys
    from secingest_tui.services.drill import DrillRequest, run_drill
    from secingest_tui.services.drill.run import Restored, rows_of
    from secingest_tui.services.ingest.progress import TransferProgress

    def tell(done: Restored) -> None:
        if done.error is not None:
            say(f"failed: {done.object_key} {done.version} from {done.backend}: {done.error.message}")
            if done.error.hint:
                say(f"  next: {done.error.hint}")

    progress = TransferProgress()
    with open_workspace() as workspace:
        owner = tenant or (object_key.split("/", 1)[0] if object_key else workspace.tenant_id(None))
        with progress_bar(progress, quiet=as_json):
            done = run_drill(
                workspace,
                DrillRequest(owner, sample or 1, object_key, version, backend, seed),
                keys=lambda ids: opening_keys(workspace, ids, private_key, passphrase_file),
                signers=workspace.trusted_signers(signers),
                require_signature=not allow_unsigned,
                progress=progress,
                on_object=tell,
            )
        print_record(rows_of(done), as_json=as_json)
    return 0 if done.result.verified == done.result.sample else 1


@drill.command("list")
@tenant_option
@json_option
def list_(tenant: str | None, as_json: bool) -> None:
    """List the drills on record, the newest first."""
    from secingest_tui.services.drill.run import rows_of
    from secingest_tui.services.snapshots.reading import snapshot_reader

    with open_workspace() as workspace:
        page = snapshot_reader(workspace, tenant).drills(tenant=tenant, limit=500)
        rows = (rows_of(item) for item in page.items)
        print_rows(rows, as_json=as_json, empty="No drills. Run one: secingest drill --sample 10")
