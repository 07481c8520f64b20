"""Object lock and versions on a real Ceph gateway: what may be removed, and that nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from secingest_tui.services.erasure.place import NotRemoved, Place
from secingest_tui.storage import AccessRefused, S3Store

from .conftest import Provider, bucket_name

KEY = "customer42/report/v1/0123456789abcdef"


@pytest.fixture(scope="module")
def alice(ceph: Provider) -> Iterator[S3Store]:
    store = S3Store(ceph.alice)
    yield store
    store.close()


@pytest.fixture
def locked(alice: S3Store, request: pytest.FixtureRequest) -> str:
    """A bucket with object lock (which also keeps versions)."""
    name = bucket_name(request.node.name)
    alice._client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


@pytest.fixture
def versioned(alice: S3Store, request: pytest.FixtureRequest) -> str:
    name = bucket_name(request.node.name)
    alice.ensure_bucket(name)
    alice._client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def test_retention_and_legal_hold_are_seen(alice: S3Store, locked: str) -> None:
    version = alice.put(locked, KEY, b"1").version_id
    assert alice.locks_objects(locked)
    assert alice.hold(locked, KEY, version_id=version) is None
    until = datetime.now(UTC) + timedelta(days=1)
    alice._client.put_object_retention(
        Bucket=locked, Key=KEY, VersionId=version, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until}
    )
    held = alice.hold(locked, KEY, version_id=version)
    assert held is not None
    assert held.until is not None
    assert abs(held.until - until) < timedelta(seconds=1)
    assert str(held).startswith("governance retention until ")
    [(item, hold)] = (place := Place("ceph", locked, KEY, alice)).holds(place.find())
    assert (item.version_id, hold) == (version, held)
    with pytest.raises(AccessRefused):
        place.remove(item)
    alice._client.put_object_legal_hold(Bucket=locked, Key=KEY, VersionId=version, LegalHold={"Status": "ON"})
    assert str(alice.hold(locked, KEY, version_id=version)).endswith(" and a legal hold")


def test_a_bucket_without_locks_holds_nothing(alice: S3Store, versioned: str) -> None:
    alice.put(versioned, KEY, b"1")
    assert not alice.locks_objects(versioned)
    assert not alice.locks_objects("no-such-bucket-at-all")
    assert alice.hold(versioned, KEY) is None


def test_every_version_goes(alice: S3Store, versioned: str) -> None:
    """Older versions, delete markers, what lies beside; and nothing of the neighbours."""
    for body in (b"1", b"2"):
        alice.put(versioned, KEY, body)
        alice.put(versioned, KEY + ".sig", body)
    alice.delete(versioned, KEY)
    alice.put(versioned, KEY + ".sigma", b"another object")
    alice.put(versioned, "customer42/report/v1/0123456789abcde", b"another object")
    place = Place("ceph", versioned, KEY, alice)
    found = place.find()
    assert sorted(item.kind for item in found) == [
        "ciphertext", "ciphertext", "delete-marker", "signature", "signature",
    ]  # fmt: skip
    with pytest.raises(NotRemoved):
        place.verify()
    for item in found:
        place.remove(item)
    place.verify()
    left = {info.key for info in alice.list_objects(versioned, versions=True)}
    assert left == {KEY + ".sigma", "customer42/report/v1/0123456789abcde"}


def test_one_of_two_versions_under_one_key(alice: S3Store, versioned: str) -> None:
    """Other software wrote two registered versions to one key: only the one asked for goes."""
    first = alice.put(versioned, "customer42/plain", b"1").version_id
    second = alice.put(versioned, "customer42/plain", b"2").version_id
    assert first is not None
    place = Place("ceph", versioned, "customer42/plain", alice, frozenset({first}))
    for item in place.find():
        place.remove(item)
    place.verify()
    assert [info.version_id for info in alice.list_objects(versioned, versions=True)] == [second]


def test_another_object_is_no_attempt(alice: S3Store, versioned: str) -> None:
    other = "customer42/report/v1/fedcba9876543210"
    for key in (KEY, other):
        alice.put(versioned, key, b"1")
    place = Place("ceph", versioned, KEY, alice, is_object=lambda key: key == other)
    assert [item.key for item in place.find()] == [KEY]
