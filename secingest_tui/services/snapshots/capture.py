"""Taking a snapshot: list, cut where a cap says so, send what the server does not have, record.

Memory is bounded by a few chunks, however many objects there are: parts go to the server while the listing
goes on. Nothing is recorded before the end, so a cancelled or failed one leaves no half snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from backend_stub.contract.ids import has_control
from backend_stub.contract.snapshot_format import SnapshotRow, cut, digest, encode_chunk
from backend_stub.contract.snapshots import (
    MAX_FILES_PER_BUCKET,
    MAX_SNAPSHOT_BUCKETS,
    MAX_SNAPSHOT_FILES,
    ChunkUpload,
    Snapshot,
    SnapshotBucket,
    SnapshotLimits,
    SnapshotRun,
    SnapshotUpload,
)
from secingest_tui.errors import Cancelled, SecingestError
from secingest_tui.metadata import TenantClient
from secingest_tui.services.snapshots.rows import OutOfOrder, in_order, row_of, sorted_on_disk
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import AccessRefused, NoSuchBucket, S3Store

_PENDING = 4
"""Chunks on their way to the server at once."""
_ASKED = 16
"""Chunks about which the server is asked at once whether it has them."""


@dataclass(slots=True)
class CaptureProgress:
    """How far a capture is; raised by it, read by whoever shows it."""

    bucket: str = ""
    buckets_done: int = 0
    buckets_total: int = 0
    entries: int = 0
    bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, entries: int, size: int) -> None:
        with self.lock:
            self.entries += entries
            self.bytes += size


class Capture:
    """One snapshot of one backend with one tenant's credentials."""

    def __init__(
        self,
        workspace: Workspace,
        tenant: str,
        backend_id: str,
        *,
        buckets: Iterable[str] = (),
        versions: bool = False,
        label: str | None = None,
        run: SnapshotRun | None = None,
        progress: CaptureProgress | None = None,
        tick: Callable[[int], None] = lambda entries: None,
        cancel: threading.Event | None = None,
    ) -> None:
        """``tick`` is told, a page at a time, how many entries were listed since."""
        self._workspace = workspace
        self._tenant = tenant
        self._backend = workspace.backend(backend_id)
        self._named = sorted(set(buckets))
        self._versions = versions
        self._label = label
        self._run = run
        self._tick = tick
        self._cancel = cancel or threading.Event()
        self.progress = progress or CaptureProgress()

    def take(self) -> Snapshot:
        """Raises StorageError, ServerRefused, ServerUnreachable, Cancelled."""
        store = self._workspace.store(self._backend.id, self._tenant)
        client = self._workspace.tenant(self._tenant)
        limits = client.snapshots(limit=1).limits or _defaults()
        taken_at = datetime.now(UTC)
        names = self._named or store.list_buckets()
        self.progress.buckets_total = len(names)
        room = limits.max_entries
        seen = []
        with ThreadPoolExecutor(1, thread_name_prefix="snapshot") as pool:
            sender = _Sender(client, pool)
            for name in names[: limits.max_buckets]:
                self.progress.bucket = name
                bucket, kept = self._bucket(store, sender, name, min(room, limits.max_bucket_entries))
                room -= kept
                seen.append(bucket)
                self.progress.buckets_done += 1
            sender.finish()
        self._check()
        return client.add_snapshot(
            SnapshotUpload(
                backend=self._backend.id,
                endpoint=self._backend.endpoint,
                label=self._label,
                taken_at=taken_at,
                versions=self._versions,
                all_buckets=not self._named,
                buckets=seen,
                omitted_buckets=max(0, len(names) - limits.max_buckets),
                run=self._run,
            )
        )

    def _bucket(self, store: S3Store, sender: _Sender, name: str, limit: int) -> tuple[SnapshotBucket, int]:
        fields: dict[str, Any] = {}
        with suppress(AccessRefused):
            fields = store.bucket_status(name)
        listing = _Listing(self, store, name, limit)
        try:
            chunks = list(sender.send(in_order(listing.pages())))
        except OutOfOrder:
            listing = _Listing(self, store, name, limit)
            rows = sorted_on_disk(listing.pages(), self._workspace.home.root, self._check)
            chunks = list(sender.send(rows))
        except (AccessRefused, NoSuchBucket) as error:
            if self._named:
                raise
            return SnapshotBucket(name=name, unlisted=error.code or "AccessDenied", **fields), 0
        bucket = SnapshotBucket(
            name=name,
            chunks=chunks,
            omitted_entries=listing.omitted,
            omitted_bytes=listing.omitted_bytes,
            **fields,
        )
        return bucket, listing.kept

    def _check(self) -> None:
        if self._cancel.is_set():
            raise Cancelled("Cancelled; no snapshot was recorded.")


class _Listing:
    """One walk through a bucket: what is kept, and the counts of what a cap leaves out."""

    def __init__(self, capture: Capture, store: S3Store, bucket: str, limit: int) -> None:
        self._capture, self._store, self._bucket, self._limit = capture, store, bucket, limit
        self.kept = self.omitted = self.omitted_bytes = 0

    def pages(self) -> Iterator[list[SnapshotRow]]:
        capture = self._capture
        for page in self._store.list_pages(self._bucket, versions=capture._versions):
            capture._check()
            room = self._limit - self.kept
            rows = [row_of(info) for info in page[:room]]
            self.kept += len(rows)
            self.omitted += len(page) - len(rows)
            self.omitted_bytes += sum(info.size for info in page[room:])
            capture.progress.add(len(page), sum(info.size for info in page))
            capture._tick(len(page))
            yield rows


class _Sender:
    """Sends chunks in the background, at most _PENDING ahead; what the server has is not sent again."""

    def __init__(self, client: TenantClient, pool: ThreadPoolExecutor) -> None:
        self._client = client
        self._pool = pool
        self._under_way: list[Future[None]] = []

    def send(self, rows: Iterable[SnapshotRow]) -> Iterator[str]:
        """The names of the chunks, in order."""
        batch: dict[str, list[SnapshotRow]] = {}
        for chunk in cut(rows):
            name = digest(encode_chunk(chunk))
            batch[name] = chunk
            yield name
            if len(batch) == _ASKED:
                self._post(batch)
                batch = {}
        if batch:
            self._post(batch)

    def _post(self, batch: dict[str, list[SnapshotRow]]) -> None:
        while len(self._under_way) >= _PENDING:
            self._under_way.pop(0).result()
        self._under_way.append(self._pool.submit(self._work, batch))

    def _work(self, batch: dict[str, list[SnapshotRow]]) -> None:
        for name in self._client.missing_chunks(list(batch)):
            answer = self._client.add_chunk(ChunkUpload(rows=batch[name]))
            if answer.sha256 != name:
                raise SecingestError(
                    "The metadata server keeps something else than was sent.",
                    hint="Is it of a matching version?",
                )

    def finish(self) -> None:
        for future in self._under_way:
            future.result()


def _defaults() -> SnapshotLimits:
    return SnapshotLimits(
        max_buckets=MAX_SNAPSHOT_BUCKETS,
        max_entries=MAX_SNAPSHOT_FILES,
        max_bucket_entries=MAX_FILES_PER_BUCKET,
        keep_count=0,
        keep_days=0,
        keep_bytes=0,
    )


def take_snapshot(workspace: Workspace, tenant: str, backend_id: str, **options: Any) -> Snapshot:
    """List the tenant's buckets at a backend and record what was seen; options as for ``Capture``."""
    label = options.get("label")
    if label is not None and has_control(label):
        raise SecingestError("The label has control characters.", hint="Use one plain line.", field="--label")
    return Capture(workspace, tenant, backend_id, **options).take()
