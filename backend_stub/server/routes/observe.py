"""Watching the server: metrics for operators, events for everybody about what is theirs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Header, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool

from backend_stub.contract.audit import Event

from ..auth.principal import Principal
from ..registry.jobmetrics import metrics_of
from ..services import Services
from ..store.database import database_now
from ..store.schema import audit, audit_head, objects
from ..store.values import from_micros, load
from ..web.metrics import CONTENT_TYPE, family
from ..web.route import Anybody, CurrentServices, Operator
from .common import check_streams, guarded_router

router = guarded_router("observe")

POLL_SECONDS = 0.5
KEEPALIVE_SECONDS = 15
# A stream ends now and then, so that a credential that was disabled does not listen for ever.
LIFETIME_SECONDS = 300
_BATCH = 500


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(_operator: Operator, services: CurrentServices) -> Response:
    """Prometheus text: requests of this process; jobs, objects and the audit chain of the database."""
    counts = services.requests
    answered = [
        ({"method": method, "route": route, "status": status}, value)
        for (method, route, status), value in sorted(counts.answers.items())
    ]
    spent = [
        ({"method": method, "route": route}, value)
        for (method, route), value in sorted(counts.seconds.items())
    ]
    with services.database.read() as connection:
        now = database_now(connection)
        replication = metrics_of(connection, now)
        versions = connection.execute(select(objects.c.state, func.count()).group_by(objects.c.state)).all()
        chain = connection.execute(select(audit_head.c.count)).scalar_one()
    text = "".join(
        [
            family("secingest_requests_total", "counter", "Answers of this process.", answered),
            family("secingest_request_seconds_total", "counter", "Time spent on them.", spent),
            replication,
            family(
                "secingest_objects", "gauge", "Versions by state.", [({"state": s}, n) for s, n in versions]
            ),
            family("secingest_audit_entries_total", "counter", "Entries of the audit chain.", [({}, chain)]),
        ]
    )
    return Response(text, media_type=CONTENT_TYPE)


@router.get(
    "/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}}
)
async def events(
    caller: Anybody,
    services: CurrentServices,
    last_event_id: Annotated[int | None, Header(ge=0)] = None,
    after: int | None = None,
) -> StreamingResponse:
    """Server-sent events (WHATWG HTML section 9.2): what happens to the caller's objects, jobs, credentials.

    `Last-Event-ID` (or `after`) resumes behind an event, 0 from the beginning; without it, from now on. Each
    event has the id of its audit entry, the action as its name, and the contract's `Event` as data.
    """
    check_streams(services)
    start = last_event_id if last_event_id is not None else after
    if start is None:
        start = await run_in_threadpool(_head, services)
    return StreamingResponse(_stream(caller, services, start), media_type="text/event-stream")


def _head(services: Services) -> int:
    with services.database.read() as connection:
        count: int = connection.execute(select(audit_head.c.count)).scalar_one()
        return count


async def _stream(caller: Principal, services: Services, last: int) -> AsyncIterator[bytes]:
    services.streams.active += 1
    try:
        ends = time.monotonic() + LIFETIME_SECONDS
        quiet = 0.0
        yield b"retry: 1000\n\n"
        while time.monotonic() < ends and not services.stopping.is_set():
            found = await run_in_threadpool(_after, caller, services, last)
            for sequence, name, data in found:
                last = sequence
                yield f"id: {sequence}\nevent: {name}\ndata: {data}\n\n".encode()
            if len(found) < _BATCH:
                await asyncio.sleep(POLL_SECONDS)
            quiet = 0.0 if found else quiet + POLL_SECONDS
            if quiet >= KEEPALIVE_SECONDS:
                quiet = 0.0
                yield b": still here\n\n"
    finally:
        services.streams.active -= 1


def _after(caller: Principal, services: Services, last: int) -> list[tuple[int, str, str]]:
    query = select(audit).where(audit.c.sequence > last)
    if caller.tenants is not None:
        query = query.where(audit.c.tenant_id.in_(caller.tenants))
    with services.database.read() as connection:
        rows = connection.execute(query.order_by(audit.c.sequence).limit(_BATCH)).mappings().all()
    found = []
    for row in rows:
        event = Event(
            sequence=row["sequence"],
            at=from_micros(row["at"]),
            action=row["action"],
            tenant_id=row["tenant_id"],
            subject=row["subject"],
            detail=load(row["detail"]),
        )
        # JSON escapes every line break, so one `data:` line is enough.
        found.append((event.sequence, event.action, json.dumps(event.model_dump(mode="json"))))
    return found
