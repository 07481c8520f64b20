"""Snapshots as tenants upload them: validated, compressed in chunks, altered ones reported as altered.

The manifest (header, buckets, SHA-256 of every chunk) is hashed into `sha256`, which the audit chain
holds too.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select

from backend_stub.contract.snapshots import Snapshot, SnapshotDetail, SnapshotPage, SnapshotUpload

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import ProblemError, invalid, not_found
from ..settings import Settings
from ..store.database import database_now
from ..store.schema import snapshot_chunks, snapshots
from ..store.values import dump, from_micros, load, new_id, to_micros
from ..web.paging import decode_cursor, encode_cursor

CHUNK = 1000  # entries
_HEADER = (
    "id",
    "tenant_id",
    "backend",
    "endpoint",
    "label",
    "taken_at",
    "recorded_at",
    "buckets",
    "entries",
    "stored_entries",
    "bytes",
    "omitted_buckets",
    "omitted_entries",
)


def check_caps(settings: Settings, upload: SnapshotUpload) -> None:
    """Raises ProblemError 422 naming the cap. Clients cut and say what they left out (`omitted_*`)."""
    if len(upload.buckets) > settings.max_snapshot_buckets:
        raise _cap("buckets", f"more than {settings.max_snapshot_buckets} buckets", "omitted_buckets")
    for at, bucket in enumerate(upload.buckets):
        if len(bucket.entries) > settings.max_files_per_bucket:
            text = f"more than {settings.max_files_per_bucket} entries in one bucket"
            raise _cap(f"buckets.{at}.entries", text, "omitted_entries")
    if sum(len(bucket.entries) for bucket in upload.buckets) > settings.max_snapshot_files:
        raise _cap("buckets", f"more than {settings.max_snapshot_files} entries", "omitted_entries")
    if len({bucket.name for bucket in upload.buckets}) != len(upload.buckets):
        raise invalid("buckets", "a bucket is named twice", "send each bucket once")


def _cap(field: str, message: str, counter: str) -> ProblemError:
    return invalid(field, message, f"send fewer and count the rest in {counter}", "snapshot-cap")


def prepare(upload: SnapshotUpload) -> tuple[dict[str, Any], list[bytes]]:
    """The row's own fields and the chunks; no database is needed for this, the slow part."""
    entries = [
        {"bucket": bucket.name, **entry.model_dump(mode="json", exclude_defaults=True)}
        for bucket in upload.buckets
        for entry in bucket.entries
    ]
    chunks = [
        zlib.compress(dump(entries[at : at + CHUNK]).encode(), 6) for at in range(0, len(entries), CHUNK)
    ]
    omitted = sum(bucket.omitted_entries for bucket in upload.buckets)
    stored_bytes = sum(entry.size for bucket in upload.buckets for entry in bucket.entries)
    fields = {
        "backend": upload.backend,
        "endpoint": upload.endpoint,
        "label": upload.label,
        "taken_at": to_micros(upload.taken_at),
        "buckets": len(upload.buckets) + upload.omitted_buckets,
        "entries": len(entries) + omitted,
        "stored_entries": len(entries),
        "bytes": stored_bytes + sum(bucket.omitted_bytes for bucket in upload.buckets),
        "omitted_buckets": upload.omitted_buckets,
        "omitted_entries": omitted,
    }
    buckets = [bucket.model_dump(mode="json", exclude={"entries"}) for bucket in upload.buckets]
    return {**fields, "bucket_list": buckets}, chunks


def store_snapshot(
    connection: Connection,
    principal: Principal,
    tenant_id: str,
    prepared: dict[str, Any],
    chunks: list[bytes],
) -> Snapshot:
    """Record what `prepare` made."""
    buckets = prepared["bucket_list"]
    row = {name: value for name, value in prepared.items() if name != "bucket_list"}
    row |= {"id": new_id("snapshot"), "tenant_id": tenant_id, "recorded_at": database_now(connection)}
    manifest = dump(
        {
            "header": {name: row[name] for name in _HEADER},
            "buckets": buckets,
            "chunks": [hashlib.sha256(chunk).hexdigest() for chunk in chunks],
        }
    )
    row |= {"manifest": manifest, "sha256": hashlib.sha256(manifest.encode()).hexdigest()}
    connection.execute(insert(snapshots).values(**row))
    if chunks:
        connection.execute(
            insert(snapshot_chunks),
            [
                {"snapshot_id": row["id"], "number": number, "content": chunk}
                for number, chunk in enumerate(chunks)
            ],
        )
    detail = {"backend": row["backend"], "sha256": row["sha256"], "entries": row["entries"]}
    append(connection, principal.actor, [Event("snapshot.create", row["id"], tenant_id, detail)])
    return snapshot_answer(find_snapshot(connection, principal, row["id"]))


def find_snapshot(connection: Connection, principal: Principal, snapshot_id: str) -> RowMapping:
    """Raises ProblemError 404."""
    found = connection.execute(select(snapshots).where(snapshots.c.id == snapshot_id))
    row = found.mappings().one_or_none()
    if row is None or not principal.sees(row["tenant_id"]):
        raise not_found("snapshot")
    return row


def _intact(row: RowMapping) -> bool:
    if hashlib.sha256(row["manifest"].encode()).hexdigest() != row["sha256"]:
        return False
    header = load(row["manifest"])["header"]
    return all(row[name] == header[name] for name in _HEADER)


def _fields(row: RowMapping) -> dict[str, Any]:
    times = {name: from_micros(row[name]) for name in ("taken_at", "recorded_at")}
    return {**row, **times, "intact": _intact(row)}


def snapshot_answer(row: RowMapping) -> Snapshot:
    return Snapshot.model_validate(_fields(row))


def list_snapshots(
    connection: Connection,
    principal: Principal,
    tenant: str | None,
    backend: str | None,
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
    if (position := decode_cursor(cursor, str)) is not None:
        query = query.where(snapshots.c.id < position[0])
    rows = connection.execute(query.order_by(snapshots.c.id.desc()).limit(limit + 1)).mappings().all()
    items = [snapshot_answer(row) for row in rows[:limit]]
    return SnapshotPage(items=items, next=encode_cursor(items[-1].id) if len(rows) > limit else None)


def snapshot_detail(
    connection: Connection,
    principal: Principal,
    snapshot_id: str,
    bucket: str | None,
    prefix: str | None,
    limit: int,
    cursor: str | None,
) -> SnapshotDetail:
    """A page of entries, of one bucket or prefix where asked. `intact` covers every chunk that was read.

    Raises ProblemError 404.
    """
    row = find_snapshot(connection, principal, snapshot_id)
    position = decode_cursor(cursor, int)
    start = int(position[0]) if position is not None else 0
    damaged: list[int] = []
    found: list[dict[str, Any]] = []
    following = None
    for at, entry in _entries(connection, row, start, damaged):
        if (bucket is None or entry["bucket"] == bucket) and entry["name"].startswith(prefix or ""):
            if len(found) == limit:
                following = encode_cursor(at)
                break
            found.append(entry)
    fields = _fields(row)
    return SnapshotDetail.model_validate(
        {
            **fields,
            "intact": fields["intact"] and not damaged,
            "bucket_list": load(row["manifest"])["buckets"],
            "items": found,
            "next": following,
        }
    )


def _entries(
    connection: Connection, row: RowMapping, start: int, damaged: list[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Entries from position `start` on; missing or altered chunks are named in `damaged`."""
    hashes = load(row["manifest"])["chunks"]
    for number in range(start // CHUNK, len(hashes)):
        query = select(snapshot_chunks.c.content).where(
            snapshot_chunks.c.snapshot_id == row["id"], snapshot_chunks.c.number == number
        )
        content = connection.execute(query).scalar_one_or_none()
        if content is None or hashlib.sha256(content).hexdigest() != hashes[number]:
            damaged.append(number)
            continue
        for offset, entry in enumerate(load(zlib.decompress(content).decode())):
            at = number * CHUNK + offset
            if at >= start:
                yield at, entry


def delete_snapshot(connection: Connection, principal: Principal, snapshot_id: str) -> None:
    """Raises ProblemError 404."""
    row = find_snapshot(connection, principal, snapshot_id)
    connection.execute(delete(snapshot_chunks).where(snapshot_chunks.c.snapshot_id == snapshot_id))
    connection.execute(delete(snapshots).where(snapshots.c.id == snapshot_id))
    event = Event("snapshot.delete", snapshot_id, row["tenant_id"], {"sha256": row["sha256"]})
    append(connection, principal.actor, [event])
