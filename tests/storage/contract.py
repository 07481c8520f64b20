"""What S3Store does at every provider. The two test files bind it to SeaweedFS and to Ceph."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from secingest_tui.storage import (
    AccessRefused,
    BucketNotYours,
    ChecksumMismatch,
    CiphertextChecksum,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
    PartChecksum,
    PreconditionFailed,
    S3Store,
    StorageError,
    WrongCredentials,
)
from secingest_tui.storage.checksum import digest
from secingest_tui.storage.errors import BadRange
from tests.storage.conftest import Provider, bucket_name

MIB = 1024 * 1024
# Everything a key can be that people and file systems make of it.
AWKWARD = ["a b+c%2F.txt", "zeile\nzwei", "ünï/🔑", "?x=1&y#z", "\u202eevil", "\x01"]


class StoreContract:
    """Collected in subclasses only."""

    # Buckets

    def test_a_bucket_is_created_once_and_then_ours(self, provider: Provider, store: S3Store) -> None:
        name = bucket_name("created")
        provider.allow("alice", name)
        assert not store.bucket_exists(name)
        assert store.ensure_bucket(name) == "created"
        assert store.ensure_bucket(name) == "owned"
        assert store.bucket_exists(name)
        assert name in store.list_buckets()

    def test_a_squatted_bucket_is_refused(self, provider: Provider, bucket: str) -> None:
        thief = S3Store(provider.bob)
        with pytest.raises(BucketNotYours, match="not yours") as raised:
            thief.ensure_bucket(bucket)
        assert raised.value.hint
        assert bucket not in thief.list_buckets()

    def test_a_squatted_bucket_that_lets_us_in_is_still_refused(
        self, provider: Provider, store: S3Store, bucket: str
    ) -> None:
        everyone = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": ["*"]},
                    "Action": ["s3:*"],
                    "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
                }
            ],
        }
        store._client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(everyone))
        assert S3Store(provider.bob).bucket_exists(bucket)
        victim = S3Store(provider.bob)
        with pytest.raises(BucketNotYours, match="not yours"):
            victim.ensure_bucket(bucket)

    def test_another_identity_reaches_nothing(self, provider: Provider, store: S3Store, bucket: str) -> None:
        store.put(bucket, "k", b"secret")
        upload = store.create_multipart(bucket, "m")
        stranger = S3Store(provider.bob)
        attempts = [
            lambda: stranger.put(bucket, "k", b"x"),
            lambda: stranger.get(bucket, "k").read(),
            lambda: stranger.head(bucket, "k"),
            lambda: stranger.delete(bucket, "k"),
            lambda: list(stranger.list_objects(bucket)),
            lambda: list(stranger.list_multiparts(bucket)),
            lambda: list(stranger.list_parts(bucket, "m", upload)),
            lambda: stranger.upload_part(bucket, "m", upload, 1, b"x"),
            lambda: stranger.create_multipart(bucket, "n"),
        ]
        for attempt in attempts:
            with pytest.raises(AccessRefused):
                attempt()
        assert store.get(bucket, "k").read() == b"secret"

    def test_wrong_keys_say_which(self, provider: Provider, bucket: str) -> None:
        from dataclasses import replace

        wrong_secret = S3Store(replace(provider.alice, secret_key="x" * 40))
        with pytest.raises(WrongCredentials, match="secret key does not fit") as raised:
            wrong_secret.put(bucket, "k", b"")
        assert "x" * 40 not in str(raised.value)
        with pytest.raises(WrongCredentials):
            wrong_secret.ensure_bucket(bucket)
        with pytest.raises(WrongCredentials, match="does not know the access key"):
            S3Store(replace(provider.alice, access_key="NOBODY")).list_buckets()

    # Objects

    @pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
    def test_put_and_get_any_buffer(self, store: S3Store, bucket: str, kind: type) -> None:
        body = os.urandom(3 * MIB + 7)
        result = store.put(bucket, "k", kind(body), metadata={"version": "v1"})
        assert result.size == len(body)
        assert result.verified
        assert result.checksum == CiphertextChecksum.combine([PartChecksum.of(body)])
        head = store.head(bucket, "k")
        assert (head.size, head.etag, head.metadata) == (len(body), result.etag, {"version": "v1"})
        with store.get(bucket, "k") as reader:
            assert reader.length == len(body)
            assert reader.read() == body

    def test_an_empty_object(self, store: S3Store, bucket: str) -> None:
        assert store.put(bucket, "empty", b"").size == 0
        assert store.get(bucket, "empty").read() == b""
        assert store.head(bucket, "empty").size == 0

    def test_ranges(self, store: S3Store, bucket: str) -> None:
        body = os.urandom(100_000)
        store.put(bucket, "k", body)
        for start, end in [(0, 1), (0, 100_000), (99_999, 100_000), (1_000, 70_000), (5, None), (None, 7)]:
            with store.get(bucket, "k", start=start, end=end) as reader:
                assert reader.read() == body[start:end]
                assert reader.head.size == len(body)
        with pytest.raises(BadRange):
            store.get(bucket, "k", start=100_000, end=100_001)

    def test_reading_into_a_small_buffer(self, store: S3Store, bucket: str) -> None:
        body = os.urandom(10_000)
        store.put(bucket, "k", body)
        buffer, read = bytearray(777), bytearray()
        with store.get(bucket, "k") as reader:
            while count := reader.readinto(buffer):
                read += buffer[:count]
        assert read == body

    def test_an_unread_object_does_not_poison_the_pool(self, store: S3Store, bucket: str) -> None:
        store.put(bucket, "big", bytes(8 * MIB))
        store.put(bucket, "k", b"small")
        for _ in range(20):
            with store.get(bucket, "big") as reader:
                assert reader.read(10) == bytes(10)
            assert store.get(bucket, "k").read() == b"small"

    def test_if_none_match_has_one_winner(self, store: S3Store, bucket: str) -> None:
        def attempt(number: int) -> bool:
            try:
                store.put(bucket, "k", str(number).encode(), if_none_match=True)
            except PreconditionFailed:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(attempt, range(8)))
        assert won.count(True) == 1
        assert store.get(bucket, "k").read() == str(won.index(True)).encode()

    def test_awkward_keys(self, store: S3Store, bucket: str) -> None:
        for key in AWKWARD:
            store.put(bucket, key, key.encode())
        listed = {entry.key: entry.size for entry in store.list_objects(bucket)}
        assert listed == {key: len(key.encode()) for key in AWKWARD}
        with pytest.raises(StorageError, match="ends in '/'"):
            store.put(bucket, "folder/", b"x")
        with pytest.raises(StorageError, match="ends in '/'"):
            store.create_multipart(bucket, "folder/")
        for key in AWKWARD:
            assert store.get(bucket, key).read() == key.encode()
            store.delete(bucket, key)
        assert list(store.list_objects(bucket)) == []

    def test_listing_goes_on_past_a_page(
        self, store: S3Store, bucket: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("secingest_tui.storage.s3.MAX_LISTED", 3)
        for number in range(8):
            store.put(bucket, f"p/{number}", b"x")
        store.put(bucket, "q", b"x")
        assert [entry.key for entry in store.list_objects(bucket, "p/")] == [
            f"p/{number}" for number in range(8)
        ]
        versions = list(store.list_objects(bucket, "p/", versions=True))
        assert [entry.key for entry in versions] == [f"p/{number}" for number in range(8)]
        assert all(entry.latest and not entry.deleted for entry in versions)

    def test_what_is_not_there(self, store: S3Store, bucket: str, provider: Provider) -> None:
        with pytest.raises(NoSuchKey):
            store.head(bucket, "no")
        with pytest.raises(NoSuchKey):
            store.get(bucket, "no")
        store.delete(bucket, "no")
        missing = bucket_name("never-made")
        provider.allow("alice", missing)
        with pytest.raises(NoSuchBucket, match="does not exist"):
            store.put(missing, "k", b"")

    def test_a_presigned_link_reads_one_object(self, store: S3Store, bucket: str) -> None:
        store.put(bucket, "k y", b"by link")
        link = store.presign_get(bucket, "k y", expires=60)
        with urllib.request.urlopen(link) as answer:
            assert answer.read() == b"by link"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(link.replace("k%20y", "other"))

    def test_a_wrong_checksum_is_refused(self, store: S3Store, bucket: str, provider: Provider) -> None:
        wrong = PartChecksum.of(b"something else")
        if provider.alice.checksums == "crc64nvme":
            with pytest.raises(ChecksumMismatch):
                store.put(bucket, "k", b"body", checksum=wrong)
            with pytest.raises(NoSuchKey):
                store.head(bucket, "k")
        held = store.put(bucket, "k2", b"body")
        assert held.verified

    # Multipart

    def test_multipart_in_any_order_and_with_unlike_parts(
        self, store: S3Store, bucket: str, provider: Provider
    ) -> None:
        pieces = [os.urandom(5 * MIB + 333), os.urandom(5 * MIB), os.urandom(17)]
        upload = store.create_multipart(bucket, "m", metadata={"a": "b"})
        assert [found.upload_id for found in store.list_multiparts(bucket)] == [upload]

        def send(number: int):  # noqa: ANN202
            return store.upload_part(bucket, "m", upload, number, memoryview(pieces[number - 1]))

        with ThreadPoolExecutor(3) as pool:
            parts = list(pool.map(send, (3, 1, 2)))
        assert all(part.verified and part.checksum for part in parts)
        listed = list(store.list_parts(bucket, "m", upload))
        assert [(part.number, part.size) for part in listed] == [
            (n, len(piece)) for n, piece in enumerate(pieces, 1)
        ]
        assert [part.etag for part in listed] == [
            part.etag for part in sorted(parts, key=lambda part: part.number)
        ]
        result = store.complete(bucket, "m", upload, parts)
        whole = b"".join(pieces)
        assert result.size == len(whole)
        assert result.verified
        assert result.checksum == CiphertextChecksum.combine([PartChecksum.of(whole)])
        assert store.get(bucket, "m").read() == whole
        head = store.head(bucket, "m")
        assert head.metadata == {"a": "b"}
        assert head.etag == result.etag
        assert (head.checksum == result.checksum) == provider.keeps_checksums
        assert list(store.list_multiparts(bucket)) == []

    def test_completing_from_the_providers_list(self, store: S3Store, bucket: str) -> None:
        pieces = [os.urandom(5 * MIB), b"rest"]
        upload = store.create_multipart(bucket, "m")
        for number, piece in enumerate(pieces, 1):
            store.upload_part(bucket, "m", upload, number, piece)
        result = store.complete(bucket, "m", upload, list(store.list_parts(bucket, "m", upload)))
        assert result.size == 5 * MIB + 4
        assert store.get(bucket, "m").read() == b"".join(pieces)

    def test_a_completion_whose_answer_was_lost(self, store: S3Store, bucket: str) -> None:
        upload = store.create_multipart(bucket, "m")
        parts = [store.upload_part(bucket, "m", upload, 1, b"only part")]
        first = store.complete(bucket, "m", upload, parts)
        assert store.complete(bucket, "m", upload, parts).etag == first.etag
        store.put(bucket, "m", b"another ")
        with pytest.raises(NoSuchUpload):
            store.complete(bucket, "m", upload, parts)

    def test_an_aborted_upload_is_gone(self, store: S3Store, bucket: str) -> None:
        upload = store.create_multipart(bucket, "m")
        store.upload_part(bucket, "m", upload, 1, b"x")
        store.abort(bucket, "m", upload)
        with pytest.raises(NoSuchUpload):
            list(store.list_parts(bucket, "m", upload))
        assert list(store.list_multiparts(bucket)) == []
        with pytest.raises(NoSuchUpload):
            store.upload_part(bucket, "m", upload, 1, b"x")
        store.abort(bucket, "m", upload)
        with pytest.raises(NoSuchKey):
            store.head(bucket, "m")

    def test_if_none_match_on_completion(self, store: S3Store, bucket: str, provider: Provider) -> None:
        store.put(bucket, "m", b"first")
        upload = store.create_multipart(bucket, "m")
        parts = [store.upload_part(bucket, "m", upload, 1, b"second")]
        if provider.conditional_complete:
            with pytest.raises(PreconditionFailed):
                store.complete(bucket, "m", upload, parts, if_none_match=True)
            assert store.get(bucket, "m").read() == b"first"
        else:
            # Known of RGW 16.2, and why every upload has a key of its own.
            store.complete(bucket, "m", upload, parts, if_none_match=True)
            assert store.get(bucket, "m").read() == b"second"

    def test_progress_and_a_stop_from_it(self, store: S3Store, bucket: str) -> None:
        body = bytes(2 * MIB)
        told: list[int] = []
        store.put(bucket, "k", body, progress=told.append)
        assert sum(told) == len(body)
        assert len(told) > 1

        class Enough(Exception):
            pass

        def stop(sent: int) -> None:
            raise Enough

        with pytest.raises(Enough):
            store.put(bucket, "stopped", body, progress=stop)
        with pytest.raises(NoSuchKey):
            store.head(bucket, "stopped")

    def test_digest_helpers_agree_with_the_provider(self, store: S3Store, bucket: str) -> None:
        body = os.urandom(1000)
        assert store.put(bucket, "k", body).etag == digest("md5", body).hex()
