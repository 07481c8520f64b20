"""S3Store at SeaweedFS, the embedded store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from secingest_tui.storage import (
    ChecksumMismatch,
    PartChecksum,
    S3Store,
    StorageError,
    TooLarge,
)
from tests.storage.conftest import Provider
from tests.storage.contract import MIB, StoreContract


class TestSeaweedFS(StoreContract):
    @pytest.fixture
    def provider(self, seaweed: Provider) -> Provider:
        return seaweed

    @pytest.mark.parametrize("kind", ["crc64nvme", "crc32c", "md5", "none"])
    def test_every_checksum_setting(self, provider: Provider, bucket: str, kind: str) -> None:
        store = S3Store(replace(provider.alice, checksums=kind))
        assert store.put(bucket, "k", b"body").verified == (kind != "none")
        upload = store.create_multipart(bucket, "m")
        parts = [
            store.upload_part(bucket, "m", upload, n, body) for n, body in [(1, bytes(5 * MIB)), (2, b"x")]
        ]
        result = store.complete(bucket, "m", upload, parts)
        assert result.verified == (kind != "none")
        assert result.checksum is not None
        assert result.checksum.algorithm == "CRC64NVME"

    def test_a_part_with_a_wrong_checksum_is_refused(self, store: S3Store, bucket: str) -> None:
        upload = store.create_multipart(bucket, "m")
        with pytest.raises(ChecksumMismatch):
            store.upload_part(bucket, "m", upload, 1, b"body", checksum=PartChecksum.of(b"other"))
        assert list(store.list_parts(bucket, "m", upload)) == []

    def test_a_key_is_a_path_here(self, store: S3Store, bucket: str) -> None:
        """No "..", and a doubled slash or a backslash is a slash: unlike keys can be one object."""
        with pytest.raises(StorageError, match="InvalidRequest"):
            store.put(bucket, "a/../b", b"x")
        with pytest.raises(TooLarge, match="longer than"):
            store.put(bucket, "x" * 1000, b"x")
        for key in ("a//b", "a\\b"):
            store.put(bucket, key, key.encode())
            assert store.get(bucket, "a/b").read() == key.encode()
