"""``secingest restore`` and ``secingest fetch``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import (
    key_passphrase,
    open_workspace,
    passphrase_file_option,
    progress_bar,
    say,
)
from secingest_tui.cli.output import json_option, print_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from secingest_tui.crypto.recipients import PrivateKey
    from secingest_tui.services.workspace import Workspace

_output = click.option(
    "-o", "--output", required=True, metavar="FILE", help="Where to write; - is standard output."
)
_version = click.option("--object-version", "version", metavar="V", help="The newest one by default.")
_backend = click.option(
    "--backend", metavar="B", help="Only from this backend; all copies are tried by default."
)
_force = click.option("--force", is_flag=True, help="Replace FILE if it exists.")


@click.command()
@click.argument("object_key")
@_output
@_version
@_backend
@click.option(
    "--private-key",
    type=click.Path(path_type=Path, dir_okay=False),
    help="This private key file instead of those of the keyring.",
)
@passphrase_file_option
@click.option("--signer", "signers", multiple=True, metavar="ID_OR_PEM", help="Trust this uploader too.")
@click.option("--allow-unsigned", is_flag=True, help="Accept an object whose origin nobody vouches for.")
@_force
@json_option
def restore(
    object_key: str,
    output: str,
    version: str | None,
    backend: str | None,
    private_key: Path | None,
    passphrase_file: Path | None,
    signers: tuple[str, ...],
    allow_unsigned: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Find OBJECT_KEY through the server, fetch it, verify it, decrypt it."""
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.restore.run import restore as run

    with open_workspace() as workspace:
        progress = TransferProgress()
        with progress_bar(progress, quiet=as_json):
            done = run(
                workspace,
                object_key,
                output,
                version=version,
                backend=backend,
                keys=lambda key_ids: _keys(workspace, key_ids, private_key, passphrase_file),
                signers=workspace.trusted_signers(signers),
                require_signature=not allow_unsigned,
                force=force,
                progress=progress,
                stdout=sys.stdout.buffer,
            )
        for copy in done.tried:
            say(f"warning: another copy was not usable: {copy}")
        if done.signed_by is None:
            say("warning: origin not verified: the object has no signature.")
        record: dict[str, Any] = {
            "object_key": done.object_key,
            "version": done.version,
            "backend": done.backend,
            "size": done.size,
            "output": done.output,
            "signed_by": done.signed_by,
        }
        if output != "-":
            print_record(record, as_json=as_json)


def _keys(
    workspace: Workspace, key_ids: list[str], private_key: Path | None, passphrase_file: Path | None
) -> Iterable[PrivateKey]:
    if private_key is not None:
        from secingest_tui.services.offline import load_key_file

        return [load_key_file(private_key, passphrase_file)]
    return workspace.keyring.openers(key_ids, key_passphrase(passphrase_file))


@click.command()
@click.argument("object_key")
@_output
@_version
@_backend
@_force
@json_option
def fetch(
    object_key: str, output: str, version: str | None, backend: str | None, force: bool, as_json: bool
) -> None:
    """Fetch OBJECT_KEY's ciphertext as it lies at the provider; nothing is decrypted.

    The uploader's signature lies beside it and is written to FILE.sig.
    """
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.restore.fetch import fetch as run

    with open_workspace() as workspace:
        progress = TransferProgress()
        with progress_bar(progress, quiet=as_json):
            done = run(
                workspace, object_key, output, version=version, backend=backend, force=force,
                progress=progress, stdout=sys.stdout.buffer,
            )  # fmt: skip
        if output != "-":
            print_record(done, as_json=as_json)
