"""Reading a snapshot: pages, folders with their totals, search, verification.

Rows lie in the order of their names, so a prefix is a range of positions; the manifest says between which
names each chunk lies, so the ends of a range are found by reading at most two chunks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate
from typing import Any
from urllib.parse import quote_from_bytes

from sqlalchemy import Connection, RowMapping, select

from backend_stub.contract.snapshot_format import (
    URL_ENCODED,
    BucketChunks,
    Manifest,
    SnapshotRow,
    check_rows,
    decode_chunk,
    refer,
)
from backend_stub.contract.snapshots import (
    FolderItem,
    FolderPage,
    SnapshotDetail,
    SnapshotVerification,
    StoredEntry,
)

from ..problems import conflict, not_found
from ..store.schema import audit
from ..web.paging import decode_cursor, encode_cursor
from . import snapshot_blobs as blobs
from .snapshots import audit_problem, snapshot_fields

SEARCHED_ROWS = 150_000
"""Read in one request of a search: a fraction of a second."""


class BucketRows:
    """The rows of one bucket by position, read a chunk at a time."""

    def __init__(self, connection: Connection, tenant_id: str, bucket: BucketChunks) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._chunks = bucket.chunks
        self._starts = [0, *accumulate(ref.rows for ref in bucket.chunks)]
        self._bytes = [0, *accumulate(ref.size for ref in bucket.chunks)]
        self.damaged = False
        self._read: tuple[int, list[SnapshotRow]] | None = None

    def __len__(self) -> int:
        return self._starts[-1]

    @cached_property
    def _last_names(self) -> list[bytes]:
        return [ref.last_name for ref in self._chunks]

    def rows(self, chunk: int) -> list[SnapshotRow]:
        """Raises AlteredError. The chunk read last is kept: one transaction sees one state."""
        if self._read is None or self._read[0] != chunk:
            found = blobs.read_chunk(self._connection, self._tenant_id, self._chunks[chunk].sha256)
            self._read = (chunk, found)
        return self._read[1]

    def position(self, name: bytes) -> tuple[int, int]:
        """How many rows come before the first one not less than `name`, and their bytes."""
        chunk = bisect_left(self._last_names, name)
        if chunk == len(self._chunks) or self._chunks[chunk].first_name >= name:
            return self._starts[chunk], self._bytes[chunk]
        rows = self.rows(chunk)
        at = bisect_left(rows, name, key=lambda row: row.raw_name)
        return self._starts[chunk] + at, self._bytes[chunk] + sum(row.size for row in rows[:at])

    def range_of(self, prefix: bytes) -> tuple[tuple[int, int], tuple[int, int]]:
        """Position and bytes before the first and after the last row with this prefix."""
        return self.position(prefix), self.end_of(prefix)

    def end_of(self, prefix: bytes) -> tuple[int, int]:
        """Position and bytes after the last row with this prefix."""
        end = after(prefix)
        return (len(self), self._bytes[-1]) if end is None else self.position(end)

    def row(self, position: int) -> SnapshotRow:
        chunk = self._chunk_of(position)
        return self.rows(chunk)[position - self._starts[chunk]]

    def _chunk_of(self, position: int) -> int:
        return bisect_left(self._starts, position + 1) - 1

    def walk(self, start: int, end: int) -> Iterator[tuple[int, SnapshotRow | None]]:
        """Rows with their positions; None, with the chunk's end, for a chunk that was altered."""
        position = start
        while position < end:
            chunk = self._chunk_of(position)
            try:
                rows = self.rows(chunk)
            except blobs.AlteredError:
                self.damaged = True
                position = self._starts[chunk + 1]
                yield position, None
                continue
            for row in rows[position - self._starts[chunk] : end - self._starts[chunk]]:
                yield position, row
                position += 1


def after(prefix: bytes) -> bytes | None:
    """The first name after every name with this prefix; None where there is none."""
    cut = prefix.rstrip(b"\xff")
    return cut[:-1] + bytes([cut[-1] + 1]) if cut else None


def manifest_of(connection: Connection, row: RowMapping) -> Manifest:
    """Raises ProblemError 409 where it was altered."""
    try:
        return blobs.read_manifest(connection, row["tenant_id"], row["sha256"])
    except blobs.AlteredError as error:
        raise conflict("snapshot-altered", f"The snapshot's manifest {error}.") from None


def audit_entry(connection: Connection, row: RowMapping) -> RowMapping | None:
    query = select(audit).where(audit.c.sequence == row["audit_sequence"])
    return connection.execute(query).mappings().one_or_none()


def snapshot_detail(
    connection: Connection,
    row: RowMapping,
    bucket: str | None,
    prefix: str | None,
    contains: str | None,
    limit: int,
    cursor: str | None,
) -> SnapshotDetail:
    """A page of entries. `intact` covers the manifest and every chunk that was read.

    A search (`contains`, letter case does not matter) ends a page after SEARCHED_ROWS rows.
    """
    fields = snapshot_fields(row, audit_entry(connection, row))
    try:
        manifest = blobs.read_manifest(connection, row["tenant_id"], row["sha256"])
    except blobs.AlteredError:
        empty: dict[str, Any] = {"bucket_list": [], "items": [], "intact": False}
        return SnapshotDetail.model_validate({**fields, **empty})
    page = _Page(connection, row["tenant_id"], manifest, limit, contains)
    page.read(bucket, (prefix or "").encode(), decode_cursor(cursor, int, int))
    return SnapshotDetail.model_construct(
        **{
            **fields,
            "intact": fields["intact"] and not page.damaged,
            "bucket_list": [item.summary for item in manifest.buckets],
            "run": manifest.run,
            "items": page.items,
            "searched": page.searched if contains else None,
            "next": page.next,
        }
    )


class _Page:
    def __init__(
        self, connection: Connection, tenant_id: str, manifest: Manifest, limit: int, contains: str | None
    ) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._manifest = manifest
        self._limit = limit
        self._wanted = contains.casefold() if contains else None
        self._budget = SEARCHED_ROWS
        self.items: list[StoredEntry] = []
        self.next: str | None = None
        self.damaged = False
        self.searched = 0

    def read(self, bucket: str | None, prefix: bytes, start: list[str | int] | None) -> None:
        first, position = (int(part) for part in start) if start is not None else (0, 0)
        before = 0
        for number, item in enumerate(self._manifest.buckets):
            if number >= first and bucket in (None, item.name):
                rows = BucketRows(self._connection, self._tenant_id, item)
                try:
                    (low, _), (high, _) = rows.range_of(prefix)
                except blobs.AlteredError:
                    self.damaged = True
                    low, high = 0, len(rows)
                low = max(low, position if number == first else 0)
                full = self._take(number, item.name, rows, low, high, prefix)
                self.damaged |= rows.damaged
                if full is not None:
                    self.searched = before + full
                    self.next = encode_cursor(number, full)
                    return
            before += item.summary["entries"]
        self.searched = before

    def _take(
        self, number: int, bucket: str, rows: BucketRows, low: int, high: int, prefix: bytes
    ) -> int | None:
        """The position where the page was full, or the search long enough."""
        for at, row in rows.walk(low, high):
            if row is None or not row.raw_name.startswith(prefix):
                continue
            if len(self.items) == self._limit or (self._wanted is not None and self._budget == 0):
                return at
            if self._wanted is not None:
                self._budget -= 1
                text = row.raw_name.decode(errors="replace") if row.flags & URL_ENCODED else row.name
                if self._wanted not in text.casefold():
                    continue
            self.items.append(StoredEntry.of(bucket, row))
        return None


def bucket_page(connection: Connection, row: RowMapping) -> FolderPage:
    """The buckets of a snapshot with what is stored of them. Raises ProblemError 409 where it was altered."""
    summaries = [bucket.summary for bucket in manifest_of(connection, row).buckets]
    items = [
        FolderItem(name=item["name"], folder=True, entries=item["entries"], bytes=item["bytes"])
        for item in summaries
    ]
    totals = {name: sum(item[name] for item in summaries) for name in ("entries", "bytes")}
    return FolderPage(snapshot_id=row["id"], tenant_id=row["tenant_id"], items=items, **totals)


def folder_page(
    connection: Connection, row: RowMapping, bucket: str, prefix: bytes, limit: int, cursor: str | None
) -> FolderPage:
    """What lies directly below a prefix. Raises ProblemError 404 for an unknown bucket, 409 where what is
    needed was altered."""
    manifest = manifest_of(connection, row)
    found = next((item for item in manifest.buckets if item.name == bucket), None)
    if found is None:
        raise not_found("bucket in this snapshot")
    rows = BucketRows(connection, row["tenant_id"], found)
    try:
        start, end = rows.range_of(prefix)
        position = decode_cursor(cursor, int, int)
        at = start if position is None else max(start, (int(position[0]), int(position[1])))
        items: list[FolderItem] = []
        while at[0] < end[0] and len(items) < limit:
            item, at = _folder_item(rows, bucket, prefix, at)
            items.append(item)
    except blobs.AlteredError as error:
        raise conflict("snapshot-altered", f"A part of this snapshot {error}.") from None
    return FolderPage(
        snapshot_id=row["id"],
        tenant_id=row["tenant_id"],
        bucket=bucket,
        prefix=quote_from_bytes(prefix, safe="/"),
        entries=end[0] - start[0],
        bytes=end[1] - start[1],
        items=items,
        next=encode_cursor(*at) if at[0] < end[0] else None,
    )


def _folder_item(
    rows: BucketRows, bucket: str, prefix: bytes, at: tuple[int, int]
) -> tuple[FolderItem, tuple[int, int]]:
    """The item at a position, and the position after it."""
    row = rows.row(at[0])
    rest = row.raw_name[len(prefix) :]
    slash = rest.find(b"/")
    if slash < 0:
        name = quote_from_bytes(rest, safe="/")
        entry = StoredEntry.of(bucket, row)
        item = FolderItem(name=name, folder=False, entries=1, bytes=row.size, entry=entry)
        return item, (at[0] + 1, at[1] + row.size)
    folder = rest[: slash + 1]
    following = rows.end_of(prefix + folder)
    name = quote_from_bytes(folder, safe="/")
    item = FolderItem(name=name, folder=True, entries=following[0] - at[0], bytes=following[1] - at[1])
    return item, following


def verify_snapshot(connection: Connection, row: RowMapping) -> SnapshotVerification:
    """Read every byte of a snapshot and compare it with what the audit chain says about it."""
    problems = []
    if reason := audit_problem(row, audit_entry(connection, row)):
        problems.append(reason)
    if reason := _hold_problem(connection, row):
        problems.append(reason)
    tenant_id, chunks = row["tenant_id"], 0
    try:
        manifest = Manifest.decode(blobs.read_blob(connection, tenant_id, row["sha256"]))
    except (blobs.AlteredError, ValueError) as error:
        problems.append(f"the manifest {error}")
    else:
        if any(row[name] != value for name, value in manifest.header.items()):
            problems.append("the record is not what the manifest says")
        for bucket in manifest.buckets:
            for number, ref in enumerate(bucket.chunks):
                chunks += 1
                try:
                    rows = decode_chunk(blobs.read_blob(connection, tenant_id, ref.sha256))
                    check_rows(rows)
                    if refer(rows, ref.sha256) != ref:
                        raise ValueError("is not what the manifest says")
                except (blobs.AlteredError, ValueError) as error:
                    problems.append(f"bucket {bucket.name}, chunk {number}: {error}")
    return SnapshotVerification(
        id=row["id"],
        tenant_id=tenant_id,
        sha256=row["sha256"],
        intact=not problems,
        chunks=chunks,
        problems=problems[:100],
    )


def _hold_problem(connection: Connection, row: RowMapping) -> str | None:
    """The hold has to be what the chain's last entry about it says."""
    query = (
        select(audit.c.action)
        .where(
            audit.c.tenant_id == row["tenant_id"],
            audit.c.sequence > row["audit_sequence"],
            audit.c.subject == row["id"],
            audit.c.action.in_(("snapshot.hold", "snapshot.release")),
        )
        .order_by(audit.c.sequence.desc())
        .limit(1)
    )
    last = connection.execute(query).scalar_one_or_none()
    if bool(row["hold"]) != (last == "snapshot.hold"):
        return "the legal hold is not what the audit chain says"
    return None
