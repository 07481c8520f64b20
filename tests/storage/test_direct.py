"""The short way for small bodies: one request, at every provider, for every checksum."""

from __future__ import annotations

import os
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from secingest_tui.storage import S3Store
from tests.rigs.fault_proxy import FaultProxy
from tests.storage.conftest import Provider


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
