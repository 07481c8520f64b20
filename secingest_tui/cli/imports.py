"""``secingest import``: backends from AWS profiles and rclone remotes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_record, print_rows

if TYPE_CHECKING:
    from secingest_tui.services.imports import Importable

id_option = click.option(
    "--id", "backend_id", metavar="BACKEND", help="Id of the backend; by default from the name."
)
list_option = click.option("--list", "listing", is_flag=True, help="Show what could be imported.")
country_option = click.option("--country", metavar="CC", help="Country the data lies in (ISO 3166-1).")


@click.group(name="import")
def import_() -> None:
    """Make backends of what other tools have set up already."""


@import_.command()
@click.argument("profile", required=False)
@id_option
@country_option
@click.option("--endpoint", metavar="URL", help="Address of the object store, where it is not Amazon's.")
@list_option
@json_option
def aws(
    profile: str | None,
    backend_id: str | None,
    country: str | None,
    endpoint: str | None,
    listing: bool,
    as_json: bool,
) -> None:
    """Make a backend of an AWS profile, which keeps its credentials: nothing secret is copied."""
    from secingest_tui.services.imports import aws_profiles, from_aws

    if listing or profile is None:
        print_rows(({"profile": name} for name in aws_profiles()), as_json=as_json, empty="No AWS profiles.")
        return
    _keep(from_aws(profile, backend_id=backend_id, endpoint=endpoint), country, as_json, no_passphrase=False)


@import_.command()
@click.argument("remote", required=False)
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="rclone's configuration file.",
)
@id_option
@country_option
@click.option("--no-passphrase", is_flag=True, help="Keep the credential unsealed (the file is 0600).")
@list_option
@json_option
def rclone(
    remote: str | None,
    config: Path | None,
    backend_id: str | None,
    country: str | None,
    no_passphrase: bool,
    listing: bool,
    as_json: bool,
) -> None:
    """Make a backend of an S3 remote of rclone; its secret is copied into this profile's credentials."""
    from secingest_tui.services.imports import from_rclone, rclone_config, rclone_remotes

    path = config or rclone_config()
    if listing or remote is None:
        rows = (
            {"remote": name, "endpoint": found.get("endpoint")}
            for name, found in rclone_remotes(path).items()
        )
        print_rows(rows, as_json=as_json, empty="No S3 remotes.")
        return
    _keep(from_rclone(path, remote, backend_id=backend_id), country, as_json, no_passphrase=no_passphrase)


def _keep(found: Importable, country: str | None, as_json: bool, *, no_passphrase: bool) -> None:
    from secingest_tui.config import Backend, load_backends, parse, save_backend
    from secingest_tui.errors import UsageError
    from secingest_tui.services.credentials import backend_entry
    from secingest_tui.services.workspace import describe

    backend = found.backend
    if country:
        backend = parse(Backend, {**backend.model_dump(exclude_unset=True), "country": country}, "--country")
    with open_workspace() as workspace:
        if backend.id in load_backends(workspace.home):
            raise UsageError(
                f"There is a backend {backend.id} already.", hint="Choose another: --id", field="--id"
            )
        if found.credential is not None:
            workspace.choose_sealing(no_passphrase=no_passphrase)
            workspace.credentials.set(backend_entry(backend.id), found.credential)
        save_backend(workspace.home, backend)
        if workspace.has_admin:
            workspace.admin().add_backend(describe(backend))
        print_record(backend.model_dump(mode="json", exclude_none=True), as_json=as_json)
        say(f"next: see what it really does: secingest providers probe {backend.id}")
