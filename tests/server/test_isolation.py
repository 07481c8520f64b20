"""Tenants never see one another: every GET route of the published document, with everything made by two."""

from __future__ import annotations

import re
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .support import Client, Server, exchange, recipients, registration
from .test_erasures import proof_of
from .test_watching import watch

SNAPSHOT = {
    "backend": "fi-1",
    "taken_at": "2026-01-01T00:00:00Z",
    "buckets": [{"name": "bucket", "entries": [{"name": "a", "size": 1, "mtime": "2026-01-01T00:00:00Z"}]}],
}
PUBLIC = {"/healthz", "/readyz", "/server/key"}
# What every tenant may see: where backends are.
SHARED = {"/proxy/backends", "/proxy/replication/backends"}
# Never end: test_observe, test_watching.
STREAMS = {"/events", "/proxy/replication/watch"}
# Numbers without a name in them.
NUMBERS = {
    "/proxy/jobs/counts", "/proxy/replication/totals", "/proxy/replication/causes", "/proxy/stored",
}  # fmt: skip
# Bytes of a snapshot, named by their hash.
CHUNK = "/snapshots/{snapshot_id}/chunks/{sha256}"


class Made:
    """Something of everything that a tenant can make, each recognisable as this tenant's."""

    def __init__(self, server: Server, tenant: str, key_pem: str) -> None:
        self.tenant = tenant
        self.client = server.client(tenant)
        receipt = self.client.post(
            "/proxy/objects", registration(tenant, targets=["de-1"], residency="EU", replica_count=2)
        ).json
        key = {"key_id": f"{tenant}-k1", "key_alg": "ecdh-p256", "public_key": key_pem}
        assert self.client.post("/proxy/keys", key).status == 201
        gone = self.client.post("/proxy/objects", registration(tenant, "gone")).json
        self.client.send("DELETE", f"/proxy/objects/{gone['object_key']}")
        assert self.client.post("/proxy/erasures", proof_of(gone)).status == 201
        keys = recipients(receipt["object_key"])
        assert self.client.post("/proxy/objects/recipients", keys).status == 201
        when = SNAPSHOT["taken_at"]
        drill = {"started_at": when, "ended_at": when, "sample": 1, "verified": 1, "bytes": 1}
        assert self.client.post("/proxy/drills", {**drill, "backends": {"fi-1": 1}}).status == 201
        self.values = {
            "tenant_id": tenant,
            "tenant": tenant,
            "object_key": receipt["object_key"],
            "receipt_id": receipt["receipt_id"],
            "job_id": receipt["jobs"][0]["id"],
            "snapshot_id": self.client.post("/snapshots", {**SNAPSHOT, "label": f"{tenant} snapshot"}).json[
                "id"
            ],
        }


@pytest.fixture(scope="module")
def pair(server: Server, p256_pem: str) -> tuple[Made, Made]:
    return Made(server, "isolated-one", p256_pem), Made(server, "isolated-two", p256_pem)


def routes(server: Server, method: str) -> list[str]:
    paths: dict[str, Any] = exchange(server.url, "GET", "/openapi.json", {}).json["paths"]
    return [path for path, methods in paths.items() if method in methods]


def filled(path: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], "anything"), path)


def test_every_get_route_as_the_other_tenant(server: Server, pair: tuple[Made, Made]) -> None:
    one, two = pair
    checked = 0
    for path in routes(server, "get"):
        if path in PUBLIC | SHARED | STREAMS:
            continue
        asked = {"customer": one.tenant, "backend": "fi-1"} if path == "/proxy/namespace" else {}
        theirs = two.client.get(filled(path, one.values), **asked)
        assert one.tenant not in theirs.body.decode().replace(
            f'"instance":"{filled(path, one.values)}"', ""
        ), path
        if "{" in path:
            assert theirs.status == 404, path
            absent = two.client.get(filled(path, dict.fromkeys(one.values, f"{two.tenant}-absent")))
            nameless = [{**answer.json, "instance": "", "request_id": ""} for answer in (theirs, absent)]
            assert nameless[0] == nameless[1], "not yours and not there are told apart"
        else:
            filtered = two.client.get(path, tenant=one.tenant, **asked)
            assert one.tenant not in re.sub(r'"(instance|detail)":"[^"]*"', "", filtered.body.decode()), path
        mine = one.client.get(filled(path, one.values), **asked)
        if mine.status != 403 and path not in NUMBERS | {CHUNK}:
            assert one.tenant in mine.body.decode(), path
        checked += 1
    assert checked >= 14


def filters(server: Server) -> list[tuple[str, str, dict[str, Any]]]:
    """Path, name and schema of every query parameter of a GET route in the document."""
    paths = exchange(server.url, "GET", "/openapi.json", {}).json["paths"]
    return [
        (path, one["name"], one["schema"])
        for path, methods in paths.items()
        if path not in STREAMS
        for one in methods.get("get", {}).get("parameters", ())
        if one["in"] == "query"
    ]


def values(made: Made, path: str, name: str, schema: dict[str, Any]) -> list[str]:
    """What fits what one made; a parameter that is not known here has to be added."""
    if "enum" in schema or any("enum" in one for one in schema.get("anyOf", ())):
        kinds = schema.get("enum") or next(one["enum"] for one in schema["anyOf"] if "enum" in one)
        return [str(one) for one in kinds]
    known = {
        "tenant": made.tenant,
        "customer": made.tenant,
        "object_key": made.values["object_key"],
        "prefix": "a" if path.startswith("/snapshots") else f"{made.tenant}/",
        "search": made.tenant,
        "subject": made.values["object_key"],
        "url": "s3://s3gw-a1b2c3d4-spacetim",
        "key_id": f"{made.tenant}-k1",
        "version": "v1",
        "residency": "EU",
        "recorded_from": "2020-01-01T00:00:00Z",
        "recorded_before": "2100-01-01T00:00:00Z",
        "backend": "fi-1" if path == "/snapshots" else "ceph-eu1",
        "source": "ceph-eu1",
        "target": "de-1",
        "cause": "unknown",
        "region": "r",
        "logical": "data",
        "bucket": "bucket",
        "contains": "a",
        "report": "0" * 64,
        "limit": "1",
        "hold": "false",
        "paused": "false",
        "differs": "true",
    }
    if name == "cursor":
        # Where one's own second page begins; most lists have one page only.
        following = made.client.get(filled(path, made.values), limit=1).json.get("next")
        return [following] if following else []
    return [known[name]]


def test_every_filter_as_the_other_tenant(server: Server, pair: tuple[Made, Made]) -> None:
    """Each parameter of each list in the document, with values that fit what is one's."""
    one, two = pair
    tried, found = 0, set()
    for path, name, schema in filters(server):
        needed = {"customer": two.tenant, "backend": "fi-1"} if path == "/proxy/namespace" else {}
        for value in values(one, path, name, schema):
            asked = needed | {name: value}
            theirs = two.client.get(filled(path, one.values), **asked)
            text = re.sub(r'"(instance|detail)":"[^"]*"', "", theirs.body.decode())
            assert one.tenant not in text, (path, asked)
            assert theirs.status in (200, 403, 404, 422), (path, asked)
            mine = one.client.get(filled(path, one.values), **asked)
            if one.tenant in re.sub(r'"(instance|detail)":"[^"]*"', "", mine.body.decode()):
                found.add((path, name))
            tried += 1
    # Where one's own answer has something, another's had something to hide.
    assert tried > 70
    assert {
        ("/proxy/objects", "tenant"), ("/proxy/objects", "prefix"), ("/proxy/objects", "residency"),
        ("/proxy/objects", "backend"), ("/proxy/objects", "key_id"), ("/proxy/objects", "recorded_from"),
        ("/proxy/objects", "object_key"), ("/proxy/objects", "state"), ("/proxy/jobs", "search"),
        ("/proxy/jobs", "object_key"), ("/proxy/erasures", "version"), ("/proxy/copies", "url"),
        ("/proxy/namespace/compliance", "prefix"), ("/snapshots", "backend"),
    } <= found  # fmt: skip
    streamed = next(watch(two.client, f"/proxy/replication/watch?tenant={one.tenant}"))
    assert streamed[0] == "totals"
    assert streamed[1]["counts"] == {}


def everything(server: Server, made: Made) -> dict[str, bytes]:
    """What every route of the document answers a tenant about its own."""
    asked = {"customer": made.tenant, "backend": "fi-1"}
    return {
        path: made.client.get(filled(path, made.values), **(asked if "namespace" in path else {})).body
        for path in routes(server, "get")
        # The age of the oldest job grows by itself; a statement says when it was made.
        if path not in STREAMS | NUMBERS | {"/snapshots/{snapshot_id}/statement"}
    }


def nameless(answers: dict[str, bytes]) -> dict[str, str]:
    return {path: re.sub(r'"request_id":"[0-9a-f]+"', "", body.decode()) for path, body in answers.items()}


def test_every_writing_route_as_the_other_tenant(server: Server, pair: tuple[Made, Made]) -> None:
    """POST, PATCH and DELETE of the whole document, on what is one's, signed by two: refused, no effect."""
    one, two = pair
    token = "x" * 40
    receipt = one.client.get(f"/proxy/receipts/{one.values['receipt_id']}").json
    bodies: dict[str, Any] = {
        "/snapshots/{snapshot_id}": {"hold": True, "before": False},
        "/proxy/objects": registration(one.tenant, "planted"),
        "/proxy/objects/policy": {
            "object_key": one.values["object_key"],
            "version": "v1",
            "before": {"residency": "EU", "replica_count": 2},
            "residency": "DE,FI",
        },
        "/proxy/objects/recipients": recipients(one.values["object_key"], revision=2),
        "/proxy/erasures": proof_of(receipt),
        "/proxy/jobs": {"object_key": one.values["object_key"], "version": "v1", "target": "fi-1"},
        "/proxy/jobs/{job_id}/heartbeat": {"token": token},
        "/proxy/jobs/{job_id}/release": {"token": token},
        "/proxy/jobs/{job_id}/fail": {"token": token, "error": "x"},
        "/proxy/replication/tenants/{tenant}": {"paused": True, "before": False},
        "/proxy/replication/reconcile": {"tenant": one.tenant},
        "/proxy/jobs/{job_id}/complete": {
            "token": token,
            "location": {"url": "s3://bucket", "etag": "1"},
            "verified_by": "checksum",
        },
    }
    before = nameless(everything(server, one))
    absent = dict.fromkeys(one.values, f"{two.tenant}-absent") | {"object_key": f"{two.tenant}/absent"}
    tried = 0
    for method in ("post", "patch", "put", "delete"):
        for path in routes(server, method):
            # A body that fits nothing is refused for its shape, unless the caller is refused first.
            query = {"object_key": one.values["object_key"]} if "{" not in path and method == "delete" else {}
            answer = two.client.send(
                method.upper(),
                filled(path, one.values),
                None if method == "delete" else bodies.get(path, {}),
                **query,
            )
            expected = (403, 404) if path in bodies or "{" in path else (403, 404, 422)
            assert answer.status in expected, (method, path, answer.body)
            if "{" in path:
                # The same answer for what is somebody else's and for what is not there.
                nothing = filled(path, absent)
                missing = two.client.send(
                    method.upper(), nothing, None if method == "delete" else bodies.get(path, {})
                )
                assert (answer.status, answer.code) == (missing.status, missing.code), (method, path)
            tried += 1
    assert tried >= 18
    [item] = two.client.post("/proxy/objects/batch", {"items": [bodies["/proxy/objects"]]}).json["items"]
    assert item["status"] == 403
    leases = two.client.post(
        "/proxy/jobs/lease", {"worker": "w", "backends": ["ceph-eu1", "de-1"], "limit": 100}
    )
    assert [lease["job"]["tenant_id"] for lease in leases.json["leases"]] == [two.tenant]
    assert nameless(everything(server, one)) == before


@pytest.mark.parametrize("stream", ["/events"])
def test_no_event_of_the_other_tenant(server: Server, pair: tuple[Made, Made], stream: str) -> None:
    """The whole past, as the other tenant sees it."""
    one, two = pair
    port = int(server.url.rpartition(":")[2])
    request = AWSRequest("GET", f"{server.url}{stream}?after=0")
    S3SigV4Auth(Credentials(str(two.client.access_key), two.client.secret), "s3", "eu-1").add_auth(request)
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", f"{stream}?after=0", headers=dict(request.headers))
        answer = connection.getresponse()
        seen = b""
        # Two's own last event is behind everything of one's.
        while two.values["snapshot_id"].encode() not in seen:
            seen += answer.read1(65536)
    assert two.tenant.encode() in seen
    assert one.tenant.encode() not in seen


def test_nothing_is_answered_to_nobody(server: Server) -> None:
    paths: dict[str, Any] = exchange(server.url, "GET", "/openapi.json", {}).json["paths"]
    for path, methods in paths.items():
        for method in methods:
            answer = exchange(
                server.url, method.upper(), path.replace("{", "").replace("}", ""), {}, b"{nonsense"
            )
            expected = 200 if path in PUBLIC else 401
            assert answer.status == expected, (method, path)
            if expected == 401:
                assert answer.code == "unauthenticated"


def test_operators_see_all_and_filter(server: Server, pair: tuple[Made, Made]) -> None:
    one, two = pair
    for path in ("/proxy/objects", "/proxy/jobs", "/snapshots", "/proxy/keys"):
        everything = server.operator.get(path, limit=1000).json["items"]
        assert {one.tenant, two.tenant} <= {item["tenant_id"] for item in everything}
        filtered = server.operator.get(path, tenant=one.tenant).json["items"]
        assert {item["tenant_id"] for item in filtered} == {one.tenant}


def test_a_worker_of_several_tenants(server: Server, pair: tuple[Made, Made]) -> None:
    one, two = pair
    worker: Client = server.client(one.tenant, "worker", tenants=[two.tenant])
    seen = {item["tenant_id"] for item in worker.get("/proxy/objects").json["items"]}
    assert seen == {one.tenant, two.tenant}
    body = {"tenant_id": one.tenant, "tenants": [two.tenant]}
    assert server.operator.post("/proxy/credentials", body).status == 422
