"""Every released schema, with data that a real server of that version wrote, goes on under this one."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import Connection, MetaData, create_engine, insert, select, text

from backend_stub.contract.objects import receipt_bytes
from backend_stub.server.store.database import Database
from backend_stub.server.store.migrate import HEAD, alembic_config
from backend_stub.server.store.schema import metadata

from .postgres import Cluster
from .released import ACCESS_KEY, COPIED, SECRET, load, revisions
from .support import Client, Server, exchange, registration, running


def test_every_older_schema_is_among_them() -> None:
    known = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    assert set(revisions()) == set(known) - {HEAD}


@pytest.mark.parametrize("revision", revisions())
def test_on_sqlite(revision: str, tmp_path: Path) -> None:
    load(revision, tmp_path / "server.sqlite")
    with running(tmp_path) as server:
        check(server)
    check_schema(Database(f"sqlite:///{server.database}"))


@pytest.mark.parametrize("revision", revisions())
def test_on_postgresql(revision: str, tmp_path: Path, postgresql: Cluster) -> None:
    """The same rows, in the schema as that version made it on PostgreSQL."""
    url = postgresql.url(f"released_{revision}")
    database = Database(url.replace("postgresql://", "postgresql+psycopg://"))
    database.write(lambda connection: upgrade(connection, revision))
    load(revision, tmp_path / "released.sqlite")
    database.write(lambda connection: copy(tmp_path / "released.sqlite", connection))
    with running(tmp_path, DATABASE_URL=url) as server:
        check(server)
    check_schema(database)


def upgrade(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def copy(path: Path, target: Connection) -> None:
    tables = MetaData()
    tables.reflect(target)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as source:
        for table in tables.sorted_tables:
            if table.name == "alembic_version":
                continue
            there = MetaData()
            there.reflect(source, only=[table.name])
            target.execute(table.delete())
            rows = [dict(row) for row in source.execute(select(there.tables[table.name])).mappings()]
            if rows:
                target.execute(insert(table), rows)
    target.execute(
        text("SELECT setval(pg_get_serial_sequence('objects', 'id'), (SELECT max(id) FROM objects))")
    )
    engine.dispose()


def check_schema(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == HEAD
    database.close()


def check(server: Server) -> None:
    """Its secrets open, its receipts hold, its jobs are leased, its chain verifies, and it is written to."""
    client = Client(server.url, ACCESS_KEY, SECRET)
    key = load_pem_public_key(exchange(server.url, "GET", "/server/key", {}).json["public_key"].encode())
    assert isinstance(key, Ed25519PublicKey)
    again = client.post("/proxy/objects", COPIED)
    assert again.status == 200, again.body
    key.verify(base64.b64decode(again.json["signature"]["value"]), receipt_bytes(again.json))
    listed = client.get("/proxy/objects", state="all").json["items"]
    assert [(item["object_key"], item["state"], item["copies"]) for item in listed] == [
        ("t1/copied", "active", 2),
        ("t1/gone", "deleted", 1),
        ("t1/plain", "active", 1),
        ("t1/waiting", "active", 1),
    ]
    jobs = {job["object_key"]: job["state"] for job in client.get("/proxy/jobs").json["items"]}
    assert jobs == {"t1/copied": "succeeded", "t1/waiting": "queued"}
    lease = {"worker": "w2", "backends": ["ceph-eu1", "de-1"], "limit": 9}
    leased = client.post("/proxy/jobs/lease", lease).json["leases"]
    assert [one["job"]["object_key"] for one in leased] == ["t1/waiting"]
    [snapshot] = client.get("/snapshots").json["items"]
    detail = client.get(f"/snapshots/{snapshot['id']}").json
    assert [entry["name"] for entry in detail["items"]] == ["a"]
    assert snapshot["intact"]
    assert client.get(f"/snapshots/{snapshot['id']}/verification").json["intact"]
    assert client.post("/proxy/objects", registration("t1", "new")).status == 201
    assert server.operator.get("/audit/verify").json["valid"]
