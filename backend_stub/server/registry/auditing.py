"""What auditors ask: copies as they were registered, statements about snapshots, drills."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from backend_stub.contract.audit import AuditEntry
from backend_stub.contract.auditing import RegisteredCopy, RegisteredCopyPage, statement_bytes
from backend_stub.contract.drills import Drill, DrillPage, DrillResult

from ..audit import Event, append, entry_fields
from ..auth.principal import Principal
from ..problems import conflict
from ..services import Services
from ..store.database import database_now
from ..store.schema import audit, audit_head, objects, replicas
from ..store.values import from_micros, load, maybe_time
from ..web.paging import decode_cursor, encode_cursor
from . import policy
from .snapshot_reading import audit_entry
from .snapshots import find_snapshot, snapshot_answers

DRILL = "drill.complete"


def registered_copies(
    connection: Connection,
    services: Services,
    principal: Principal,
    tenant: str | None,
    backend: str | None,
    url: str | None,
    limit: int,
    cursor: str | None,
) -> RegisteredCopyPage:
    """Copies of recorded versions that are not deleted, in the order of their registration."""
    query = select(objects, replicas).join(replicas, replicas.c.object_id == objects.c.id)
    if principal.tenants is not None:
        query = query.where(objects.c.tenant_id.in_(principal.tenants))
    if tenant is not None:
        query = query.where(objects.c.tenant_id == tenant)
    if backend is not None:
        query = query.where(replicas.c.backend == backend)
    if url is not None:
        query = query.where(replicas.c.url == url)
    if (position := decode_cursor(cursor, int, int)) is not None:
        object_id, number = position
        query = query.where(objects.c.id >= object_id).where(
            (objects.c.id > object_id) | (replicas.c.position > number)
        )
    query = query.where(objects.c.state == "active").order_by(objects.c.id, replicas.c.position)
    rows = connection.execute(query.limit(limit + 1)).mappings().all()
    page = rows[:limit]
    copies = _copies(connection, [row["id"] for row in page])
    places = policy.Places(connection, services.settings)
    items = [_copy(row, copies[row["id"]], places) for row in page]
    following = encode_cursor(page[-1]["id"], page[-1]["position"]) if len(rows) > limit else None
    return RegisteredCopyPage(items=items, next=following)


def _copies(connection: Connection, ids: list[int]) -> dict[int, int]:
    query = (
        select(replicas.c.object_id, func.count())
        .where(replicas.c.object_id.in_(ids))
        .group_by(replicas.c.object_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _copy(row: RowMapping, copies: int, places: policy.Places) -> RegisteredCopy:
    logical = json.loads(row["submission"]).get("logical", "data")
    where = places.of(row["tenant_id"], logical, row["backend"])
    fields: dict[str, Any] = {
        **row,
        "recorded_at": from_micros(row["recorded_at"]),
        "verified_at": maybe_time(row["verified_at"]),
        "copies": copies,
        "expected_bucket": where.bucket,
        # Where a backend lies may have become known after the registration.
        "country": where.country or row["country"],
    }
    return RegisteredCopy.model_validate(fields)


def statement(
    connection: Connection, services: Services, principal: Principal, snapshot_id: str, report: str
) -> dict[str, Any]:
    """A signed statement. Raises ProblemError 404, and 409 where the record was altered."""
    row = find_snapshot(connection, principal, snapshot_id)
    entry = audit_entry(connection, row)
    [snapshot] = snapshot_answers(connection, [row])
    if entry is None or not snapshot.intact:
        raise conflict("snapshot-altered", "The record is not what the audit chain says: nothing is signed.")
    head = connection.execute(select(audit_head)).mappings().one()
    told = AuditEntry.model_validate({**entry_fields(entry), "at": from_micros(entry["at"])})
    fields = {
        "report_sha256": report,
        "snapshot": snapshot.model_dump(mode="json"),
        "entry": told.model_dump(mode="json"),
        "audit": {"count": head["count"], "head": head["head"]},
        "stated_at": from_micros(database_now(connection)).isoformat(),
    }
    return services.signer.sign(fields, statement_bytes)


def record_drill(connection: Connection, principal: Principal, result: DrillResult) -> Drill:
    """Put a drill into the audit chain: that is where it is kept."""
    now = database_now(connection)
    detail = result.model_dump(mode="json")
    subject = f"drill of {result.sample}"
    [head] = append(connection, principal.actor, [Event(DRILL, subject, principal.own_tenant, detail)])
    return Drill(
        sequence=head.count,
        recorded_at=from_micros(now),
        tenant_id=principal.own_tenant,
        actor=principal.actor.name,
        result=result,
    )


def list_drills(
    connection: Connection, principal: Principal, tenant: str | None, limit: int, cursor: str | None
) -> DrillPage:
    """The newest first."""
    query = select(audit).where(audit.c.action == DRILL)
    if principal.tenants is not None:
        query = query.where(audit.c.tenant_id.in_(principal.tenants))
    if tenant is not None:
        query = query.where(audit.c.tenant_id == tenant)
    if (position := decode_cursor(cursor, int)) is not None:
        query = query.where(audit.c.sequence < position[0])
    rows = connection.execute(query.order_by(audit.c.sequence.desc()).limit(limit + 1)).mappings().all()
    items = [
        Drill(
            sequence=row["sequence"],
            recorded_at=from_micros(row["at"]),
            tenant_id=row["tenant_id"],
            actor=row["actor"],
            result=DrillResult.model_validate(load(row["detail"])),
        )
        for row in rows[:limit]
    ]
    return DrillPage(items=items, next=encode_cursor(items[-1].sequence) if len(rows) > limit else None)
