"""Recording object versions: policy first, then the record, its jobs and its signed receipt, all or nothing.

A repeat of the same payload gets the stored receipt; another payload for a version is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from backend_stub.contract.objects import ObjectRegistration, Warning
from backend_stub.contract.problems import FieldError

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import ProblemError, conflict, invalid
from ..services import Services
from ..store.database import database_now
from ..store.schema import objects, public_keys, replicas, tenants
from ..store.values import dump, from_micros, new_id
from . import policy
from .jobs import insert_job
from .tenants import find_tenant


@dataclass
class Outcome:
    """The answer to one registration: 201 or 200 with the receipt's JSON text."""

    status: int
    receipt: str


@dataclass
class _Pending:
    """A version inserted in this transaction that still lacks its audit entry and receipt."""

    outcomes: list[Outcome]
    object_id: int
    receipt: dict[str, Any]
    event: Event = field(repr=False)


def register(
    connection: Connection, services: Services, principal: Principal, items: list[ObjectRegistration]
) -> list[Outcome | ProblemError]:
    """Record each item on its own; an answer for each, in order. The audit head is locked last, once."""
    answers: list[Outcome | ProblemError] = []
    pending: dict[int, _Pending] = {}
    for item in items:
        try:
            with connection.begin_nested():
                answers.append(_one(connection, services, principal, item, pending))
        except ProblemError as error:
            answers.append(error)
    waiting = list(pending.values())
    heads = append(connection, principal.actor, [one.event for one in waiting])
    for one, head in zip(waiting, heads, strict=True):
        receipt = {**one.receipt, "audit": head.model_dump(mode="json")}
        text = dump(services.signer.sign(receipt))
        for outcome in one.outcomes:
            outcome.receipt = text
        connection.execute(update(objects).where(objects.c.id == one.object_id).values(receipt=text))
    return answers


def _one(
    connection: Connection,
    services: Services,
    principal: Principal,
    item: ObjectRegistration,
    pending: dict[int, _Pending],
) -> Outcome:
    tenant_id = item.object_key.partition("/")[0]
    tenant = find_tenant(connection, tenant_id) if principal.sees(tenant_id) else None
    if tenant is None:
        mine = " or ".join(sorted(principal.tenants or ()))
        error = FieldError(
            field="object_key", message="the first segment is not your tenant", fix=f"begin it with {mine}/"
        )
        detail = f"object_key: its first segment must be your tenant's id, as in {mine}/name"
        raise ProblemError(403, "wrong-tenant", "Refused", detail, errors=[error])
    key = (objects.c.object_key == item.object_key, objects.c.version == item.version)
    found = connection.execute(select(objects).where(*key)).mappings().one_or_none()
    if found is not None:
        check_same(item, found)
        if found["id"] in pending:
            # Twice in one batch: the receipt is written at the end, for both.
            again = Outcome(200, "")
            pending[found["id"]].outcomes.append(again)
            return again
        return Outcome(200, found["receipt"])
    return _insert(connection, services, principal, tenant, item, pending)


def check_same(item: ObjectRegistration, found: RowMapping) -> None:
    """Raises ProblemError 409 naming the fields in which a submission differs from the recorded one."""
    before = ObjectRegistration.model_validate_json(found["submission"])
    names = [name for name in ObjectRegistration.model_fields if getattr(before, name) != getattr(item, name)]
    if names:
        raise conflict(
            "version-differs",
            f"This version is recorded with another {', '.join(names)}. A version never changes.",
            [
                FieldError(field=name, message="differs from what is recorded", fix="register a new version")
                for name in names
            ],
        )


def _insert(
    connection: Connection,
    services: Services,
    principal: Principal,
    tenant: RowMapping,
    item: ObjectRegistration,
    pending: dict[int, _Pending],
) -> Outcome:
    residency = policy.object_residency(tenant, item.residency)
    places = {}
    checks = {}
    warnings: list[dict[str, Any]] = []
    for backend_id, location in item.backends.items():
        name = f"backends.{backend_id}"
        policy.check_allowed(tenant, name, backend_id)
        where = policy.place(
            connection, services.settings, tenant["id"], item.logical, backend_id, record=True
        )
        policy.check_residency(name, residency, where)
        check = where.check(location.bucket)
        policy.check_bucket(services.settings, name, check, backend_id)
        warnings += policy.warnings_about(check, backend_id, residency, where.country)
        places[backend_id], checks[backend_id] = where, check
    for target in item.targets:
        policy.check_allowed(tenant, "targets", target)
        where = policy.place(connection, services.settings, tenant["id"], item.logical, target, record=True)
        policy.check_target("targets", residency, where)
    warnings += _count_warnings(tenant, item) + _key_warnings(connection, tenant["id"], item.key_id)
    _use_quota(connection, tenant, item)

    now = database_now(connection)
    receipt_id = new_id("receipt")
    submission = item.model_dump(mode="json", exclude_defaults=True)
    primary = item.backends[item.primary]
    receipt: dict[str, Any] = {
        "receipt_id": receipt_id,
        "recorded_at": from_micros(now).isoformat().replace("+00:00", "Z"),
        "tenant_id": tenant["id"],
        "object_key": item.object_key,
        "version": item.version,
        "backend": item.primary,
        "bucket": checks[item.primary].expected,
        "etag": primary.etag,
        "backends": {name: place.model_dump(mode="json") for name, place in item.backends.items()},
        "namespace": {name: check.model_dump(mode="json") for name, check in checks.items()},
        "logical": item.logical,
        "size": item.size,
        "ciphertext_size": item.ciphertext_size,
        "ciphertext_checksum": item.model_dump(mode="json")["ciphertext_checksum"],
        "key_id": item.key_id,
        "key_alg": item.key_alg,
        "encrypted_key": item.encrypted_key,
        "residency": residency,
        "replica_count": item.replica_count,
        "targets": item.targets,
        "jobs": [],
        "warnings": [Warning(**warning).model_dump(mode="json") for warning in warnings],
        "payload_sha256": hashlib.sha256(dump(submission).encode()).hexdigest(),
    }
    object_id: int = connection.execute(
        insert(objects)
        .values(
            tenant_id=tenant["id"],
            object_key=item.object_key,
            version=item.version,
            state="active",
            recorded_at=now,
            recorded_by=principal.actor.name,
            receipt_id=receipt_id,
            # Not canonical: the order of `backends` says which is the primary.
            submission=item.model_dump_json(exclude_defaults=True),
            receipt="",
            residency=residency,
            key_id=item.key_id,
            key_alg=item.key_alg,
            replica_count=item.replica_count,
            size=item.size,
            ciphertext_size=item.ciphertext_size,
        )
        .returning(objects.c.id)
    ).scalar_one()
    connection.execute(
        insert(replicas),
        [
            {
                "object_id": object_id,
                "backend": backend_id,
                "position": position,
                "url": location.url,
                "etag": location.etag,
                "version_id": location.version_id,
                "country": places[backend_id].country,
                "source": "registered",
            }
            for position, (backend_id, location) in enumerate(item.backends.items())
        ],
    )
    row = connection.execute(select(objects).where(objects.c.id == object_id)).mappings().one()
    for target in item.targets:
        job_id = insert_job(connection, row, item.primary, target, now)
        receipt["jobs"].append({"id": job_id, "target": target, "state": "queued"})
    event = Event(
        "object.register",
        item.object_key,
        tenant["id"],
        {
            "version": item.version,
            "receipt_id": receipt_id,
            "payload_sha256": receipt["payload_sha256"],
            "backends": list(item.backends),
            "targets": item.targets,
        },
    )
    outcome = Outcome(201, "")
    pending[object_id] = _Pending([outcome], object_id, receipt, event)
    return outcome


def _count_warnings(tenant: RowMapping, item: ObjectRegistration) -> list[dict[str, Any]]:
    planned = len(item.backends) + len(item.targets)
    found = []
    if planned != item.replica_count:
        text = (
            f"replica_count is {item.replica_count}, but {len(item.backends)} registered and "
            f"{len(item.targets)} requested copies make {planned}."
        )
        found.append({"code": "replica-count-differs", "message": text})
    if planned < tenant["replicas"]:
        text = f"The tenant's policy asks for {tenant['replicas']} copies, {planned} are planned."
        found.append({"code": "replicas-below-policy", "message": text})
    return found


def _key_warnings(connection: Connection, tenant_id: str, key_id: str) -> list[dict[str, Any]]:
    # A tenant that records no keys at all does not want to be told so with each object.
    mine = select(public_keys.c.key_id).where(public_keys.c.tenant_id == tenant_id)
    if connection.execute(mine.where(public_keys.c.key_id == key_id)).first() is not None:
        return []
    if connection.execute(mine.limit(1)).first() is None:
        return []
    text = f"The tenant has public keys recorded, but none with the id {key_id}."
    return [{"code": "key-unknown", "message": text}]


def _use_quota(connection: Connection, tenant: RowMapping, item: ObjectRegistration) -> None:
    """Count the version. Raises ProblemError 422 where a quota is used up."""
    used = connection.execute(
        update(tenants)
        .where(tenants.c.id == tenant["id"])
        .values(
            object_count=tenants.c.object_count + 1,
            byte_count=tenants.c.byte_count + func.coalesce(item.ciphertext_size, 0),
        )
        .returning(tenants.c.object_count, tenants.c.byte_count)
    ).one()
    for name, count, quota in (
        ("object_key", used.object_count, tenant["quota_objects"]),
        ("ciphertext_size", used.byte_count, tenant["quota_bytes"]),
    ):
        if quota is not None and count > quota:
            raise invalid(
                name, "the tenant's quota is used up", "delete versions or ask the operator", "quota"
            )
