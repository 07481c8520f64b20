"""The stream that the monitor reads, and replication's numbers for Prometheus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from backend_stub.server.problems import ProblemError
from backend_stub.server.routes.common import MAX_STREAMS, check_streams

from .support import Client, Server, registration
from .test_jobs import completion, lease, register
from .test_steering import fail


def watch(client: Client, target: str = "/proxy/replication/watch") -> Iterator[tuple[str, Any]]:
    """Events as they come: name and data."""
    request = AWSRequest(method="GET", url=client.url + target)
    S3SigV4Auth(Credentials(client.access_key, client.secret), "s3", "eu-central-1").add_auth(request)
    connection = HTTPConnection(client.url.removeprefix("http://"), timeout=20)
    try:
        connection.request("GET", target, headers=dict(request.headers))
        answer = connection.getresponse()
        assert answer.status == 200
        name = ""
        for line in answer:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)
    finally:
        connection.close()


def test_changes_are_gathered_and_totals_follow(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    other = server.client(f"{tenant}x")
    events = watch(client)
    name, totals = next(events)
    assert (name, totals["counts"]) == ("totals", {})
    register(other, f"{tenant}x")
    ids = {register(client, tenant, f"f{number}") for number in range(5)}
    for one in lease(client, limit=2):
        client.post(f"/proxy/jobs/{one['job']['id']}/complete", completion(one, bytes_done=7))
    states: dict[str, str] = {}
    for name, data in events:
        if name == "jobs":
            found = [job["id"] for job in data["items"]]
            assert len(found) == len(set(found)), "a job is told once, as it is now"
            states |= {job["id"]: job["state"] for job in data["items"]}
        elif data["counts"] == {"queued": 3, "succeeded": 2}:
            assert (data["copied_objects"], data["copied_bytes"]) == (2, 14)
            break
    assert set(states) <= ids
    while sorted(states.values()) != ["queued"] * 3 + ["succeeded"] * 2:
        name, data = next(events)
        if name == "jobs":
            states |= {job["id"]: job["state"] for job in data["items"]}


def test_many_changes_at_one_moment_are_all_told(server: Server, tenant: str) -> None:
    """A batch gives all its jobs one time, more of them than a page holds."""
    client = server.client(tenant)
    events = watch(client)
    assert next(events)[0] == "totals"
    items = [
        registration(tenant, f"many/{n}", targets=["de-1"], replica_count=2, residency="EU")
        for n in range(700)
    ]
    for at in (0, 650):
        answer = client.post("/proxy/objects/batch", {"items": items[at : at + 650]})
        assert answer.status == 200, answer.body
    told: set[str] = set()
    for name, data in events:
        if name == "jobs":
            told |= {job["id"] for job in data["items"]}
        if len(told) == 700:
            break


def test_a_stream_too_many_is_refused_before_it_begins() -> None:
    services = SimpleNamespace(streams=SimpleNamespace(active=MAX_STREAMS))
    with pytest.raises(ProblemError) as raised:
        check_streams(services)  # type: ignore[arg-type]
    assert raised.value.status_code == 503
    assert raised.value.headers == {"Retry-After": "5"}


def metrics(server: Server) -> dict[str, float]:
    lines = server.operator.get("/metrics").body.decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def test_metrics_of_replication(server: Server, tenant: str) -> None:
    """What two jobs change: one copied, one dead; and the age of a third that waits."""
    client = server.client(tenant)
    before = metrics(server)
    register(client, tenant, "a")
    register(client, tenant, "b")
    good, bad = lease(client, limit=2)
    client.post(f"/proxy/jobs/{good['job']['id']}/complete", completion(good, bytes_done=5))
    fail(client, bad, retry=False)
    waiting = register(client, tenant, "c")
    after = metrics(server)
    changes = {
        'secingest_jobs{state="dead"}': 1,
        'secingest_jobs{state="succeeded"}': 1,
        'secingest_jobs{state="queued"}': 1,
        'secingest_jobs_by_target{state="succeeded",target="de-1"}': 1,
        'secingest_replicated_objects_total{target="de-1"}': 1,
        'secingest_replicated_bytes_total{target="de-1"}': 5,
        'secingest_job_failures_total{target="de-1"}': 1,
    }
    assert {name: after[name] - before.get(name, 0) for name in changes} == changes
    assert after['secingest_backend_breaker{backend="de-1"}'] == 0
    assert after['secingest_backend_paused{backend="de-1"}'] == 0
    created = client.get(f"/proxy/jobs/{waiting}").json["created_at"]
    age = (datetime.now(UTC) - datetime.fromisoformat(created)).total_seconds()
    # Others' jobs, of earlier tests, may have waited longer.
    assert (
        after["secingest_oldest_job_seconds"] >= after['secingest_replication_lag_seconds{target="de-1"}'] > 0
    )
    assert after['secingest_replication_lag_seconds{target="de-1"}'] >= age - 60
