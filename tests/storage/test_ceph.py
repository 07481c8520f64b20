"""S3Store at a real Ceph RGW (Debian's radosgw; the rig says what to install)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from secingest_tui.storage import S3Store
from tests.storage.conftest import Provider
from tests.storage.contract import StoreContract


class TestCeph(StoreContract):
    @pytest.fixture
    def provider(self, ceph: Provider) -> Provider:
        return ceph

    def test_a_checksum_it_does_not_know_is_not_called_verified(
        self, provider: Provider, bucket: str
    ) -> None:
        store = S3Store(replace(provider.alice, checksums="crc64nvme"))
        result = store.put(bucket, "k", b"body")
        assert not result.verified
        assert store.head(bucket, "k").checksum is None
