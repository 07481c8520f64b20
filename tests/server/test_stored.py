"""How much is stored where: counted whole, for those who may know, and not again at once where it is long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from backend_stub.server.auth.principal import Principal
from backend_stub.server.registry.stored import StoredCounter, counting
from backend_stub.server.store.database import Database
from backend_stub.server.store.migrate import migrate
from tests.rigs.waiting import wait_for

from .support import Client, Server, registration


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path}/server.sqlite")
    migrate(made)
    return made


def place(name: str) -> dict[str, str]:
    return {"url": f"s3://bucket/{name}", "etag": "e"}


def totals(client: Client, **query: Any) -> dict[str, tuple[str | None, int, int]]:
    found = client.get("/proxy/stored", **query).json["items"]
    return {one["backend"]: (one["country"], one["copies"], one["bytes"]) for one in found}


def test_every_copy_is_counted_and_what_is_deleted_is_not(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    two = {"fi-1": place("a"), "de-1": place("a")}
    bodies = [
        registration(tenant, "a", backends=two, size=90, ciphertext_size=100, residency="EU"),
        registration(tenant, "b", backends={"fi-1": place("b")}, size=7),
        registration(tenant, "c", backends={"fi-1": place("c")}),
        registration(tenant, "gone", backends={"fi-1": place("d")}, size=1000),
    ]
    for body in bodies:
        answer = client.post("/proxy/objects", body)
        assert answer.status == 201, answer.json
    client.send("DELETE", f"/proxy/objects/{tenant}/gone")
    wanted = {"fi-1": ("FI", 3, 107), "de-1": ("DE", 1, 100)}
    wait_for(lambda: totals(client) == wanted, "the totals")
    assert totals(server.client(tenant, "auditor"), tenant=tenant) == wanted
    wait_for(lambda: totals(server.operator, tenant=tenant) == wanted, "the operator's view of one tenant")
    assert totals(server.operator)["fi-1"][1] >= 3
    assert totals(server.client("somebody-else"), tenant=tenant) == {}


def test_what_took_long_is_kept_for_fifty_times_as_long(database: Database) -> None:
    ticks = iter([0.0, 2.0, 101.0, 102.5, 103.0])
    counter = StoredCounter(lambda: next(ticks))
    everybody = Principal("operator", "test", None, "request")
    first = counter.totals(database, everybody, None)  # from 0 to 2
    assert counter.totals(database, everybody, None) is first  # 101
    assert counter.totals(database, everybody, None) is not first  # 102.5


@pytest.mark.parametrize("scope", [None, ("one",), ("one", "two")])
def test_no_wide_row_is_read(database: Database, scope: tuple[str, ...] | None) -> None:
    """A million rows of objects are gigabytes: the index has all that is asked for."""
    with database.read() as connection:
        query = counting(scope).compile(connection, compile_kwargs={"literal_binds": True})
        plan = " ".join(row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    assert "objects USING COVERING INDEX ix_objects_stored" in plan
