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
            assert go.wait(10)
        commits.append(connection.get_transaction())
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        return number * 10

    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(group.write, lambda connection: work(0, connection))
        assert begun.wait(10)
        others = [pool.submit(group.write, lambda c, n=n: work(n, c)) for n in range(1, 9)]
        while len(group._waiting) < 8:
            threading.Event().wait(0.005)  # until all of them wait: nothing else tells
        go.set()
        assert first.result(10) == 0
        assert [other.result(10) for other in others] == [n * 10 for n in range(1, 9)]
    assert len(set(commits[1:])) == 1, "eight of them in one"
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM t")).scalar_one() == 9


def test_one_that_fails_harms_no_other(database: Database) -> None:
    group = GroupCommit(database)
    barrier = threading.Barrier(6)

    def insert(number: int) -> int:
        barrier.wait(10)

        def work(connection: Connection) -> int:
            connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
            if number == 3:
                connection.execute(text("INSERT INTO nowhere VALUES (1)"))
            return number

        return group.write(work)

    with ThreadPoolExecutor(6) as pool:
        results = [pool.submit(insert, number) for number in range(6)]
        for number, result in enumerate(results):
            if number == 3:
                with pytest.raises(SQLAlchemyError):
                    result.result(20)
            else:
                assert result.result(20) == number
    with database.read() as connection:
        assert connection.execute(text("SELECT n FROM t ORDER BY n")).scalars().all() == [0, 1, 2, 4, 5]


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
