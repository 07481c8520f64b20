"""Tenants, backends and public keys: small tables that operators and tenants fill."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from backend_stub.contract.backends import Backend, BackendRequest
from backend_stub.contract.keys import KeyRequest, PublicKey
from backend_stub.contract.tenants import Quotas, Tenant, TenantRequest

from ..audit import Actor, Event, append
from ..problems import conflict
from ..store.database import database_now
from ..store.schema import backends, public_keys, tenants
from ..store.values import dump, from_micros, load
from .pem import check_public_key


def tenant_answer(row: RowMapping) -> Tenant:
    return Tenant(
        id=row["id"],
        name=row["name"],
        residency=row["residency"],
        replicas=row["replicas"],
        allowed_backends=None if row["allowed_backends"] is None else load(row["allowed_backends"]),
        quotas=Quotas(objects=row["quota_objects"], bytes=row["quota_bytes"]),
        tombstones=row["tombstones"],
        created_at=from_micros(row["created_at"]),
        updated_at=from_micros(row["updated_at"]),
    )


def find_tenant(connection: Connection, tenant_id: str) -> RowMapping | None:
    return connection.execute(select(tenants).where(tenants.c.id == tenant_id)).mappings().one_or_none()


def _policy(request: TenantRequest) -> dict[str, Any]:
    return {
        "name": request.name,
        "residency": request.residency,
        "replicas": request.replicas,
        "allowed_backends": None if request.allowed_backends is None else dump(request.allowed_backends),
        "quota_objects": request.quotas.objects,
        "quota_bytes": request.quotas.bytes,
        "tombstones": request.tombstones,
    }


def insert_tenant(connection: Connection, request: TenantRequest) -> Event:
    """A new tenant and the audit event for it."""
    now = database_now(connection)
    row = {"id": request.id, **_policy(request), "created_at": now, "updated_at": now}
    connection.execute(insert(tenants).values(**row))
    return Event("tenant.create", request.id, request.id, request.model_dump(mode="json", exclude={"id"}))


def put_tenant(connection: Connection, actor: Actor, request: TenantRequest) -> tuple[Tenant, bool]:
    """Create a tenant, or set the policy of the one there is; whether it is new."""
    found = find_tenant(connection, request.id)
    if found is not None and "tombstones" not in request.model_fields_set:
        # Younger than the other fields: who does not know it must not reset it.
        request = request.model_copy(update={"tombstones": found["tombstones"]})
    if found is None:
        event = insert_tenant(connection, request)
    elif all(found[name] == value for name, value in _policy(request).items()):
        return tenant_answer(found), False
    else:
        change = tenants.update().where(tenants.c.id == request.id)
        connection.execute(change.values(**_policy(request), updated_at=database_now(connection)))
        event = Event(
            "tenant.change", request.id, request.id, request.model_dump(mode="json", exclude={"id"})
        )
    row = find_tenant(connection, request.id)
    assert row is not None
    append(connection, actor, [event])
    return tenant_answer(row), found is None


def backend_answer(row: RowMapping) -> Backend:
    times = {name: from_micros(row[name]) for name in ("created_at", "updated_at")}
    return Backend.model_validate({**row, **times})


def find_backend(connection: Connection, backend_id: str) -> RowMapping | None:
    return connection.execute(select(backends).where(backends.c.id == backend_id)).mappings().one_or_none()


def put_backend(connection: Connection, actor: Actor, request: BackendRequest) -> tuple[Backend, bool]:
    """Create a backend, or change the one there is; whether it is new.

    Region and country are what residency and bucket names were decided by, so they stay: another place is
    another backend. Raises ProblemError 409.
    """
    fields = request.model_dump(mode="json")
    found = find_backend(connection, request.id)
    now = database_now(connection)
    if found is None:
        connection.execute(insert(backends).values(**fields, created_at=now, updated_at=now))
    else:
        if all(found[name] == value for name, value in fields.items()):
            return backend_answer(found), False
        for name in ("region", "country", "provider"):
            if found[name] is not None and found[name] != fields[name]:
                raise conflict(
                    "backend-differs",
                    f"{name} of this backend is {found[name]}: register another id instead.",
                )
        change = backends.update().where(backends.c.id == request.id)
        connection.execute(change.values(**fields, updated_at=now))
    row = find_backend(connection, request.id)
    assert row is not None
    append(
        connection,
        actor,
        [Event("backend.create" if found is None else "backend.change", request.id, None, fields)],
    )
    return backend_answer(row), found is None


def key_answer(row: RowMapping) -> PublicKey:
    return PublicKey.model_validate({**row, "created_at": from_micros(row["created_at"])})


def put_key(
    connection: Connection, actor: Actor, tenant_id: str, request: KeyRequest
) -> tuple[PublicKey, bool]:
    """Record a public key; whether it is new. Raises ProblemError 409 where the id names another key."""
    pem, fingerprint = check_public_key(request.public_key)
    where = (public_keys.c.tenant_id == tenant_id, public_keys.c.key_id == request.key_id)
    found = connection.execute(select(public_keys).where(*where)).mappings().one_or_none()
    if found is not None:
        if (found["fingerprint"], found["key_alg"], found["purpose"]) != (
            fingerprint,
            request.key_alg,
            request.purpose,
        ):
            raise conflict("key-differs", "This key id names another key already: choose a new id.")
        return key_answer(found), False
    connection.execute(
        insert(public_keys).values(
            tenant_id=tenant_id,
            key_id=request.key_id,
            key_alg=request.key_alg,
            purpose=request.purpose,
            public_key=pem,
            fingerprint=fingerprint,
            created_at=database_now(connection),
        )
    )
    detail = {"key_alg": request.key_alg, "purpose": request.purpose, "fingerprint": fingerprint}
    append(connection, actor, [Event("key.create", request.key_id, tenant_id, detail)])
    row = connection.execute(select(public_keys).where(*where)).mappings().one()
    return key_answer(row), True
