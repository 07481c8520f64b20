"""What only PostgreSQL can show: several server processes on one database, and a database that dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select

from backend_stub.server.settings import load_settings
from backend_stub.server.store.database import Database
from backend_stub.server.store.migrate import migrate
from backend_stub.server.store.schema import backend_controls, metadata
from tests.rigs.waiting import wait_for

from .postgres import Cluster
from .support import ADMIN_KEY, PASSPHRASE, Client, Server, registration, running

POLICY: dict[str, Any] = {"targets": ["de-1"], "residency": "EU", "replica_count": 2}
BACKEND = {"id": "de-1", "region": "r", "country": "DE", "endpoint": "https://s3.example.net"}


@pytest.fixture
def pair(postgresql: Cluster, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Two processes that start on one empty database at the same time."""
    url = postgresql.url(tmp_path.name.replace("_", "")[:40].lower())
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with ThreadPoolExecutor(2) as pool:
        starting = [pool.submit(Server, tmp_path / name, DATABASE_URL=url) for name in ("a", "b")]
        servers = [future.result() for future in starting]
    yield servers[0], servers[1]
    for server in servers:
        server.stop()


def test_migrations_make_the_schema(postgresql: Cluster) -> None:
    secrets = {"ADMIN_API_KEY": ADMIN_KEY, "TENANT_SECRET_PASSPHRASE": PASSPHRASE}
    settings = load_settings(
        {**secrets, "DATABASE_URL": postgresql.url("migrations")}, Path("/nonexistent"), None
    )
    database = Database(settings.database_url)
    migrate(database)
    migrate(database)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_two_processes_write_one_chain_and_never_share_a_lease(pair: tuple[Server, Server]) -> None:
    assert pair[0].operator.post("/proxy/backends", BACKEND).status == 201
    client = pair[0].client("t1")
    clients = [replace(client, url=server.url) for server in pair]
    receipts: list[dict[str, Any]] = []

    def write(number: int) -> None:
        answer = clients[number % 2].post("/proxy/objects", registration("t1", f"f{number}", **POLICY))
        assert answer.status == 201, answer.body
        receipts.append(answer.json)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(60)))
        # Writers of different tenants have no row in common but the head of the chain.
        others = [pair[number % 2].client(f"other-{number}") for number in range(8)]

        def write_many(number: int) -> set[int]:
            mine = [registration(f"other-{number}", f"f{at}") for at in range(20)]
            return {others[number].post("/proxy/objects", payload).status for payload in mine}

        assert list(pool.map(write_many, range(8))) == [{201}] * 8
    assert pair[1].operator.get("/audit/verify").json["valid"]
    assert len({receipt["audit"]["count"] for receipt in receipts}) == 60
    assert len({receipt["signature"]["key_id"] for receipt in receipts}) == 1

    def drain(number: int) -> list[str]:
        mine: list[str] = []
        body = {"worker": f"w{number}", "backends": ["ceph-eu1", "de-1"], "limit": 4}
        while leases := clients[number % 2].post("/proxy/jobs/lease", body).json["leases"]:
            mine += [lease["job"]["id"] for lease in leases]
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [job for share in pool.map(drain, range(4)) for job in share]
    assert len(taken) == len(set(taken)) == 60


def test_batches_of_completions_lock_in_one_order(postgresql: Cluster, tmp_path: Path) -> None:
    """Each of two batches holds what the other needs next, were the backends' rows locked as they come."""
    with running(tmp_path, DATABASE_URL=postgresql.url("orders")) as server:
        for name in "abc":
            server.operator.post("/proxy/backends", {**BACKEND, "id": name})
            server.operator.send("PATCH", f"/proxy/replication/backends/{name}", {"paused": False})
        client = server.client("t1")
        ways = [("a", "c"), ("b", "a"), ("b", "c")]
        for source, target in ways:
            place = {source: {"url": "s3://s3gw-a1b2c3d4-spacetim", "etag": "abc123"}}
            policy = {**POLICY, "backends": place, "targets": [target]}
            assert client.post("/proxy/objects", registration("t1", source + target, **policy)).status == 201
        asked = {"worker": "w", "backends": ["a", "b", "c"], "limit": 9}
        leases = client.post("/proxy/jobs/lease", asked).json["leases"]
        done = {
            (lease["job"]["source"], lease["job"]["target"]): {
                "job": lease["job"]["id"],
                "token": lease["token"],
                "location": {"url": f"s3://{lease['object']['target_bucket']}", "etag": "abc123"},
                "verified_by": "checksum",
            }
            for lease in leases
        }

        def complete(*which: tuple[str, str]) -> list[int]:
            answer = client.post("/proxy/jobs/complete", {"items": [done[way] for way in which]})
            assert answer.status == 200, answer.body
            return [item["status"] for item in answer.json["items"]]

        before = postgresql.log.count("deadlock detected")
        database = Database(postgresql.url("orders").replace("postgresql://", "postgresql+psycopg://"))
        held = select(backend_controls).where(backend_controls.c.backend == "c").with_for_update()
        with ThreadPoolExecutor(2) as pool:
            with database.engine.begin() as connection:
                connection.execute(held)
                first = pool.submit(complete, ways[0], ways[1])
                wait_for(lambda: postgresql.waiting("orders") == 1, "the first waits for c")
                second = pool.submit(complete, ways[2])
                wait_for(lambda: postgresql.waiting("orders") == 2, "the second waits too")
            assert first.result() == [200, 200]
            assert second.result() == [200]
        database.close()
        assert postgresql.log.count("deadlock detected") == before
        health = {
            one["backend"]: one for one in server.operator.get("/proxy/replication/backends").json["items"]
        }
        assert {name: health[name]["copied_objects"] for name in "abc"} == {"a": 1, "b": 0, "c": 2}


def test_the_same_version_at_once_is_one_record(pair: tuple[Server, Server]) -> None:
    client = pair[0].client("t1")
    clients = [replace(client, url=server.url) for server in pair]

    def write(number: int) -> tuple[int, bytes]:
        answer = clients[number % 2].post("/proxy/objects", registration("t1", f"f{number // 8}"))
        return answer.status, answer.body

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(write, range(64)))
    for name in range(8):
        same = answers[name * 8 : name * 8 + 8]
        assert sorted(status for status, _ in same) == [200] * 7 + [201]
        assert len({body for _, body in same}) == 1


def test_a_database_that_dies_loses_nothing_acknowledged(postgresql: Cluster, tmp_path: Path) -> None:
    with running(tmp_path, DATABASE_URL=postgresql.url("dies")) as server:
        client = server.client("t1")
        acknowledged: dict[str, Any] = {}

        enough, back = threading.Event(), threading.Event()

        def write(lane: int) -> None:
            """Until the database is gone, and once more when it is back."""
            for number in range(10_000):
                name = f"l{lane}/{number}"
                answer = client.post("/proxy/objects", registration("t1", name))
                if answer.status == 201:
                    acknowledged[name] = answer.json
                    if len(acknowledged) >= 20:
                        enough.set()
                    if back.is_set():
                        return
                else:
                    assert (answer.status, answer.code) == (503, "database-unavailable")
                    assert back.wait(30)

        with ThreadPoolExecutor(4) as pool:
            lanes = [pool.submit(write, lane) for lane in range(4)]
            assert enough.wait(30)
            postgresql.stop("immediate")
            assert server.operator.get("/readyz").status == 503
            postgresql.start()
            back.set()
            for lane in lanes:
                lane.result()
        assert verify_all(client, acknowledged)
        assert server.operator.get("/audit/verify").json["valid"]


def verify_all(client: Client, acknowledged: dict[str, Any]) -> bool:
    return all(
        client.post("/proxy/objects", registration("t1", name)).json == receipt
        for name, receipt in acknowledged.items()
    )
