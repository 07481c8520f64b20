"""Snapshots: what lay at a provider at one time, sanitised. Fields not named here are refused."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import unquote_to_bytes

from pydantic import Field, StringConstraints, model_validator

from .backends import Endpoint
from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, Line, Sha256Hex, TenantId, has_control
from .locations import ETag, ProviderVersion

MAX_SNAPSHOT_BUCKETS = 200
MAX_SNAPSHOT_FILES = 50_000
MAX_FILES_PER_BUCKET = 5_000
BucketName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$")]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]


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
        if has_control(self.name) or any(part in (".", "..") for part in self.name.split("/")):
            raise ValueError("name: control characters and '.' segments are sent with name_encoding 'url'")
        encoded = self.name_encoding == "url"
        if encoded and re.search(r"%(?![0-9A-Fa-f]{2})", self.name):
            raise ValueError("name: '%' is written %25 under name_encoding 'url'")
        if len(unquote_to_bytes(self.name) if encoded else self.name.encode()) > 1024:
            raise ValueError("name: an S3 key has at most 1024 bytes")
        return self


class SnapshotBucket(Submission):
    """A bucket and what it holds. `omitted_*` tell what a cap left out, so that totals stay true."""

    name: BucketName
    versioning: Literal["enabled", "suspended", "off", "unknown"] = "unknown"
    object_lock: bool | None = None
    entries: list[SnapshotEntry] = Field(default_factory=list)
    omitted_entries: Count = 0
    omitted_bytes: Bytes = 0


class SnapshotUpload(Submission):
    """A snapshot of one backend. The tenant is the credential's; `endpoint` has no user info or query."""

    backend: BackendId
    endpoint: Endpoint | None = None
    label: Line | None = None
    taken_at: Timestamp
    buckets: list[SnapshotBucket]
    omitted_buckets: Count = 0


class Snapshot(Answer):
    """`sha256` is of the stored content; `entries` and `bytes` include what caps left out."""

    id: str
    tenant_id: TenantId
    backend: BackendId
    endpoint: str | None = None
    label: str | None = None
    taken_at: Timestamp
    recorded_at: Timestamp
    buckets: int
    entries: int
    stored_entries: int
    bytes: int
    omitted_buckets: int
    omitted_entries: int
    sha256: Sha256Hex
    intact: bool = True


class SnapshotPage(Answer):
    """The newest first."""

    items: list[Snapshot]
    next: str | None = None


class StoredEntry(SnapshotEntry):
    """An entry with its bucket."""

    bucket: BucketName


class SnapshotDetail(Snapshot):
    """A snapshot with one page of its entries, in the order they were uploaded."""

    bucket_list: list[SnapshotBucket]
    items: list[StoredEntry]
    next: str | None = None
