"""What every way in at a provider has to do, shown by using the keys it makes, never by what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.base import Provisioner, UserExists
from secingest_tui.storage import S3Settings
from tests.provisioning.conftest import use

REFUSED = {"InvalidAccessKeyId", "UserSuspended", "AccessDenied", "403"}


@dataclass(frozen=True)
class Site:
    """A provider: how to open its way in, and how its S3 API is reached with a key."""

    open: Callable[[bool], Provisioner]
    settings: Callable[[Credential], S3Settings]


class ProvisionerContract(ABC):
    """Subclasses name their ``site``."""

    @pytest.fixture
    @abstractmethod
    def site(self) -> Site: ...

    @pytest.fixture
    def way(self, site: Site) -> Provisioner:
        return site.open(False)

    @pytest.fixture
    def user(self, request: pytest.FixtureRequest) -> str:
        name = f"{request.cls.__name__[4:]}-{request.node.name[5:]}".replace("_", "-").lower()
        return "tenant-" + name[:40].strip("-")

    def test_a_life(self, site: Site, way: Provisioner, user: str) -> None:
        """Made, rotated with overlap, suspended, resumed, removed: each seen at the S3 API."""
        bucket = f"b-{user}"[:60]
        assert way.find(user) is None
        first = way.create(user, f"title of {user}")
        way.grant(user, [bucket])
        assert use(site.settings(first), bucket) == "works"
        assert user in way.users()

        second = way.add_key(user)
        assert use(site.settings(first), bucket) == "works"
        assert use(site.settings(second), bucket) == "works"
        found = way.find(user)
        assert found is not None
        assert set(found.access_keys) == {first.access_key, second.access_key}
        way.remove_key(user, first.access_key)
        assert use(site.settings(first), bucket) in REFUSED
        assert use(site.settings(second), bucket) == "works"

        way.suspend(user)
        assert use(site.settings(second), bucket) in REFUSED
        suspended = way.find(user)
        assert suspended is not None
        assert suspended.suspended
        way.resume(user)
        assert use(site.settings(second), bucket) == "works"

        self.empty(site.settings(second), bucket)
        way.remove(user)
        assert way.find(user) is None
        assert use(site.settings(second), bucket) in REFUSED

    def test_a_user_that_exists_is_refused_and_stays(self, site: Site, way: Provisioner, user: str) -> None:
        first = way.create(user, "one")
        way.grant(user, [f"b-{user}"[:60]])
        with pytest.raises(UserExists, match="already"):
            way.create(user, "another")
        found = way.find(user)
        assert found is not None
        assert found.access_keys == (first.access_key,)
        assert use(site.settings(first), f"b-{user}"[:60]) == "works"

    def test_a_dry_run_shows_and_changes_nothing(self, site: Site, user: str) -> None:
        way = site.open(False)
        way.create(user, "one")
        before = way.find(user)
        dry = site.open(True)
        dry.add_key(user)
        dry.grant(user, ["some-bucket"])
        dry.suspend(user)
        dry.remove(user)
        assert way.find(user) == before
        assert any(user in step or (before and before.access_keys[0] in step) for step in dry.planned)
        assert len(dry.planned) >= 3

    def test_tenants_do_not_reach_each_other(self, site: Site, way: Provisioner, user: str) -> None:
        one, other = f"{user}-1", f"{user}-2"
        bucket = f"own-{user}"[:60]
        owner, stranger = way.create(one, "one"), way.create(other, "other")
        way.grant(one, [bucket])
        way.grant(other, [f"else-{user}"[:60]])
        assert use(site.settings(owner), bucket) == "works"
        assert use(site.settings(stranger), bucket) in REFUSED

    def empty(self, settings: S3Settings, bucket: str) -> None:
        """Remove the bucket: some providers keep a user that owns any."""
        from secingest_tui.storage.settings import make_client

        make_client(settings).delete_bucket(Bucket=bucket)
