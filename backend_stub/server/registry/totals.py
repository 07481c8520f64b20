"""Jobs in numbers: by state, by cause, how old the oldest is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from backend_stub.contract.jobs import JobCounts, JobFilter
from backend_stub.contract.replication import CauseGroup, CausePage, JobTotals

from ..auth.principal import Principal
from ..store.database import database_now
from ..store.schema import backend_controls, jobs
from ..store.values import from_micros

_UNKNOWN = "unknown"
_MAX_GROUPS = 500


def conditions(principal: Principal, wanted: JobFilter) -> list[ColumnElement[bool]]:
    """What a filter means for a caller, who never gets beyond its own tenants."""
    found: list[ColumnElement[bool]] = []
    if principal.tenants is not None:
        found.append(jobs.c.tenant_id.in_(principal.tenants))
    equal = {"tenant_id": wanted.tenant}
    equal |= {name: getattr(wanted, name) for name in ("state", "source", "target", "object_key")}
    found += [jobs.c[name] == value for name, value in equal.items() if value is not None]
    if wanted.backend is not None:
        found.append(or_(jobs.c.source == wanted.backend, jobs.c.target == wanted.backend))
    if wanted.search:
        found.append(func.lower(jobs.c.object_key).contains(wanted.search.lower(), autoescape=True))
    if wanted.cause is not None:
        found.append(func.coalesce(jobs.c.cause, _UNKNOWN) == wanted.cause)
    if wanted.paused is not None:
        found.append(jobs.c.paused_at.is_not(None) if wanted.paused else jobs.c.paused_at.is_(None))
    return found


def job_counts(connection: Connection, principal: Principal, tenant: str | None) -> JobCounts:
    """How many jobs are in each state, of the tenants that the caller sees."""
    seen = conditions(principal, JobFilter(tenant=tenant))
    age = _lag(connection, seen, database_now(connection))
    counts = _by_state(connection, seen)
    return JobCounts(counts=counts, oldest_waiting_seconds=None if age is None else int(age))


def totals(connection: Connection, principal: Principal, tenant: str | None) -> JobTotals:
    """What the monitor shows above its table."""
    seen = conditions(principal, JobFilter(tenant=tenant))
    now = database_now(connection)
    waiting = jobs.c.state.in_(("queued", "retrying"))
    paused = select(func.count()).select_from(jobs).where(*seen, waiting, jobs.c.paused_at.is_not(None))
    sums = select(func.sum(backend_controls.c.copied_objects), func.sum(backend_controls.c.copied_bytes))
    copied: tuple[Any, Any]
    if principal.tenants is None and tenant is None:
        copied = tuple(connection.execute(sums).one())
    else:
        mine = select(func.count(), func.sum(jobs.c.bytes_done)).where(*seen, jobs.c.state == "succeeded")
        copied = tuple(connection.execute(mine).one())
    return JobTotals(
        at=from_micros(now),
        counts=_by_state(connection, seen),
        paused=connection.execute(paused).scalar_one(),
        lag_seconds=_lag(connection, seen, now),
        copied_objects=int(copied[0] or 0),
        copied_bytes=int(copied[1] or 0),
    )


def _by_state(connection: Connection, seen: list[ColumnElement[bool]]) -> dict[Any, int]:
    query = select(jobs.c.state, func.count()).where(*seen).group_by(jobs.c.state)
    return {state: number for state, number in connection.execute(query)}  # noqa: C416


def _lag(connection: Connection, seen: list[ColumnElement[bool]], now: int) -> float | None:
    """Seconds since the oldest waiting job was made. Ids sort by age, so the index gives it at once."""
    oldest = [
        connection.execute(
            select(jobs.c.created_at).where(*seen, jobs.c.state == state).order_by(jobs.c.id).limit(1)
        ).scalar()
        for state in ("queued", "retrying")
    ]
    known = [at for at in oldest if at is not None]
    return max(0.0, (now - min(known)) / 1e6) if known else None


def causes(connection: Connection, principal: Principal, wanted: JobFilter) -> CausePage:
    """Dead, blocked and retrying jobs (or those of one state), grouped by cause and target."""
    where = conditions(principal, wanted)
    if wanted.state is None:
        where.append(jobs.c.state.in_(("dead", "blocked", "retrying")))
    cause = func.coalesce(jobs.c.cause, _UNKNOWN)
    newest = func.max(jobs.c.id)
    first, last = func.min(jobs.c.updated_at), func.max(jobs.c.updated_at)
    grouped = (
        select(jobs.c.state, cause, jobs.c.target, func.count(), first, last, newest)
        .where(*where)
        .group_by(jobs.c.state, cause, jobs.c.target)
        .order_by(func.count().desc(), cause)
        .limit(_MAX_GROUPS)
    )
    rows = connection.execute(grouped).all()
    examples = select(jobs.c.id, jobs.c.reason).where(jobs.c.id.in_([row[6] for row in rows]))
    reasons = {job_id: reason for job_id, reason in connection.execute(examples)}  # noqa: C416
    return CausePage(
        items=[
            CauseGroup(
                state=row[0], cause=row[1], target=row[2], count=row[3],
                first_at=from_micros(row[4]), last_at=from_micros(row[5]), example=reasons.get(row[6]),
            )
            for row in rows
        ]
    )  # fmt: skip
