"""The S3 provider: one client, its settings, its checksums, and its failures in words.

Names are loaded when first used: botocore takes a third of a second, which a command that asks no provider
need not spend.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from secingest_tui.storage.checksum import ChecksumMeter, CiphertextChecksum, PartChecksum
    from secingest_tui.storage.errors import (
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
    from secingest_tui.storage.holds import Hold
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
    "ChecksumMeter",
    "ChecksumMismatch",
    "CiphertextChecksum",
    "ClockSkew",
    "EndpointUnreachable",
    "Hold",
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
]

# What is not named here is a failure.
_MODULES = {
    "results": (
        "BucketState",
        "ObjectHead",
        "ObjectInfo",
        "PartInfo",
        "PartResult",
        "PutResult",
        "UploadInfo",
    ),
    "checksum": ("ChecksumMeter", "CiphertextChecksum", "PartChecksum"),
    "holds": ("Hold",),
    "reader": ("ObjectReader",),
    "settings": ("S3Settings",),
    "s3": ("S3Store",),
}

# Hidden from type checkers, to whom it would make any name exist.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home = next((module for module, names in _MODULES.items() if name in names), "errors")
        return getattr(import_module(f"{__name__}.{home}"), name)
