"""Registrations by a credential that the server remembers: what would be refused at first is refused then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .support import Answer, Client, Server, exchange, registration, running


@pytest.fixture
def known(server: Server, tenant: str) -> Client:
    """Has registered twice, so that the second time was by what the server remembers."""
    client = server.client(tenant)
    for name in ("first", "second"):
        assert client.post("/proxy/objects", registration(tenant, name)).status == 201
    return client


@pytest.fixture(scope="module")
def other(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another process on the same database."""
    folder = tmp_path_factory.mktemp("other")
    with running(folder, DATABASE_URL=server.database_url, RATE_LIMIT="0") as started:
        yield started


def change(server: Server, client: Client, **fields: str | None) -> None:
    assert server.operator.send("PATCH", f"/proxy/credentials/{client.access_key}", fields).status == 200


def everything(client: Client, tenant: str, name: str) -> list[Answer]:
    """A single registration, a batch, and two that no schema accepts."""
    good = registration(tenant, name)
    return [
        client.post("/proxy/objects", good),
        client.post("/proxy/objects/batch", {"items": [registration(tenant, f"{name}-b")]}),
        client.post("/proxy/objects", {**good, "size": -1}),
        client.post("/proxy/objects", b"{"),
    ]


@pytest.mark.parametrize("where", ["same process", "another process"])
@pytest.mark.parametrize("fields", [{"status": "disabled"}, {"expires_at": "2020-01-01T00:00:00Z"}])
def test_who_is_shut_out_is_out_at_once(
    server: Server, other: Server, tenant: str, known: Client, where: str, fields: dict[str, str]
) -> None:
    change(server if where == "same process" else other, known, **fields)
    for answer in everything(known, tenant, "late"):
        assert (answer.status, answer.code) == (403, "credential-inactive")
    assert server.operator.get("/proxy/objects", tenant=tenant, prefix=f"{tenant}/late").json["items"] == []
    change(server, known, status="active", expires_at=None)
    assert [one.status for one in everything(known, tenant, "again")] == [201, 200, 422, 400]


def test_a_wrong_secret_is_refused_where_the_right_one_is_known(
    server: Server, tenant: str, known: Client
) -> None:
    wrong = Client(server.url, known.access_key, "not the secret")
    unknown = Client(server.url, "SINOBODY", "not the secret")
    told = [one.post("/proxy/objects", registration(tenant, "x")).json for one in (wrong, unknown)]
    assert {one["status"] for one in told} == {403}
    assert told[0]["detail"] == told[1]["detail"]


def test_a_captured_signature_registers_nothing_else(server: Server, tenant: str, known: Client) -> None:
    body = json.dumps(registration(tenant, "captured")).encode()
    request = AWSRequest(method="POST", url=f"{server.url}/proxy/objects", data=body)
    S3SigV4Auth(Credentials(known.access_key, known.secret), "s3", "eu-central-1").add_auth(request)
    headers = dict(request.headers)

    def send(target: str, sent: bytes) -> tuple[int, str]:
        answer = exchange(server.url, "POST", target, headers, sent)
        return answer.status, answer.code

    refused = (403, "signature-refused")
    assert send("/proxy/objects/batch", body) == refused
    assert send("/proxy/objects?a=1", body) == refused
    assert send("/proxy/objects", body.replace(b"captured", b"anything")) == refused
    assert exchange(server.url, "POST", "/proxy/objects", headers, body).status == 201
    # Sent again as it is, it is a repeat: the same receipt.
    assert exchange(server.url, "POST", "/proxy/objects", headers, body).status == 200


def test_the_rules_for_every_route_hold_here_too(server: Server, tenant: str, known: Client) -> None:
    def told(answer: Answer) -> tuple[int, str]:
        return answer.status, answer.code

    assert told(known.post("/proxy/objects", registration(tenant), dry="1")) == (422, "invalid")
    assert told(known.post("/proxy/objects", b"")) == (422, "invalid")
    assert told(known.post("/proxy/objects", b'{"size": NaN}')) == (400, "malformed-json")
    assert told(known.post("/proxy/objects", b"[" * 100_000)) == (400, "json-too-deep")
    assert told(known.post("/proxy/objects", b" " * 2_000_000)) == (413, "body-too-large")
    assert told(server.operator.post("/proxy/objects", registration(tenant))) == (403, "wrong-role")
    worker = server.client(tenant, role="worker")
    assert told(worker.post("/proxy/objects/batch", {"items": [registration(tenant)]})) == (403, "wrong-role")
    fields = known.post("/proxy/objects", {"object_key": 1}).json["errors"]
    assert {"object_key", "version", "backends"} <= {one["field"] for one in fields}
    batch = known.post("/proxy/objects/batch", {"items": []})
    assert (batch.status, batch.json["errors"][0]["field"]) == (422, "items")


def test_one_rate_limit_over_both_ways(tmp_path: Path) -> None:
    with running(tmp_path, RATE_LIMIT="1") as server:
        client = server.client("t1")
        answers = [client.post("/proxy/objects", registration("t1", f"o{n}")) for n in range(4)]
        answers.append(client.get("/proxy/objects"))
        refused = [one for one in answers if one.status == 429]
        assert refused
        assert all(int(one.headers["retry-after"]) >= 1 for one in refused)
