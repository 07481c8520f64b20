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
from ..registry import joblists, totals
from ..services import Services
from ..store.database import database_now

POLL_SECONDS = 0.5
TOTALS_SECONDS = 1.0
LIFETIME_SECONDS = 300
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
        # Behind which time (microseconds) and job changes are looked for.
        self._behind = (0, "")
        self._told: dict[str, int] = {}

    def begin(self) -> None:
        with self._services.database.read() as connection:
            self._behind = (database_now(connection) - _OVERLAP, "")

    def changes(self) -> list[Job]:
        """The jobs that changed since the last call, each once."""
        with self._services.database.read() as connection:
            found = joblists.changed_since(connection, self._caller, self._wanted, self._behind, _BATCH)
        fresh = [job for at, job in found if self._told.get(job.id) != at]
        if len(found) == _BATCH:
            # More than a page in a few seconds: no looking back, only on.
            self._behind = (found[-1][0], found[-1][1].id)
        elif found:
            self._behind = max(self._behind, (found[-1][0] - _OVERLAP, ""))
        told = self._told | {job.id: at for at, job in found}
        self._told = {job_id: at for job_id, at in told.items() if at >= self._behind[0]}
        return fresh

    def totals(self) -> JobTotals:
        with self._services.database.read() as connection:
            return totals.totals(connection, self._caller, self._wanted.tenant)


async def stream(caller: Principal, services: Services, wanted: JobFilter) -> AsyncIterator[bytes]:
    """Events until the listener goes, the server ends, or the stream has lived long enough."""
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
