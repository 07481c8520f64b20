"""Public keys of tenants."""

from __future__ import annotations

from fastapi import Response
from sqlalchemy import select

from backend_stub.contract.ids import TenantId
from backend_stub.contract.keys import KeyPage, KeyRequest, PublicKey

from ..registry import tenants as rows
from ..store.schema import public_keys
from ..web.paging import Cursor, Limit, decode_cursor, encode_cursor
from ..web.route import Anybody, CurrentServices, Writer
from .common import created, guarded_router

router = guarded_router("keys")


@router.post(
    "/proxy/keys", status_code=201, responses={200: {"model": PublicKey, "description": "It was there."}}
)
def put_key(body: KeyRequest, caller: Writer, services: CurrentServices, response: Response) -> PublicKey:
    """Record a public key. A private one is refused (422, `private-key`) and neither stored nor logged."""
    tenant_id = caller.own_tenant
    key, new = services.database.write(
        lambda connection: rows.put_key(connection, caller.actor, tenant_id, body)
    )
    created(response, new)
    return key


@router.get("/proxy/keys")
def list_keys(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> KeyPage:
    """By tenant and key id."""
    query = select(public_keys)
    if caller.tenants is not None:
        query = query.where(public_keys.c.tenant_id.in_(caller.tenants))
    if tenant is not None:
        query = query.where(public_keys.c.tenant_id == tenant)
    if (position := decode_cursor(cursor, str, str)) is not None:
        before, key_id = position
        query = query.where(
            public_keys.c.tenant_id >= before,
            (public_keys.c.tenant_id > before) | (public_keys.c.key_id > key_id),
        )
    query = query.order_by(public_keys.c.tenant_id, public_keys.c.key_id).limit(limit + 1)
    with services.database.read() as connection:
        found = connection.execute(query).mappings().all()
    items = [rows.key_answer(row) for row in found[:limit]]
    last = items[-1] if len(found) > limit else None
    return KeyPage(items=items, next=encode_cursor(last.tenant_id, last.key_id) if last else None)
