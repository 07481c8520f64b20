"""``secingest profiles``: several installations in one account."""

from __future__ import annotations

from typing import Any

import click

from secingest_tui.cli.common import say
from secingest_tui.cli.output import json_option, print_rows


@click.group()
def profiles() -> None:
    """Profiles: each has its own configuration, secrets and servers. In use: secingest --profile NAME."""


@profiles.command("list")
@json_option
def list_(as_json: bool) -> int:
    """List the profiles; the one without a name is used without --profile."""
    from secingest_tui.paths import Home
    from secingest_tui.services.profiles import list_profiles

    found = list_profiles(Home.base())
    rows = [
        {"name": item.name or "(none)", "server": item.server, "tenant": item.tenant,
         "environment": item.environment, "problem": item.problem}
        for item in found
    ]  # fmt: skip
    print_rows(rows, as_json=as_json, empty="There is no profile.")
    return 1 if any(item.problem for item in found) else 0


@profiles.command()
@click.argument("name")
@click.option("--server", metavar="URL", help="Metadata server; the embedded stack if not given.")
@click.option("--ca-file", metavar="FILE", help="Authority (PEM) to trust for it instead of the system's.")
@click.option("--tenant", metavar="T", help="Tenant that commands work for.")
@click.option("--environment", metavar="WORD", help="Word of the banner, such as production.")
@click.option("--role", type=click.Choice(["operator", "tenant", "auditor"]), help="Of a lesser role.")
def new(
    name: str,
    server: str | None,
    ca_file: str | None,
    tenant: str | None,
    environment: str | None,
    role: str | None,
) -> None:
    """Make the profile NAME."""
    from secingest_tui.paths import Home
    from secingest_tui.services.profiles import new_profile

    fields: dict[str, Any] = {
        "tenant": tenant,
        "server": _given(url=server, ca_file=ca_file),
        "screens": _given(environment=environment, role=role),
    }
    home = new_profile(Home.base(), name, {key: value for key, value in fields.items() if value})
    say(f"The profile {name} is in {home.root}.")
    say(f"next: secingest --profile {name} doctor")


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}
