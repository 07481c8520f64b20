"""Snapshots of what lies at a provider."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from backend_stub.contract.ids import BackendId, TenantId
from backend_stub.contract.snapshots import Snapshot, SnapshotDetail, SnapshotPage, SnapshotUpload

from ..registry import snapshots as rows
from ..web.paging import Cursor, Limit
from ..web.route import Anybody, CurrentServices, Writer
from .common import guarded_router

router = guarded_router("snapshots", "/snapshots")


@router.post("", status_code=201)
def upload_snapshot(body: SnapshotUpload, caller: Writer, services: CurrentServices) -> Snapshot:
    """Keep a sanitised snapshot; fields that are not allowed are refused, caps are named."""
    rows.check_caps(services.settings, body)
    prepared, chunks = rows.prepare(body)
    return services.database.write(
        lambda connection: rows.store_snapshot(connection, caller, caller.own_tenant, prepared, chunks)
    )


@router.get("")
def list_snapshots(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    backend: BackendId | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> SnapshotPage:
    """The newest first; tenants see their own."""
    with services.database.read() as connection:
        return rows.list_snapshots(connection, caller, tenant, backend, limit, cursor)


@router.get("/{snapshot_id}")
def get_snapshot(
    snapshot_id: str,
    caller: Anybody,
    services: CurrentServices,
    bucket: Annotated[str | None, Query(max_length=255)] = None,
    prefix: Annotated[str | None, Query(max_length=3072)] = None,
    limit: Limit = 1000,
    cursor: Cursor = None,
) -> SnapshotDetail:
    """One snapshot with a page of its entries, as they were uploaded."""
    with services.database.read() as connection:
        return rows.snapshot_detail(connection, caller, snapshot_id, bucket, prefix, limit, cursor)


@router.delete("/{snapshot_id}", status_code=204)
def delete_snapshot(snapshot_id: str, caller: Writer, services: CurrentServices) -> None:
    services.database.write(lambda connection: rows.delete_snapshot(connection, caller, snapshot_id))
