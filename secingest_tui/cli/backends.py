"""``secingest backends``: configured S3 providers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from secingest_tui.cli.common import open_workspace, say
from secingest_tui.cli.output import json_option, print_record, print_rows


@click.group()
def backends() -> None:
    """Configured S3 providers. Credentials lie in a 0600 file and are never printed."""


@backends.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the backends: the embedded ones and the configured ones."""
    with open_workspace() as workspace:
        rows = [_row(workspace, backend) for backend in workspace.backends().values()]
        print_rows(rows, as_json=as_json, empty="No backends yet. Add one: secingest backends add --help")


@backends.command()
@click.argument("backend_id", metavar="BACKEND")
@json_option
def show(backend_id: str, as_json: bool) -> None:
    """Show one backend."""
    with open_workspace() as workspace:
        backend = workspace.backend(backend_id)
        how = workspace.transfer_settings(backend)
        record = _row(workspace, backend) | {
            **{name: getattr(how, name) for name in how.origins},
            "origins": {name: how.origin(name) for name in how.origins},
            "probed_at": how.probed_at,
            "ca_file": backend.ca_file,
            "aws_profile": backend.aws_profile,
        }
        print_record(record, as_json=as_json)


@backends.command()
@click.argument("backend_id", metavar="BACKEND")
@click.option("--endpoint", required=True, metavar="URL", help="https://s3.example.net")
@click.option("--region", default="us-east-1", show_default=True)
@click.option("--country", metavar="FI", help="Where the data lies: needed for residency.")
@click.option("--provider", default="s3", show_default=True, help="Provider's slug, as ceph or ovhcloud.")
@click.option("--addressing", type=click.Choice(["path", "virtual", "auto"]),
              help="How a bucket is named in a URL; found out by a probe if not given.")  # fmt: skip
@click.option("--checksums", type=click.Choice(["crc64nvme", "crc32c", "md5", "none"]),
              help="What the provider verifies; found out by a probe if not given.")  # fmt: skip
@click.option("--conditional-put/--no-conditional-put", default=None,
              help="Send If-None-Match with PutObject; found out by a probe if not given.")  # fmt: skip
@click.option("--conditional-complete/--no-conditional-complete", default=None,
              help="The same for CompleteMultipartUpload.")  # fmt: skip
@click.option(
    "--ca-file", type=click.Path(path_type=Path, dir_okay=False), help="Trust this authority (PEM)."
)
@click.option("--aws-profile", help="Take credentials from this AWS profile (credential_process included).")
@click.option("--access-key", help="Provider access key; its secret is asked for, or read from a file.")
@click.option("--secret-key-file", type=click.Path(path_type=Path, dir_okay=False),
              help="Read the secret key from the first line of this file.")  # fmt: skip
@click.option("--tenant", metavar="T", help="The credentials are this tenant's own.")
@click.option(
    "--no-passphrase", is_flag=True, help="Keep credentials unsealed (0600) if nothing is sealed yet."
)
@json_option
def add(
    backend_id: str,
    access_key: str | None,
    secret_key_file: Path | None,
    tenant: str | None,
    no_passphrase: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Add BACKEND (or replace its settings), and tell the server about it where this profile may."""
    from secingest_tui.config import Backend, parse, save_backend
    from secingest_tui.services.credentials import Credential, backend_entry
    from secingest_tui.services.passphrase import ask_on_terminal, read_passphrase_file
    from secingest_tui.services.workspace import describe

    backend = parse(
        Backend, {"id": backend_id, **{k: v for k, v in fields.items() if v is not None}}, "backend"
    )
    with open_workspace() as workspace:
        if access_key:
            secret = (
                read_passphrase_file(secret_key_file)
                if secret_key_file
                else ask_on_terminal(f"Secret key of {access_key}", option="--secret-key-file FILE")
            )
            workspace.choose_sealing(no_passphrase=no_passphrase)
            workspace.credentials.set(
                backend_entry(backend_id, tenant), Credential(access_key, secret.decode())
            )
        save_backend(workspace.home, backend)
        if workspace.has_admin:
            workspace.admin().add_backend(describe(backend))
        else:
            say(
                "note: without the operator's key the server was not told of this backend; it is registered "
                "as unverified until the operator adds it."
            )
        print_record(_row(workspace, backend), as_json=as_json)
        say(f"next: see what it really does: secingest providers probe {backend_id}")


@backends.command()
@click.argument("backend_id", metavar="BACKEND")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(backend_id: str, yes: bool) -> None:
    """Remove BACKEND's settings and credentials from this profile; nothing at the provider is touched."""
    from secingest_tui.config import load_backends, remove_backend
    from secingest_tui.errors import UsageError

    with open_workspace() as workspace:
        if backend_id not in load_backends(workspace.home):
            raise UsageError(f"{backend_id} is no configured backend.", hint="See: secingest backends list")
        if not yes:
            click.confirm(f"Remove backend {backend_id} and its credentials from this profile?", abort=True)
        remove_backend(workspace.home, backend_id)
        for name in workspace.credentials.names():
            if name == f"backend/{backend_id}" or name.startswith(f"backend/{backend_id}/"):
                workspace.credentials.remove(name)
        say(f"Backend {backend_id} was removed from this profile.")


def _row(workspace: Any, backend: Any) -> dict[str, Any]:
    return {
        "id": backend.id,
        "provider": backend.provider,
        "region": backend.region,
        "country": backend.country,
        "endpoint": backend.endpoint,
        "addressing": backend.addressing,
        "credentials": workspace.has_store_credentials(backend.id),
    }
