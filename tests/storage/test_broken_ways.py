"""Connections that are cut, stall and corrupt, and a store that dies: correct bytes, or a clear error."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.embedded.certificates import ensure_certificates
from secingest_tui.paths import Home
from secingest_tui.storage import (
    ChecksumMismatch,
    EndpointUnreachable,
    PreconditionFailed,
    S3Settings,
    S3Store,
    StorageError,
    TlsFailure,
    TransferInterrupted,
)
from tests.rigs.fault_proxy import Corrupt, Cut, FaultProxy, Stall
from tests.rigs.waiting import wait_for
from tests.storage.conftest import Provider

MIB = 1024 * 1024
pytestmark = pytest.mark.fault


@pytest.fixture
def provider(seaweed: Provider) -> Provider:
    return seaweed


@pytest.fixture
def proxy(stack: EmbeddedStack) -> Iterator[FaultProxy]:
    with FaultProxy(int(stack.s3_endpoint.rpartition(":")[2])) as running:
        yield running


@pytest.fixture
def way(provider: Provider, proxy: FaultProxy) -> S3Settings:
    return replace(provider.alice, endpoint=proxy.endpoint, read_timeout=20)


@pytest.mark.parametrize("reset", [False, True])
def test_a_part_cut_off_is_sent_again_the_same(
    proxy: FaultProxy, way: S3Settings, bucket: str, reset: bool
) -> None:
    body, told = os.urandom(6 * MIB), [0]
    store = S3Store(way)
    upload = store.create_multipart(bucket, "m")

    def progress(sent: int) -> None:
        told.append(told[-1] + sent)

    proxy.break_up(Cut(after=3 * MIB, reset=reset))
    part = store.upload_part(bucket, "m", upload, 1, body, progress=progress)
    assert proxy.struck
    assert part.verified
    assert store.complete(bucket, "m", upload, [part]).size == len(body)
    assert store.get(bucket, "m").read() == body
    # What was on the wire: a beginning of the part, and the part.
    sent = [bytes(each.up) for each in proxy.connections]
    assert any(body in stream for stream in sent)
    assert any(body[:MIB] in stream and body not in stream for stream in sent)
    assert told[-1] == len(body)
    assert min(after - before for before, after in pairwise(told)) < 0, "progress went back"


def test_without_retries_a_cut_is_a_retryable_error_and_the_upload_lives_on(
    proxy: FaultProxy, way: S3Settings, bucket: str
) -> None:
    store = S3Store(replace(way, attempts=1))
    upload = store.create_multipart(bucket, "m")
    proxy.break_up(Cut(after=MIB))
    with pytest.raises(TransferInterrupted, match=r"send part 1 of s3://.*the connection was cut") as raised:
        store.upload_part(bucket, "m", upload, 1, bytes(5 * MIB))
    assert raised.value.retryable
    assert list(store.list_parts(bucket, "m", upload)) == []
    part = store.upload_part(bucket, "m", upload, 1, bytes(5 * MIB))
    assert store.complete(bucket, "m", upload, [part]).size == 5 * MIB


def test_a_corrupted_part_is_detected_and_not_kept(proxy: FaultProxy, way: S3Settings, bucket: str) -> None:
    store = S3Store(way)
    body = os.urandom(5 * MIB)
    upload = store.create_multipart(bucket, "m")
    proxy.break_up(Corrupt(after=2 * MIB))
    with pytest.raises(ChecksumMismatch, match="other bytes than were sent") as raised:
        store.upload_part(bucket, "m", upload, 1, body)
    assert raised.value.retryable
    assert list(store.list_parts(bucket, "m", upload)) == []
    proxy.break_up(Corrupt(after=2 * MIB))
    with pytest.raises(ChecksumMismatch):
        store.put(bucket, "k", body)
    part = store.upload_part(bucket, "m", upload, 1, body)
    store.complete(bucket, "m", upload, [part])
    assert store.get(bucket, "m").read() == body


def test_a_corrupted_download_differs_from_the_recorded_checksum(
    proxy: FaultProxy, way: S3Settings, bucket: str
) -> None:
    store = S3Store(way)
    recorded = store.put(bucket, "k", os.urandom(2 * MIB)).checksum
    assert recorded is not None
    for fault in (None, Corrupt(after=MIB)):
        if fault is not None:
            proxy.break_down(fault)
        meter = recorded.meter()
        with store.get(bucket, "k") as reader:
            while piece := reader.read(100_000):
                meter.update(piece)
        assert (meter.result() == recorded) == (fault is None)


def test_a_download_goes_on_where_it_was_cut(proxy: FaultProxy, way: S3Settings, bucket: str) -> None:
    store = S3Store(way)
    body = os.urandom(4 * MIB)
    store.put(bucket, "k", body)
    proxy.break_down(Cut(after=MIB), Cut(after=MIB, reset=True))
    with store.get(bucket, "k", start=1000) as reader:
        assert reader.read() == body[1000:]
    assert len(proxy.struck) == 2


def test_a_download_never_mixes_two_objects(proxy: FaultProxy, way: S3Settings, bucket: str) -> None:
    store = S3Store(way)
    store.put(bucket, "k", os.urandom(4 * MIB))
    proxy.break_down(Cut(after=MIB))
    with store.get(bucket, "k") as reader:
        assert reader.read(10)
        S3Store(way).put(bucket, "k", os.urandom(4 * MIB))
        with pytest.raises(PreconditionFailed):
            reader.read()


def test_a_completion_whose_answer_is_lost_succeeds(proxy: FaultProxy, way: S3Settings, bucket: str) -> None:
    store = S3Store(way)
    upload = store.create_multipart(bucket, "m")
    part = store.upload_part(bucket, "m", upload, 1, b"only part")
    proxy.break_down(Cut(after=0))
    assert store.complete(bucket, "m", upload, [part]).etag == store.head(bucket, "m").etag
    assert proxy.struck


def test_a_silent_server_is_a_time_out(proxy: FaultProxy, way: S3Settings, bucket: str) -> None:
    store = S3Store(replace(way, attempts=1, read_timeout=0.3))
    proxy.break_down(Stall())
    with pytest.raises(TransferInterrupted, match="no answer within the time-out") as raised:
        store.put(bucket, "k", b"x")
    assert raised.value.retryable


def test_nobody_there_and_nobody_known(way: S3Settings, bucket: str, proxy: FaultProxy) -> None:
    closed = replace(way, endpoint="http://127.0.0.1:1", attempts=1)
    with pytest.raises(EndpointUnreachable, match=r"127\.0\.0\.1:1: nothing listens there") as raised:
        S3Store(closed).put(bucket, "k", b"x")
    assert raised.value.retryable
    with pytest.raises(EndpointUnreachable, match="host name is not known"):
        S3Store(replace(closed, endpoint="http://no-such-host.invalid")).list_buckets()


def test_an_unknown_authority_is_refused_and_named(
    stack: EmbeddedStack, provider: Provider, bucket: str, tmp_path: Path
) -> None:
    ensure_certificates(tmp_path)
    port = int(stack.s3_endpoint.rpartition(":")[2])
    with FaultProxy(port, tls=(tmp_path / "node.crt", tmp_path / "node.key")) as proxy:
        strict = replace(provider.alice, endpoint=proxy.endpoint, attempts=1)
        with pytest.raises(TlsFailure, match="certificate") as raised:
            S3Store(strict).list_buckets()
        assert raised.value.field == "ca_file"
        assert raised.value.hint is not None
        assert "ca_file" in raised.value.hint
        assert not raised.value.retryable
        store = S3Store(replace(strict, ca_file=tmp_path / "ca.crt"))
        body = os.urandom(MIB)
        assert store.put(bucket, "k", body).verified
        assert store.get(bucket, "k").read() == body


def test_a_store_killed_in_the_middle_of_an_upload(tmp_path: Path) -> None:
    """Each part in flight is a clear retryable error; what was stored before is there afterwards."""
    with EmbeddedStack.join(Home(tmp_path / "home")) as stack:
        store = S3Store(replace(stack.operator, attempts=1))
        store.ensure_bucket("kept")
        body = os.urandom(5 * MIB)
        upload = store.create_multipart("kept", "m")
        first = store.upload_part("kept", "m", upload, 1, body)
        victim = stack.status()["services"]["store"]["pid"]
        sent = 0

        def kill_midway(count: int) -> None:
            nonlocal sent
            sent += count
            if sent > 3 * MIB and victim:
                with suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)

        def attempt(number: int) -> StorageError | None:
            try:
                store.upload_part("kept", "m", upload, number, body, progress=kill_midway)
            except StorageError as error:
                return error
            return None

        with ThreadPoolExecutor(2) as pool:
            errors = [error for error in pool.map(attempt, (2, 3)) if error is not None]
        assert errors
        assert all(error.retryable and error.hint for error in errors)
        assert all(isinstance(error, TransferInterrupted | EndpointUnreachable) for error in errors)

        def again() -> bool:
            service = stack.status()["services"]["store"]
            return bool(service["state"] == "ready" and service["restarts"] == 1)

        wait_for(again, "the store's restart")
        victim = 0
        there = {part.number for part in store.list_parts("kept", "m", upload)}
        assert 1 in there
        parts = [first, *(store.upload_part("kept", "m", upload, number, body) for number in (2, 3))]
        assert store.complete("kept", "m", upload, parts).size == 3 * len(body)
        assert store.get("kept", "m").read() == body * 3


def test_small_bodies_go_the_short_way_and_failures_the_long_one(
    proxy: FaultProxy, way: S3Settings, bucket: str
) -> None:
    """The short way has no user agent of botocore; what breaks there is sent again by the full client."""
    store = S3Store(way)
    body = os.urandom(64 * 1024)
    told: list[int] = []
    assert store.put(bucket, "a b/ü~(1)+", body).verified
    assert b"User-Agent: Boto3" not in b"".join(bytes(each.up) for each in proxy.connections)
    proxy.break_up(Cut(after=10_000))
    assert store.put(bucket, "cut", body, progress=told.append).verified
    proxy.break_up(Corrupt(after=40_000))
    assert store.put(bucket, "corrupt", body).verified
    assert len(proxy.struck) == 2
    assert sum(told) == len(body), "what was told is what arrived, the second attempt not counted twice"
    assert b"User-Agent: Boto3" in b"".join(bytes(each.up) for each in proxy.connections)
    for key in ("a b/ü~(1)+", "cut", "corrupt"):
        assert store.get(bucket, key).read() == body
