"""For auditors: registered copies, signed statements about snapshots, restore drills."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from backend_stub.contract.auditing import AuditStatement, RegisteredCopyPage
from backend_stub.contract.drills import Drill, DrillPage, DrillResult
from backend_stub.contract.ids import BackendId, Sha256Hex, TenantId

from ..registry import auditing as rows
from ..store.values import dump
from ..web.paging import Cursor, Limit, ShortCursor
from ..web.repeats import once
from ..web.route import Anybody, CurrentServices, Writer
from .common import guarded_router

router = guarded_router("auditing")


@router.get("/proxy/copies")
def list_copies(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    backend: BackendId | None = None,
    url: Annotated[str | None, Query(max_length=4096, description="exactly this location")] = None,
    limit: Limit = 100,
    cursor: ShortCursor = None,
) -> RegisteredCopyPage:
    """Registered copies of versions that are not deleted, in the order of their registration."""
    with services.database.read() as connection:
        return rows.registered_copies(connection, services, caller, tenant, backend, url, limit, cursor)


@router.get("/snapshots/{snapshot_id}/statement", response_model=AuditStatement)
def get_statement(
    snapshot_id: str,
    caller: Anybody,
    services: CurrentServices,
    report: Annotated[Sha256Hex, Query(description="SHA-256 of the report it is for")] = "0" * 64,
) -> Response:
    """The server's signed word about a snapshot and the audit chain's head, for a report."""
    with services.database.read() as connection:
        signed = rows.statement(connection, services, caller, snapshot_id, report)
    return Response(dump(signed), media_type="application/json")


@router.post("/proxy/drills", status_code=201)
@once(201)
def record_drill(body: DrillResult, caller: Writer, services: CurrentServices) -> Drill:
    """Record the result of a restore drill in the audit chain."""
    return services.database.write(lambda connection: rows.record_drill(connection, caller, body))


@router.get("/proxy/drills")
def list_drills(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> DrillPage:
    """The newest first."""
    with services.database.read() as connection:
        return rows.list_drills(connection, caller, tenant, limit, cursor)
