"""What an operator does to a database: rotate the passphrase, back up, restore, verify the audit chain.

Each is one command, `python -m backend_stub COMMAND`; its settings come from where the server's come from.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, make_url, update

from . import audit
from .audit import Actor, Event
from .seal import Sealer
from .services import Services
from .settings import MIN_PASSPHRASE, Settings, SettingsError
from .store.schema import sealing

NEW_PASSPHRASE = "NEW_TENANT_SECRET_PASSPHRASE"  # noqa: S105 (the name of a variable)
COMMANDS = ("rotate-passphrase", "backup", "restore", "verify-audit")
_PAGES = 256


class OperationError(Exception):
    """It was not done; the text says why and what to do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    rotate = commands.add_parser(
        "rotate-passphrase", help=f"wrap the sealing key under {NEW_PASSPHRASE} (environment or .env)"
    )
    backup = commands.add_parser("backup", help="copy a SQLite database while the server writes")
    restore = commands.add_parser("restore", help="put a verified backup where no database is yet")
    verify = commands.add_parser("verify-audit", help="recompute the audit chain")
    for command in (backup, restore):
        command.add_argument("file", type=Path)
    for command in (rotate, backup, restore, verify):
        command.add_argument("--database-url", help="also DATABASE_URL")


def run(options: argparse.Namespace, settings: Settings, values: Mapping[str, str]) -> str:
    """Do it; one line about what was done.

    Raises OperationError, SettingsError, or what `Services.open` raises.
    """
    if options.command == "rotate-passphrase":
        return rotate_passphrase(settings, values.get(NEW_PASSPHRASE, ""))
    if options.command == "backup":
        return backup_database(settings, options.file)
    if options.command == "restore":
        return restore_database(settings, options.file)
    services = Services.open(settings)
    try:
        return check_chain(services)
    finally:
        services.database.close()


def rotate_passphrase(settings: Settings, new: str) -> str:
    """One row changes in one transaction: killed at any moment, one of the two passphrases opens it.

    Running servers hold the unwrapped key and go on; they need the new passphrase at their next start.
    """
    if len(new) < MIN_PASSPHRASE:
        raise SettingsError([f"{NEW_PASSPHRASE} needs at least {MIN_PASSPHRASE} characters"])
    services = Services.open(settings)

    def work(connection: Connection) -> None:
        # Opened again inside the transaction: another rotation may have come in between.
        sealer = Sealer.open(connection, settings.passphrase)
        connection.execute(update(sealing).values(**sealer.rewrap(new)))
        audit.append(connection, Actor("operator"), [Event("server.rotate-passphrase", "sealing")])

    try:
        services.database.write(work)
    finally:
        services.database.close()
    return "The passphrase is rotated: start the server with the new one from now on."


def check_chain(services: Services) -> str:
    """Raises OperationError naming the first entry that does not fit."""
    with services.database.read() as connection:
        found = audit.verify(connection)
    if not found.valid:
        raise OperationError(f"audit entry {found.broken_at} does not fit: {found.reason}")
    return f"The audit chain holds: {found.count} entries, head {found.head}."


def _sqlite_file(settings: Settings) -> Path:
    url = make_url(settings.database_url)
    if url.drivername != "sqlite" or url.database is None:
        raise OperationError("this is for SQLite; back up PostgreSQL with pg_dump or pg_basebackup")
    return Path(url.database)


def backup_database(settings: Settings, target: Path) -> str:
    """A consistent copy by SQLite's online backup, verified before it gets its name."""
    source = _sqlite_file(settings)
    if not source.is_file():
        raise OperationError(f"there is no database at {source}")
    _copy_verified(source, target, settings)
    return f"Backed up to {target}. It opens with the same TENANT_SECRET_PASSPHRASE only."


def restore_database(settings: Settings, backup: Path) -> str:
    """The way back, with the same checks. Raises OperationError where a database is there already."""
    if not backup.is_file():
        raise OperationError(f"there is no backup at {backup}")
    target = _sqlite_file(settings)
    _copy_verified(backup, target, settings)
    return f"Restored to {target}; its audit chain holds."


def _copy_verified(source: Path, target: Path, settings: Settings) -> None:
    if target.exists():
        raise OperationError(f"{target} is there already: move it away first")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        copy = Path(folder) / "copy.sqlite"
        try:
            with (
                closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as original,
                closing(sqlite3.connect(copy)) as destination,
            ):
                original.backup(destination, pages=_PAGES)
                if destination.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                    raise OperationError(f"{source} is damaged")
        except sqlite3.DatabaseError as error:
            raise OperationError(f"{source} cannot be read as a SQLite database") from error
        services = Services.open(replace(settings, database_url=f"sqlite:///{copy}"))
        try:
            check_chain(services)
        finally:
            # The last connection folds the WAL into the file, which is then all there is.
            services.database.close()
        with copy.open("rb") as file:
            os.fsync(file.fileno())
        try:
            # Unlike a rename, a link never replaces what somebody else put there meanwhile.
            os.link(copy, target)
        except FileExistsError:
            raise OperationError(f"{target} is there already: move it away first") from None
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
