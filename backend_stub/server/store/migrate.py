"""Brings a database to this version's schema, from empty or from any released one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from .database import Database

# Any constant will do: it names the lock that keeps two starting processes from migrating at once.
_ADVISORY_LOCK = 7_310_211_842


class NewerSchemaError(Exception):
    """The database was written by a newer version of the server."""


def alembic_config() -> Config:
    """Alembic's configuration without a file: the migrations lie in this package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(database: Database) -> None:
    """Apply what is missing in one transaction. Raises NewerSchemaError instead of downgrading."""
    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}

    def work(connection: Connection) -> None:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known:
            raise NewerSchemaError("the database's schema is newer than this server")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    database.write(work)
