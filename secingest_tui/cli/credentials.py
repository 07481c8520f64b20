"""``secingest credentials``: the secrets of this profile, never printed."""

from __future__ import annotations

from pathlib import Path

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_rows


@click.group()
def credentials() -> None:
    """Secrets of this profile: SigV4 credentials, provider credentials, the operator's key."""


@credentials.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the names of what is stored, without secrets."""
    with open_workspace() as workspace:
        store = workspace.credentials
        rows = []
        for name in store.names():
            credential = store.get(name)
            rows.append({"name": name, "access_key": credential.masked if credential else None})
        print_rows(rows, as_json=as_json, empty="No credentials are stored in this profile.")
        if store.exists:
            say("sealed under the profile's passphrase" if store.sealed else "NOT sealed (0600 only)")


@credentials.command("set")
@click.argument("name")
@click.option("--access-key", help="Access key; not needed for server/admin.")
@click.option("--secret-key-file", type=click.Path(path_type=Path, dir_okay=False),
              help="Read the secret from the first line of this file instead of asking.")  # fmt: skip
@click.option(
    "--no-passphrase", is_flag=True, help="Keep credentials unsealed (0600) if nothing is sealed yet."
)
def set_(name: str, access_key: str | None, secret_key_file: Path | None, no_passphrase: bool) -> None:
    """Store a credential under NAME.

    NAME is server/admin, server/tenant/T, backend/B or backend/B/tenant/T.
    """
    from secingest_tui.services.credentials import ADMIN_ENTRY, Credential, check_entry_name
    from secingest_tui.services.passphrase import ask_on_terminal, read_passphrase_file

    check_entry_name(name)
    if name != ADMIN_ENTRY and not access_key:
        raise click.UsageError("--access-key is needed for this entry.")
    with open_workspace() as workspace:
        secret = (
            read_passphrase_file(secret_key_file)
            if secret_key_file
            else ask_on_terminal(f"Secret of {name}", option="--secret-key-file FILE")
        )
        workspace.choose_sealing(no_passphrase=no_passphrase)
        workspace.credentials.set(name, Credential(access_key or "operator", secret.decode()))
        say(f"Stored {name}.")


@credentials.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Forget the credential NAME in this profile."""
    from secingest_tui.errors import UsageError

    with open_workspace() as workspace:
        if name not in workspace.credentials.names():
            raise UsageError(f"There is no credential {name}.", hint="See: secingest credentials list")
        if not yes:
            click.confirm(f"Forget the credential {name}?", abort=True)
        workspace.credentials.remove(name)
        say(f"Removed {name}.")


@credentials.command()
@click.option("--passphrase-file", type=click.Path(path_type=Path, dir_okay=False),
              help="Read the new passphrase from the first line of this file.")  # fmt: skip
def seal(passphrase_file: Path | None) -> None:
    """Seal the credential file under a (new) passphrase."""
    from secingest_tui.services.passphrase import ask_on_terminal, read_passphrase_file

    with open_workspace() as workspace:
        new = (
            read_passphrase_file(passphrase_file)
            if passphrase_file
            else ask_on_terminal("New passphrase for this profile's credentials", confirm=True)
        )
        workspace.credentials.seal(new)
        say("Sealed. Give the passphrase by SECINGEST_PASSPHRASE_FILE where nobody can type it.")


@credentials.command()
@click.option(
    "--no-passphrase", is_flag=True, required=True, help="Yes, keep the secrets unsealed (0600 only)."
)
def unseal(no_passphrase: bool) -> None:
    """Keep the credential file unsealed from now on."""
    with open_workspace() as workspace:
        workspace.credentials.unseal()
        say(f"warning: {workspace.home.credentials_file} is NOT sealed now.")
