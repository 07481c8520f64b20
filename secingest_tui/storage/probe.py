"""Finding out which checksum a provider verifies, by sending it wrong ones."""

from __future__ import annotations

import secrets
from typing import Final

from secingest_tui.storage.checksum import PartChecksum
from secingest_tui.storage.faults import ChecksumMismatch, StorageError, translated
from secingest_tui.storage.settings import S3Settings, WireChecksum, make_client
from secingest_tui.storage.wire import wire_parameters

_STRONGEST_FIRST: Final = ("crc64nvme", "crc32c", "md5")


def detect_checksums(settings: S3Settings, bucket: str) -> WireChecksum:
    """The strongest check the provider really does, for ``S3Settings.checksums``; "none" where it does none.

    Puts up to three bodies of a few bytes under a random key with a checksum that is not theirs: a provider
    that verifies refuses, one that merely accepts the header stores (and the object is deleted again).
    Raises StorageError where the bucket can't be written.
    """
    key = f".secingest-probe-{secrets.token_hex(8)}"
    client = make_client(settings)
    for kind in _STRONGEST_FIRST:
        try:
            with translated(settings, f"probe bucket {bucket}"):
                claim = wire_parameters(PartChecksum.of(b"another body", kind))
                client.put_object(Bucket=bucket, Key=key, Body=b"the body", **claim)
                client.delete_object(Bucket=bucket, Key=key)
        except ChecksumMismatch:
            return kind
        except StorageError as error:
            if error.code not in ("InvalidRequest", "InvalidArgument", "NotImplemented", "501"):
                raise
    return "none"
