"""Uploads under If-None-Match: nothing is overwritten, and one's own lost answer is no conflict."""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from secingest_tui.storage import PreconditionFailed, S3Store
from tests.rigs.fault_proxy import Cut, FaultProxy
from tests.storage.conftest import Provider

MIB = 1024 * 1024


@pytest.fixture(params=["seaweed", "ceph"])
def provider(request: pytest.FixtureRequest) -> Provider:
    found: Provider = request.getfixturevalue(request.param)
    return found


def behind(provider: Provider, proxy: FaultProxy) -> S3Store:
    return S3Store(replace(provider.alice, endpoint=proxy.endpoint, read_timeout=20))


def test_a_lost_answer_to_a_put_is_recognised(provider: Provider, bucket: str) -> None:
    body = os.urandom(3000)
    with FaultProxy(int(urlsplit(provider.alice.endpoint or "").port or 0)) as proxy:
        store = behind(provider, proxy)
        proxy.break_down(Cut(after=0))
        result = store.put(bucket, "once", body, if_none_match=True)
        assert proxy.struck
    assert result.size == len(body)
    assert result.verified
    direct = S3Store(provider.alice)
    assert direct.head(bucket, "once").etag == result.etag
    with pytest.raises(PreconditionFailed):
        direct.put(bucket, "once", b"x" * 3000, if_none_match=True)
    assert direct.get(bucket, "once").read() == body


def test_a_lost_answer_to_a_completion_is_recognised(provider: Provider, bucket: str) -> None:
    with FaultProxy(int(urlsplit(provider.alice.endpoint or "").port or 0)) as proxy:
        store = behind(provider, proxy)
        upload = store.create_multipart(bucket, "m")
        bodies = (os.urandom(5 * MIB), b"the rest")
        parts = [store.upload_part(bucket, "m", upload, n, body) for n, body in enumerate(bodies, start=1)]
        proxy.break_down(Cut(after=0))
        result = store.complete(bucket, "m", upload, parts, if_none_match=True)
        assert proxy.struck
    assert result.size == sum(map(len, bodies))
    assert S3Store(provider.alice).get(bucket, "m").read() == b"".join(bodies)
