"""Snapshots as tenants upload them: validated, kept in content-addressed chunks, named in the audit chain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from backend_stub.contract.snapshot_format import (
    BucketChunks,
    ChunkRef,
    Manifest,
    check_rows,
    cut,
    order,
)
from backend_stub.contract.snapshots import (
    Snapshot,
    SnapshotBucket,
    SnapshotHold,
    SnapshotLimits,
    SnapshotPage,
    SnapshotUpload,
)

from ..audit import Event, append, entry_hash
from ..auth.principal import Principal
from ..problems import ProblemError, conflict, invalid, not_found
from ..settings import Settings
from ..store.database import database_now
from ..store.schema import audit, snapshots
from ..store.values import from_micros, load, new_id, to_micros
from ..web.paging import decode_cursor, encode_cursor
from . import snapshot_blobs as blobs
from .snapshot_retention import expire, remove

# What the manifest's header and the audit chain's entry say, and the list shows.
HEADER = (
    "tenant_id", "backend", "endpoint", "label", "taken_at", "versions", "all_buckets", "buckets", "entries",
    "stored_entries", "bytes", "omitted_buckets", "omitted_entries", "receipts", "failures",
)  # fmt: skip

# The second: taken over from an earlier layout.
ABOUT = frozenset(("snapshot.create", "snapshot.convert"))


def limits(settings: Settings) -> SnapshotLimits:
    return SnapshotLimits(
        max_buckets=settings.max_snapshot_buckets,
        max_entries=settings.max_snapshot_files,
        max_bucket_entries=settings.max_files_per_bucket,
        keep_count=settings.max_snapshot_count,
        keep_days=settings.max_snapshot_age_days,
        keep_bytes=settings.max_snapshot_bytes,
    )


def check_caps(settings: Settings, upload: SnapshotUpload) -> None:
    """Raises ProblemError 422 naming the cap. Clients cut and say what they left out (`omitted_*`)."""
    if len(upload.buckets) > settings.max_snapshot_buckets:
        raise _cap("buckets", f"more than {settings.max_snapshot_buckets} buckets", "omitted_buckets")
    if len({bucket.name for bucket in upload.buckets}) != len(upload.buckets):
        raise invalid("buckets", "a bucket is named twice", "send each bucket once")


def _cap(field: str, message: str, counter: str) -> ProblemError:
    return invalid(field, message, f"send fewer and count the rest in {counter}", "snapshot-cap")


def store_snapshot(
    connection: Connection, settings: Settings, principal: Principal, tenant_id: str, upload: SnapshotUpload
) -> Snapshot:
    """Record an upload: its chunks, its manifest, the audit chain's entry. Raises ProblemError 422."""
    blobs.lock_tenant(connection, tenant_id)
    buckets: list[BucketChunks] = []
    for at, bucket in enumerate(upload.buckets):
        chunks = _chunks(connection, tenant_id, f"buckets.{at}", bucket)
        summary = bucket.model_dump(mode="json", exclude={"entries", "chunks"}) | {
            "entries": sum(ref.rows for ref in chunks),
            "bytes": sum(ref.size for ref in chunks),
        }
        if summary["entries"] > settings.max_files_per_bucket:
            text = f"more than {settings.max_files_per_bucket} entries in one bucket"
            raise _cap(f"buckets.{at}.entries", text, "omitted_entries")
        buckets.append(BucketChunks(summary, chunks))
    summaries = [bucket.summary for bucket in buckets]
    if sum(summary["entries"] for summary in summaries) > settings.max_snapshot_files:
        raise _cap("buckets", f"more than {settings.max_snapshot_files} entries", "omitted_entries")
    header = _header(tenant_id, upload, summaries)
    run = upload.run.model_dump(mode="json") if upload.run is not None else None
    manifest = Manifest(header, tuple(buckets), run)
    sha256 = blobs.put_blob(connection, tenant_id, manifest.encode())
    row = {
        **header,
        "id": new_id("snapshot"),
        "recorded_at": database_now(connection),
        "sha256": sha256,
        "stored_bytes": 0,
        "audit_sequence": 0,
        "hold": False,
    }
    connection.execute(insert(snapshots).values(**row))
    names = [sha256, *(ref.sha256 for bucket in buckets for ref in bucket.chunks)]
    size = blobs.add_parts(connection, row["id"], tenant_id, names)
    mine = snapshots.c.id == row["id"]
    connection.execute(update(snapshots).where(mine).values(stored_bytes=size))
    gone = expire(connection, settings, tenant_id, keep=row["id"])
    [head, *_] = append(
        connection,
        principal.actor,
        [Event("snapshot.create", row["id"], tenant_id, {**header, "sha256": sha256}), *gone],
    )
    connection.execute(update(snapshots).where(mine).values(audit_sequence=head.count))
    return snapshot_answers(connection, [find_snapshot(connection, principal, row["id"])])[0]


def _chunks(
    connection: Connection, tenant_id: str, field: str, bucket: SnapshotBucket
) -> tuple[ChunkRef, ...]:
    if bucket.entries:
        rows = sorted((entry.row() for entry in bucket.entries), key=order)
        check_rows(rows)
        return tuple(blobs.put_chunk(connection, tenant_id, chunk) for chunk in cut(rows))
    known = blobs.known_chunks(connection, tenant_id, bucket.chunks)
    before = b""
    for number, name in enumerate(bucket.chunks):
        if name not in known:
            fix = "send the chunk by POST /snapshots/chunks, then the snapshot again"
            raise invalid(f"{field}.chunks.{number}", "there is no such chunk", fix, "chunk-missing")
        if known[name].first_name < before:
            raise invalid(f"{field}.chunks.{number}", "not in the order of its names", "sort the chunks")
        before = known[name].last_name
    return tuple(known[name] for name in bucket.chunks)


def _header(tenant_id: str, upload: SnapshotUpload, summaries: list[dict[str, Any]]) -> dict[str, Any]:
    stored = sum(summary["entries"] for summary in summaries)
    omitted = sum(summary["omitted_entries"] for summary in summaries)
    run = upload.run
    return {
        "tenant_id": tenant_id,
        "backend": upload.backend,
        "endpoint": upload.endpoint,
        "label": upload.label,
        "taken_at": to_micros(upload.taken_at),
        "versions": upload.versions,
        "all_buckets": upload.all_buckets,
        "buckets": len(summaries) + upload.omitted_buckets,
        "entries": stored + omitted,
        "stored_entries": stored,
        "bytes": sum(summary["bytes"] + summary["omitted_bytes"] for summary in summaries),
        "omitted_buckets": upload.omitted_buckets,
        "omitted_entries": omitted,
        "receipts": None if run is None else len(run.receipts) + run.omitted_receipts,
        "failures": None if run is None else len(run.failures) + run.omitted_failures,
    }


def find_snapshot(connection: Connection, principal: Principal, snapshot_id: str) -> RowMapping:
    """Raises ProblemError 404."""
    found = connection.execute(select(snapshots).where(snapshots.c.id == snapshot_id))
    row = found.mappings().one_or_none()
    if row is None or not principal.sees(row["tenant_id"]):
        raise not_found("snapshot")
    return row


def audit_problem(row: RowMapping, entry: RowMapping | None) -> str | None:
    """Why a row is not what the audit chain's entry says; None where it is."""
    if entry is None or entry["subject"] != row["id"] or entry["action"] not in ABOUT:
        return f"the audit chain's entry {row['audit_sequence']} is not about this snapshot"
    if entry_hash(dict(entry)) != entry["hash"]:
        return f"the audit chain's entry {row['audit_sequence']} was altered"
    detail = load(entry["detail"])
    for name in (*HEADER, "sha256"):
        if row[name] != detail.get(name):
            return f"{name} is not what the audit chain says"
    return None


def snapshot_answers(connection: Connection, rows: list[RowMapping]) -> list[Snapshot]:
    """Rows compared with the audit chain's entries about them."""
    query = select(audit).where(audit.c.sequence.in_([row["audit_sequence"] for row in rows]))
    entries = {entry["sequence"]: entry for entry in connection.execute(query).mappings()}
    return [Snapshot.model_validate(snapshot_fields(row, entries.get(row["audit_sequence"]))) for row in rows]


def snapshot_fields(row: RowMapping, entry: RowMapping | None) -> dict[str, Any]:
    times = {name: from_micros(row[name]) for name in ("taken_at", "recorded_at")}
    return {**row, **times, "intact": audit_problem(row, entry) is None}


def list_snapshots(
    connection: Connection,
    settings: Settings,
    principal: Principal,
    tenant: str | None,
    backend: str | None,
    hold: bool | None,
    limit: int,
    cursor: str | None,
) -> SnapshotPage:
    """The newest first."""
    query = select(snapshots)
    if principal.tenants is not None:
        query = query.where(snapshots.c.tenant_id.in_(principal.tenants))
    if tenant is not None:
        query = query.where(snapshots.c.tenant_id == tenant)
    if backend is not None:
        query = query.where(snapshots.c.backend == backend)
    if hold is not None:
        query = query.where(snapshots.c.hold == hold)
    if (position := decode_cursor(cursor, str)) is not None:
        query = query.where(snapshots.c.id < position[0])
    rows = connection.execute(query.order_by(snapshots.c.id.desc()).limit(limit + 1)).mappings().all()
    items = snapshot_answers(connection, list(rows[:limit]))
    following = encode_cursor(items[-1].id) if len(rows) > limit else None
    return SnapshotPage(items=items, limits=limits(settings), next=following)


def _locked(connection: Connection, principal: Principal, snapshot_id: str) -> RowMapping:
    """As `find_snapshot`; until the transaction ends nobody else holds, removes or expires it."""
    blobs.lock_tenant(connection, find_snapshot(connection, principal, snapshot_id)["tenant_id"])
    return find_snapshot(connection, principal, snapshot_id)


def hold_snapshot(
    connection: Connection, principal: Principal, snapshot_id: str, change: SnapshotHold
) -> Snapshot:
    """Set or lift a legal hold. Raises ProblemError 404, and 409 where it is not as `before` says."""
    row = _locked(connection, principal, snapshot_id)
    if row["hold"] != change.before:
        raise conflict("hold-differs", f"It is {'' if row['hold'] else 'not '}on hold, not as `before` says.")
    if (row["hold"], row["hold_reason"]) != (change.hold, change.reason):
        mine = snapshots.c.id == snapshot_id
        connection.execute(update(snapshots).where(mine).values(hold=change.hold, hold_reason=change.reason))
        action = "snapshot.hold" if change.hold else "snapshot.release"
        event = Event(action, snapshot_id, row["tenant_id"], {"reason": change.reason})
        append(connection, principal.actor, [event])
    return snapshot_answers(connection, [find_snapshot(connection, principal, snapshot_id)])[0]


def delete_snapshot(connection: Connection, principal: Principal, snapshot_id: str) -> None:
    """Raises ProblemError 404, and 409 for one on legal hold."""
    row = _locked(connection, principal, snapshot_id)
    if row["hold"]:
        raise conflict("legal-hold", "The snapshot is on legal hold. Lift the hold first.")
    remove(connection, row)
    event = Event("snapshot.delete", snapshot_id, row["tenant_id"], {"sha256": row["sha256"]})
    append(connection, principal.actor, [event])
