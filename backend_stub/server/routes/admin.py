"""Operators: credentials, tenants, backends, the audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from sqlalchemy import select

from backend_stub.contract.audit import AuditEntry, AuditPage, AuditVerification
from backend_stub.contract.backends import Backend, BackendPage, BackendRequest
from backend_stub.contract.credentials import (
    Credential,
    CredentialChange,
    CredentialPage,
    CredentialRequest,
    CredentialRotation,
    NewCredential,
    RotatedCredential,
)
from backend_stub.contract.ids import TenantId
from backend_stub.contract.tenants import Tenant, TenantPage, TenantRequest

from ..audit import entry_fields, verify
from ..problems import not_found
from ..registry import credentials as credential_rows
from ..registry import tenants as rows
from ..store.database import database_now
from ..store.schema import audit, backends, credentials, tenants
from ..store.values import from_micros
from ..web.paging import Cursor, Limit, decode_cursor, encode_cursor
from ..web.route import Anybody, CurrentServices, Operator, Watcher
from .common import created, guarded_router, page_by_key

router = guarded_router("operators")


@router.post("/proxy/credentials", status_code=201)
def create_credential(
    body: CredentialRequest, operator: Operator, services: CurrentServices
) -> NewCredential:
    """Register a SigV4 credential. A generated secret is in this one answer only."""
    return services.database.write(
        lambda connection: credential_rows.create_credential(connection, services, operator.actor, body)
    )


@router.get("/proxy/credentials")
def list_credentials(
    _operator: Operator,
    services: CurrentServices,
    tenant: TenantId | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CredentialPage:
    """By access key; never a secret."""
    query = select(credentials)
    if tenant is not None:
        query = query.where(credentials.c.tenant_id == tenant)
    with services.database.read() as connection:
        found, following = page_by_key(connection, query, credentials.c.access_key, limit, cursor)
        now = database_now(connection)
    items = [Credential(**credential_rows.credential_fields(row, now)) for row in found]
    return CredentialPage(items=items, next=following)


@router.patch("/proxy/credentials/{access_key}")
def change_credential(
    access_key: str, body: CredentialChange, operator: Operator, services: CurrentServices
) -> Credential:
    """Disable, enable or expire; it holds from the next request on."""
    return services.database.write(
        lambda connection: credential_rows.change_credential(connection, operator.actor, access_key, body)
    )


@router.post("/proxy/credentials/{access_key}/rotate", status_code=201)
def rotate_credential(
    access_key: str, body: CredentialRotation, operator: Operator, services: CurrentServices
) -> RotatedCredential:
    """A successor, while the one before goes on working for the overlap."""
    return services.database.write(
        lambda connection: credential_rows.rotate_credential(
            connection, services, operator.actor, access_key, body
        )
    )


@router.post(
    "/proxy/tenants", status_code=201, responses={200: {"model": Tenant, "description": "It was there."}}
)
def put_tenant(
    body: TenantRequest, operator: Operator, services: CurrentServices, response: Response
) -> Tenant:
    """Create a tenant (201), or set the policy of the one there is (200). Recorded objects keep theirs."""
    tenant, new = services.database.write(
        lambda connection: rows.put_tenant(connection, operator.actor, body)
    )
    created(response, new)
    return tenant


@router.get("/proxy/tenants")
def list_tenants(
    caller: Anybody, services: CurrentServices, limit: Limit = 100, cursor: Cursor = None
) -> TenantPage:
    """By id; a tenant sees itself."""
    query = select(tenants)
    if caller.tenants is not None:
        query = query.where(tenants.c.id.in_(caller.tenants))
    with services.database.read() as connection:
        found, following = page_by_key(connection, query, tenants.c.id, limit, cursor)
    return TenantPage(items=[rows.tenant_answer(row) for row in found], next=following)


@router.get("/proxy/tenants/{tenant_id}")
def get_tenant(tenant_id: str, caller: Anybody, services: CurrentServices) -> Tenant:
    with services.database.read() as connection:
        row = rows.find_tenant(connection, tenant_id)
    if row is None or not caller.sees(tenant_id):
        raise not_found("tenant")
    return rows.tenant_answer(row)


@router.post(
    "/proxy/backends", status_code=201, responses={200: {"model": Backend, "description": "It was there."}}
)
def put_backend(
    body: BackendRequest, operator: Operator, services: CurrentServices, response: Response
) -> Backend:
    """Register a backend (201), or change endpoint and addressing of the one there is (200)."""
    backend, new = services.database.write(
        lambda connection: rows.put_backend(connection, operator.actor, body)
    )
    created(response, new)
    return backend


@router.get("/proxy/backends")
def list_backends(
    _caller: Anybody, services: CurrentServices, limit: Limit = 100, cursor: Cursor = None
) -> BackendPage:
    """By id. Every caller sees them: where data may go is no secret, and there are no credentials here."""
    with services.database.read() as connection:
        found, following = page_by_key(connection, select(backends), backends.c.id, limit, cursor)
    return BackendPage(items=[rows.backend_answer(row) for row in found], next=following)


@router.get("/audit")
def list_audit(
    caller: Watcher,
    services: CurrentServices,
    tenant: TenantId | None = None,
    subject: Annotated[str | None, Query(max_length=1024)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AuditPage:
    """The oldest first; auditors see what is about their tenants."""
    query = select(audit)
    if caller.tenants is not None:
        query = query.where(audit.c.tenant_id.in_(caller.tenants))
    if tenant is not None:
        query = query.where(audit.c.tenant_id == tenant)
    if subject is not None:
        query = query.where(audit.c.subject == subject)
    if (position := decode_cursor(cursor, int)) is not None:
        query = query.where(audit.c.sequence > position[0])
    with services.database.read() as connection:
        found = connection.execute(query.order_by(audit.c.sequence).limit(limit + 1)).mappings().all()
    items = [
        AuditEntry.model_validate({**entry_fields(row), "at": from_micros(row["at"])})
        for row in found[:limit]
    ]
    return AuditPage(items=items, next=encode_cursor(items[-1].sequence) if len(found) > limit else None)


@router.get("/audit/verify")
def verify_audit(_operator: Operator, services: CurrentServices) -> AuditVerification:
    """Recompute the whole chain; names the first entry that does not fit."""
    with services.database.read() as connection:
        return verify(connection)
