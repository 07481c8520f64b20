"""From policy to jobs: versions with fewer good copies than they should have get what is missing.

A version should have as many copies as it was registered for (`replica_count`), or as its tenant's policy
asks (`replicas`), whichever is more. A copy counts while no check found it wanting, and so does a job that
is on its way. Where a person cancelled a job, or it is dead or blocked, no new one is made for the same
target: that would take the decision out of their hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, case, func, select

from backend_stub.contract.jobs import ACTIVE_STATES
from backend_stub.contract.objects import ObjectRegistration
from backend_stub.contract.replication import PlannedJob, ReconcileAnswer, ReconcileRequest, Shortfall

from ..audit import Actor, Event, append
from ..auth.principal import Principal
from ..problems import ProblemError, not_found
from ..services import Services
from ..store.database import database_now
from ..store.schema import backends, jobs, namespaces, objects, replicas, tenants
from ..store.values import load
from . import policy
from .jobs import insert_jobs, new_job
from .tenants import find_tenant

PAGE = 100
Why = Literal["target", "policy", "repair"]


@dataclass
class Plan:
    """What one pass found: jobs as rows and as answers, and what no job can be made for."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[PlannedJob] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)


def reconcile(
    connection: Connection,
    services: Services,
    actor: Actor,
    seen: Sequence[str] | None,
    request: ReconcileRequest,
) -> ReconcileAnswer:
    """One page of versions below their policy; `next` of the answer goes on. `seen` None is every tenant.

    Raises ProblemError 404 for a tenant that is not among `seen`.
    """
    if request.tenant is not None and seen is not None and request.tenant not in seen:
        raise not_found("tenant")
    mine: list[ColumnElement[bool]] = [] if seen is None else [objects.c.tenant_id.in_(seen)]
    if request.tenant is not None:
        mine.append(objects.c.tenant_id == request.tenant)
    found = _short(connection, mine, request.after)
    plan = Plan()
    savepoint = connection.begin_nested()
    for row in found:
        plan_for(connection, services, row, plan)
    if request.dry_run:
        # Planning keeps the buckets of its targets.
        savepoint.rollback()
    else:
        savepoint.commit()
        write(connection, actor, plan, "jobs.reconcile")
    return ReconcileAnswer(
        short=len(found),
        jobs=[job if not request.dry_run else job.model_copy(update={"id": None}) for job in plan.jobs],
        shortfalls=plan.shortfalls,
        next=found[-1]["id"] if len(found) == PAGE else None,
    )


def write(connection: Connection, actor: Actor, plan: Plan, action: str) -> None:
    """Make the planned jobs, with an audit entry a tenant."""
    insert_jobs(connection, plan.rows)
    tenants_of = sorted({row["tenant_id"] for row in plan.rows})
    events = []
    for tenant in tenants_of:
        ids = [row["id"] for row in plan.rows if row["tenant_id"] == tenant]
        events.append(Event(action, tenant, tenant, {"jobs": ids}))
    if events:
        append(connection, actor, events)


def _short(connection: Connection, mine: list[ColumnElement[bool]], after: int) -> Sequence[RowMapping]:
    # Not `max`: that is an aggregate on PostgreSQL.
    asked = case(
        (tenants.c.replicas > objects.c.replica_count, tenants.c.replicas), else_=objects.c.replica_count
    )
    good = (
        select(func.count())
        .select_from(replicas)
        .where(replicas.c.object_id == objects.c.id, replicas.c.state == "ok")
        .scalar_subquery()
    )
    coming = (
        select(func.count())
        .select_from(jobs)
        .where(jobs.c.object_id == objects.c.id, jobs.c.kind == "copy", jobs.c.state.in_(ACTIVE_STATES))
        .scalar_subquery()
    )
    query = (
        select(objects)
        .join(tenants, tenants.c.id == objects.c.tenant_id)
        .where(objects.c.state == "active", objects.c.id > after, asked > good + coming, *mine)
        .order_by(objects.c.id)
        .limit(PAGE)
    )
    return connection.execute(query).mappings().all()


def plan_for(
    connection: Connection, services: Services, row: RowMapping, plan: Plan, *, repair: str | None = None
) -> None:
    """Add to `plan` what one version lacks. `repair`: a backend to mend, whatever the number of copies."""
    tenant = find_tenant(connection, row["tenant_id"])
    assert tenant is not None
    copies = select(replicas).where(replicas.c.object_id == row["id"]).order_by(replicas.c.position)
    states = {copy["backend"]: copy["state"] for copy in connection.execute(copies).mappings()}
    good = [name for name, state in states.items() if state == "ok"]
    last = _last_jobs(connection, row["id"])
    coming = {target for target, state in last.items() if state in ACTIVE_STATES}
    wanted = max(tenant["replicas"], row["replica_count"])
    missing = wanted - len(good) - len(coming - set(good))
    if repair is not None:
        missing = 0 if repair in coming else 1
    reasons: list[str] = [] if good else ["no good copy is left to copy from"]
    item = ObjectRegistration.model_validate_json(row["submission"])
    candidates = [repair] if repair is not None else _candidates(connection, tenant, row, item, states)
    for target in candidates:
        if missing <= 0 or not good:
            break
        if target in good:
            continue
        if last.get(target) in ("dead", "cancelled", *ACTIVE_STATES):
            reasons.append(f"the last job for {target} is {last[target]}")
            continue
        try:
            _open(connection, services, tenant, row, item.logical, target)
        except ProblemError as error:
            reasons.append(str(error.errors[0].message if error.errors else error.detail))
            continue
        why: Why = "repair" if target in states else "target" if target in item.targets else "policy"
        _add(plan, row, new_job(row, good[0], target, database_now(connection)), why)
        missing -= 1
    if missing > 0:
        short = {"object_key": row["object_key"], "version": row["version"], "wanted": wanted}
        reason = "; ".join(dict.fromkeys(reasons)) or "no other backend is allowed"
        plan.shortfalls.append(Shortfall(**short, have=len(good), reason=reason))


def _last_jobs(connection: Connection, object_id: int) -> dict[str, str]:
    """The state of the newest copying job for each target."""
    mine = select(jobs.c.target, jobs.c.state).where(jobs.c.object_id == object_id, jobs.c.kind == "copy")
    return {target: state for target, state in connection.execute(mine.order_by(jobs.c.id))}  # noqa: C416


def _open(
    connection: Connection, services: Services, tenant: RowMapping, row: RowMapping, logical: str, target: str
) -> None:
    """See that policy lets the version go there, and keep its bucket. Raises ProblemError."""
    policy.check_allowed(tenant, "target", target)
    where = policy.place(connection, services.settings, row["tenant_id"], logical, target)
    policy.check_target("target", row["residency"], where)
    policy.record_mapping(connection, row["tenant_id"], logical, where, database_now(connection))


def _add(plan: Plan, row: RowMapping, job: dict[str, Any], why: Why) -> None:
    plan.rows.append(job)
    where = {"source": job["source"], "target": job["target"], "reason": why}
    plan.jobs.append(PlannedJob(id=job["id"], object_key=row["object_key"], version=row["version"], **where))


def _candidates(
    connection: Connection,
    tenant: RowMapping,
    row: RowMapping,
    item: ObjectRegistration,
    states: dict[str, str],
) -> list[str]:
    """Targets in the order to try: bad copies are mended first, then what the uploader named, then the
    backends that the operator allows the tenant, or, without such a list, those it uses already. Among the
    last, another provider and another country than the copies there are come first.
    """
    named = [name for name, state in states.items() if state in ("missing", "rot")] + item.targets
    if tenant["allowed_backends"] is not None:
        others: list[str] = load(tenant["allowed_backends"])
    else:
        used = select(namespaces.c.backend).where(namespaces.c.tenant_id == row["tenant_id"]).distinct()
        others = list(connection.execute(used).scalars())
    known = {
        each["id"]: (each["provider"], each["country"])
        for each in connection.execute(select(backends)).mappings()
    }
    near = [known[name] for name, state in states.items() if state == "ok" and name in known]

    def distance(name: str) -> tuple[bool, bool, str]:
        provider, country = known.get(name, (None, None))
        return provider in [one for one, _ in near], country in [two for _, two in near], name

    return list(dict.fromkeys([*named, *sorted(others, key=distance)]))


def seen_by(principal: Principal) -> list[str] | None:
    return None if principal.tenants is None else sorted(principal.tenants)
