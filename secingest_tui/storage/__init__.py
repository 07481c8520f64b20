"""The S3 provider: one client, its settings, its checksums, and its failures in words."""

from __future__ import annotations

from secingest_tui.storage.checksum import CiphertextChecksum, PartChecksum
from secingest_tui.storage.faults import (
    AccessRefused,
    BucketNotYours,
    ChecksumMismatch,
    ClockSkew,
    EndpointUnreachable,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
    PreconditionFailed,
    QuotaExceeded,
    SlowDown,
    StorageError,
    TlsFailure,
    TooLarge,
    TransferInterrupted,
    WrongCredentials,
)
from secingest_tui.storage.probe import detect_checksums
from secingest_tui.storage.reader import ObjectReader
from secingest_tui.storage.results import (
    BucketState,
    ObjectHead,
    ObjectInfo,
    PartInfo,
    PartResult,
    PutResult,
    UploadInfo,
)
from secingest_tui.storage.s3 import S3Store
from secingest_tui.storage.settings import S3Settings

__all__ = [
    "AccessRefused",
    "BucketNotYours",
    "BucketState",
    "ChecksumMismatch",
    "CiphertextChecksum",
    "ClockSkew",
    "EndpointUnreachable",
    "NoSuchBucket",
    "NoSuchKey",
    "NoSuchUpload",
    "ObjectHead",
    "ObjectInfo",
    "ObjectReader",
    "PartChecksum",
    "PartInfo",
    "PartResult",
    "PreconditionFailed",
    "PutResult",
    "QuotaExceeded",
    "S3Settings",
    "S3Store",
    "SlowDown",
    "StorageError",
    "TlsFailure",
    "TooLarge",
    "TransferInterrupted",
    "UploadInfo",
    "WrongCredentials",
    "detect_checksums",
]
