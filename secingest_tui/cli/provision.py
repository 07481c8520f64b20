"""``secingest provision``: a tenant's users and keys at the providers, and its hand-over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_record, print_rows
from secingest_tui.cli.policy import policy_from, policy_options, quota_from, quota_options

if TYPE_CHECKING:
    from secingest_tui.services.credentials import Credential
    from secingest_tui.services.provisioning.mint import Minting
    from secingest_tui.services.provisioning.tenants import TenantProvisioning
    from secingest_tui.services.workspace import Workspace

tenant_argument = click.argument("tenant_id", metavar="TENANT")
backend_option = click.option(
    "--backend", "backend_id", metavar="B", help="Where; the only backend if not given."
)
backends_option = click.option(
    "--backend",
    "backends",
    multiple=True,
    metavar="B",
    help="Where; repeatable. All the tenant's if not given.",
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Only show the exact commands or requests.")
key_options = (
    click.option("--access-key", metavar="AK", help="An access key; its secret is asked for, or in a file."),
    click.option("--secret-key-file", type=click.Path(path_type=Path, dir_okay=False),
                 help="Read the secret key from the first line of this file."),
    click.option("--no-passphrase", is_flag=True,
                 help="Keep credentials unsealed (0600) if none is sealed yet."),
)  # fmt: skip


def with_key(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(key_options):
        command = option(command)
    return command


@click.group()
def provision() -> None:
    """Tenants at the providers: users, keys, quotas, hand-over.

    Provider credentials are shown once, kept in this profile, and never sent to the metadata server.
    """


@provision.command()
@click.argument("backend_id", metavar="BACKEND")
@click.option("--with", "kind", required=True,
              type=click.Choice(["radosgw-admin", "admin-ops", "iam", "minio", "portal"]),
              help="How users are made there; portal is by hand.")  # fmt: skip
@click.option("--command", metavar="WORDS", help='For radosgw-admin, as "ssh root@ceph1 radosgw-admin".')
@click.option("--endpoint", metavar="URL", help="Of the IAM or admin API, where it is not the backend's own.")
@click.option("--region", help="Of the IAM API, where it is not the backend's own.")
@with_key
@json_option
def connect(
    backend_id: str, kind: Any, command: str | None, endpoint: str | None, region: str | None,
    access_key: str | None, secret_key_file: Path | None, no_passphrase: bool, as_json: bool,
) -> None:  # fmt: skip
    """Say how users are made at BACKEND, and try it by listing them."""
    from secingest_tui.services.provisioning import connect as way

    chosen = way.way_in(kind, command=command or "", endpoint=endpoint or "", region=region or "")
    with open_workspace() as workspace:
        key = _key(access_key, secret_key_file, "Secret key of the operator") if access_key else None

        def seal() -> None:
            if key is not None:
                workspace.choose_sealing(no_passphrase=no_passphrase)

        seen = way.connect(workspace, backend_id, chosen, key, before_keeping=seal)
        print_record(
            {"backend": backend_id, "with": kind, "at": seen.place, "users": seen.users}, as_json=as_json
        )


@provision.command("list")
@backend_option
@json_option
def list_(backend_id: str | None, as_json: bool) -> None:
    """List the tenants' users at a backend, as the provider has them now."""
    from contextlib import closing

    from secingest_tui.services.provisioning.settings import open_provisioner

    with open_workspace() as workspace:
        backend_id = workspace.backend_id(backend_id)
        with closing(open_provisioner(workspace, backend_id)) as provisioner:
            names = [name for name in provisioner.users() if name.startswith(("tenant-", "tenanth-"))]
            found = [user for user in map(provisioner.find, names) if user is not None]
        rows = [
            {
                "user": user.name,
                "access_keys": list(user.access_keys),
                "suspended": user.suspended,
                "max_bytes": user.quota.bytes,
                "max_objects": user.quota.objects,
            }
            for user in found
        ]
        empty = (
            f"No tenants at {backend_id} yet. Make one: secingest provision create T --backend {backend_id}"
        )
        print_rows(rows, as_json=as_json, empty=empty)


@provision.command()
@tenant_argument
@backends_option
@policy_options
@quota_options
@click.option("--adopt", is_flag=True, help="Take up a user of this name that exists already: a further key.")
@click.option("--no-register", is_flag=True, help="Only at the provider; nothing at the metadata server.")
@dry_run_option
@with_key
@json_option
def create(
    tenant_id: str, backends: tuple[str, ...], adopt: bool, no_register: bool, dry_run: bool,
    access_key: str | None, secret_key_file: Path | None, no_passphrase: bool, as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """Make TENANT at every --backend and register it; repeating it goes on where it stopped.

    Secrets are printed once, here, and kept in this profile. --access-key is for a backend whose
    keys come from its provider's portal.
    """
    with open_workspace() as workspace:
        chosen = backends or (workspace.backend_id(None),)
        quota = quota_from(given)
        policy = policy_from(given, quota)
        if not dry_run:
            workspace.choose_sealing(no_passphrase=no_passphrase)
        provisioning = _provisioning(workspace, tenant_id, dry_run, access_key, secret_key_file)
        minted, registered = provisioning.provision(
            chosen, policy, adopt=adopt, quota=quota, register=not no_register
        )
        for item in minted:
            if item.unlimited:
                say(f"{item.backend}: {item.unlimited}.")
        if dry_run:
            _show_plan(provisioning, as_json)
            return
        rows: list[dict[str, Any]] = [
            {
                "for": f"backend {item.backend}",
                "access_key": item.access_key,
                "secret_key": item.secret_key if item.new else None,
            }
            for item in minted
        ]
        if registered is not None:
            rows.append(
                {
                    "for": "metadata server",
                    "access_key": registered.access_key,
                    "secret_key": registered.secret_key if registered.new else None,
                }
            )
        print_rows(rows, as_json=as_json, empty="")
        if any(row["secret_key"] for row in rows):
            say("This is the only time these secrets are shown. They are kept in this profile.")
            say(f"Hand them over: secingest provision handover {tenant_id} -o FILE")
        else:
            say(f"Tenant {tenant_id} is there already; nothing was changed.")


@provision.command()
@tenant_argument
@backend_option
@dry_run_option
@with_key
@json_option
def rotate(
    tenant_id: str, backend_id: str | None, dry_run: bool, access_key: str | None,
    secret_key_file: Path | None, no_passphrase: bool, as_json: bool,
) -> None:  # fmt: skip
    """Give TENANT a new key at a backend; the old one stays valid until it is revoked."""
    with open_workspace() as workspace:
        backend_id = workspace.backend_id(backend_id)
        if not dry_run:
            workspace.choose_sealing(no_passphrase=no_passphrase)
        provisioning = _provisioning(workspace, tenant_id, dry_run, access_key, secret_key_file)
        with provisioning.at(backend_id) as minting:
            made = minting.rotate()
        if dry_run:
            _show_plan(provisioning, as_json)
            return
        print_record(
            {
                "backend": backend_id,
                "access_key": made.access_key,
                "secret_key": made.secret_key,
                "still_valid": list(made.still_valid),
            },
            as_json=as_json,
        )
        for old in made.still_valid:
            say(
                f"When nobody uses it any more: secingest provision revoke {tenant_id} {old} "
                f"--backend {backend_id}"
            )


@provision.command()
@tenant_argument
@click.argument("access_key", metavar="ACCESS_KEY")
@backend_option
@dry_run_option
@json_option
def revoke(tenant_id: str, access_key: str, backend_id: str | None, dry_run: bool, as_json: bool) -> None:
    """Make one key of TENANT invalid at once; the end of a rotation."""
    with open_workspace() as workspace:
        chosen = workspace.backend_id(backend_id)
        provisioning = _provisioning(workspace, tenant_id, dry_run)
        with provisioning.at(chosen) as minting:
            minting.revoke(access_key)
        if dry_run:
            _show_plan(provisioning, as_json)
            return
        print_record({"backend": chosen, "revoked": access_key}, as_json=as_json)


@provision.command()
@tenant_argument
@backends_option
@dry_run_option
@json_option
def suspend(tenant_id: str, backends: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Refuse everything TENANT asks for, at its backends and at the server; nothing is lost."""
    _switch(tenant_id, backends, dry_run, as_json, lambda minting: minting.suspend(), "disabled")


@provision.command()
@tenant_argument
@backends_option
@dry_run_option
@json_option
def resume(tenant_id: str, backends: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Take a suspension of TENANT back."""
    _switch(tenant_id, backends, dry_run, as_json, lambda minting: minting.resume(), "active")


@provision.command()
@tenant_argument
@backend_option
@quota_options
@dry_run_option
@json_option
def quota(tenant_id: str, backend_id: str | None, dry_run: bool, as_json: bool, **given: Any) -> None:
    """Set TENANT's quota at a backend; without a number the limit is taken away."""
    limits = quota_from(given)
    with open_workspace() as workspace:
        chosen = workspace.backend_id(backend_id)
        provisioning = _provisioning(workspace, tenant_id, dry_run)
        with provisioning.at(chosen) as minting:
            minting.set_quota(limits)
        if dry_run:
            _show_plan(provisioning, as_json)
            return
        print_record(
            {"backend": chosen, "max_bytes": limits.bytes, "max_objects": limits.objects}, as_json=as_json
        )


@provision.command()
@tenant_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@dry_run_option
@json_option
def remove(tenant_id: str, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Take back what was made for TENANT: users, keys, its SigV4 credential. Never its data."""
    with open_workspace() as workspace:
        provisioning = _provisioning(workspace, tenant_id, dry_run)
        if not yes and not dry_run:
            for line in provisioning.exists():
                say(line)
            click.confirm(f"Take back what was made for {tenant_id}?", abort=True)
        done = provisioning.roll_back()
        if dry_run:
            _show_plan(provisioning, as_json)
            return
        print_rows([{"done": line} for line in done], as_json=as_json, empty="There was nothing to remove.")


@provision.command()
@tenant_argument
@json_option
def show(tenant_id: str, as_json: bool) -> None:
    """Show what there is of TENANT now, by the providers and the server themselves."""
    with open_workspace() as workspace:
        lines = _provisioning(workspace, tenant_id, False).exists()
        empty = (
            f"Nothing of {tenant_id} is there. Make it: secingest provision create {tenant_id} --backend B"
        )
        print_rows([{"exists": line} for line in lines], as_json=as_json, empty=empty)


@provision.command()
@tenant_argument
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The file to hand over; an existing one is never replaced.",
)
@click.option(
    "--for",
    "recipient",
    metavar="KEY_ID_OR_PEM",
    help="Seal it for the tenant's public key; without it, the file is plain (0600).",
)
@json_option
def handover(tenant_id: str, output: Path, recipient: str | None, as_json: bool) -> None:
    """Write what TENANT needs to start into one file, for: secingest tenant join FILE."""
    from secingest_tui.services.provisioning.handover import make_handover, sha256_of, write_handover

    with open_workspace() as workspace:
        chosen = workspace.keyring.recipient(recipient) if recipient else None
        made = make_handover(workspace, tenant_id)
        write_handover(made, output, chosen)
        digest = sha256_of(output)
        print_record(
            {
                "file": output,
                "sha256": digest,
                "tenant": tenant_id,
                "server": made.server.url,
                "backends": [item.settings.id for item in made.backends],
                "sealed_for": chosen.fingerprint if chosen else None,
            },
            as_json=as_json,
        )
        if chosen is None:
            say("warning: the file holds secrets in clear. Hand it over in person or by a channel you trust.")
        say(f"Tell the tenant the SHA-256 by another way: secingest tenant join FILE --sha256 {digest}")
        say("Remove it here once the tenant has joined.")


def _switch(
    tenant_id: str, backends: tuple[str, ...], dry_run: bool, as_json: bool, act: Callable[[Minting], None],
    status: str,
) -> None:  # fmt: skip
    from secingest_tui.services.provisioning.tenants import at_each

    with open_workspace() as workspace:
        provisioning = _provisioning(workspace, tenant_id, dry_run)
        done = at_each(provisioning, backends or provisioning.backends(), act)
        lines = [f"backend {name}: {'suspended' if status == 'disabled' else 'active'}" for name in done]
        if not backends:
            lines.append(provisioning.set_server_credential(status))
        if dry_run:
            _show_plan(provisioning, as_json)
            return
        print_rows([{"done": line} for line in lines], as_json=as_json, empty="")


def _provisioning(
    workspace: Workspace, tenant_id: str, dry_run: bool, access_key: str | None = None,
    secret_key_file: Path | None = None,
) -> TenantProvisioning:  # fmt: skip
    from secingest_tui.services.provisioning.tenants import TenantProvisioning

    def paste(user: str) -> Credential:
        return _key(
            access_key or click.prompt(f"Access key of {user}"), secret_key_file, f"Secret key of {user}"
        )

    return TenantProvisioning(workspace, tenant_id, paste=paste, dry_run=dry_run)


def _key(access_key: str, secret_key_file: Path | None, prompt: str) -> Credential:
    from secingest_tui.services.credentials import Credential
    from secingest_tui.services.passphrase import ask_on_terminal, read_passphrase_file

    secret = (
        read_passphrase_file(secret_key_file)
        if secret_key_file
        else ask_on_terminal(prompt, option="--secret-key-file FILE")
    )
    return Credential(access_key, secret.decode())


def _show_plan(provisioning: TenantProvisioning, as_json: bool) -> None:
    rows = [{"would": line} for line in provisioning.planned]
    print_rows(rows, as_json=as_json, empty="There is nothing to do: everything is there.")
