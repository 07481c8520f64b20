"""Real providers for the storage tests, each started once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from secingest_tui.embedded import BACKENDS, EmbeddedStack, TenantKey
from secingest_tui.paths import Home
from secingest_tui.storage import S3Settings, S3Store
from tests.rigs.rgw import RadosGateway


@dataclass(frozen=True)
class Provider:
    """A running S3 provider and two identities that know nothing of each other."""

    name: str
    alice: S3Settings
    bob: S3Settings
    # The store's own verification on the wire, and what it lacks.
    conditional_complete: bool
    keeps_checksums: bool
    # The buckets each may make; None: any.
    grants: EmbeddedStack | None = None

    def allow(self, who: str, bucket: str) -> None:
        """Let alice or bob make this bucket, where the provider wants that said."""
        if self.grants is not None:
            self.grants.grant_bucket(who, bucket)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    os.environ["SECINGEST_LINGER"] = "0.1"
    with EmbeddedStack.join(Home(tmp_path_factory.mktemp("home"))) as running:
        yield running


@pytest.fixture(scope="session")
def seaweed(stack: EmbeddedStack) -> Provider:
    alice, bob = (
        stack.settings(BACKENDS[0], TenantKey(*stack.mint_tenant(name))) for name in ("alice", "bob")
    )
    return Provider("SeaweedFS", alice, bob, conditional_complete=True, keeps_checksums=True, grants=stack)


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadosGateway]:
    with RadosGateway(tmp_path_factory.mktemp("ceph")) as running:
        yield running


@pytest.fixture(scope="session")
def ceph(gateway: RadosGateway) -> Provider:
    users = [gateway.user(name) for name in ("alice", "bob")]
    alice, bob = (
        S3Settings(gateway.endpoint, "default", "path", user.access_key, user.secret_key, checksums="md5")
        for user in users
    )
    return Provider("Ceph RGW", alice, bob, conditional_complete=False, keeps_checksums=False)


@pytest.fixture
def bucket(provider: Provider, store: S3Store, request: pytest.FixtureRequest) -> str:
    """A bucket of alice's own for this test."""
    name = bucket_name(request.node.name)
    provider.allow("alice", name)
    store.ensure_bucket(name)
    return name


@pytest.fixture
def store(provider: Provider) -> Iterator[S3Store]:
    opened = S3Store(provider.alice)
    yield opened
    opened.close()


def bucket_name(test: str) -> str:
    letters = "".join(character if character.isalnum() else "-" for character in test.lower())
    return f"t-{letters[-40:].strip('-')}-{os.getpid()}"
