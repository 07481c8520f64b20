"""What the store answers: plain values, sizes in bytes, ETags without their quotes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from secingest_tui.storage.checksum import CiphertextChecksum, PartChecksum

BucketState = Literal["created", "owned"]


@dataclass(frozen=True, slots=True)
class PutResult:
    """A stored object. ``checksum``: CRC64NVME over all that was sent (None where a part's is not known);

    ``verified``: the provider compared what it received with a checksum of ours.
    """

    etag: str
    size: int
    version_id: str | None = None
    checksum: CiphertextChecksum | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class PartResult:
    """An uploaded part. ``checksum``: its CRC64NVME; ``wire``: what the provider was to verify.

    Both are None where a part is taken over from a listing of the provider. ``verified`` as in PutResult.
    """

    number: int
    size: int
    etag: str
    checksum: PartChecksum | None = None
    wire: PartChecksum | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A part as the provider lists it."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class UploadInfo:
    """A multipart upload that was neither completed nor aborted."""

    key: str
    upload_id: str
    initiated: datetime | None = None


@dataclass(frozen=True, slots=True)
class ObjectHead:
    """An object's own description. ``checksum`` is None where the provider keeps none."""

    key: str
    size: int
    etag: str
    version_id: str | None = None
    last_modified: datetime | None = None
    checksum: CiphertextChecksum | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One line of a listing; ``deleted`` marks a version that is a delete marker (size 0)."""

    key: str
    size: int
    etag: str
    last_modified: datetime | None = None
    version_id: str | None = None
    latest: bool = True
    deleted: bool = False
