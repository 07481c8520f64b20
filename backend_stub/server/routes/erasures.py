"""Proofs that object versions are gone from every provider."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from backend_stub.contract.erasure import Erasure, ErasurePage, ErasureProof
from backend_stub.contract.ids import TenantId, Version

from ..registry import erasures
from ..store.values import dump
from ..web.paging import Cursor, Limit, decode_cursor, encode_cursor
from ..web.route import Anybody, CurrentServices, Writer
from .common import guarded_router

router = guarded_router("objects")


@router.post(
    "/proxy/erasures",
    status_code=201,
    response_model=Erasure,
    responses={200: {"model": Erasure, "description": "Recorded before: the same answer."}},
)
def record_erasure(body: ErasureProof, caller: Writer, services: CurrentServices) -> Response:
    """Record a signed proof of erasure of a tombstoned version: 201, or 200 for a repeat."""
    text, new = services.database.write(
        lambda connection: erasures.put_erasure(connection, services, caller, body)
    )
    return Response(text, 201 if new else 200, media_type="application/json")


@router.get("/proxy/erasures", response_model=ErasurePage)
def list_erasures(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    object_key: Annotated[str | None, Query(max_length=1024, description="exactly this object")] = None,
    version: Annotated[Version | None, Query(description="only this version")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Recorded proofs as they were signed, the oldest object first."""
    position = decode_cursor(cursor, int)
    after = int(position[0]) if position is not None else 0
    with services.database.read() as connection:
        found = erasures.list_erasures(connection, caller, tenant, object_key, version, after, limit + 1)
    page = found[:limit]
    following = encode_cursor(page[-1][0]) if len(found) > limit else None
    # The stored texts themselves: what a signature covers is not read and written anew.
    body = f'{{"items":[{",".join(text for _, text in page)}],"next":{dump(following)}}}'
    return Response(body, media_type="application/json")
