"""``secingest server``: looking after a metadata server's database, on its own host."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

_database = click.option("--database-url", metavar="URL", help="The server's DATABASE_URL by default.")


@click.group()
def server() -> None:
    """Look after a metadata server's database: backup, restore, passphrase, audit chain.

    Settings come from the environment or a .env file, as for secingest serve.
    """


@server.command("rotate-passphrase")
@_database
def rotate_passphrase(database_url: str | None) -> None:
    """Seal the tenants' secrets under NEW_TENANT_SECRET_PASSPHRASE, in one transaction."""
    _become("rotate-passphrase", database_url)


@server.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_database
def backup(file: Path, database_url: str | None) -> None:
    """Write a consistent, verified copy of a SQLite database to FILE, while the server goes on."""
    _become("backup", database_url, str(file))


@server.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_database
def restore(file: Path, database_url: str | None) -> None:
    """Verify the backup FILE and put it where DATABASE_URL says, if nothing is there."""
    _become("restore", database_url, str(file))


@server.command("verify-audit")
@_database
def verify_audit(database_url: str | None) -> None:
    """Recompute the audit chain; names the first entry that does not fit."""
    _become("verify-audit", database_url)


def _become(command: str, database_url: str | None, *arguments: str) -> None:
    """Replace this process by the server's own command, as ``serve`` does."""
    options = ["--database-url", database_url] if database_url else []
    line = [sys.executable, "-m", "backend_stub", command, *options, *arguments]
    os.execv(sys.executable, line)  # noqa: S606
