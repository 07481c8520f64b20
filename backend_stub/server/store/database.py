"""Connections and transactions.

SQLite: WAL, `synchronous=FULL`, and every write transaction starts as BEGIN IMMEDIATE (a deferred one that
upgrades fails at once, whatever the time-out). PostgreSQL: READ COMMITTED with explicit row locks.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

T = TypeVar("T")

BUSY_TIMEOUT_MS = 20_000
ATTEMPTS = 5
# PostgreSQL: serialization failure, deadlock, unique violation between two writers.
_RETRIED_STATES = frozenset({"40001", "40P01", "23505"})


class Database:
    """One database, shared by the threads of this process (and by other processes)."""

    def __init__(self, url: str) -> None:
        # hide_parameters: an exception's text must not quote the values of a statement.
        self.engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=not url.startswith("sqlite"),
            pool_size=10,
            max_overflow=30,
        )
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        # SQLite has one writer. Waiting here is fair and wakes at once; its own busy handler sleeps.
        self._writer = threading.Lock()
        # The write transaction of each thread that is in one.
        self._open = threading.local()
        if self.is_sqlite:
            event.listen(self.engine, "connect", _configure_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    def close(self) -> None:
        """Close every pooled connection; SQLite's last one folds the WAL into the file."""
        self.engine.dispose()

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, and sees one state of the database throughout."""
        with self.engine.connect() as plain:
            level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
            connection = plain.execution_options(**level)
            with connection.begin():
                yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one write transaction and return its result once that is durable.

        `work` may run again after a conflict between writers, so it must have no other effect. Whatever
        it raises undoes the transaction and passes through. Within a `write` of the same thread it is a part
        of that one.
        """
        if (joined := getattr(self._open, "connection", None)) is not None:
            return work(joined)
        if self.is_sqlite:
            with self._writer:
                return self._attempt(work)
        for _ in range(ATTEMPTS - 1):
            try:
                return self._attempt(work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RETRIED_STATES:
                    raise
        return self._attempt(work)

    def _attempt(self, work: Callable[[Connection], T]) -> T:
        with self.engine.connect() as plain:
            connection = plain.execution_options(secingest_write=True)
            with connection.begin():
                self._open.connection = connection
                try:
                    return work(connection)
                finally:
                    self._open.connection = None


def _configure_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    # The driver's own implicit BEGIN would be a deferred one: transactions are ours (_begin_sqlite).
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        # Deleted rows are overwritten: nothing sealed lingers in free pages.
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("secingest_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def database_now(connection: Connection) -> int:
    """The database's own clock in microseconds since 1970: one clock for every server process."""
    if connection.dialect.name == "sqlite":
        query = "SELECT CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000"
    else:
        query = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
    return int(connection.execute(text(query)).scalar_one())


def check_connection(engine: Engine) -> None:
    """Raises whatever the database raises when it cannot answer."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
