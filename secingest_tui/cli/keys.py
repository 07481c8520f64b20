"""``secingest keys``: encryption and signing keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from secingest_tui.cli.common import PersonsPath, open_workspace, passphrase_file_option, say
from secingest_tui.cli.output import json_option, print_record, print_rows

TYPES = ("rsa-3072", "rsa-4096", "p256", "p384", "p521", "ed25519", "mlkem768-x25519")


@click.group()
def keys() -> None:
    """Encryption and signing keys of this home."""


@keys.command()
@click.option(
    "--key-id", required=True, metavar="ID", help="Name of the key: letters, digits, '.', '_', '-'."
)
@click.option("--type", "kind", type=click.Choice(TYPES), default="rsa-4096", show_default=True)
@click.option(
    "--out", type=PersonsPath(path_type=Path, file_okay=False), help="Write the pair to this folder."
)
@passphrase_file_option
@click.option("--no-passphrase", is_flag=True, help="Leave the private key unprotected on disk.")
@json_option
def new(
    key_id: str, kind: str, out: Path | None, passphrase_file: Path | None, no_passphrase: bool, as_json: bool
) -> None:
    """Make a key pair: private key as PKCS#8 (0600), public key as PEM.

    With the first encryption key, the Ed25519 key that signs uploads is made too; its passphrase is
    kept in the profile's credential file.
    """
    from secingest_tui.crypto.keyfile import KeyType
    from secingest_tui.services.passphrase import ask_on_terminal, read_passphrase_file

    if no_passphrase and passphrase_file:
        raise click.UsageError("--no-passphrase and --passphrase-file exclude each other.")
    with open_workspace() as workspace:
        passphrase = None
        if passphrase_file:
            passphrase = read_passphrase_file(passphrase_file)
        elif not no_passphrase:
            passphrase = ask_on_terminal(
                f"Passphrase for the new key {key_id}",
                confirm=True,
                option="--passphrase-file FILE, or --no-passphrase",
            )
        made = workspace.keyring.create(
            key_id, KeyType(kind), passphrase, signer_id=workspace.config.encryption.signer, out=out
        )
        print_record(
            {
                "key_id": key_id,
                "type": made.info.type.value,
                "fingerprint": made.info.fingerprint,
                "private_key": made.paths.private,
                "public_key": made.paths.public,
                "protected": passphrase is not None,
                "signer": made.signer.public if made.signer else None,
            },
            as_json=as_json,
        )
        if passphrase is None:
            say(f"warning: the private key {made.paths.private} is NOT protected by a passphrase.")
        if not made.info.type.signs:
            if not workspace.config.encryption.recovery_recipients:
                say(
                    "warning: no recovery recipient is set. Whoever loses this private key loses everything "
                    "encrypted for it: copy it to a safe place now, or set [encryption] recovery_recipients."
                )
            if made.info.type.post_quantum:
                say(
                    "note: an object is protected against quantum computers only when all of its recipients "
                    "are of this type. Archive the single-file reader with it: other tools cannot open it."
                )


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the keys, the newest first."""
    with open_workspace() as workspace:
        print_rows(
            map(_row, workspace.keyring.stored()),
            as_json=as_json,
            empty="No keys yet. Make one: secingest keys new --key-id ID --type rsa-4096",
        )


@keys.command()
@click.argument("key_id")
@json_option
def show(key_id: str, as_json: bool) -> None:
    """Show one key and its public PEM."""
    with open_workspace() as workspace:
        key = workspace.keyring.find(key_id)
        record = _row(key) | {"public_key": key.public, "private_key": key.private}
        if as_json:
            record["public_pem"] = key.public.read_text()
        print_record(record, as_json=as_json)
        if not as_json:
            click.echo(key.public.read_text().rstrip())


@keys.command()
@click.argument("key_id")
@passphrase_file_option
@click.option(
    "--new-passphrase-file",
    type=PersonsPath(path_type=Path, dir_okay=False),
    help="Read the new passphrase from the first line of this file.",
)
@click.option("--no-passphrase", is_flag=True, help="Leave the private key unprotected from now on.")
def passwd(
    key_id: str, passphrase_file: Path | None, new_passphrase_file: Path | None, no_passphrase: bool
) -> None:
    """Change the passphrase of a private key."""
    from secingest_tui.services.passphrase import ask_on_terminal, from_file_or_terminal, read_passphrase_file

    with open_workspace() as workspace:
        key = workspace.keyring.find(key_id)
        old = from_file_or_terminal(passphrase_file, f"Passphrase of key {key_id}")
        current = old() if key.protected else b""
        new_passphrase = None
        if new_passphrase_file:
            new_passphrase = read_passphrase_file(new_passphrase_file)
        elif not no_passphrase:
            new_passphrase = ask_on_terminal(
                f"New passphrase for key {key_id}",
                confirm=True,
                option="--new-passphrase-file FILE, or --no-passphrase",
            )
        workspace.keyring.change_passphrase(key_id, lambda: current, new_passphrase)
        say(
            f"The passphrase of {key_id} was changed."
            if new_passphrase
            else f"{key_id} is NOT protected now."
        )


def _row(key: Any) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "type": key.info.type.value,
        "fingerprint": key.info.fingerprint,
        "private": "protected" if key.protected else "UNPROTECTED" if key.private else "not here",
        "created_at": key.created_at.isoformat(timespec="seconds"),
    }
