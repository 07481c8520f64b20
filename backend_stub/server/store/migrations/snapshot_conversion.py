"""Snapshots of the first layout, taken over into content-addressed chunks (migration 0006).

A snapshot that was intact gets a new entry in the audit chain, which names its earlier hash. One that was
altered keeps naming its earlier entry, so that it is reported as altered for ever.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend_stub.contract.snapshot_format import BucketChunks, ChunkRef, Manifest, cut, order
from backend_stub.contract.snapshots import SnapshotEntry

from ...audit import Actor, Event, append
from ...registry import snapshot_blobs as blobs

_KEPT = (
    "tenant_id", "backend", "endpoint", "label", "taken_at", "buckets", "entries", "stored_entries", "bytes",
    "omitted_buckets", "omitted_entries",
)  # fmt: skip


@dataclass(frozen=True)
class Moved:
    """A snapshot whose blobs are in their new place: its former row, its new manifest's name and header."""

    row: dict[str, Any]
    header: dict[str, Any]
    names: list[str]
    intact: bool


def move_blobs(connection: sa.Connection, snapshot_id: str) -> Moved:
    """Write one snapshot's content as chunks and a manifest."""
    found = connection.execute(sa.text("SELECT * FROM snapshots WHERE id = :id"), {"id": snapshot_id})
    row = dict(found.mappings().one())
    old = json.loads(row["manifest"])
    intact = hashlib.sha256(row["manifest"].encode()).hexdigest() == row["sha256"]
    intact = intact and all(row[name] == old["header"][name] for name in old["header"])
    entries, whole = _entries(connection, snapshot_id, old["chunks"])
    blobs.lock_tenant(connection, row["tenant_id"])
    buckets = []
    for bucket in old["buckets"]:
        rows = sorted((entry.row() for entry in entries.get(bucket["name"], [])), key=order)
        chunks: tuple[ChunkRef, ...] = tuple(
            blobs.put_chunk(connection, row["tenant_id"], chunk) for chunk in cut(rows)
        )
        totals = {"entries": sum(ref.rows for ref in chunks), "bytes": sum(ref.size for ref in chunks)}
        buckets.append(BucketChunks({**bucket, **totals}, chunks))
    header = {name: row[name] for name in _KEPT}
    header |= {"versions": False, "all_buckets": False, "receipts": None, "failures": None}
    sha256 = blobs.put_blob(connection, row["tenant_id"], Manifest(header, tuple(buckets), None).encode())
    names = [sha256, *(ref.sha256 for bucket in buckets for ref in bucket.chunks)]
    return Moved(row, header, names, intact and whole)


def _entries(
    connection: sa.Connection, snapshot_id: str, hashes: list[str]
) -> tuple[dict[str, list[SnapshotEntry]], bool]:
    """The entries by bucket, and whether every one of them was as it had been sent."""
    query = sa.text("SELECT number, content FROM snapshot_chunks WHERE snapshot_id = :id ORDER BY number")
    contents = {row.number: bytes(row.content) for row in connection.execute(query, {"id": snapshot_id})}
    found: dict[str, list[SnapshotEntry]] = {}
    whole = contents.keys() == set(range(len(hashes)))
    for number, content in contents.items():
        if number >= len(hashes) or hashlib.sha256(content).hexdigest() != hashes[number]:
            whole = False
            continue
        for item in json.loads(zlib.decompress(content)):
            found.setdefault(item.pop("bucket"), []).append(SnapshotEntry.model_validate(item))
    return found, whole


def record(connection: sa.Connection, moved: Moved) -> None:
    """Write the new row, its parts, and the audit chain's entry."""
    row, header = moved.row, moved.header
    fields = {
        **header,
        "id": row["id"],
        "recorded_at": row["recorded_at"],
        "sha256": moved.names[0],
        "stored_bytes": 0,
        "audit_sequence": 0,
        "hold": False,
        "hold_reason": None,
    }
    columns = ", ".join(fields)
    values = ", ".join(f":{name}" for name in fields)
    connection.execute(sa.text(f"INSERT INTO snapshots ({columns}) VALUES ({values})"), fields)  # noqa: S608
    size = blobs.add_parts(connection, row["id"], row["tenant_id"], moved.names)
    if moved.intact:
        detail = {**header, "sha256": moved.names[0], "former_sha256": row["sha256"]}
        event = Event("snapshot.convert", row["id"], row["tenant_id"], detail)
        sequence = append(connection, Actor("system"), [event])[0].count
    else:
        query = sa.text("SELECT sequence FROM audit WHERE action = 'snapshot.create' AND subject = :id")
        sequence = connection.execute(query, {"id": row["id"]}).scalar() or 0
    connection.execute(
        sa.text("UPDATE snapshots SET stored_bytes = :size, audit_sequence = :sequence WHERE id = :id"),
        {"size": size, "sequence": sequence, "id": row["id"]},
    )
