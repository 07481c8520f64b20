"""The short way for small bodies and listings: one request, at every provider, and the same answer."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from secingest_tui.storage import NoSuchKey, NoSuchUpload, S3Store, StorageError
from secingest_tui.storage.listing import parse_page
from tests.rigs.fault_proxy import Cut, FaultProxy
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


@pytest.mark.parametrize("size", [0, 1, 70_000])
def test_a_small_object_is_one_request(provider: Provider, bucket: str, size: int) -> None:
    """What the full client would say of it, without asking twice; on a connection that is used again."""
    body = os.urandom(size)
    key = "folder/a key+with %"
    written = S3Store(provider.alice).put(bucket, key, body, metadata={"color": "green"})
    with FaultProxy(int(urlsplit(provider.alice.endpoint or "").port or 0)) as proxy:
        store = S3Store(replace(provider.alice, endpoint=proxy.endpoint))
        for _ in range(3):
            head, found = store.fetch(bucket, key, size)
            assert found == body
        with pytest.raises(NoSuchKey) as missing:
            store.fetch(bucket, "missing", 1000)
        assert len(proxy.connections) == 1
        assert len(proxy.requests()) == 4
    assert (head.etag, head.size, head.metadata) == (written.etag, size, {"color": "green"})
    plain = S3Store(provider.alice).head(bucket, key)
    assert head.last_modified == plain.last_modified
    with pytest.raises(NoSuchKey) as full:
        S3Store(provider.alice).get(bucket, "missing")
    assert (missing.value.code, missing.value.hint) == (full.value.code, full.value.hint)


def test_a_longer_object_is_only_described(provider: Provider, bucket: str) -> None:
    store = S3Store(provider.alice)
    store.put(bucket, "long", os.urandom(5000))
    head, found = store.fetch(bucket, "long", 4999)
    assert (head.size, found) == (5000, None)


def test_a_cut_answer_is_fetched_again(provider: Provider, bucket: str) -> None:
    body = os.urandom(300_000)
    S3Store(provider.alice).put(bucket, "k", body)
    with FaultProxy(int(urlsplit(provider.alice.endpoint or "").port or 0)) as proxy:
        proxy.break_down(Cut(100_000))
        store = S3Store(replace(provider.alice, endpoint=proxy.endpoint))
        assert store.fetch(bucket, "k", len(body))[1] == body
        assert proxy.struck


def test_one_version_of_an_object(provider: Provider, bucket: str) -> None:
    store = S3Store(provider.alice)
    store._client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first, second = (store.put(bucket, "k", text) for text in (b"first", b"second"))
    assert first.version_id
    head, found = store.fetch(bucket, "k", 100, version_id=first.version_id)
    assert (head.version_id, found) == (first.version_id, b"first")
    assert store.fetch(bucket, "k", 100, version_id=second.version_id)[1] == b"second"


@pytest.mark.parametrize("kind", ["crc64nvme", "crc32c", "md5", "none"])
def test_an_upload_is_one_request_a_call_and_needs_no_full_client(
    provider: Provider, bucket: str, kind: str
) -> None:
    """A refused first attempt would be made good by the full client, and cost twice."""
    key, parts = "folder/a large+one", [os.urandom(5 * 1024 * 1024), os.urandom(1000)]
    with FaultProxy(int(urlsplit(provider.alice.endpoint or "").port or 0)) as proxy:
        store = S3Store(replace(provider.alice, endpoint=proxy.endpoint, checksums=kind))
        assert store.ensure_bucket(bucket) == "owned"
        upload = store.create_multipart(bucket, key)
        sent = [store.upload_part(bucket, key, upload, n, part) for n, part in enumerate(parts, start=1)]
        done = store.complete(bucket, key, upload, sent)
        up = b"".join(bytes(each.up) for each in proxy.connections)
        assert store._made is None
    # A body is followed by the next request without a line's end.
    asked = re.findall(rb"(HEAD|GET|PUT|POST) /[!-~]* HTTP/1\.1\r\n", up)
    assert asked == [b"HEAD", b"GET", b"GET", b"POST", b"PUT", b"PUT", b"POST", b"HEAD"]
    assert done.size == sum(map(len, parts))
    full = S3Store(provider.alice)
    full._direct = None
    assert full.get(bucket, key).read() == b"".join(parts)
    assert full.head(bucket, key) == S3Store(provider.alice).head(bucket, key)


def test_a_completion_that_failed_after_it_said_yes_is_none(provider: Provider, bucket: str) -> None:
    store = S3Store(provider.alice)
    with pytest.raises(NoSuchUpload):
        store.upload_part(bucket, "k", "0" * 40, 1, b"x")
    upload = store.create_multipart(bucket, "k")
    part = store.upload_part(bucket, "k", upload, 1, b"x")
    with pytest.raises(StorageError):
        store.complete(bucket, "k", upload, [replace(part, etag="0" * 32)])
    with pytest.raises(NoSuchKey):
        store.head(bucket, "k")
    store.abort(bucket, "k", upload)
