"""NAMESPACE_POLICY=enforce: what `record` warns about is refused, for tenants and for workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .support import Client, Server, registration, running

BACKENDS = ("de-1", "fr-1")


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("strict"), NAMESPACE_POLICY="enforce", RATE_LIMIT="0") as server:
        for name in BACKENDS:
            body = {
                "id": name,
                "region": "r",
                "country": name[:2].upper(),
                "endpoint": "https://s3.example.net",
            }
            assert server.operator.post("/proxy/backends", body).status == 201
        yield server


@pytest.fixture(scope="module")
def client(strict: Server) -> Client:
    return strict.client("t1")


def bucket(client: Client, backend: str) -> str:
    answer = client.get("/proxy/namespace", customer="t1", backend=backend)
    assert answer.status == 200, answer.body
    return str(answer.json["bucket"])


def at(backend: str, name: str, where: str, **fields: Any) -> dict[str, Any]:
    place = {backend: {"url": f"s3://{where}/{name}", "etag": "abc123"}}
    return registration("t1", name, backends=place, residency="EU", **fields)


def test_a_backend_that_nobody_registered_is_refused(client: Client) -> None:
    answer = client.post("/proxy/objects", at("elsewhere", "a", "s3gw-a1b2c3d4-spacetim"))
    assert (answer.status, answer.code) == (422, "backend-unregistered")
    assert answer.json["errors"][0]["field"] == "backends.elsewhere"
    assert client.get("/proxy/objects").json["items"] == []


def test_only_the_rules_bucket_will_do(client: Client) -> None:
    wanted = bucket(client, "de-1")
    answer = client.post("/proxy/objects", at("de-1", "b", "a-bucket-of-ones-own"))
    assert (answer.status, answer.code) == (422, "bucket-differs")
    [error] = answer.json["errors"]
    assert error["field"] == "backends.de-1"
    assert wanted in error["message"]
    items = [at("de-1", "b", "a-bucket-of-ones-own"), at("de-1", "c", wanted)]
    batch = client.post("/proxy/objects/batch", {"items": items}).json
    assert [item["status"] for item in batch["items"]] == [422, 201]
    assert batch["items"][1]["receipt"]["warnings"] == []
    recorded = client.get("/proxy/namespace", customer="t1", backend="de-1").json
    assert (recorded["bucket"], recorded["recorded"]) == (wanted, True)
    [item] = client.get("/proxy/objects", prefix="t1/c").json["items"]
    assert item["object_key"] == "t1/c"


def test_a_worker_may_copy_nowhere_else(client: Client) -> None:
    made = client.post(
        "/proxy/objects", at("de-1", "d", bucket(client, "de-1"), targets=["fr-1"], replica_count=2)
    )
    assert made.status == 201, made.body
    [lease] = client.post("/proxy/jobs/lease", {"worker": "w", "backends": list(BACKENDS)}).json["leases"]
    path = f"/proxy/jobs/{lease['job']['id']}/complete"
    done = {"token": lease["token"], "verified_by": "checksum"}
    elsewhere = client.post(path, {**done, "location": {"url": "s3://a-bucket-of-ones-own/d", "etag": "1"}})
    assert (elsewhere.status, elsewhere.code) == (422, "bucket-differs")
    there = {"url": f"s3://{lease['object']['target_bucket']}/d", "etag": "1"}
    assert client.post(path, {**done, "location": there}).status == 200
    assert lease["object"]["target_bucket"] == bucket(client, "fr-1")
