"""Snapshots: what lay at a provider at one time, sanitised. Fields not named here are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from .backends import Endpoint
from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, Line, ObjectKey, Sha256Hex, TenantId, Version
from .locations import ETag, ProviderVersion
from .snapshot_format import (
    DELETE_MARKER,
    LATEST,
    MAX_CHUNK_ROWS,
    URL_ENCODED,
    SnapshotRow,
    check_name,
)

MAX_SNAPSHOT_BUCKETS = 200
MAX_SNAPSHOT_FILES = 50_000
MAX_FILES_PER_BUCKET = 5_000
MAX_SNAPSHOT_COUNT = 1000
MAX_SNAPSHOT_AGE_DAYS = 3650
MAX_SNAPSHOT_BYTES = 10 * 1024**3
MAX_RUN_ITEMS = 1000
BucketName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$")]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SnapshotEntry(Submission):
    """One object version or delete marker. `size` in bytes.

    S3 allows names that no terminal or file system should see raw: a name with control characters or
    with a '.' or '..' segment comes percent-encoded, with `name_encoding: "url"`.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=3072)]
    name_encoding: Literal["url"] | None = None
    size: Bytes
    mtime: Timestamp
    etag: ETag | None = None
    version_id: ProviderVersion | None = None
    is_latest: bool = True
    delete_marker: bool = False

    @model_validator(mode="after")
    def _name_is_harmless(self) -> Self:
        check_name(self.name, encoded=self.name_encoding == "url")
        if self.mtime < _EPOCH:
            raise ValueError("mtime: before 1970")
        return self

    def row(self) -> SnapshotRow:
        """As it is stored."""
        flags = LATEST * self.is_latest + DELETE_MARKER * self.delete_marker
        flags += URL_ENCODED * (self.name_encoding == "url")
        micros = (self.mtime - _EPOCH) // timedelta(microseconds=1)
        return SnapshotRow(self.name, flags, self.size, micros, self.etag, self.version_id)


class SnapshotBucket(Submission):
    """A bucket and what it holds: `entries`, or for large ones `chunks` that were sent before.

    `omitted_*` tell what a cap left out, so that totals stay true. `unlisted` says why nothing could be
    listed. `retention_mode` and `retention_days` are the bucket's default for object lock.
    """

    name: BucketName
    versioning: Literal["enabled", "suspended", "off", "unknown"] = "unknown"
    object_lock: bool | None = None
    retention_mode: Literal["GOVERNANCE", "COMPLIANCE"] | None = None
    retention_days: Count | None = None
    unlisted: Line | None = None
    entries: list[SnapshotEntry] = Field(default_factory=list)
    chunks: list[Sha256Hex] = Field(default_factory=list)
    omitted_entries: Count = 0
    omitted_bytes: Bytes = 0

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.entries and self.chunks:
            raise ValueError("entries: send either entries or chunks")
        return self


class RunReceipt(Submission):
    """What an ingest registered, from its receipt."""

    object_key: ObjectKey
    version: Version
    receipt_id: Line
    recorded_at: Timestamp
    backend: BackendId
    bucket: BucketName
    etag: ETag
    ciphertext_size: Bytes | None = None


class RunFailure(Submission):
    """What an ingest could not do: no local path, only what it was to become and why it did not."""

    object_key: ObjectKey | None = None
    code: Line
    message: Annotated[str, StringConstraints(max_length=500)] = ""


class SnapshotRun(Submission):
    """The ingest that a snapshot was taken after; `omitted_*` count what was left out of the lists."""

    receipts: list[RunReceipt] = Field(default_factory=list, max_length=MAX_RUN_ITEMS)
    failures: list[RunFailure] = Field(default_factory=list, max_length=MAX_RUN_ITEMS)
    omitted_receipts: Count = 0
    omitted_failures: Count = 0


class SnapshotUpload(Submission):
    """A snapshot of one backend. The tenant is the credential's; `endpoint` has no user info or query.

    `versions`: every version was listed, not the latest alone; `all_buckets`: every bucket that the
    credentials see, so that a bucket that is not here was not there.
    """

    backend: BackendId
    endpoint: Endpoint | None = None
    label: Line | None = None
    taken_at: Timestamp
    versions: bool = False
    all_buckets: bool = False
    buckets: list[SnapshotBucket]
    omitted_buckets: Count = 0
    run: SnapshotRun | None = None


class ChunkUpload(Submission):
    """Rows of one bucket, as `snapshot_format` describes them, in the order of their names."""

    rows: Annotated[list[SnapshotRow], Field(min_length=1, max_length=MAX_CHUNK_ROWS)]


class ChunkList(Submission):
    """Names of chunks."""

    chunks: Annotated[list[Sha256Hex], Field(max_length=MAX_CHUNK_ROWS)]


class ChunkAnswer(Answer):
    """`sha256` is what a snapshot's `chunks` name it by."""

    sha256: Sha256Hex
    rows: int


class Snapshot(Answer):
    """`sha256` is of the manifest, which names every chunk; `entries` and `bytes` include what caps left
    out. `audit_sequence` is the audit chain's entry about it. `intact` compares what the list shows with
    that entry; `GET /snapshots/{id}/verification` reads everything."""

    id: str
    tenant_id: TenantId
    backend: BackendId
    endpoint: str | None = None
    label: str | None = None
    taken_at: Timestamp
    recorded_at: Timestamp
    versions: bool = False
    all_buckets: bool = False
    buckets: int
    entries: int
    stored_entries: int
    bytes: int
    omitted_buckets: int
    omitted_entries: int
    receipts: int | None = None
    failures: int | None = None
    stored_bytes: int = 0
    sha256: str
    audit_sequence: int = 0
    hold: bool = False
    hold_reason: str | None = None
    intact: bool = True


class SnapshotLimits(Answer):
    """Where snapshots are cut (clients cut, and count the rest) and when old ones go; 0 is no limit."""

    max_buckets: int
    max_entries: int
    max_bucket_entries: int
    keep_count: int
    keep_days: int
    keep_bytes: int


class SnapshotPage(Answer):
    """The newest first."""

    items: list[Snapshot]
    limits: SnapshotLimits | None = None
    next: str | None = None


class StoredEntry(Answer):
    """An entry with its bucket."""

    bucket: str
    name: str
    name_encoding: Literal["url"] | None = None
    size: int
    mtime: Timestamp
    etag: str | None = None
    version_id: str | None = None
    is_latest: bool = True
    delete_marker: bool = False

    @classmethod
    def of(cls, bucket: str, row: SnapshotRow) -> Self:
        return cls.model_construct(
            bucket=bucket,
            name=row.name,
            name_encoding="url" if row.flags & URL_ENCODED else None,
            size=row.size,
            mtime=row.changed_at,
            etag=row.etag,
            version_id=row.version_id,
            is_latest=bool(row.flags & LATEST),
            delete_marker=bool(row.flags & DELETE_MARKER),
        )


class BucketSummary(Answer):
    """A bucket of a snapshot. `entries` and `bytes` are what is stored, `omitted_*` what a cap left out."""

    name: str
    versioning: str = "unknown"
    object_lock: bool | None = None
    retention_mode: str | None = None
    retention_days: int | None = None
    unlisted: str | None = None
    entries: int = 0
    bytes: int = 0
    omitted_entries: int = 0
    omitted_bytes: int = 0


class SnapshotDetail(Snapshot):
    """A snapshot with one page of its entries, by bucket and name. A search may answer an empty page with
    a `next`: it reads a part of a large snapshot at a time; `searched` of `stored_entries` are read."""

    bucket_list: list[BucketSummary]
    run: dict[str, Any] | None = None
    items: list[StoredEntry]
    searched: int | None = None
    next: str | None = None


class FolderItem(Answer):
    """A prefix up to the next '/', with the entries and bytes below it; or an entry that lies here."""

    name: str
    folder: bool
    entries: int
    bytes: int
    entry: StoredEntry | None = None


class FolderPage(Answer):
    """What lies directly in a bucket or below a prefix, with the totals of all that is below it; without a
    bucket, the buckets.

    `prefix` and the items' names, which follow it, are percent-encoded ('/' is kept)."""

    snapshot_id: str
    tenant_id: TenantId
    bucket: str | None = None
    prefix: str = ""
    entries: int
    bytes: int
    items: list[FolderItem]
    next: str | None = None


class SnapshotHold(Submission):
    """Legal hold: a held snapshot is neither deleted nor expired. `before` is what the caller has seen."""

    hold: bool
    before: bool
    reason: Line | None = None


class SnapshotVerification(Answer):
    """Every stored byte of a snapshot compared with the audit chain's entry about it."""

    id: str
    tenant_id: TenantId
    sha256: str
    intact: bool
    chunks: int
    problems: list[str]
