"""Migrations, sealing and the chain's hashing, on files of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from backend_stub.server.registry.listing import prefix_end
from backend_stub.server.seal import Sealer, WrongPassphraseError
from backend_stub.server.store.database import Database
from backend_stub.server.store.migrate import HEAD, NewerSchemaError, alembic_config, migrate
from backend_stub.server.store.schema import metadata

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'x.sqlite'}")


def test_migrations_make_the_schema(database: Database) -> None:
    migrate(database)
    migrate(database)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2


def test_the_head_is_the_newest_migration() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_a_newer_schema_is_left_alone(database: Database) -> None:
    migrate(database)
    database.write(
        lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    )
    with pytest.raises(NewerSchemaError):
        migrate(database)


def test_sealing(database: Database) -> None:
    migrate(database)
    sealer = database.write(lambda connection: Sealer.open(connection, "first passphrase"))
    sealed = sealer.seal(b"secret", "credential", "t1", "A")
    assert b"secret" not in sealed
    again = database.write(lambda connection: Sealer.open(connection, "first passphrase"))
    assert again.unseal(sealed, "credential", "t1", "A") == b"secret"
    with pytest.raises(WrongPassphraseError):
        database.write(lambda connection: Sealer.open(connection, "second passphrase"))
    # A row moved to another tenant, cut or altered does not open.
    for moved in (("credential", "t2", "A"), ("credential", "t1A", ""), ("credential", "t1")):
        with pytest.raises(InvalidTag):
            again.unseal(sealed, *moved)
    with pytest.raises(InvalidTag):
        again.unseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), "credential", "t1", "A")


@given(TEXT, TEXT)
def test_prefix_ranges_hold_exactly_what_begins_so(prefix: str, other: str) -> None:
    end = prefix_end(prefix)
    for key in (other, prefix + other, prefix):
        inside = key.encode() >= prefix.encode() and (end is None or key.encode() < end.encode())
        assert inside == key.startswith(prefix)
