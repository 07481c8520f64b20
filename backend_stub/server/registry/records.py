"""Reading and deleting object records."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from backend_stub.contract.locations import split_s3_url
from backend_stub.contract.objects import (
    Deletion,
    ObjectRecord,
    ObjectRegistration,
    ObjectVersions,
    ReceiptJob,
    Replica,
)

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import not_found
from ..services import Services
from ..store.database import database_now
from ..store.schema import jobs, objects, replicas, tenants
from ..store.values import from_micros, maybe_time
from . import policy
from .erasures import erased_at
from .recipients import recorded_keys
from .tombstones import end_replication


def get_versions(
    connection: Connection, services: Services, principal: Principal, object_key: str, version: str | None
) -> ObjectVersions:
    """Every version (or the one named), the newest first. Raises ProblemError 404."""
    rows = _rows(connection, principal, object_key, version)
    records = [_record(connection, services, row) for row in rows]
    return ObjectVersions(object_key=object_key, versions=records)


def _rows(
    connection: Connection, principal: Principal, object_key: str, version: str | None, *, lock: bool = False
) -> list[RowMapping]:
    query = select(objects).where(objects.c.object_key == object_key).order_by(objects.c.id.desc())
    if version is not None:
        query = query.where(objects.c.version == version)
    if lock:
        # Against other changes of the row, not against new rows that refer to it.
        query = query.with_for_update(key_share=True)
    rows = [row for row in connection.execute(query).mappings() if principal.sees(row["tenant_id"])]
    if not rows:
        raise not_found("object")
    return rows


def _record(connection: Connection, services: Services, row: RowMapping) -> ObjectRecord:
    item = ObjectRegistration.model_validate_json(row["submission"])
    copies = select(replicas).where(replicas.c.object_id == row["id"]).order_by(replicas.c.position)
    found = [
        Replica.model_validate(
            {**copy, **{name: maybe_time(copy[name]) for name in ("verified_at", "checked_at")}}
        )
        for copy in connection.execute(copies).mappings()
    ]
    checks = {}
    for copy in found:
        where = policy.place(connection, services.settings, row["tenant_id"], item.logical, copy.backend)
        checks[copy.backend] = where.check(split_s3_url(copy.url)[0])
    mine = select(jobs.c.id, jobs.c.target, jobs.c.state).where(jobs.c.object_id == row["id"])
    work = connection.execute(mine.order_by(jobs.c.id)).mappings().all()
    fields: dict[str, Any] = {
        **row,
        "recorded_at": from_micros(row["recorded_at"]),
        "deleted_at": maybe_time(row["deleted_at"]),
        "registration": item,
        "namespace": checks,
        "replicas": found,
        "jobs": [ReceiptJob.model_validate(dict(job)) for job in work],
        "further_keys": recorded_keys(connection, row),
        "erased_at": maybe_time(erased_at(connection, [row["id"]]).get(row["id"])),
    }
    return ObjectRecord.model_validate(fields)


def delete_versions(
    connection: Connection, principal: Principal, object_key: str, version: str | None
) -> Deletion:
    """Mark versions as deleted and cancel their jobs; repeating is harmless. Raises ProblemError 404."""
    rows = _rows(connection, principal, object_key, version, lock=True)
    live = [row for row in rows if row["state"] != "deleted"]
    now = database_now(connection)
    if live:
        ids = [row["id"] for row in live]
        connection.execute(
            update(objects).where(objects.c.id.in_(ids)).values(state="deleted", deleted_at=now)
        )
        connection.execute(
            update(tenants)
            .where(tenants.c.id == live[0]["tenant_id"])
            .values(
                object_count=tenants.c.object_count - len(live),
                byte_count=tenants.c.byte_count - sum(row["ciphertext_size"] or 0 for row in live),
            )
        )
        end_replication(connection, ids, now)
        versions = [row["version"] for row in live]
        event = Event("object.delete", object_key, live[0]["tenant_id"], {"versions": versions})
        append(connection, principal.actor, [event])
    deleted_at = now if live else max(row["deleted_at"] for row in rows)
    return Deletion(
        object_key=object_key,
        versions=[row["version"] for row in rows],
        deleted_at=from_micros(deleted_at),
    )


def stored_receipt(connection: Connection, principal: Principal, receipt_id: str) -> str:
    """A receipt's JSON text as it was signed. Raises ProblemError 404."""
    query = select(objects.c.receipt, objects.c.tenant_id).where(objects.c.receipt_id == receipt_id)
    row = connection.execute(query).one_or_none()
    if row is None or not principal.sees(row.tenant_id):
        raise not_found("receipt")
    text: str = row.receipt
    return text
