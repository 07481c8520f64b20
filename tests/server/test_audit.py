"""The audit chain: complete, ordered, and any change to it found and located."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from .support import Server, registration, running

TAMPERINGS = [
    ("UPDATE audit SET actor = 'nobody' WHERE sequence = 3", 3),
    ("UPDATE audit SET detail = '{}' WHERE sequence = 4", 4),
    ("UPDATE audit SET hash = previous WHERE sequence = 2", 2),
    ("DELETE FROM audit WHERE sequence = 3", 3),
    ("DELETE FROM audit WHERE sequence > 4", 5),
    ("DELETE FROM audit", 1),
    ("UPDATE audit SET sequence = sequence + 100 WHERE sequence = 5", 5),
    ("UPDATE audit_head SET count = count + 1", 8),
    ("INSERT INTO audit SELECT 8, at, actor, action, tenant_id, subject, detail, request_id, hash, hash "
     "FROM audit WHERE sequence = 7", 8),
]  # fmt: skip


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a stopped server whose chain has seven entries."""
    folder = tmp_path_factory.mktemp("chain")
    with running(folder) as server:
        client = server.client("t1")
        for number in range(5):
            client.post("/proxy/objects", registration("t1", f"f{number}"))
        assert server.operator.get("/audit/verify").json["count"] == 7
    return server.database


@pytest.mark.parametrize(("statement", "place"), TAMPERINGS, ids=range(len(TAMPERINGS)))
def test_tampering_is_located(chain: Path, tmp_path: Path, statement: str, place: int) -> None:
    from backend_stub.server.audit import verify
    from backend_stub.server.store.database import Database

    copy = tmp_path / "server.sqlite"
    copy.write_bytes(chain.read_bytes())
    with sqlite3.connect(copy) as other:
        other.execute(statement)
    other.close()
    database = Database(f"sqlite:///{copy}")
    with database.read() as connection:
        found = verify(connection)
    database.close()
    assert (found.valid, found.broken_at) == (False, place), found.reason


def test_who_did_what(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    answer = client.post("/proxy/objects", registration(tenant))
    entries = server.operator.get("/audit", tenant=tenant).json["items"]
    assert [entry["action"] for entry in entries] == ["tenant.create", "credential.create", "object.register"]
    assert [entry["actor"] for entry in entries] == ["operator", "operator", f"tenant:{client.access_key}"]
    assert entries[-1]["request_id"] == answer.headers["x-request-id"]
    assert answer.json["audit"] == {"count": entries[-1]["sequence"], "head": entries[-1]["hash"]}
    first = server.operator.get("/audit", limit=1).json
    second = server.operator.get("/audit", limit=1, cursor=first["next"]).json
    assert second["items"][0]["previous"] == first["items"][0]["hash"]


def test_concurrent_writers_make_one_chain(server: Server, tenant: str) -> None:
    client = server.client(tenant)

    def write(number: int) -> int:
        return client.post("/proxy/objects", registration(tenant, f"f{number}")).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(48))) == {201}
    assert server.operator.get("/audit/verify").json["valid"]
    assert len(server.operator.get("/audit", tenant=tenant).json["items"]) == 50


def test_two_processes_share_a_sqlite_file(tmp_path: Path) -> None:
    """Each write begins as a writer: one that became it half-way would fail at once, whatever it waited."""
    other = tmp_path / "other"
    other.mkdir()
    with running(tmp_path) as first:
        client = first.client("t1")
        url = f"sqlite:///{first.database}"
        with running(other, DATABASE_URL=url) as second:
            clients = [client, replace(client, url=second.url)]

            def write(number: int) -> int:
                return clients[number % 2].post("/proxy/objects", registration("t1", f"f{number}")).status

            with ThreadPoolExecutor(4) as pool:
                assert set(pool.map(write, range(80))) == {201}
            assert second.operator.get("/audit/verify").json == first.operator.get("/audit/verify").json
            assert second.operator.get("/audit/verify").json["valid"]
