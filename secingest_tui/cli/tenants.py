"""``secingest tenant``: tenants, their policy and their SigV4 credential."""

from __future__ import annotations

from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say
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
