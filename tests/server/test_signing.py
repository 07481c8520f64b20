"""Signature Version 4 against a running server: other signers are understood, alterations refused."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .support import ADMIN_KEY, Answer, Client, Server, exchange, registration


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return server.client("signing")


def signed(
    client: Client, method: str = "GET", target: str = "/proxy/objects", body: bytes = b"", **headers: str
) -> AWSRequest:
    """A request that botocore signed for S3; not sent yet."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest(method=method, url=client.url + target, data=body or None, headers=named)
    S3SigV4Auth(Credentials(client.access_key, client.secret), "s3", "us-east-1").add_auth(request)
    return request


def send(client: Client, request: AWSRequest, **changes: Any) -> Answer:
    headers: Mapping[str, str] = changes.get("headers", dict(request.headers))
    target = changes.get("target", request.url.removeprefix(client.url))
    return exchange(
        client.url, changes.get("method", request.method), target, headers, changes.get("body", request.data)
    )


@pytest.mark.parametrize("signer", ["s3", "plain"])
def test_botocore_signers(server: Server, client: Client, signer: str) -> None:
    mine = Client(server.url, client.access_key, client.secret, signer)
    assert mine.post("/proxy/objects", registration("signing", f"by-{signer}")).status == 201
    assert mine.get("/proxy/objects", prefix="signing/by-", limit=5).status == 200
    assert mine.get(f"/proxy/objects/signing/by-{signer}").status == 200


def test_the_query_form_reads_and_never_writes(server: Server, client: Client) -> None:
    mine = Client(server.url, client.access_key, client.secret, "query")
    assert mine.get("/proxy/objects", prefix="signing/é b+c").status == 200
    answer = mine.send("DELETE", "/proxy/objects/signing/x")
    assert (answer.status, answer.code) == (400, "malformed-signature")
    assert mine.post("/proxy/objects", registration("signing")).code == "malformed-signature"


def test_a_token_header_must_be_signed_with_the_rest(client: Client) -> None:
    request = signed(client, x_amz_meta_a="1")
    assert send(client, request).status == 200
    late = send(client, request, headers={**dict(request.headers), "x-amz-meta-b": "2"})
    assert (late.status, late.code) == (400, "malformed-signature")
    changed = send(client, request, headers={**dict(request.headers), "x-amz-meta-a": "2"})
    assert (changed.status, changed.code) == (403, "signature-refused")


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "/proxy/jobs"},
        {"target": "/proxy/objects?limit=2"},
        {"target": "/proxy/./objects"},
        {"target": "/proxy/obj%65cts"},
        {"method": "DELETE"},
    ],
)
def test_a_captured_signature_fits_nothing_else(client: Client, changes: dict[str, str]) -> None:
    request = signed(client)
    assert send(client, request).status == 200
    answer = send(client, request, **changes)
    assert answer.status in (403, 404)
    if answer.status == 403:
        assert answer.code == "signature-refused"


def test_a_plus_in_the_query_is_a_blank_for_both(client: Client) -> None:
    """Otherwise a signature over one meaning would be good for another."""
    request = signed(client, target="/proxy/objects?prefix=signing%2Fa%2Bb")
    assert send(client, request).status == 200
    assert send(client, request, target="/proxy/objects?prefix=signing%2Fa+b").status == 403


def test_the_body_is_what_was_signed(client: Client) -> None:
    body = b'{"key_id":"k","key_alg":"rsa-oaep","public_key":"x"}'
    request = signed(client, "POST", "/proxy/keys", body)
    answer = send(client, request, body=body.replace(b"k", b"j"))
    assert (answer.status, answer.code) == (403, "signature-refused")
    assert "SHA-256" in answer.json["detail"]


@pytest.mark.parametrize("claim", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0" * 64])
def test_unsigned_and_untrue_bodies_are_refused(client: Client, claim: str) -> None:
    class Claims(SigV4Auth):
        def payload(self, request: AWSRequest) -> str:
            return claim

    request = AWSRequest(
        method="POST",
        url=client.url + "/proxy/objects",
        data=b"{}",
        headers={"x-amz-content-sha256": claim},
    )
    Claims(Credentials(client.access_key, client.secret), "s3", "eu-central-1").add_auth(request)
    answer = send(client, request)
    assert (answer.status, answer.code) == (403, "signature-refused")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_clock_skew(client: Client, monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    wrong = datetime.now(UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_a, **_k: wrong.replace(tzinfo=None))
    answer = send(client, signed(client))
    assert answer.status == 403
    assert "clock" in answer.json["detail"]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Basic dTpw", 400),
        ("AWS4-HMAC-SHA256 nonsense", 400),
        ("AWS4-HMAC-SHA256 Credential=A/20260101/r/s3/aws4_request, SignedHeaders=host, Signature=00", 400),
        (
            "AWS4-HMAC-SHA256 Credential=A/20260101/r/iam/aws4_request, SignedHeaders=host, Signature="
            + "0" * 64,
            400,
        ),
    ],
)
def test_unreadable_authorization(client: Client, header: str, status: int) -> None:
    sent = {"Authorization": header, "X-Amz-Date": "20260101T000000Z"}
    answer = exchange(client.url, "GET", "/proxy/objects", sent)
    assert (answer.status, answer.code) == (status, "malformed-signature")


def test_duplicated_security_headers_are_refused(client: Client) -> None:
    import http.client

    request = signed(client)
    connection = http.client.HTTPConnection(client.url.removeprefix("http://"))
    connection.putrequest("GET", "/proxy/objects", skip_host=True)
    for name, value in [("Host", client.url.removeprefix("http://")), *request.headers.items()]:
        connection.putheader(name, value)
    connection.putheader("X-Amz-Date", request.headers["X-Amz-Date"])
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 400
    assert b"more than once" in answer.read()
    connection.close()


def test_unknown_key_and_wrong_secret_get_one_answer(server: Server, client: Client) -> None:
    unknown = Client(server.url, "NOBODY", client.secret).get("/proxy/objects")
    wrong = Client(server.url, client.access_key, "wrong-secret").get("/proxy/objects")
    assert (unknown.status, wrong.status) == (403, 403)
    same = [{**answer.json, "request_id": None} for answer in (unknown, wrong)]
    assert same[0] == same[1]


def test_credentials_can_be_disabled_enabled_and_expire(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    path = f"/proxy/credentials/{client.access_key}"
    assert client.get("/proxy/objects").status == 200
    assert server.operator.send("PATCH", path, {"status": "disabled"}).json["status"] == "disabled"
    assert client.get("/proxy/objects").code == "credential-inactive"
    assert server.operator.send("PATCH", path, {"status": "active"}).status == 200
    assert client.get("/proxy/objects").status == 200
    assert (
        server.operator.send("PATCH", path, {"expires_at": "2020-01-01T00:00:00Z"}).json["status"]
        == "expired"
    )
    assert client.get("/proxy/objects").code == "credential-inactive"
    assert server.operator.send("PATCH", path, {"expires_at": None}).status == 200
    assert client.get("/proxy/objects").status == 200
    assert server.operator.send("PATCH", "/proxy/credentials/nobody", {}).status == 404


def test_operator_key(server: Server) -> None:
    assert server.operator.get("/proxy/credentials").status == 200
    for wrong in ("", "x", ADMIN_KEY + "x", ADMIN_KEY[:-1], "ü"):
        answer = exchange(server.url, "GET", "/proxy/credentials", {"X-Admin-Key": wrong})
        assert (answer.status, answer.code) == (403, "signature-refused")
    assert (
        exchange(server.url, "GET", "/proxy/credentials", {}).headers["www-authenticate"]
        == "AWS4-HMAC-SHA256"
    )


def test_roles(server: Server, tenant: str) -> None:
    worker, auditor = server.client(tenant, "worker"), server.client(tenant, "auditor")
    for client in (worker, auditor):
        assert client.get("/proxy/objects").status == 200
        assert client.post("/proxy/objects", registration(tenant)).code == "wrong-role"
        assert client.get("/proxy/credentials").code == "wrong-role"
    assert worker.get("/audit").code == "wrong-role"
    assert {entry["tenant_id"] for entry in auditor.get("/audit").json["items"]} == {tenant}
    assert auditor.post("/proxy/jobs/lease", {"worker": "w", "backends": ["a"]}).code == "wrong-role"
    assert worker.post("/proxy/jobs/lease", {"worker": "w", "backends": ["a"]}).json == {"leases": []}
    assert server.operator.post("/proxy/objects", registration(tenant)).code == "wrong-role"


def test_a_body_hash_may_be_left_out(server: Server, client: Client) -> None:
    """AWS's plain signer sends no x-amz-content-sha256: the body's own hash is what it signed."""
    body = b'{"object_key": "signing/nothing"}'
    request = AWSRequest(method="POST", url=client.url + "/proxy/objects", data=body)
    SigV4Auth(Credentials(client.access_key, client.secret), "s3", "eu-central-1").add_auth(request)
    assert "x-amz-content-sha256" not in {name.lower() for name in request.headers}
    assert send(client, request).status == 422
    assert send(client, request, body=body + b" ").status == 403
    assert hashlib.sha256(body).hexdigest() not in str(request.headers)
