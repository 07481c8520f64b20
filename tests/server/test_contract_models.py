"""What the models accept and refuse, and that refusals never repeat the input."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from backend_stub.contract.backends import BackendRequest
from backend_stub.contract.credentials import CredentialRequest, NewCredential
from backend_stub.contract.locations import BackendLocation, CiphertextChecksum, s3_url, split_s3_url
from backend_stub.contract.objects import ObjectRegistration, canonical_json
from backend_stub.contract.snapshots import SnapshotEntry

HASH = "0" * 64
EXAMPLE: dict[str, Any] = {
    "object_key": "customer42/reports/2024-Q4.pdf",
    "version": "v1",
    "backends": {"ceph-eu1": {"url": "s3://s3gw-a1b2c3d4-spacetim", "etag": "abc123"}},
    "encrypted_key": "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=",
    "key_id": "customer42-k1",
    "key_alg": "rsa-oaep",
    "replica_count": 1,
    "residency": "FI",
}


def test_the_example_is_accepted() -> None:
    registration = ObjectRegistration.model_validate(EXAMPLE)
    assert registration.primary == "ceph-eu1"
    assert registration.backends["ceph-eu1"].bucket == "s3gw-a1b2c3d4-spacetim"
    assert registration.backends["ceph-eu1"].key == ""


@pytest.mark.parametrize(
    "change",
    [
        {"surprise": 1},
        {"version": ""},
        {"version": "a/b"},
        {"backends": {}},
        {"backends": {"a:b": {"url": "s3://bucket", "etag": "x"}}},
        {"encrypted_key": "not base64"},
        {"encrypted_key": ""},
        {"replica_count": 0},
        {"residency": "Atlantis"},
        {"targets": ["ceph-eu1"]},
        {"targets": ["x", "x"]},
        {"size": -1},
        {"object_key": "customer42/\ud800"},
        {
            "signature": {
                "signer": "k",
                "signer_fingerprint": "0" * 64,
                "value": "AAAA",
                "manifest_sha256": "0" * 64,
            }
        },
    ],
)
def test_refused_registrations(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ObjectRegistration.model_validate(EXAMPLE | change)


@pytest.mark.parametrize(
    "url",
    [
        "https://bucket/key",
        "s3://",
        "s3://hush:hush@bucket/key",
        "s3://hush@bucket",
        "s3://bucket:9000/key",
        "s3://bucket/key?X-Amz-Signature=hush",
        "s3://bucket/key#hush",
        "s3://bucket/",
        "s3://bucket/%zzhush",
        "s3://bucket/%ff-hush",
        "s3://bucket/%00hush",
        "S3://bucket",
        "s3://bucket/" + "x" * 1025,
    ],
)
def test_refused_locations_are_not_repeated(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        BackendLocation(url=url, etag="x")
    assert "hush" not in str(caught.value)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(TEXT.filter(bool))
def test_any_key_survives_the_url(key: str) -> None:
    try:
        url = s3_url("bucket", key)
    except ValueError:
        assert len(key.encode()) > 1024 or not key.isprintable()
    else:
        assert split_s3_url(url) == ("bucket", key)
        assert "?" not in url
        assert "#" not in url


def test_etags_lose_their_quotes() -> None:
    assert BackendLocation(url="s3://bucket", etag='"abc-2"').etag == "abc-2"


@pytest.mark.parametrize(
    ("algorithm", "kind", "value", "sizes", "good"),
    [
        ("CRC64NVME", "FULL_OBJECT", "AAAAAAAAAAA=", None, True),
        ("CRC64NVME", "FULL_OBJECT", "AAAAAAAAAAA=-2", None, False),
        ("CRC32C", "FULL_OBJECT", "AAAAAAAAAAA=", None, False),
        ("CRC32C", "COMPOSITE", "AAAAAA==-2", [5, 6], True),
        ("CRC32C", "COMPOSITE", "AAAAAA==-3", [5, 6], False),
        ("CRC32C", "COMPOSITE", "AAAAAA==-2", None, False),
        ("CRC32C", "FULL_OBJECT", "AAAAAA==", [5], False),
    ],
)
def test_checksums(algorithm: str, kind: str, value: str, sizes: list[int] | None, good: bool) -> None:
    fields = {"algorithm": algorithm, "type": kind, "value": value, "part_sizes": sizes}
    if good:
        CiphertextChecksum.model_validate(fields)
    else:
        with pytest.raises(ValidationError):
            CiphertextChecksum.model_validate(fields)


def test_customer_id_is_tenant_id() -> None:
    assert CredentialRequest.model_validate({"customer_id": "t1"}).tenant_id == "t1"
    assert CredentialRequest(tenant_id="t1").tenant_id == "t1"


def test_secrets_are_not_in_repr_or_errors() -> None:
    secret = "hush-hush-hush"
    fields = {
        "tenant_id": "t", "role": "tenant", "tenants": [], "access_key": "A", "status": "active",
        "created_at": "2026-01-01T00:00:00Z", "secret_key": secret,
    }  # fmt: skip
    assert secret not in repr(NewCredential.model_validate(fields))
    with pytest.raises(ValidationError) as caught:
        CredentialRequest.model_validate({"tenant_id": "T", "secret_key": secret, secret: 1})
    assert secret not in str(caught.value.errors(include_input=False)[0])


@pytest.mark.parametrize(
    "endpoint",
    [
        "ftp://h",
        "https://hush:hush@h",
        "https://h/?hush",
        "https://h/hush",
        "https://h#hush",
        "https://",
        "https://h:0",
    ],
)
def test_refused_endpoints_are_not_repeated(endpoint: str) -> None:
    with pytest.raises(ValidationError) as caught:
        BackendRequest(id="b", region="r", endpoint=endpoint)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "encoding", "good"),
    [
        ("a/b c", None, True),
        ("a/../b", None, False),
        ("a/\x1b]52", None, False),
        ("a/%2E%2E/b%1B", "url", True),
        ("a/%zz", "url", False),
        ("100%", None, True),
        ("x" * 1025, None, False),
    ],
)
def test_snapshot_names(name: str, encoding: str | None, good: bool) -> None:
    fields = {"name": name, "name_encoding": encoding, "size": 1, "mtime": "2026-01-01T00:00:00Z"}
    if good:
        SnapshotEntry.model_validate(fields)
    else:
        with pytest.raises(ValidationError):
            SnapshotEntry.model_validate(fields)


def test_snapshot_entries_take_no_other_field() -> None:
    with pytest.raises(ValidationError):
        SnapshotEntry.model_validate(
            {"name": "a", "size": 1, "mtime": "2026-01-01T00:00:00Z", "owner": "somebody"}
        )


@given(st.dictionaries(st.text(alphabet="abcxyz_", min_size=1), st.integers(-(2**53), 2**53) | TEXT))
def test_canonical_json_does_not_depend_on_order(value: dict[str, Any]) -> None:
    text = canonical_json(value)
    assert canonical_json(dict(reversed(value.items()))) == text
    assert json.loads(text) == value
