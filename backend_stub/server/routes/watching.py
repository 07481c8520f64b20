"""The stream of `GET /proxy/replication/watch`: changes of jobs, gathered, and totals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from backend_stub.contract.jobs import Job, JobFilter
from backend_stub.contract.replication import JobsChanged, JobTotals

from ..auth.principal import Principal
from ..problems import ProblemError
from ..registry import joblists, totals
from ..services import Services
from ..store.database import database_now

POLL_SECONDS = 0.5
TOTALS_SECONDS = 1.0
LIFETIME_SECONDS = 300
MAX_STREAMS = 200
# A transaction may become visible after a younger one: changes are looked for this far back again.
_OVERLAP = 3_000_000
_BATCH = 500


class Watch:
    """What one listener has been told."""

    def __init__(self, caller: Principal, services: Services, wanted: JobFilter) -> None:
        self._caller = caller
        self._services = services
        # A job that leaves the wanted state is a change of the list too.
        self._wanted = wanted.model_copy(update={"state": None})
        self._since = 0
        self._told: dict[str, int] = {}

    def begin(self) -> None:
        with self._services.database.read() as connection:
            self._since = database_now(connection)

    def changes(self) -> list[Job]:
        """The jobs that changed since the last call, each once."""
        since = self._since - _OVERLAP
        with self._services.database.read() as connection:
            found = joblists.changed_since(connection, self._caller, self._wanted, since, _BATCH)
        if len(found) == _BATCH:
            # More than a page in a few seconds: no looking back, only on.
            since = found[-1][0]
        fresh = [job for at, job in found if self._told.get(job.id) != at]
        self._told = (
            {job.id: at for at, job in found}
            if len(found) < _BATCH
            else self._told | {job.id: at for at, job in found[-_BATCH:]}
        )
        if found:
            self._since = max(self._since, found[-1][0] if len(found) < _BATCH else since + _OVERLAP)
        return fresh

    def totals(self) -> JobTotals:
        with self._services.database.read() as connection:
            return totals.totals(connection, self._caller, self._wanted.tenant)


async def stream(caller: Principal, services: Services, wanted: JobFilter) -> AsyncIterator[bytes]:
    """Events until the listener goes, the server ends, or the stream has lived long enough."""
    if services.streams.active >= MAX_STREAMS:
        raise ProblemError(503, "too-many-streams", "Not available", "Too many event streams.")
    services.streams.active += 1
    watch = Watch(caller, services, wanted)
    try:
        await run_in_threadpool(watch.begin)
        ends = time.monotonic() + LIFETIME_SECONDS
        told = 0.0
        yield b"retry: 1000\n\n"
        while time.monotonic() < ends and not services.stopping.is_set():
            if changed := await run_in_threadpool(watch.changes):
                yield event("jobs", JobsChanged(items=changed))
            if time.monotonic() - told >= TOTALS_SECONDS:
                told = time.monotonic()
                yield event("totals", await run_in_threadpool(watch.totals))
            await asyncio.sleep(POLL_SECONDS)
    finally:
        services.streams.active -= 1


def event(name: str, data: BaseModel) -> bytes:
    """One event; JSON escapes every line break, so one `data:` line is enough."""
    return f"event: {name}\ndata: {data.model_dump_json(exclude_none=True)}\n\n".encode()
