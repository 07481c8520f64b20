"""``secingest rewrap``: access for further keys, or a new version for new ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import (
    open_workspace,
    opening_keys,
    passphrase_file_option,
    private_key_option,
    progress_bar,
    say,
    signers_option,
    unsigned_option,
)
from secingest_tui.cli.output import json_option, print_record

if TYPE_CHECKING:
    from secingest_tui.services.rewrap.run import Opening
    from secingest_tui.services.workspace import Workspace


@click.command()
@click.argument("object_key")
@click.option("--recipient", "recipients", multiple=True, required=True, metavar="KEY_ID_OR_PEM",
              help="Who gets access; repeatable.")  # fmt: skip
@click.option("--object-version", "version", metavar="V", help="The newest one by default.")
@click.option("--backend", metavar="B", help="Read the object from this backend only.")
@private_key_option
@passphrase_file_option
@signers_option
@unsigned_option
@click.option("--reencrypt", is_flag=True,
              help="Make a new version under a new data key, for the recipients named here.")  # fmt: skip
@click.option(
    "--signer-passphrase-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Passphrase of the signing key, where this profile does not keep it.",
)
@json_option
def rewrap(
    object_key: str,
    recipients: tuple[str, ...],
    version: str | None,
    backend: str | None,
    private_key: Path | None,
    passphrase_file: Path | None,
    signers: tuple[str, ...],
    allow_unsigned: bool,
    reencrypt: bool,
    signer_passphrase_file: Path | None,
    as_json: bool,
) -> int:
    """Give further keys access to OBJECT_KEY, with a private key that opens it.

    The object itself is not touched: the wrapped keys lie beside every copy of it (its key with .keys
    added) and in its record at the server. secingest and the single-file reader use them; stock readers of
    the format do not know them.

    Access cannot be taken back: whoever once could open a version may have kept its data key. --reencrypt
    makes a new version under a new data key, which only the recipients named here (and the configured
    recovery recipients) can open; stock readers open it too. The older version stays, for whoever could
    open it, until it is erased at the providers.
    """
    from secingest_tui.services.passphrase import from_file_or_terminal
    from secingest_tui.services.rewrap.run import Opening

    ask = from_file_or_terminal(signer_passphrase_file, "Passphrase of the signing key")
    with open_workspace() as workspace:
        opening = Opening(
            keys=lambda key_ids: opening_keys(workspace, key_ids, private_key, passphrase_file),
            signers=workspace.trusted_signers(signers),
            require_signature=not allow_unsigned,
            backend=backend,
        )
        if reencrypt:
            return _reencrypt(workspace, object_key, recipients, opening, version, ask, as_json=as_json)
        return _rewrap(workspace, object_key, recipients, opening, version, ask, as_json=as_json)


def _rewrap(
    workspace: Workspace,
    object_key: str,
    recipients: tuple[str, ...],
    opening: Opening,
    version: str | None,
    ask: Any,
    *,
    as_json: bool,
) -> int:
    from secingest_tui.services.rewrap.run import rewrap as run

    keyring = workspace.keyring
    done = run(
        workspace,
        object_key,
        [keyring.recipient(name) for name in recipients],
        opening,
        version=version,
        signer=lambda: keyring.signer(workspace.config.encryption.signer, ask),
    )
    for note in done.notes:
        say(f"warning: {note}")
    print_record(
        {
            "object_key": done.object_key,
            "version": done.version,
            "revision": done.revision,
            "added": done.added,
            "present": done.present,
            "written": done.written,
            "current": done.current,
            "missed": [name for name, _ in done.missed],
        },
        as_json=as_json,
    )
    for name, reason in done.missed:
        say(f"not reached: {name}: {reason}")
    if done.missed:
        say("  next: the same command again, when they can be reached; the server has the keys already.")
    return 0 if done.complete else 1


def _reencrypt(
    workspace: Workspace,
    object_key: str,
    recipients: tuple[str, ...],
    opening: Opening,
    version: str | None,
    ask: Any,
    *,
    as_json: bool,
) -> int:
    from secingest_tui.services.ingest.progress import TransferProgress
    from secingest_tui.services.rewrap.reencrypt import reencrypt as run

    progress = TransferProgress()
    with progress_bar(progress, quiet=as_json):
        done = run(
            workspace, object_key, recipients, opening, version=version, progress=progress,
            signer_passphrase=ask,
        )  # fmt: skip
    stated: dict[str, Any] = done.receipt or (done.queued.registration if done.queued else {})
    print_record(
        {
            "object_key": object_key,
            "version": stated["version"],
            "replaces": done.replaces,
            "recipients": list(done.recipients),
            "backends": stated["backends"],
            "receipt_id": stated.get("receipt_id"),
        },
        as_json=as_json,
    )
    say(f"version {done.replaces} is as it was: whoever could open it still can, until it is erased.")
    if done.queued is not None:
        say(f"uploaded, not registered yet: {done.queued.error}")
        say("  next: secingest outbox flush (or the next ingest registers it)")
        return 1
    return 0
