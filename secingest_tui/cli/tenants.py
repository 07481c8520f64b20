"""``secingest tenant``: tenants, their policy and their SigV4 credential."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from secingest_tui.cli.common import key_passphrase, open_workspace, passphrase_file_option, say
from secingest_tui.cli.output import json_option, print_record, print_rows


@click.group()
def tenant() -> None:
    """Tenants and their credentials."""


@tenant.command()
@click.argument("tenant_id", metavar="TENANT")
@click.option(
    "--residency", metavar="FI", help="Where data may lie: a country, a comma list, EU, EEA or ANY."
)
@click.option(
    "--replicas", type=click.IntRange(1, 16), default=1, show_default=True, help="Copies, the first included."
)
@json_option
def create(tenant_id: str, residency: str | None, replicas: int, as_json: bool) -> None:
    """Register TENANT with the server; its secret is shown once, here, and kept in this profile."""
    from secingest_tui.services.tenants import create_tenant

    with open_workspace() as workspace:
        made = create_tenant(workspace, tenant_id, residency=residency, replicas=replicas)
        print_record(
            {
                "tenant": made.tenant.id,
                "residency": made.tenant.residency,
                "replicas": made.tenant.replicas,
                "access_key": made.access_key,
                "secret_key": made.secret_key,
                "server": workspace.server_url,
            },
            as_json=as_json,
        )
        say("This is the only time the secret is shown. It is also kept in this profile's credential file.")
        if not made.stored_sealed:
            say(
                f"warning: {workspace.home.credentials_file} is NOT sealed under a passphrase (0600 only); "
                "seal it with: secingest credentials seal"
            )


@tenant.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List tenants: all of them with the operator's key, else those of this profile."""
    with open_workspace() as workspace:
        here = set(workspace.known_tenants())
        rows: list[dict[str, Any]]
        if workspace.has_admin:
            rows = [
                {
                    "tenant": item.id,
                    "residency": item.residency,
                    "replicas": item.replicas,
                    "created_at": item.created_at.isoformat(timespec="seconds"),
                    "credential_here": item.id in here,
                }
                for item in workspace.admin().tenants()
            ]
        else:
            rows = [{"tenant": name, "credential_here": True} for name in sorted(here)]
        print_rows(rows, as_json=as_json, empty="No tenants yet. Make one: secingest tenant create TENANT")


@tenant.command()
@click.argument("tenant_id", metavar="TENANT")
@json_option
def show(tenant_id: str, as_json: bool) -> None:
    """Show a tenant's policy and its credentials, without secrets."""
    from secingest_tui.services.tenants import show_tenant

    with open_workspace() as workspace:
        print_record(show_tenant(workspace, tenant_id), as_json=as_json)


@tenant.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--key-id", metavar="ID", help="Name of the tenant's key; TENANT-k1 if not given.")
@click.option("--type", "kind", default="rsa-4096", show_default=True,
              type=click.Choice(["rsa-3072", "rsa-4096", "p256", "p384", "p521", "mlkem768-x25519"]),
              help="Kind of key to make.")  # fmt: skip
@passphrase_file_option
@click.option("--private-key", type=click.Path(path_type=Path, dir_okay=False),
              help="Opens a sealed FILE, where the key is not in this home's keyring.")  # fmt: skip
@click.option("--no-passphrase", is_flag=True, help="Protect neither key nor credentials by a passphrase.")
@click.option("--sha256", metavar="HEX", help="Of FILE, as your operator told you; another file is refused.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def join(
    file: Path, key_id: str | None, kind: str, passphrase_file: Path | None, private_key: Path | None,
    no_passphrase: bool, sha256: str | None, yes: bool, as_json: bool,
) -> int:  # fmt: skip
    """Join with the FILE that your operator handed over: profile, key, and a try of the connection."""
    from secingest_tui.crypto.keyfile import KeyType
    from secingest_tui.errors import UsageError
    from secingest_tui.paths import Home
    from secingest_tui.services.joining import join as join_home
    from secingest_tui.services.joining import recovery_fingerprints
    from secingest_tui.services.passphrase import ask_on_terminal, read_passphrase_file
    from secingest_tui.services.provisioning.handover import sha256_of

    digest = sha256_of(file)
    if sha256 is not None and sha256.strip().lower() != digest:
        raise UsageError(
            f"{file} is not the file your operator told you of: its SHA-256 is {digest}.",
            hint="Ask your operator. Nothing was changed.",
            field="--sha256",
        )
    handover = _open_handover(file, private_key, passphrase_file, digest)
    say(f"Tenant {handover.tenant} at {handover.server.url}")
    for item in handover.backends:
        say(f"  backend {item.settings.id}: {item.settings.endpoint}, {item.settings.country or 'unknown'}")
    for name, fingerprint in recovery_fingerprints(handover).items():
        say(f"  recovery: whatever you upload can also be opened with key {name}, SHA-256 {fingerprint}")
    if sha256 is None:
        say(f"  SHA-256 of {file.name}: {digest}")
    if not yes:
        click.confirm("Is this what your operator told you?", abort=True)
    name = key_id or f"{handover.tenant}-k1"

    def passphrase() -> bytes | None:
        if no_passphrase:
            return None
        if passphrase_file is not None:
            return read_passphrase_file(passphrase_file)
        option = "--passphrase-file FILE, or --no-passphrase"
        return ask_on_terminal(f"Passphrase for the new key {name}", confirm=True, option=option)

    done = join_home(
        Home.locate(), handover, key_id=name, key_type=KeyType(kind), key_passphrase=passphrase,
        no_passphrase=no_passphrase,
    )  # fmt: skip
    print_record(
        {
            "home": done.home,
            "tenant": done.tenant,
            "server": done.server,
            "key_id": done.key_id,
            "fingerprint": done.fingerprint,
            "tried": {
                item.what: ("works: " if item.works else "FAILS: ") + item.detail for item in done.tried
            },
        },
        as_json=as_json,
    )
    if done.works:
        say(f"Back up the private key {done.key_id} now. Then: secingest ingest FILE --prefix {done.tenant}")
        say(f"Remove {file}: its secrets are in this profile.")
    return 0 if done.works else 1


def _open_handover(file: Path, private_key: Path | None, passphrase_file: Path | None, digest: str) -> Any:
    from secingest_tui.services.offline import load_key_file
    from secingest_tui.services.provisioning.handover import is_sealed, read_handover, sealed_for

    if not is_sealed(file):
        return read_handover(file, [], sha256=digest)
    if private_key is not None:
        return read_handover(file, [load_key_file(private_key, passphrase_file)], sha256=digest)
    with open_workspace() as workspace:
        _, key_id = sealed_for(file)
        keys = list(workspace.keyring.openers([key_id], key_passphrase(passphrase_file)))
        return read_handover(file, keys, sha256=digest)
