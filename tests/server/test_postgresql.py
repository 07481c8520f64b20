"""What only PostgreSQL can show: several server processes on one database, and a database that dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Select, select, update

from backend_stub.server.settings import load_settings
from backend_stub.server.store.database import Database
from backend_stub.server.store.migrate import migrate
from backend_stub.server.store.schema import audit_head, backend_controls, jobs, metadata, tenants
from tests.rigs.waiting import wait_for

from .postgres import Cluster
from .support import ADMIN_KEY, PASSPHRASE, Answer, Client, Server, registration, running

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


@pytest.fixture(scope="module")
def alone(postgresql: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One process on a database of its own, so that who waits there is known."""
    folder = tmp_path_factory.mktemp("alone")
    with running(folder, DATABASE_URL=postgresql.url("alone"), RATE_LIMIT="0") as server:
        for name in "abc":
            server.operator.post("/proxy/backends", {**BACKEND, "id": name})
            server.operator.send("PATCH", f"/proxy/replication/backends/{name}", {"paused": False})
        yield server


class Turns:
    """Requests that all wait for one row that is held, in the order in which they were sent."""

    def __init__(self, server: Server, postgresql: Cluster, held: Select[Any]) -> None:
        self._database = Database(server.database_url.replace("postgresql://", "postgresql+psycopg://"))
        self._postgresql, self._held = postgresql, held
        self._sent = 0

    def __enter__(self) -> Turns:
        self._pool = ThreadPoolExecutor(4)
        self._connection = self._database.engine.connect()
        self._connection.begin()
        self._connection.execute(self._held)
        return self

    def send(self, work: Callable[[], Answer]) -> Future[Answer]:
        future = self._pool.submit(work)
        self._sent += 1
        wait_for(lambda: self._postgresql.waiting("alone") == self._sent, f"{self._sent} wait")
        return future

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._pool.shutdown()
        self._database.close()


def register(client: Client, name: str, source: str, target: str) -> dict[str, Any]:
    place = {source: {"url": "s3://s3gw-a1b2c3d4-spacetim", "etag": "abc123"}}
    fields = {**POLICY, "backends": place, "targets": [target] if target else []}
    answer = client.post("/proxy/objects", registration("t1", name, **fields))
    assert answer.status == 201, answer.body
    return dict(answer.json)


def leased(client: Client) -> dict[str, dict[str, Any]]:
    """A completion for each job there is, by object key."""
    asked = {"worker": "w", "backends": ["a", "b", "c"], "limit": 9}
    leases = client.post("/proxy/jobs/lease", asked).json["leases"]
    return {
        lease["job"]["object_key"]: {
            "job": lease["job"]["id"],
            "token": lease["token"],
            "location": {"url": f"s3://{lease['object']['target_bucket']}", "etag": "abc123"},
            "verified_by": "checksum",
        }
        for lease in leases
    }


def test_batches_of_completions_lock_in_one_order(postgresql: Cluster, alone: Server) -> None:
    """Each of two batches holds what the other needs next, were the backends' rows locked as they come."""
    client = alone.client("t1")
    ways = [("a", "c"), ("b", "a"), ("b", "c")]
    for source, target in ways:
        register(client, source + target, source, target)
    done = leased(client)

    def complete(*names: str) -> Answer:
        return client.post("/proxy/jobs/complete", {"items": [done[f"t1/{name}"] for name in names]})

    before = postgresql.log.count("deadlock detected")
    held = select(backend_controls).where(backend_controls.c.backend == "c").with_for_update()
    with Turns(alone, postgresql, held) as turns:
        answers = [turns.send(lambda: complete("ac", "ba")), turns.send(lambda: complete("bc"))]
    statuses = [[item["status"] for item in answer.result().json["items"]] for answer in answers]
    assert statuses == [[200, 200], [200]]
    assert postgresql.log.count("deadlock detected") == before
    health = {one["backend"]: one for one in alone.operator.get("/proxy/replication/backends").json["items"]}
    assert {name: health[name]["copied_objects"] for name in "abc"} == {"a": 1, "b": 0, "c": 2}


HEAD = select(audit_head).with_for_update()


def counted(server: Server) -> int:
    """Objects that count for the tenant's quota."""
    database = Database(server.database_url.replace("postgresql://", "postgresql+psycopg://"))
    with database.read() as connection:
        number = connection.execute(select(tenants.c.object_count).where(tenants.c.id == "t1")).scalar_one()
    database.close()
    return int(number)


def test_two_tombstones_of_one_moment_are_one(postgresql: Cluster, alone: Server) -> None:
    client = alone.client("t1")
    path = f"/proxy/objects/{register(client, 'twice', 'a', '')['object_key']}"
    used = counted(alone)
    with Turns(alone, postgresql, HEAD) as turns:
        answers = [turns.send(lambda: client.send("DELETE", path)) for _ in range(2)]
    assert {answer.result().status for answer in answers} == {200}
    assert answers[0].result().json == answers[1].result().json
    assert counted(alone) == used - 1
    entries = alone.operator.get("/audit", subject="t1/twice").json["items"]
    assert [entry["action"] for entry in entries] == ["object.register", "object.delete"]


def test_a_tombstone_cancels_a_job_of_the_same_moment(postgresql: Cluster, alone: Server) -> None:
    client = alone.client("t1")
    path = f"/proxy/objects/{register(client, 'late', 'a', '')['object_key']}"
    asked = {"object_key": "t1/late", "version": "v1", "target": "c"}
    with Turns(alone, postgresql, HEAD) as turns:
        made = turns.send(lambda: client.post("/proxy/jobs", asked))
        gone = turns.send(lambda: client.send("DELETE", path))
    assert (made.result().status, gone.result().status) == (201, 200)
    job = client.get(f"/proxy/jobs/{made.result().json['id']}").json
    assert (job["state"], job["cause"]) == ("cancelled", "deleted")


def test_a_job_that_succeeds_in_the_moment_of_a_tombstone_has_succeeded(
    postgresql: Cluster, alone: Server
) -> None:
    client = alone.client("t1")
    path = f"/proxy/objects/{register(client, 'just-done', 'a', 'c')['object_key']}"
    done = leased(client)["t1/just-done"]
    with Turns(alone, postgresql, HEAD) as turns:
        copied = turns.send(lambda: client.post("/proxy/jobs/complete", {"items": [done]}))
        gone = turns.send(lambda: client.send("DELETE", path))
    assert [item["status"] for item in copied.result().json["items"]] == [200]
    assert gone.result().status == 200
    assert client.get(f"/proxy/jobs/{done['job']}").json["state"] == "succeeded"
    [version] = client.get(path).json["versions"]
    assert [copy["backend"] for copy in version["replicas"]] == ["a", "c"]


def test_what_is_queued_for_a_deleted_version_is_not_leased(postgresql: Cluster, alone: Server) -> None:
    """However it came there: a retry or a reconciliation that read the record before it was deleted."""
    client = alone.client("t1")
    made = register(client, "stale", "a", "c")
    assert client.send("DELETE", f"/proxy/objects/{made['object_key']}").status == 200
    database = Database(alone.database_url.replace("postgresql://", "postgresql+psycopg://"))
    mine = jobs.c.id == made["jobs"][0]["id"]
    again = update(jobs).where(mine).values(state="queued", next_attempt_at=1)
    database.write(lambda connection: connection.execute(again))
    database.close()
    assert "t1/stale" not in leased(client)
    assert client.get(f"/proxy/jobs/{made['jobs'][0]['id']}").json["state"] == "cancelled"


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
