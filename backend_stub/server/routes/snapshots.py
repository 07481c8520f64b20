"""Snapshots of what lies at a provider."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from fastapi import Query, Response
from sqlalchemy import Connection

from backend_stub.contract.ids import BackendId, TenantId
from backend_stub.contract.snapshot_format import check_rows
from backend_stub.contract.snapshots import (
    ChunkAnswer,
    ChunkList,
    ChunkUpload,
    FolderPage,
    Snapshot,
    SnapshotDetail,
    SnapshotHold,
    SnapshotPage,
    SnapshotUpload,
    SnapshotVerification,
)

from ..problems import conflict, invalid, not_found
from ..registry import snapshot_blobs as blobs
from ..registry import snapshot_reading as reading
from ..registry import snapshots as rows
from ..registry.snapshot_retention import insist_on_room
from ..web.paging import Cursor, Limit, ShortCursor
from ..web.repeats import once
from ..web.route import Anybody, CurrentServices, JobsWriter, Writer
from .common import guarded_router

router = guarded_router("snapshots", "/snapshots")
JSON_BYTES: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {}}}}


@router.post("", status_code=201)
@once(201)
def upload_snapshot(body: SnapshotUpload, caller: Writer, services: CurrentServices) -> Snapshot:
    """Keep a sanitised snapshot; fields that are not allowed are refused, caps are named."""
    rows.check_caps(services.settings, body)
    return services.database.write(
        lambda connection: rows.store_snapshot(connection, services.settings, caller, caller.own_tenant, body)
    )


@router.post("/chunks", status_code=201)
def upload_chunk(body: ChunkUpload, caller: Writer, services: CurrentServices) -> ChunkAnswer:
    """Keep a part of a large snapshot, which names it afterwards. Named by no snapshot, it is removed after
    a day."""
    try:
        check_rows(body.rows)
    except ValueError as error:
        raise invalid("rows", str(error), "send sanitised names in their order") from None
    insist_on_room(services.database, services.settings, caller.own_tenant)
    blob = blobs.prepare_chunk(body.rows)

    def work(connection: Connection) -> None:
        blobs.lock_tenant(connection, caller.own_tenant)
        blobs.put(connection, caller.own_tenant, blob)

    services.database.write(work)
    return ChunkAnswer(sha256=blob.sha256, rows=len(body.rows))


@router.post("/chunks/missing")
def missing_chunks(body: ChunkList, caller: Writer, services: CurrentServices) -> ChunkList:
    """Which of these chunks have to be sent; the others are kept for another day."""

    def work(connection: Connection) -> ChunkList:
        blobs.lock_tenant(connection, caller.own_tenant)
        known = blobs.known_chunks(connection, caller.own_tenant, body.chunks)
        blobs.touch(connection, caller.own_tenant, list(known))
        return ChunkList(chunks=[name for name in body.chunks if name not in known])

    return services.database.write(work)


@router.get("")
def list_snapshots(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    backend: BackendId | None = None,
    hold: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> SnapshotPage:
    """The newest first; tenants see their own."""
    with services.database.read() as connection:
        return rows.list_snapshots(
            connection, services.settings, caller, tenant, backend, hold, limit, cursor
        )


@router.get("/{snapshot_id}", response_model=SnapshotDetail)
def get_snapshot(
    snapshot_id: str,
    caller: Anybody,
    services: CurrentServices,
    bucket: Annotated[str | None, Query(max_length=255)] = None,
    prefix: Annotated[str | None, Query(max_length=1024)] = None,
    contains: Annotated[str | None, Query(min_length=1, max_length=256)] = None,
    limit: Limit = 1000,
    cursor: ShortCursor = None,
) -> Response:
    """One snapshot with a page of its entries, by bucket and name."""
    with services.database.read() as connection:
        row = rows.find_snapshot(connection, caller, snapshot_id)
        detail = reading.snapshot_detail(connection, row, bucket, prefix, contains, limit, cursor)
    return Response(detail.model_dump_json(), media_type="application/json")


@router.get("/{snapshot_id}/folder")
def get_folder(
    snapshot_id: str,
    caller: Anybody,
    services: CurrentServices,
    bucket: Annotated[str | None, Query(max_length=255)] = None,
    prefix: Annotated[str, Query(max_length=3072, description="percent-encoded, '/' kept")] = "",
    limit: Limit = 200,
    cursor: ShortCursor = None,
) -> FolderPage:
    """What lies directly in a bucket or below a prefix, with totals; without a bucket, the buckets."""
    with services.database.read() as connection:
        row = rows.find_snapshot(connection, caller, snapshot_id)
        if bucket is None:
            return reading.bucket_page(connection, row)
        return reading.folder_page(connection, row, bucket, unquote_to_bytes(prefix), limit, cursor)


@router.get("/{snapshot_id}/verification")
def verify_snapshot(snapshot_id: str, caller: Anybody, services: CurrentServices) -> SnapshotVerification:
    """Read every stored byte and compare it with the audit chain's entry."""
    with services.database.read() as connection:
        return reading.verify_snapshot(connection, rows.find_snapshot(connection, caller, snapshot_id))


@router.get("/{snapshot_id}/manifest", response_class=Response, responses=JSON_BYTES)
def get_manifest(snapshot_id: str, caller: Anybody, services: CurrentServices) -> Response:
    """The manifest's very bytes, whose SHA-256 is the snapshot's `sha256`."""
    with services.database.read() as connection:
        row = rows.find_snapshot(connection, caller, snapshot_id)
        return _bytes(connection, row["tenant_id"], row["sha256"])


@router.get("/{snapshot_id}/chunks/{sha256}", response_class=Response, responses=JSON_BYTES)
def get_chunk(snapshot_id: str, sha256: str, caller: Anybody, services: CurrentServices) -> Response:
    """A chunk's very bytes, whose SHA-256 is its name."""
    with services.database.read() as connection:
        row = rows.find_snapshot(connection, caller, snapshot_id)
        if sha256 not in reading.manifest_of(connection, row).chunk_names():
            raise not_found("chunk in this snapshot")
        return _bytes(connection, row["tenant_id"], sha256)


def _bytes(connection: Connection, tenant_id: str, sha256: str) -> Response:
    try:
        return Response(blobs.read_blob(connection, tenant_id, sha256), media_type="application/json")
    except blobs.AlteredError as error:
        raise conflict("snapshot-altered", f"A part of this snapshot {error}.") from None


@router.patch("/{snapshot_id}")
@once()
def hold_snapshot(
    snapshot_id: str, body: SnapshotHold, caller: JobsWriter, services: CurrentServices
) -> Snapshot:
    """Set or lift a legal hold."""
    return services.database.write(
        lambda connection: rows.hold_snapshot(connection, caller, snapshot_id, body)
    )


@router.delete("/{snapshot_id}", status_code=204)
@once(204)
def delete_snapshot(snapshot_id: str, caller: JobsWriter, services: CurrentServices) -> None:
    """Remove one; 409 for one on legal hold."""
    services.database.write(lambda connection: rows.delete_snapshot(connection, caller, snapshot_id))
