"""Group commit: requests that wait for the writer share one transaction, and so one sync to disk.

Each is answered only after the commit, exactly as alone. A piece of work that raises undoes the transaction
of all; then each runs by itself, so that only the one at fault fails.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from .database import Database

T = TypeVar("T")
MOST = 64


@dataclass
class _Waiting:
    work: Callable[[Connection], Any]
    done: bool = False
    result: Any = None
    error: BaseException | None = field(default=None, repr=False)


class GroupCommit:
    """`write` of a Database for work that comes from many threads at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leader = threading.Lock()
        self._guard = threading.Lock()
        self._waiting: list[_Waiting] = []

    def write(self, work: Callable[[Connection], T]) -> T:
        """As `Database.write`: durable on return; `work` may run again, so it must have no other effect."""
        mine = _Waiting(work)
        with self._guard:
            self._waiting.append(mine)
        while not mine.done:
            # Whoever gets the lock leads: it does its own work and that of everybody who waits by then.
            with self._leader:
                if not mine.done:
                    with self._guard:
                        batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                    self._run(batch)
        if mine.error is not None:
            raise mine.error
        return cast("T", mine.result)

    def _run(self, batch: list[_Waiting]) -> None:
        try:
            results = self._database.write(lambda connection: [one.work(connection) for one in batch])
        except BaseException as error:  # noqa: BLE001 - it belongs to one of them, and every one is answered
            if len(batch) == 1:
                batch[0].error, batch[0].done = error, True
                return
            for one in batch:
                self._run([one])
            return
        for one, result in zip(batch, results, strict=True):
            one.result, one.done = result, True
