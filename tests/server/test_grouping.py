"""Requests that share a transaction: each has its own answer, and one that fails harms no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from backend_stub.server.store.database import Database
from backend_stub.server.store.grouping import GroupCommit

from .support import Server, registration


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    opened.write(lambda connection: connection.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY)")))
    yield opened
    opened.close()


def test_waiting_work_shares_a_transaction(database: Database) -> None:
    """While the first holds the writer, the others gather; they commit together, each with its own answer."""
    group = GroupCommit(database)
    commits = []
    begun, go = threading.Event(), threading.Event()

    def work(number: int, connection: Connection) -> int:
        if number == 0:
            begun.set()
            assert go.wait(30)
        commits.append(connection.get_transaction())
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        return number * 10

    first = group.write(lambda connection: work(0, connection))
    assert begun.wait(30)
    others = [group.write(lambda c, n=n: work(n, c)) for n in range(1, 9)]
    go.set()
    assert first.result(30) == 0
    assert [other.result(30) for other in others] == [n * 10 for n in range(1, 9)]
    group.close()
    assert len(set(commits[1:])) == 1, "eight of them in one"
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar_one() == 9


def test_one_that_fails_harms_no_other(database: Database) -> None:
    group = GroupCommit(database)
    begun, go = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        assert go.wait(30)

    def insert(number: int, connection: Connection) -> int:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        if number == 3:
            connection.execute(text("INSERT INTO nowhere VALUES (1)"))
        return number

    group.write(hold)
    assert begun.wait(30)
    results = [group.write(lambda c, n=n: insert(n, c)) for n in range(6)]
    go.set()
    for number, result in enumerate(results):
        if number == 3:
            with pytest.raises(SQLAlchemyError):
                result.result(30)
        else:
            assert result.result(30) == number
    group.close()
    with database.read() as connection:
        assert connection.execute(text("SELECT n FROM t ORDER BY n")).scalars().all() == [0, 1, 2, 4, 5]


def test_who_went_away_is_not_served_and_the_end_serves_who_waits(database: Database) -> None:
    group = GroupCommit(database)
    begun, go = threading.Event(), threading.Event()

    def hold(_: Connection) -> None:
        begun.set()
        assert go.wait(30)

    group.write(hold)
    assert begun.wait(30)
    gone, waits = (
        group.write(lambda c, n=n: c.execute(text("INSERT INTO t VALUES (:n)"), {"n": n})) for n in (1, 2)
    )
    assert gone.cancel()
    go.set()
    group.close()
    assert waits.done()
    with database.read() as connection:
        assert connection.execute(text("SELECT n FROM t")).scalars().all() == [2]


def test_many_clients_at_once_each_with_its_own_answer(server: Server, tenant: str) -> None:
    """Good ones, repeats and refusals in the same moment, of two tenants; the chain holds."""
    other = f"{tenant}b"
    clients = {tenant: server.client(tenant), other: server.client(other)}

    def post(number: int) -> tuple[int, int, str]:
        owner = (tenant, other)[number % 2]
        body = registration(owner, f"o{number % 12}", size=number // 24)
        if number % 10 == 9:
            body["object_key"] = f"somebody-else/{number}"
        answer = clients[owner].post("/proxy/objects", body)
        return number, answer.status, answer.json.get("receipt_id", "")

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(post, range(72)))
    assert {status for number, status, _ in answers if number % 10 == 9} == {403}
    kept: dict[int, set[str]] = {}
    for number, status, receipt in answers:
        if number % 10 != 9:
            assert status in (200, 201, 409), (number, status)
            if status != 409:
                kept.setdefault(number % 12, set()).add(receipt)
    assert all(len(receipts) == 1 for receipts in kept.values()), "one receipt an object"
    assert server.operator.get("/audit/verify").json["valid"]
