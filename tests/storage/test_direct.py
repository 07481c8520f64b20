"""The short way for small bodies and listings: one request, at every provider, and the same answer."""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from secingest_tui.storage import S3Store
from secingest_tui.storage.listing import parse_page
from tests.rigs.fault_proxy import FaultProxy
from tests.storage.conftest import Provider
from tests.storage.contract import AWKWARD


@pytest.fixture(params=["seaweed", "ceph"])
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("kind", ["crc64nvme", "crc32c", "md5", "none"])
@pytest.mark.parametrize("condition", [False, True])
def test_a_small_body_is_one_request(provider: Provider, bucket: str, kind: str, condition: bool) -> None:
    """A refused first attempt would be made good by the full client, and cost twice."""
    body = os.urandom(2000)
    with FaultProxy(int(urlsplit(provider.alice.endpoint or "").port or 0)) as proxy:
        store = S3Store(replace(provider.alice, endpoint=proxy.endpoint, checksums=kind))
        store.put(bucket, "k", body, if_none_match=condition)
        assert len([line for line in proxy.requests() if line.startswith(b"PUT ")]) == 1
    assert S3Store(provider.alice).get(bucket, "k").read() == body


def test_a_page_is_one_request_and_says_what_the_full_client_says(
    provider: Provider, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = sorted({*AWKWARD, "a+b c%2B", "a b", "%41", "\x01\x7f"})
    full = S3Store(provider.alice)
    full._direct = None
    for name in names:
        full.put(bucket, name, name.encode())
    monkeypatch.setattr("secingest_tui.storage.s3.MAX_LISTED", 4)
    with FaultProxy(int(urlsplit(provider.alice.endpoint or "").port or 0)) as proxy:
        found = list(S3Store(replace(provider.alice, endpoint=proxy.endpoint)).list_objects(bucket))
        pages = [line for line in proxy.requests() if line.startswith(b"GET ")]
    assert len(pages) in {-(-len(names) // 4), len(names) // 4 + 1}
    # The same but for the version id, which no listing without versions has.
    assert found == list(full.list_objects(bucket))
    assert sorted(info.key for info in found) == names
    for prefix in ("a", "a b", "%41", "nothing"):
        some = S3Store(provider.alice).list_objects(bucket, prefix)
        assert [info.key for info in some] == [info.key for info in found if info.key.startswith(prefix)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"<Error><Code>SlowDown</Code></Error>",
        b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        b"<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        b"<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents></ListBucketResult>",
        b"<ListBucketResult><Contents><Key>a</Key><Size>1</Size><LastModified>soon</LastModified></Contents>"
        b"</ListBucketResult>",
    ],
)
def test_an_answer_that_is_no_page_is_left_to_the_full_client(body: bytes) -> None:
    assert parse_page(body) is None
