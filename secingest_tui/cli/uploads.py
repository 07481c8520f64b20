"""``secingest uploads``: large uploads that were interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from secingest_tui.cli.common import open_workspace, progress_bar, say, tenant_option
from secingest_tui.cli.output import json_option, print_json, print_rows

if TYPE_CHECKING:
    from secingest_tui.errors import SecingestError


@click.group()
def uploads() -> None:
    """Unfinished uploads: their parts are kept at the provider until resumed or aborted."""


@uploads.command("list")
@json_option
def list_(as_json: bool) -> int:
    """List unfinished uploads of this home."""
    from secingest_tui.services.upload.unfinished import unfinished_uploads

    unreadable: list[SecingestError] = []
    with open_workspace() as workspace:
        rows = [item.row() for item in unfinished_uploads(workspace, unreadable=unreadable)]
        print_rows(rows, as_json=as_json, empty="No unfinished uploads.")
    return 1 if _told(unreadable) else 0


@uploads.command()
@click.argument("upload_id", required=False)
@json_option
def resume(upload_id: str | None, as_json: bool) -> int:
    """Go on with one upload, or with all of them; registers them and prints the receipts."""
    from secingest_tui.errors import SecingestError
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.outbox import Outbox
    from secingest_tui.services.upload.unfinished import pick, resume_upload

    failed = 0
    unreadable: list[SecingestError] = []
    with open_workspace() as workspace:
        chosen = pick(workspace, upload_id, unreadable=unreadable)
        if not chosen and not unreadable:
            say("No interrupted uploads.")
        for item in chosen:
            progress = TransferProgress()
            progress.start("encrypt+upload", bytes_total=item.size, items_total=1)
            try:
                with progress_bar(progress, quiet=as_json):
                    entry = resume_upload(workspace, item, progress=progress)
                receipt = Outbox(workspace).register(entry)
            except SecingestError as error:
                failed += 1
                say(f"failed: {item.object_key}: {error.message}")
                if error.hint:
                    say(f"  next: {error.hint}")
                continue
            if as_json:
                print_json(receipt)
            else:
                say(f"registered: {receipt['object_key']} {receipt['version']} ({receipt['receipt_id']})")
    return 1 if _told(unreadable) or failed else 0


def _told(unreadable: list[SecingestError]) -> int:
    """Say which journals cannot be read; how many."""
    for error in unreadable:
        say(f"{error.message} {error.hint or ''}")
    return len(unreadable)


@uploads.command()
@click.argument("upload_id", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
def abort(upload_id: str | None, yes: bool) -> int:
    """Remove one unfinished upload, or all of them, at the provider and here."""
    from secingest_tui.services.upload.unfinished import abort_upload, pick

    unreadable: list[SecingestError] = []
    with open_workspace() as workspace:
        chosen = pick(workspace, upload_id, unreadable=unreadable)
        if chosen and not yes:
            click.confirm(f"Abort {len(chosen)} unfinished upload(s)?", abort=True)
        for item in chosen:
            abort_upload(workspace, item)
            say(f"aborted: {item.object_key} {item.version}")
        if not chosen and not unreadable:
            say("No unfinished uploads.")
    return 1 if _told(unreadable) else 0


@uploads.command()
@tenant_option
@click.option("--backend", metavar="B", help="Where to look; see: secingest backends list.")
@click.option("--logical", default="data", show_default=True, help="Logical bucket of the tenant.")
@click.option("--abort", is_flag=True, help="Remove them, and see that they are gone.")
@click.option("--older-than", type=click.FloatRange(0), default=24.0, show_default=True, metavar="HOURS",
              help="With --abort: only those; younger ones may be under way elsewhere.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def abandoned(
    tenant: str | None,
    backend: str | None,
    logical: str,
    abort: bool,
    older_than: float,
    yes: bool,
    as_json: bool,
) -> None:
    """List uploads at the provider that this home has no journal of: killed streams, lost homes."""
    from datetime import timedelta

    from secingest_tui.services.upload.abandoned import abandoned_uploads, abort_abandoned

    with open_workspace() as workspace:
        owner = workspace.tenant_id(tenant)
        found = abandoned_uploads(workspace, owner, workspace.backend_id(backend), logical=logical)
        print_rows((item.row() for item in found), as_json=as_json, empty="No abandoned uploads.")
        if not abort:
            return
        old = [item for item in found if item.age is not None and item.age >= timedelta(hours=older_than)]
        if old and not yes:
            click.confirm(f"Abort {len(old)} upload(s)?", abort=True)
        for item in old:
            abort_abandoned(workspace, owner, item)
            say(f"aborted: {item.key}")
        if len(old) < len(found):
            say(f"left alone, younger than {older_than:g} hours: {len(found) - len(old)}")
