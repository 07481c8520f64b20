"""``secingest uploads``: large uploads that were interrupted."""

from __future__ import annotations

import click

from secingest_tui.cli.common import open_workspace, progress_bar, say
from secingest_tui.cli.output import json_option, print_json, print_rows


@click.group()
def uploads() -> None:
    """Unfinished uploads: their parts are kept at the provider until resumed or aborted."""


@uploads.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List unfinished uploads of this home."""
    from secingest_tui.services.upload.unfinished import unfinished_uploads

    with open_workspace() as workspace:
        rows = [item.row() for item in unfinished_uploads(workspace)]
        print_rows(rows, as_json=as_json, empty="No unfinished uploads.")


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
    with open_workspace() as workspace:
        for item in pick(workspace, upload_id):
            progress = TransferProgress()
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
    return 1 if failed else 0


@uploads.command()
@click.argument("upload_id", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
def abort(upload_id: str | None, yes: bool) -> None:
    """Remove one unfinished upload, or all of them, at the provider and here."""
    from secingest_tui.services.upload.unfinished import abort_upload, pick

    with open_workspace() as workspace:
        chosen = pick(workspace, upload_id)
        if chosen and not yes:
            click.confirm(f"Abort {len(chosen)} unfinished upload(s)?", abort=True)
        for item in chosen:
            abort_upload(workspace, item)
            say(f"aborted: {item.object_key} {item.version}")
        if not chosen:
            say("No unfinished uploads.")
