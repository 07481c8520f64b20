"""A version's policy, changed where the rules allow it: the residency only narrower, copies never fewer than
the tenant's policy asks for. The registration and its receipt stay as they were.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from backend_stub.contract.jobs import ACTIVE_STATES
from backend_stub.contract.objects import ObjectRegistration, PolicyChange, VersionPolicy
from backend_stub.contract.residency import allowed_countries

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import conflict, invalid, not_found
from ..services import Services
from ..store.schema import jobs, objects, replicas
from . import policy
from .tenants import find_tenant


def change_policy(
    connection: Connection, services: Services, principal: Principal, change: PolicyChange
) -> VersionPolicy:
    """The policy in force now. Raises ProblemError 404, 409 (deleted, changed meanwhile) or 422 (rules)."""
    key = (objects.c.object_key == change.object_key, objects.c.version == change.version)
    row = connection.execute(select(objects).where(*key).with_for_update()).mappings().one_or_none()
    if row is None or not principal.sees(row["tenant_id"]):
        raise not_found("object version")
    if row["state"] == "deleted":
        raise conflict("deleted", "This version is deleted: its policy is at an end.")
    now = {"residency": row["residency"], "replica_count": row["replica_count"]}
    before = change.before.model_dump()
    if before != now:
        raise conflict(
            "policy-differs",
            f"Its policy is {now['residency']} with {now['replica_count']} copies, not what `before` says.",
        )
    wanted = {name: getattr(change, name) or value for name, value in now.items()}
    _check_copies(connection, row, wanted["replica_count"])
    if wanted["residency"] != now["residency"]:
        _check_residency(connection, services, row, wanted["residency"])
    if wanted != now:
        connection.execute(update(objects).where(objects.c.id == row["id"]).values(**wanted))
        detail: dict[str, Any] = {"version": row["version"], "before": now, **wanted}
        event = Event("object.policy", row["object_key"], row["tenant_id"], detail)
        append(connection, principal.actor, [event])
    return VersionPolicy(object_key=row["object_key"], version=row["version"], **wanted)


def _check_copies(connection: Connection, row: RowMapping, wanted: int) -> None:
    tenant = find_tenant(connection, row["tenant_id"])
    assert tenant is not None
    if wanted < row["replica_count"] and wanted < tenant["replicas"]:
        raise invalid(
            "replica_count",
            f"the tenant's policy asks for {tenant['replicas']} copies",
            f"send {tenant['replicas']} or more",
            "replicas-below-policy",
        )


def _check_residency(connection: Connection, services: Services, row: RowMapping, wanted: str) -> None:
    """Narrower than it is, and true already of every copy and of every job under way."""
    outer, inner = allowed_countries(row["residency"]), allowed_countries(wanted)
    if outer is not None and (inner is None or not inner <= outer):
        raise invalid(
            "residency",
            f"{wanted} is wider than {row['residency']}: a residency can only be narrowed",
            f"choose within {row['residency']}, or register a new version",
            "residency",
        )
    logical = ObjectRegistration.model_validate_json(row["submission"]).logical
    copies = select(replicas.c.backend).where(
        replicas.c.object_id == row["id"], replicas.c.state.not_in(("deleted", "missing"))
    )
    coming = select(jobs.c.target).where(
        jobs.c.object_id == row["id"], jobs.c.kind == "copy", jobs.c.state.in_(ACTIVE_STATES)
    )
    for query, check in ((copies, policy.check_residency), (coming, policy.check_target)):
        for backend in connection.execute(query).scalars().all():
            where = policy.place(connection, services.settings, row["tenant_id"], logical, backend)
            check("residency", wanted, where)
