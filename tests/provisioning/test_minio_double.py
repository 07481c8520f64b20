"""The MinIO way in, at a TEST DOUBLE of its admin protocol (tests/rigs/minio_double.py), not at MinIO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from secingest_tui.errors import UsageError
from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.base import Provisioner, ProvisioningError, Quota
from secingest_tui.services.provisioning.minio import Minio
from secingest_tui.storage import S3Settings, S3Store, StorageError
from tests.provisioning.conftest import use
from tests.provisioning.contract import REFUSED, ProvisionerContract, Site
from tests.rigs.minio_double import ROOT, ROOT_SECRET, MinioDouble


@pytest.fixture(scope="module")
def double() -> Iterator[MinioDouble]:
    with MinioDouble() as running:
        yield running


@pytest.fixture
def root(double: MinioDouble) -> S3Settings:
    return S3Settings(double.endpoint, "us-east-1", "path", ROOT, ROOT_SECRET, checksums="none", attempts=1)


class TestMinioDouble(ProvisionerContract):
    @pytest.fixture
    def site(self, root: S3Settings) -> Site:
        def settings(key: Credential) -> S3Settings:
            return replace(root, access_key=key.access_key, secret_key=key.secret_key)

        return Site(lambda dry: Minio(root, dry_run=dry), settings)

    def test_a_further_bucket_keeps_the_first(self, site: Site, way: Provisioner, user: str) -> None:
        key = way.create(user, "one")
        way.grant(user, ["first-bucket"])
        way.grant(user, ["second-bucket"])
        way.grant(user, ["second-bucket"])
        for bucket in ("first-bucket", "second-bucket"):
            assert use(site.settings(key), bucket) == "works"
        assert use(site.settings(key), "third-bucket") in REFUSED

    def test_a_quota_is_of_each_bucket(self, site: Site, way: Provisioner, user: str) -> None:
        key = way.create(user, "one")
        way.grant(user, ["limited"])
        store = S3Store(site.settings(key))
        store.ensure_bucket("limited")
        way.set_quota(user, Quota(bytes=10), ["limited"])
        store.put("limited", "small", b"x" * 9)
        with pytest.raises(StorageError):
            store.put("limited", "more", b"x" * 9)
        with pytest.raises(UsageError, match="number of objects"):
            way.set_quota(user, Quota(objects=1), ["limited"])

    def test_wrong_keys(self, root: S3Settings) -> None:
        with pytest.raises(ProvisioningError, match="403") as caught:
            Minio(replace(root, secret_key="wrong-secret")).users()
        assert "wrong-secret" not in caught.value.message + str(caught.value.hint)

    def test_nobody_there(self, root: S3Settings) -> None:
        with pytest.raises(ProvisioningError, match="cannot be reached"):
            Minio(replace(root, endpoint="http://127.0.0.1:9")).users()

    def test_what_a_dry_run_shows_is_what_is_sent(self, double: MinioDouble, site: Site, user: str) -> None:
        """At the double, which sees every request: nothing of the dry run, and then the same lines."""

        def life(way: Provisioner, member: str) -> None:
            way.add_key(user)
            way.grant(user, ["shown"])
            way.set_quota(user, Quota(bytes=10), ["shown"])
            way.suspend(user)
            way.remove_key(user, member)

        first = site.open(False).create(user, "one")
        double.changes.clear()
        dry = site.open(True)
        life(dry, first.access_key)
        assert double.changes == []
        before = {first.access_key}
        life(site.open(False), first.access_key)
        found = site.open(False).find(user)
        assert found is not None
        [made] = set(found.access_keys) - before
        sent = [line.replace(made, "(made here)") for line in double.changes]
        # The further key is suspended too; a dry run has not made it.
        extra = "PUT /minio/admin/v3/set-user-status?accessKey=(made here)&status=disabled"
        assert [line for line in sent if line != extra] == dry.planned

    def test_no_secret_is_in_a_request_line(self, root: S3Settings, user: str) -> None:
        dry = Minio(root, dry_run=True)
        dry.create(user, "one")
        dry.grant(user, ["a"])
        assert len(dry.planned) == 4
        assert not any(ROOT_SECRET in step for step in dry.planned)
