"""Requests that share a transaction: each has its own answer, and one that fails harms no other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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


class Held:
    """A first piece of work that holds the writer until it is let go, so that others gather."""

    def __init__(self) -> None:
        self._begun, self._go = threading.Event(), threading.Event()

    def __call__(self, _: Connection) -> None:
        self._begun.set()
        assert self._go.wait(30)

    async def begun(self) -> None:
        assert await asyncio.to_thread(self._begun.wait, 30)

    def let_go(self) -> None:
        self._go.set()


def gather(
    database: Database, numbers: range, insert: Callable[[int, Connection], int], cancelled: int | None = None
) -> list[int | BaseException]:
    """What each insert answers, where all of them wait for one that holds the writer."""

    async def main() -> list[int | BaseException]:
        group, held = GroupCommit(database), Held()
        first = asyncio.create_task(group.write(held))
        await held.begun()
        others = [asyncio.create_task(group.write(partial(insert, number))) for number in numbers]
        await asyncio.sleep(0)  # each has come as far as its wait
        if cancelled is not None:
            others[cancelled].cancel()
        held.let_go()
        answers = await asyncio.gather(*others, return_exceptions=True)
        await first
        group.close()
        return answers

    return asyncio.run(main())


def stored(database: Database) -> list[int]:
    with database.read() as connection:
        return list(connection.execute(text("SELECT n FROM t ORDER BY n")).scalars())


def test_waiting_work_shares_a_transaction(database: Database) -> None:
    """While the first holds the writer, the others gather; they commit together, each with its own answer."""
    commits = []

    def insert(number: int, connection: Connection) -> int:
        commits.append(connection.get_transaction())
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        return number * 10

    assert gather(database, range(1, 9), insert) == [n * 10 for n in range(1, 9)]
    assert len(set(commits)) == 1, "eight of them in one"
    assert stored(database) == list(range(1, 9))


def test_one_that_fails_harms_no_other(database: Database) -> None:
    def insert(number: int, connection: Connection) -> int:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        if number == 3:
            connection.execute(text("INSERT INTO nowhere VALUES (1)"))
        return number

    answers = gather(database, range(6), insert)
    assert isinstance(answers.pop(3), SQLAlchemyError)
    assert answers == [0, 1, 2, 4, 5]
    assert stored(database) == [0, 1, 2, 4, 5]


def test_who_went_away_before_its_turn_is_not_served(database: Database) -> None:
    def insert(number: int, connection: Connection) -> int:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})
        return number

    answers = gather(database, range(3), insert, cancelled=1)
    assert isinstance(answers[1], asyncio.CancelledError)
    assert stored(database) == [0, 2]


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
