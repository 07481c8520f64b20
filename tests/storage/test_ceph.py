"""S3Store at a real Ceph RGW (Debian's radosgw; the rig says what to install)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from secingest_tui.embedded.certificates import ensure_certificates
from secingest_tui.storage import (
    ChecksumMismatch,
    QuotaExceeded,
    S3Settings,
    S3Store,
    WrongCredentials,
)
from tests.rigs.fault_proxy import Corrupt, FaultProxy
from tests.rigs.rgw import RadosGateway
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

    def test_quota_and_suspension_are_named(self, gateway: RadosGateway) -> None:
        user = gateway.user("small")
        settings = S3Settings(
            gateway.endpoint, "default", "path", user.access_key, user.secret_key, checksums="md5", attempts=1
        )
        store = S3Store(settings)
        store.ensure_bucket("small-bucket")
        gateway.admin("quota", "set", "--quota-scope=user", "--uid=small", "--max-objects=1")
        gateway.admin("quota", "enable", "--quota-scope=user", "--uid=small")
        store.put("small-bucket", "one", b"x")
        with pytest.raises(QuotaExceeded, match="full"):
            store.put("small-bucket", "two", b"x")
        gateway.admin("user", "suspend", "--uid=small")
        with pytest.raises(WrongCredentials, match="suspended"):
            store.get("small-bucket", "one")

    def test_over_tls_it_takes_our_bodies(
        self, provider: Provider, gateway: RadosGateway, bucket: str, tmp_path: Path
    ) -> None:
        """botocore's default checksum trailer is answered with 411 here."""
        ensure_certificates(tmp_path)
        with FaultProxy(gateway.port, tls=(tmp_path / "node.crt", tmp_path / "node.key")) as proxy:
            store = S3Store(replace(provider.alice, endpoint=proxy.endpoint, ca_file=tmp_path / "ca.crt"))
            body = os.urandom(300_000)
            assert store.put(bucket, "k", body).verified
            upload = store.create_multipart(bucket, "m")
            part = store.upload_part(bucket, "m", upload, 1, body)
            store.complete(bucket, "m", upload, [part])
            assert store.get(bucket, "m").read() == body
            proxy.break_up(Corrupt(after=100_000))
            with pytest.raises(ChecksumMismatch):
                store.put(bucket, "k", os.urandom(1 << 20))
