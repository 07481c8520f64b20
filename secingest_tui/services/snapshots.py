"""Snapshots: what is at a provider now, listed with the customer's credentials, sanitised, and recorded."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from backend_stub.contract.ids import has_control
from backend_stub.contract.snapshots import (
    MAX_FILES_PER_BUCKET,
    MAX_SNAPSHOT_BUCKETS,
    MAX_SNAPSHOT_FILES,
    Snapshot,
    SnapshotBucket,
    SnapshotEntry,
    SnapshotUpload,
)
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import ObjectInfo, S3Store


def take_snapshot(
    workspace: Workspace,
    tenant: str,
    backend_id: str,
    *,
    buckets: Iterable[str] = (),
    versions: bool = False,
    label: str | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> Snapshot:
    """List the tenant's buckets at a backend and record what was seen, at the metadata server.

    Only allowed fields leave this side: name, size, time, ETag, version id, latest, delete marker.
    Where a cap cuts, the counts and bytes of what was left out are recorded in its place.
    """
    backend = workspace.backend(backend_id)
    store = workspace.store(backend_id, tenant)
    names = sorted(buckets) or store.list_buckets()
    room = MAX_SNAPSHOT_FILES
    seen = []
    for name in names[:MAX_SNAPSHOT_BUCKETS]:
        bucket = _bucket(store, name, versions=versions, room=room, progress=progress)
        room -= len(bucket.entries)
        seen.append(bucket)
    upload = SnapshotUpload(
        backend=backend_id,
        endpoint=backend.endpoint,
        label=label,
        taken_at=datetime.now(UTC),
        buckets=seen,
        omitted_buckets=max(0, len(names) - MAX_SNAPSHOT_BUCKETS),
    )
    return workspace.tenant(tenant).add_snapshot(upload)


def _bucket(
    store: S3Store, name: str, *, versions: bool, room: int, progress: Callable[[int], None]
) -> SnapshotBucket:
    kept: list[SnapshotEntry] = []
    omitted = omitted_bytes = 0
    limit = min(room, MAX_FILES_PER_BUCKET)
    for count, info in enumerate(store.list_objects(name, versions=versions), start=1):
        if len(kept) < limit:
            kept.append(_entry(info))
        else:
            omitted += 1
            omitted_bytes += info.size
        if count % 500 == 0:
            progress(count)
    return SnapshotBucket(name=name, entries=kept, omitted_entries=omitted, omitted_bytes=omitted_bytes)


def _entry(info: ObjectInfo) -> SnapshotEntry:
    raw = has_control(info.key) or any(part in {".", ".."} for part in info.key.split("/"))
    raw = raw or any(unicodedata.category(character) == "Cs" for character in info.key)
    return SnapshotEntry(
        name=quote(info.key, safe="/", errors="surrogatepass") if raw else info.key,
        name_encoding="url" if raw else None,
        size=info.size,
        mtime=info.last_modified or datetime.fromtimestamp(0, UTC),
        etag=info.etag or None,
        version_id=info.version_id,
        is_latest=info.latest,
        delete_marker=info.deleted,
    )
