"""``secingest encrypt``: a bundle for an upload by other software."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from secingest_tui.cli.common import open_workspace, progress_bar, say, tenant_option
from secingest_tui.cli.output import json_option, print_record

_policy = (
    click.option("--residency", metavar="FI", help="Where copies may lie; the tenant's by default."),
    click.option("--replicas", type=click.IntRange(1, 16), help="Copies in all, the first included."),
    click.option(
        "--target", "targets", multiple=True, metavar="BACKEND", help="Replicate there; repeatable."
    ),
    click.option("--logical", default="data", show_default=True, help="Logical bucket of the tenant."),
)


def policy_options(command: Any) -> Any:
    """Residency, copies, targets and logical bucket."""
    for option in reversed(_policy):
        command = option(command)
    return command


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("-o", "--output", "folder", required=True, type=click.Path(path_type=Path, file_okay=False),
              metavar="DIR", help="New folder for the bundle.")  # fmt: skip
@tenant_option
@click.option("--backend", required=True, metavar="B", help="Where the ciphertext will be uploaded to.")
@click.option("--as", "object_key", required=True, metavar="OBJECT_KEY", help="The object's key.")
@click.option("--object-version", "version", metavar="V", help="Version; made from the time by default.")
@click.option("--recipient", "recipients", multiple=True, metavar="KEY_ID_OR_PEM", help="Who can decrypt.")
@policy_options
@json_option
def encrypt(
    file: Path,
    folder: Path,
    tenant: str | None,
    backend: str,
    version: str | None,
    recipients: tuple[str, ...],
    as_json: bool,
    **fields: Any,
) -> None:
    """Encrypt FILE into a bundle without uploading it.

    Upload ciphertext and ciphertext.sig with software of your own (upload.sh does it with the AWS CLI), then:
    secingest register --bundle DIR
    """
    from secingest_tui.services.bundle.make import BundleRequest, make_bundle
    from secingest_tui.services.ingest.names import new_version
    from secingest_tui.services.ingest.progress import TransferProgress

    with open_workspace() as workspace:
        encryption = workspace.config.encryption
        progress = TransferProgress()
        request = BundleRequest(
            source=file,
            folder=folder,
            tenant=workspace.tenant_id(tenant),
            version=version or new_version(),
            backend=workspace.backend(backend),
            **fields,
        )
        with progress_bar(progress, quiet=as_json):
            bundle = make_bundle(
                request,
                workspace.keyring.recipients(
                    recipients, encryption.recovery_recipients, encryption.recipients
                ),
                workspace.keyring.signer(encryption.signer),
                frame_length=encryption.frame_length,
                jobs=workspace.config.transfer.jobs,
                progress=progress,
            )
        record = {
            "bundle": bundle.folder,
            "object_key": request.object_key,
            "version": request.version,
            "upload_to": f"s3://{bundle.bucket}/{bundle.key}",
            "endpoint": bundle.endpoint,
        }
        print_record(record, as_json=as_json)
        say(f"next: upload it ({folder}/upload.sh), then: secingest register --bundle {folder}")
