"""Group commit: requests that wait for the writer share one transaction, and so one sync to disk.

Each is answered only after the commit, exactly as alone. A piece of work that raises undoes the transaction
of all; then each runs by itself, so that only the one at fault fails. One thread does all of it, so that a
waiting request costs no thread; what comes while it is busy is handed to it together.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from .database import Database

T = TypeVar("T")
MOST = 64


@dataclass
class _Waiting:
    work: Callable[[Connection], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = field(default=None, repr=False)


class GroupCommit:
    """`write` of a Database for work that comes from many requests at once.

    Used from one event loop only, so it needs no lock.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._busy = False
        self._thread: threading.Thread | None = None
        self._groups: queue.SimpleQueue[tuple[asyncio.AbstractEventLoop, list[_Waiting]] | None] = (
            queue.SimpleQueue()
        )

    async def write(self, work: Callable[[Connection], T]) -> T:
        """As `Database.write`: durable on return; `work` may run again, so it must have no other effect."""
        loop = asyncio.get_running_loop()
        mine = _Waiting(work, loop.create_future())
        self._waiting.append(mine)
        if not self._busy:
            # Not at once: what else this turn of the loop brings goes along.
            self._busy = True
            loop.call_soon(self._next, loop)
        result: T = await mine.future
        return result

    def close(self) -> None:
        """End the thread once it has done what it was given."""
        self._groups.put(None)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        group: list[_Waiting] = []
        while self._waiting and len(group) < MOST:
            one = self._waiting.popleft()
            # Whoever went away before its turn is not served.
            if not one.future.done():
                group.append(one)
        self._busy = bool(group)
        if group:
            if self._thread is None:
                # A daemon: a database that hangs does not keep the process from ending.
                self._thread = threading.Thread(target=self._serve, name="group-commit", daemon=True)
                self._thread.start()
            self._groups.put((loop, group))

    def _settle(self, loop: asyncio.AbstractEventLoop, group: list[_Waiting]) -> None:
        self._next(loop)
        for one in group:
            if one.future.done():
                continue
            if one.error is not None:
                one.future.set_exception(one.error)
            else:
                one.future.set_result(one.result)

    def _serve(self) -> None:
        while (given := self._groups.get()) is not None:
            loop, group = given
            self._run(group)
            try:
                loop.call_soon_threadsafe(self._settle, loop, group)
            except RuntimeError:
                # The loop has ended, and with it whoever asked.
                return

    def _run(self, group: list[_Waiting]) -> None:
        try:
            results = self._database.write(lambda connection: [one.work(connection) for one in group])
        except Exception as error:  # noqa: BLE001 - it belongs to one of them, and every one is answered
            if len(group) == 1:
                group[0].error = error
                return
            for one in group:
                self._run([one])
            return
        for one, result in zip(group, results, strict=True):
            one.result = result
