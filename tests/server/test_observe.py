"""Metrics, event streams and rate limits."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from backend_stub.server.problems import ProblemError
from backend_stub.server.web.metrics import family
from backend_stub.server.web.ratelimit import RateLimit

from .support import Client, Server, registration, running


@contextmanager
def stream(client: Client, last: int | None) -> Iterator[Iterator[dict[str, Any]]]:
    """The events that a client is told, as they come."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    request = AWSRequest(method="GET", url=f"{client.url}/events", headers=headers)
    S3SigV4Auth(Credentials(client.access_key, client.secret), "s3", "r").add_auth(request)
    connection = http.client.HTTPConnection(client.url.removeprefix("http://"), timeout=60)
    connection.request("GET", "/events", headers=dict(request.headers))
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    # The first line tells that the stream has its place in the log.
    assert answer.readline() == b"retry: 1000\n"

    def read() -> Iterator[dict[str, Any]]:
        while line := answer.readline():
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))

    try:
        yield read()
    finally:
        connection.close()


def test_events_are_the_callers_own_and_resumable(server: Server, tenant: str) -> None:
    mine, other = server.client(tenant), server.client(f"{tenant}-other")
    with stream(mine, None) as told:
        other.post("/proxy/objects", registration(f"{tenant}-other"))
        mine.post("/proxy/objects", registration(tenant, "a"))
        mine.post("/proxy/objects", registration(tenant, "b\nid: 1"))
        mine.post("/proxy/objects", registration(tenant, "c"))
        first, second = next(told), next(told)
    assert [event["subject"] for event in (first, second)] == [f"{tenant}/a", f"{tenant}/c"]
    assert {event["action"] for event in (first, second)} == {"object.register"}
    with stream(mine, first["sequence"]) as told:
        assert next(told) == second
    with stream(mine, 0) as told:
        everything = [next(told) for _ in range(4)]
    assert [event["action"] for event in everything[:2]] == ["tenant.create", "credential.create"]
    assert {event["tenant_id"] for event in everything} == {tenant}


def test_streams_do_not_keep_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as server, stream(server.client("t1"), None):
        assert server.stop() == 0


def test_metrics(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    client.post("/proxy/objects", registration(tenant))
    answer = server.operator.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    text = answer.body.decode()
    for line in text.splitlines():
        assert re.fullmatch(r'# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? [0-9.e+-]+', line), line
    assert 'secingest_requests_total{method="POST",route="/proxy/objects",status="201"}' in text
    assert "secingest_audit_entries_total" in text
    assert tenant not in text
    assert client.get("/metrics").code == "wrong-role"


def test_label_values_are_escaped() -> None:
    text = family("a", "gauge", "b", [({"x": 'q"\\\n'}, 1.5)])
    assert text.splitlines()[2] == r'a{x="q\"\\\n"} 1.5'


def test_rate_limits_hold_for_each_tenant(tmp_path: Path) -> None:
    with running(tmp_path, RATE_LIMIT="1") as server:
        one, two, other = server.client("t1"), server.client("t1"), server.client("t2")
        answers = [one.get("/proxy/objects") for _ in range(4)]
        refused = [answer for answer in answers if answer.status == 429]
        assert refused
        assert refused[0].code == "too-many-requests"
        assert refused[0].headers["retry-after"] == "1"
        assert two.get("/proxy/objects").status == 429, "two credentials are not twice as much"
        assert other.get("/proxy/objects").status == 200
        assert all(server.operator.get("/proxy/tenants").status == 200 for _ in range(5))


def test_a_bucket_fills_again() -> None:
    now = 0.0
    limit = RateLimit(10, lambda: now)
    for _ in range(20):
        limit.check("a")
    with pytest.raises(ProblemError):
        limit.check("a")
    limit.check("b")
    now = 0.1
    limit.check("a")
    with pytest.raises(ProblemError):
        limit.check("a")
