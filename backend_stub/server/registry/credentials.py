"""SigV4 credentials: their secrets are sealed before they reach a row."""

from __future__ import annotations

import json
import secrets
import string
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from backend_stub.contract.credentials import (
    Credential,
    CredentialChange,
    CredentialRequest,
    CredentialRotation,
    NewCredential,
    RotatedCredential,
)
from backend_stub.contract.tenants import TenantRequest

from ..audit import Actor, append
from ..audit import Event as AuditEvent
from ..problems import conflict, invalid, not_found
from ..services import Services
from ..store.database import database_now
from ..store.schema import credentials
from ..store.values import dump, from_micros, maybe_time, to_micros
from .tenants import find_tenant, insert_tenant

_ALPHABET = string.ascii_uppercase + string.digits


def credential_fields(row: RowMapping, now: int) -> dict[str, Any]:
    """The fields of the contract's Credential."""
    expired = row["expires_at"] is not None and row["expires_at"] <= now
    return {
        "access_key": row["access_key"],
        "tenant_id": row["tenant_id"],
        "role": row["role"],
        "tenants": json.loads(row["tenants"]),
        "label": row["label"],
        "status": "expired" if expired and row["status"] == "active" else row["status"],
        "created_at": from_micros(row["created_at"]),
        "expires_at": maybe_time(row["expires_at"]),
    }


def _find(connection: Connection, access_key: str) -> RowMapping | None:
    found = connection.execute(select(credentials).where(credentials.c.access_key == access_key))
    return found.mappings().one_or_none()


def create_credential(
    connection: Connection, services: Services, actor: Actor, request: CredentialRequest
) -> NewCredential:
    """A new credential, and its tenant where there is none yet. Raises ProblemError 409 or 422."""
    if request.tenants and request.role == "tenant":
        raise invalid(
            "tenants", "a tenant's credential sees its own tenant only", "use role worker or auditor"
        )
    if request.access_key is not None and _find(connection, request.access_key) is not None:
        raise conflict("access-key-taken", "This access key exists already: choose another.")
    for tenant_id in request.tenants:
        if find_tenant(connection, tenant_id) is None:
            raise invalid("tenants", "one of these tenants does not exist", "create it first")
    events = []
    if find_tenant(connection, request.tenant_id) is None:
        events.append(insert_tenant(connection, TenantRequest(id=request.tenant_id)))
    access_key = request.access_key or "SI" + "".join(secrets.choice(_ALPHABET) for _ in range(18))
    # 30 random bytes are 40 characters of base64, as an S3 secret has.
    secret = request.secret_key or secrets.token_urlsafe(30)
    connection.execute(
        insert(credentials).values(
            access_key=access_key,
            tenant_id=request.tenant_id,
            role=request.role,
            tenants=dump(sorted(set(request.tenants) - {request.tenant_id})),
            label=request.label,
            status="active",
            sealed_secret=services.seal_secret(request.tenant_id, access_key, secret),
            created_at=database_now(connection),
            expires_at=None if request.expires_at is None else to_micros(request.expires_at),
        )
    )
    row = _find(connection, access_key)
    assert row is not None
    fields = credential_fields(row, database_now(connection))
    detail = Credential(**fields).model_dump(mode="json", exclude={"access_key", "tenant_id", "created_at"})
    events.append(AuditEvent("credential.create", access_key, request.tenant_id, detail))
    append(connection, actor, events)
    return NewCredential(**fields, secret_key=None if request.secret_key else secret)


def change_credential(
    connection: Connection, actor: Actor, access_key: str, change: CredentialChange
) -> Credential:
    """Disable, enable or expire. Raises ProblemError 404."""
    row = _find(connection, access_key)
    if row is None:
        raise not_found("credential")
    values: dict[str, Any] = {}
    if change.status is not None:
        values["status"] = change.status
    if "expires_at" in change.model_fields_set:
        values["expires_at"] = None if change.expires_at is None else to_micros(change.expires_at)
    if values:
        connection.execute(update(credentials).where(credentials.c.access_key == access_key).values(**values))
        detail = change.model_dump(mode="json", exclude_unset=True)
        append(connection, actor, [AuditEvent("credential.change", access_key, row["tenant_id"], detail)])
        row = _find(connection, access_key)
        assert row is not None
    return Credential(**credential_fields(row, database_now(connection)))


def rotate_credential(
    connection: Connection, services: Services, actor: Actor, access_key: str, rotation: CredentialRotation
) -> RotatedCredential:
    """A successor of the same tenant, role and scope; the one before ends after the overlap, or as it was
    to end anyway. Raises ProblemError 404, 409 (not active, access key taken).
    """
    before = _find(connection, access_key)
    if before is None:
        raise not_found("credential")
    now = database_now(connection)
    fields = credential_fields(before, now)
    if fields["status"] != "active":
        raise conflict("credential-inactive", f"It is {fields['status']}: make a new one instead.")
    request = CredentialRequest(
        tenant_id=before["tenant_id"],
        role=before["role"],
        tenants=fields["tenants"],
        label=before["label"],
        access_key=rotation.access_key,
        secret_key=rotation.secret_key,
        expires_at=rotation.expires_at,
    )
    made = create_credential(connection, services, actor, request)
    ends = now + rotation.overlap_seconds * 1_000_000
    if before["expires_at"] is not None:
        ends = min(ends, before["expires_at"])
    connection.execute(
        update(credentials).where(credentials.c.access_key == access_key).values(expires_at=ends)
    )
    detail = {"successor": made.access_key, "expires_at": from_micros(ends).isoformat()}
    append(connection, actor, [AuditEvent("credential.rotate", access_key, before["tenant_id"], detail)])
    return RotatedCredential(**made.model_dump(), replaces=access_key, replaced_expires_at=from_micros(ends))
