"""Reading and deleting object records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, exists, or_, select, update

from backend_stub.contract.locations import split_s3_url
from backend_stub.contract.objects import (
    Deletion,
    ObjectPage,
    ObjectRecord,
    ObjectRegistration,
    ObjectSummary,
    ObjectVersions,
    ReceiptJob,
    Replica,
)

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import not_found
from ..services import Services
from ..store.database import database_now
from ..store.schema import erasures, jobs, objects, replicas, tenants
from ..store.values import from_micros, maybe_time
from ..web.paging import decode_cursor, encode_cursor
from . import policy
from .erasures import erased_at
from .recipients import recorded_keys
from .tombstones import end_replication


@dataclass(frozen=True)
class Filter:
    """What a list shows; None is no condition. Times in microseconds since 1970, half-open."""

    tenant: str | None = None
    object_key: str | None = None
    prefix: str | None = None
    residency: str | None = None
    backend: str | None = None
    key_id: str | None = None
    recorded_from: int | None = None
    recorded_before: int | None = None
    state: str | None = "active"

    def conditions(self, principal: Principal) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if principal.tenants is not None:
            found.append(objects.c.tenant_id.in_(principal.tenants))
        equal = {
            "tenant_id": self.tenant,
            "object_key": self.object_key,
            "residency": self.residency,
            "key_id": self.key_id,
        }
        if self.state == "erased":
            found.append(exists().where(erasures.c.object_id == objects.c.id))
        elif self.state is not None:
            found.append(objects.c.state == self.state)
        found += [objects.c[name] == value for name, value in equal.items() if value is not None]
        if self.prefix:
            found.append(objects.c.object_key >= self.prefix)
            if end := prefix_end(self.prefix):
                found.append(objects.c.object_key < end)
        if self.backend is not None:
            mine = and_(replicas.c.object_id == objects.c.id, replicas.c.backend == self.backend)
            found.append(exists().where(mine))
        if self.recorded_from is not None:
            found.append(objects.c.recorded_at >= self.recorded_from)
        if self.recorded_before is not None:
            found.append(objects.c.recorded_at < self.recorded_before)
        return found


def prefix_end(prefix: str) -> str | None:
    """The first key after every key with this prefix, by code points (UTF-8 bytes sort the same).

    None where there is no such key. Surrogates are no characters, so they are stepped over.
    """
    for at in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[at]) + 1
        if code == 0xD800:
            code = 0xE000
        if code <= 0x10FFFF:
            return prefix[:at] + chr(code)
    return None


def list_objects(
    connection: Connection, principal: Principal, wanted: Filter, limit: int, cursor: str | None
) -> ObjectPage:
    """A page of versions by key, then newest first."""
    query = select(objects).where(*wanted.conditions(principal))
    if (position := decode_cursor(cursor, str, int)) is not None:
        key, last = position
        # The first condition is the index's range; the second alone would read from the start.
        query = query.where(objects.c.object_key >= key, or_(objects.c.object_key > key, objects.c.id < last))
    query = query.order_by(objects.c.object_key, objects.c.id.desc()).limit(limit + 1)
    rows = connection.execute(query).mappings().all()
    page = rows[:limit]
    ids = [row["id"] for row in page]
    copies, gone = _copies(connection, ids), erased_at(connection, ids)
    items = [
        ObjectSummary.model_validate(
            {
                **row,
                "recorded_at": from_micros(row["recorded_at"]),
                "backends": copies[row["id"]],
                "copies": len(copies[row["id"]]),
                "erased_at": maybe_time(gone.get(row["id"])),
            }
        )
        for row in page
    ]
    more = len(rows) > limit
    return ObjectPage(
        items=items, next=encode_cursor(page[-1]["object_key"], page[-1]["id"]) if more else None
    )


def _copies(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {object_id: [] for object_id in ids}
    good = (replicas.c.object_id.in_(ids), replicas.c.state == "ok")
    query = select(replicas.c.object_id, replicas.c.backend).where(*good)
    for row in connection.execute(query.order_by(replicas.c.position)):
        found[row.object_id].append(row.backend)
    return found


def get_versions(
    connection: Connection, services: Services, principal: Principal, object_key: str, version: str | None
) -> ObjectVersions:
    """Every version (or the one named), the newest first. Raises ProblemError 404."""
    rows = _rows(connection, principal, object_key, version)
    records = [_record(connection, services, row) for row in rows]
    return ObjectVersions(object_key=object_key, versions=records)


def _rows(
    connection: Connection, principal: Principal, object_key: str, version: str | None
) -> list[RowMapping]:
    query = select(objects).where(objects.c.object_key == object_key).order_by(objects.c.id.desc())
    if version is not None:
        query = query.where(objects.c.version == version)
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
    rows = _rows(connection, principal, object_key, version)
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
