"""What was found at replicas: recorded, and repaired from a good copy where it is missing or rotten."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, select, update

from backend_stub.contract.replication import ReplicaCheck, ReplicaChecks, ReplicaChecksAnswer

from ..audit import Event, append
from ..auth.principal import Principal
from ..services import Services
from ..store.database import database_now
from ..store.schema import objects, replicas
from . import reconcile
from .jobs import insert_jobs


def record_checks(
    connection: Connection, services: Services, principal: Principal, request: ReplicaChecks
) -> ReplicaChecksAnswer:
    """Write each finding to its replica, then plan repairs. Findings about others' objects are `unknown`."""
    now = database_now(connection)
    unknown = 0
    events: list[Event] = []
    bad: dict[tuple[int, str], RowMapping] = {}
    found: list[tuple[RowMapping, RowMapping, ReplicaCheck]] = []
    for check in request.items:
        key = (objects.c.object_key == check.object_key, objects.c.version == check.version)
        row = connection.execute(select(objects).where(*key)).mappings().one_or_none()
        mine = None
        if row is not None and principal.sees(row["tenant_id"]) and row["state"] == "active":
            where = (replicas.c.object_id == row["id"], replicas.c.backend == check.backend)
            mine = connection.execute(select(replicas).where(*where)).mappings().one_or_none()
        if row is None or mine is None:
            unknown += 1
        else:
            found.append((row, mine, check))
    # In the order in which completions lock replicas, so that neither waits for the other for ever.
    for row, mine, check in sorted(found, key=lambda one: (one[1]["object_id"], one[1]["backend"])):
        where = (replicas.c.object_id == row["id"], replicas.c.backend == check.backend)
        values = {"state": check.state, "checked_at": now, "problem": check.problem}
        if check.state == "ok":
            values |= {"verified_at": now, "verified_by": check.verified_by, "problem": None}
        else:
            bad[row["id"], check.backend] = row
        connection.execute(update(replicas).where(*where).values(**values))
        if check.state != mine["state"]:
            detail = {"version": check.version, "backend": check.backend, "problem": check.problem}
            events.append(Event(f"replica.{check.state}", check.object_key, row["tenant_id"], detail))
    plan = reconcile.Plan()
    if request.repair:
        # After all findings, so that nothing is copied from a copy that this very request calls bad.
        for (_, backend), row in bad.items():
            reconcile.plan_for(connection, services, row, plan, repair=backend)
        insert_jobs(connection, plan.rows)
        events += [
            Event("job.create", row["id"], row["tenant_id"], {"target": row["target"], "reason": "repair"})
            for row in plan.rows
        ]
    if events:
        append(connection, principal.actor, events)
    return ReplicaChecksAnswer(
        recorded=len(request.items) - unknown, unknown=unknown, jobs=plan.jobs, shortfalls=plan.shortfalls
    )
