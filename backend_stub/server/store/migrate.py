"""Brings a database to this version's schema, from empty or from any released one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from .database import Database

if TYPE_CHECKING:
    from alembic.config import Config

# The newest migration. Known here, so that a start with nothing to do need not load Alembic.
HEAD = "0010"
# Any constant will do: it names the lock that keeps two starting processes from migrating at once.
_ADVISORY_LOCK = 7_310_211_842


class NewerSchemaError(Exception):
    """The database was written by a newer version of the server."""


def alembic_config() -> Config:
    """Alembic's configuration without a file: the migrations lie in this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(database: Database) -> None:
    """Apply what is missing in one transaction. Raises NewerSchemaError instead of downgrading."""

    def work(connection: Connection) -> None:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        current = _revision(connection)
        if current != HEAD:
            _upgrade(connection, current)

    database.write(work)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def _upgrade(connection: Connection, current: str | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise NewerSchemaError("the database's schema is newer than this server")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
