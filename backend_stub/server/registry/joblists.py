"""Pages of jobs in several orders, and what changed since a moment."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection, and_, or_, select

from backend_stub.contract.jobs import Job, JobFilter, JobPage

from ..auth.principal import Principal
from ..store.schema import jobs
from ..web.paging import decode_cursor, encode_cursor
from .jobs import job_answer
from .totals import conditions

Sort = Literal["newest", "oldest", "changed", "priority"]


def list_jobs(
    connection: Connection,
    principal: Principal,
    wanted: JobFilter,
    sort: Sort,
    limit: int,
    cursor: str | None,
) -> JobPage:
    """One page. `changed`: the last changed first; `priority`: the greatest first, then the oldest."""
    query = select(jobs).where(*conditions(principal, wanted))
    if sort in ("newest", "oldest"):
        position = decode_cursor(cursor, str)
        after = jobs.c.id < position[0] if position and sort == "newest" else None
        if position and sort == "oldest":
            after = jobs.c.id > position[0]
        order: tuple[Any, ...] = (jobs.c.id.desc(),) if sort == "newest" else (jobs.c.id,)
    elif sort == "changed":
        position = decode_cursor(cursor, int, str)
        after = _behind(jobs.c.updated_at, position, jobs.c.id.__lt__) if position else None
        order = (jobs.c.updated_at.desc(), jobs.c.id.desc())
    else:
        position = decode_cursor(cursor, int, str)
        after = _behind(jobs.c.priority, position, jobs.c.id.__gt__) if position else None
        order = (jobs.c.priority.desc(), jobs.c.id)
    if after is not None:
        query = query.where(after)
    found = connection.execute(query.order_by(*order).limit(limit + 1)).mappings().all()
    more = len(found) > limit
    return JobPage(
        items=[job_answer(row) for row in found[:limit]],
        next=encode_cursor(*_position(found[limit - 1], sort)) if more else None,
    )


def _behind(column: Any, position: list[Any], beyond: Any) -> Any:
    return or_(column < position[0], and_(column == position[0], beyond(position[1])))


def _position(row: Any, sort: Sort) -> tuple[str | int, ...]:
    first = {"changed": "updated_at", "priority": "priority"}.get(sort)
    return (row[first], row["id"]) if first else (row["id"],)


def changed_since(
    connection: Connection, principal: Principal, wanted: JobFilter, behind: tuple[int, str], limit: int
) -> list[tuple[int, Job]]:
    """The jobs that changed behind a time (microseconds) and id, with the time of each, the oldest first."""
    at, job_id = behind
    query = select(jobs).where(
        *conditions(principal, wanted),
        jobs.c.updated_at >= at,
        or_(jobs.c.updated_at > at, jobs.c.id > job_id),
    )
    rows = connection.execute(query.order_by(jobs.c.updated_at, jobs.c.id).limit(limit)).mappings()
    return [(row["updated_at"], job_answer(row)) for row in rows]
