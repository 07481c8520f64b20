"""A captured change that is sent again: it has the answer it had, and nothing happens a second time."""

from __future__ import annotations

import json
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .support import Answer, Client, Server, exchange, registration


class Captured:
    """A signed request as it went over the wire."""

    def __init__(self, client: Client, method: str, target: str, payload: Any = None, **headers: str) -> None:
        self._client, self._method, self._target = client, method, target
        self._body = None if payload is None else json.dumps(payload).encode()
        request = AWSRequest(method=method, url=client.url + target, data=self._body, headers=headers)
        S3SigV4Auth(Credentials(str(client.access_key), client.secret), "s3", "eu-central-1").add_auth(
            request
        )
        self._headers = dict(request.headers)

    def send(self) -> Answer:
        return exchange(self._client.url, self._method, self._target, self._headers, self._body)


def test_a_hold_is_not_lifted_by_what_lifted_it_before(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    bucket = {"name": "bucket", "entries": [{"name": "a", "size": 1, "mtime": "2026-01-01T00:00:00Z"}]}
    body = {"backend": "fi-1", "taken_at": "2026-01-01T00:00:00Z", "buckets": [bucket]}
    made = client.post("/snapshots", body)
    assert made.status == 201, made.body
    path = f"/snapshots/{made.json['id']}"
    lifted = Captured(client, "PATCH", path, {"hold": False})
    first = lifted.send()
    assert first.status == 200, first.body
    assert client.send("PATCH", path, {"hold": True, "reason": "a court's order"}).status == 200
    again = lifted.send()
    assert (again.status, again.json, again.headers["x-repeated"]) == (200, first.json, "true")
    [now] = [one for one in client.get("/snapshots").json["items"] if one["id"] == made.json["id"]]
    assert now["hold"] is True
    before = len(client.get("/snapshots").json["items"])
    taken = Captured(client, "POST", "/snapshots", body)
    ids = {taken.send().json["id"] for _ in range(3)}
    assert len(ids) == 1
    assert len(client.get("/snapshots").json["items"]) == before + 1


def test_a_captured_lease_takes_no_further_job(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    for number in range(2):
        body = registration(tenant, f"o{number}", targets=["fi-1"], replica_count=2)
        assert client.post("/proxy/objects", body).status == 201
    asked = {"worker": "w", "backends": ["ceph-eu1", "fi-1"], "limit": 1}
    captured = Captured(client, "POST", "/proxy/jobs/lease", asked)
    first, again = captured.send().json["leases"], captured.send().json["leases"]
    assert [lease["job"]["id"] for lease in first] == [lease["job"]["id"] for lease in again]
    assert client.get("/proxy/jobs/counts").json["counts"].get("queued") == 1
    # Another request id makes it another request, in the same second too.
    other = Captured(
        client, "POST", "/proxy/jobs/lease", asked, **{"x-amz-meta-request-id": "another"}
    ).send()
    assert [lease["job"]["id"] for lease in other.json["leases"]] != [lease["job"]["id"] for lease in first]


def test_a_tombstone_and_a_pause_stick(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    body = registration(tenant, "o", targets=["fi-1"], replica_count=2)
    registered = Captured(client, "POST", "/proxy/objects", body)
    made = registered.send().json
    [job] = made["jobs"]
    resumed = Captured(client, "POST", f"/proxy/jobs/{job['id']}/resume")
    assert client.post(f"/proxy/jobs/{job['id']}/pause").status == 200
    assert resumed.send().json["paused_at"] is None
    assert client.post(f"/proxy/jobs/{job['id']}/pause").status == 200
    assert resumed.send().headers["x-repeated"] == "true"
    assert client.get(f"/proxy/jobs/{job['id']}").json["paused_at"] is not None
    assert client.send("DELETE", f"/proxy/objects/{tenant}/o").status == 200
    again = registered.send()
    assert (again.status, again.json) == (200, made), "the same receipt"
    assert client.get("/proxy/objects").json["items"] == []


def test_what_was_refused_is_tried_again(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    ask = {"object_key": f"{tenant}/late", "version": "v1", "target": "fi-1"}
    asked = Captured(client, "POST", "/proxy/jobs", ask)
    assert asked.send().status == 404
    assert client.post("/proxy/objects", registration(tenant, "late")).status == 201
    assert asked.send().status == 201


def test_an_object_may_be_called_like_the_end_of_a_lease(server: Server, tenant: str) -> None:
    """What needs no stored answer is told by route and method, not by how an object is called."""
    client = server.client(tenant)
    for name in ("x/complete", "x/fail", "chunks"):
        assert client.post("/proxy/objects", registration(tenant, name)).status == 201
        removed = Captured(client, "DELETE", f"/proxy/objects/{tenant}/{name}")
        assert removed.send().status == 200
        assert client.post("/proxy/objects", registration(tenant, name, "v2")).status == 201
        assert removed.send().headers["x-repeated"] == "true"
        keys = [(item["object_key"], item["version"]) for item in client.get("/proxy/objects").json["items"]]
        assert (f"{tenant}/{name}", "v2") in keys


def test_a_job_id_of_any_length_is_not_there(server: Server, tenant: str) -> None:
    done = {
        "token": "0" * 32,
        "location": {"url": "s3://s3gw-a1b2c3d4-spacetim", "etag": "e"},
        "verified_by": "checksum",
    }
    for length in (1, 65, 1000):
        assert server.client(tenant).post(f"/proxy/jobs/{'a' * length}/complete", done).status == 404
