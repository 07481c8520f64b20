"""What holds leases back: pauses, concurrency and bandwidth limits, and a circuit breaker for each backend.

The breaker opens after `BREAKER_FAILURES` failures in a row that a worker blames on the backend. It stays
open for `COOL_DOWN_SECONDS`, doubling with each probe that fails, then one job at a time tries (half-open);
the first success closes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, Table, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend_stub.contract.replication import (
    BackendControl,
    BackendHealth,
    Breaker,
    TenantControl,
    TenantControlState,
)

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import conflict, not_found
from ..store.database import database_now
from ..store.schema import backend_controls, backends, jobs, tenant_controls
from ..store.values import maybe_time
from .tenants import find_backend, find_tenant

SECOND = 1_000_000
BREAKER_FAILURES = 5
COOL_DOWN_SECONDS = 30
MAX_COOL_DOWN_SECONDS = 900


@dataclass
class Room:
    """What may be leased now. A backend that is not in `free` has no limit; one in `closed` gets nothing."""

    closed: set[str] = field(default_factory=set)
    free: dict[str, int] = field(default_factory=dict)
    rates: dict[str, int] = field(default_factory=dict)
    leased: dict[str, int] = field(default_factory=dict)

    def fits(self, source: str, target: str) -> bool:
        """Whether there is a place at both."""
        both = {source, target}
        return not both & self.closed and all(self.free.get(name, 1) > 0 for name in both)

    def take(self, source: str, target: str) -> None:
        """Use a place at both; only where it ``fits``."""
        for name in {source, target}:
            if name in self.free:
                self.free[name] -= 1
            self.leased[name] = self.leased.get(name, 0) + 1

    def share(self, source: str, target: str) -> int | None:
        """Bytes a second for one of the jobs under way between these backends; None without a limit."""
        shares = [
            self.rates[name] // max(1, self.leased.get(name, 0))
            for name in {source, target}
            if name in self.rates
        ]
        return max(1, min(shares)) if shares else None


def ensure_row(connection: Connection, table: Table, **key: Any) -> None:
    """Insert a row with this key unless there is one, whoever inserts it at the same moment."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(table).values(**key).on_conflict_do_nothing())


def breaker_of(row: RowMapping, now: int) -> Breaker:
    if not row["trips"]:
        return "closed"
    # A clock that was set back must not keep a breaker open for ever.
    until = row["broken_until"] or 0
    return "open" if now < until <= now + MAX_COOL_DOWN_SECONDS * SECOND else "half-open"


def room(connection: Connection, names: Iterable[str], now: int, *, lock: bool = True) -> Room:
    """How much may be leased at each of these backends.

    With `lock`, rows that limit are held until the transaction ends, so that two leasers at once do not both
    take the last place.
    """
    found = Room()
    query = select(backend_controls).where(backend_controls.c.backend.in_(list(names)))
    rows = connection.execute(query).mappings().all()
    limited = sorted(row["backend"] for row in rows if row["max_concurrent"] or row["trips"])
    if limited and lock:
        held = query.where(backend_controls.c.backend.in_(limited)).order_by(backend_controls.c.backend)
        fresh = {row["backend"]: row for row in connection.execute(held.with_for_update()).mappings()}
        rows = [fresh.get(row["backend"], row) for row in rows]
    if limited or any(row["max_bytes_per_second"] for row in rows):
        found.leased = leased_by_backend(connection)
    for row in rows:
        name, state = row["backend"], breaker_of(row, now)
        if row["paused_at"] is not None or state == "open":
            found.closed.add(name)
        most = [row["max_concurrent"]] if row["max_concurrent"] else []
        most += [1] if state == "half-open" else []
        if most:
            found.free[name] = min(most) - found.leased.get(name, 0)
        if row["max_bytes_per_second"]:
            found.rates[name] = row["max_bytes_per_second"]
    return found


def leased_by_backend(connection: Connection) -> dict[str, int]:
    """How many jobs are under way at each backend, as source or target."""
    pairs = select(jobs.c.source, jobs.c.target, func.count()).where(jobs.c.state == "leased")
    found: dict[str, int] = {}
    for source, target, number in connection.execute(pairs.group_by(jobs.c.source, jobs.c.target)):
        for name in {source, target}:
            found[name] = found.get(name, 0) + number
    return found


def paused_tenants(connection: Connection) -> set[str]:
    query = select(tenant_controls.c.tenant_id).where(tenant_controls.c.paused_at.is_not(None))
    return set(connection.execute(query).scalars())


def note_successes(connection: Connection, copied: Mapping[str, tuple[int, int]], now: int) -> None:
    """These backends answered: their breakers close. `copied` are the objects and bytes that came to each.

    Rows are locked in the order of their names, so that two batches never wait for one another.
    """
    for name, (number, size) in sorted(copied.items()):
        ensure_row(connection, backend_controls, backend=name)
        values: dict[str, Any] = {
            "failures_in_row": 0, "trips": 0, "broken_until": None, "last_success_at": now,
        }  # fmt: skip
        if number:
            values["copied_objects"] = backend_controls.c.copied_objects + number
            values["copied_bytes"] = backend_controls.c.copied_bytes + size
        connection.execute(
            update(backend_controls).where(backend_controls.c.backend == name).values(**values)
        )


def note_failure(connection: Connection, backend: str, error: str, now: int, *, unavailable: bool) -> bool:
    """Count a failed attempt; whether the breaker of the backend is open after it."""
    ensure_row(connection, backend_controls, backend=backend)
    mine = select(backend_controls).where(backend_controls.c.backend == backend).with_for_update()
    row = connection.execute(mine).mappings().one()
    values: dict[str, Any] = {
        "failures": row["failures"] + 1, "last_error": error[:500], "last_failure_at": now,
    }  # fmt: skip
    opened = False
    if unavailable:
        failures, state = row["failures_in_row"] + 1, breaker_of(row, now)
        values["failures_in_row"] = failures
        opened = state == "open"
        if state == "half-open" or (state == "closed" and failures >= BREAKER_FAILURES):
            wait = min(MAX_COOL_DOWN_SECONDS, COOL_DOWN_SECONDS * 2 ** min(row["trips"], 10))
            values |= {"trips": row["trips"] + 1, "broken_until": now + wait * SECOND}
            opened = True
    change = update(backend_controls).where(backend_controls.c.backend == backend)
    connection.execute(change.values(**values))
    return opened


def set_backend(
    connection: Connection, principal: Principal, backend: str, request: BackendControl
) -> BackendHealth:
    """Pause, resume, limit, or close the breaker. Raises ProblemError 404 for an unknown backend."""
    if find_backend(connection, backend) is None:
        used = select(jobs.c.id).where(or_(jobs.c.source == backend, jobs.c.target == backend)).limit(1)
        if connection.execute(used).first() is None:
            raise not_found("backend")
    ensure_row(connection, backend_controls, backend=backend)
    now = database_now(connection)
    values: dict[str, Any] = {
        name: getattr(request, name)
        for name in ("max_concurrent", "max_bytes_per_second")
        if name in request.model_fields_set
    }
    if request.paused is not None:
        values["paused_at"] = now if request.paused else None
        values["reason"] = request.reason if request.paused else None
    if request.reset:
        values |= {"failures_in_row": 0, "trips": 0, "broken_until": None}
    if values:
        change = update(backend_controls).where(backend_controls.c.backend == backend)
        connection.execute(change.values(**values))
        detail = request.model_dump(mode="json", exclude_unset=True)
        append(connection, principal.actor, [Event("backend.control", backend, None, detail)])
    return next(item for item in health(connection, principal) if item.backend == backend)


def set_tenant(
    connection: Connection, principal: Principal, tenant_id: str, request: TenantControl
) -> TenantControlState:
    """Pause or resume a tenant. Raises ProblemError 404, and 409 where it is not as `before` says."""
    if not principal.sees(tenant_id) or find_tenant(connection, tenant_id) is None:
        raise not_found("tenant")
    ensure_row(connection, tenant_controls, tenant_id=tenant_id)
    mine = select(tenant_controls.c.paused_at).where(tenant_controls.c.tenant_id == tenant_id)
    paused = connection.execute(mine.with_for_update()).scalar_one() is not None
    if paused != request.before:
        raise conflict("pause-differs", f"It is {'' if paused else 'not '}paused, not as `before` says.")
    now = database_now(connection) if request.paused else None
    reason = request.reason if request.paused else None
    change = update(tenant_controls).where(tenant_controls.c.tenant_id == tenant_id)
    connection.execute(change.values(paused_at=now, reason=reason))
    action = "tenant.pause" if request.paused else "tenant.resume"
    append(connection, principal.actor, [Event(action, tenant_id, tenant_id, {"reason": reason})])
    return tenant_state(connection, principal, tenant_id)


def tenant_state(connection: Connection, principal: Principal, tenant_id: str) -> TenantControlState:
    """Whether a tenant is paused. Raises ProblemError 404."""
    if not principal.sees(tenant_id) or find_tenant(connection, tenant_id) is None:
        raise not_found("tenant")
    query = select(tenant_controls).where(tenant_controls.c.tenant_id == tenant_id)
    row = connection.execute(query).mappings().one_or_none()
    at = None if row is None else row["paused_at"]
    reason = None if row is None else row["reason"]
    return TenantControlState(
        tenant=tenant_id, paused=at is not None, reason=reason, paused_at=maybe_time(at)
    )


def health(connection: Connection, principal: Principal) -> list[BackendHealth]:
    """Every registered backend and every one that replication has met, by id.

    Who is no operator sees counts of waiting and leased jobs of its own tenants, and no error texts: they
    may speak of others' objects.
    """
    now = database_now(connection)
    controls = {row["backend"]: row for row in connection.execute(select(backend_controls)).mappings()}
    names = set(connection.execute(select(backends.c.id)).scalars())
    # A backend that nobody registered is known by name to those who use it, and to operators.
    names |= set(controls) if principal.tenants is None else set()
    seen = [] if principal.tenants is None else [jobs.c.tenant_id.in_(principal.tenants)]
    counts: dict[tuple[str, str], int] = {}
    states = select(jobs.c.state, jobs.c.source, jobs.c.target, func.count()).where(
        jobs.c.state.in_(("queued", "retrying", "leased")), *seen
    )
    grouped = states.group_by(jobs.c.state, jobs.c.source, jobs.c.target)
    for state, source, target, number in connection.execute(grouped):
        kind = "leased" if state == "leased" else "waiting"
        for name in {source, target}:
            counts[name, kind] = counts.get((name, kind), 0) + number
            names.add(name)
    return [
        _health(name, controls.get(name), counts, now, whole=principal.tenants is None)
        for name in sorted(names)
    ]


def _health(
    name: str, row: RowMapping | None, counts: dict[tuple[str, str], int], now: int, *, whole: bool
) -> BackendHealth:
    shown = {"backend": name, "leased": counts.get((name, "leased"), 0)}
    shown["waiting"] = counts.get((name, "waiting"), 0)
    if row is None:
        return BackendHealth.model_validate(shown)
    state = breaker_of(row, now)
    plain = ("reason", "max_concurrent", "max_bytes_per_second", "failures_in_row")
    shown |= {field_name: row[field_name] for field_name in plain}
    shown |= {
        "paused": row["paused_at"] is not None,
        "breaker": state,
        "broken_until": maybe_time(row["broken_until"]) if state != "closed" else None,
        "last_failure_at": maybe_time(row["last_failure_at"]),
        "last_success_at": maybe_time(row["last_success_at"]),
    }
    if whole:
        counted = ("copied_objects", "copied_bytes", "failures", "last_error")
        shown |= {field_name: row[field_name] for field_name in counted}
    return BackendHealth.model_validate(shown)
