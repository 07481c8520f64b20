"""What holds for every route: problem details, limits, request ids."""

from __future__ import annotations

import json
import socket

import pytest

from .support import ADMIN_KEY, Client, Server, exchange, registration


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return server.client("http-rules")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/proxy/objects/", 404, "not-found"),
        ("GET", "/proxy/tenants/", 404, "not-found"),
        ("PUT", "/proxy/objects", 405, "method-not-allowed"),
        ("GET", "/healthz?a=1&a=2", 400, "repeated-parameter"),
        ("GET", "/proxy/objects?limit=0", 422, "invalid"),
        ("GET", "/proxy/objects?limit=x", 422, "invalid"),
        ("GET", "/proxy/objects?cursor=%00", 422, "invalid"),
        ("GET", "/proxy/objects?tenant=%27%3B--", 422, "invalid"),
        ("GET", "/" + "x" * 9000, 414, "target-too-long"),
    ],
)
def test_errors_are_problem_details(server: Server, method: str, path: str, status: int, code: str) -> None:
    answer = exchange(server.url, method, path, {"X-Admin-Key": ADMIN_KEY})
    assert (answer.status, answer.code) == (status, code)
    problem = answer.json
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert {"type", "title", "status", "detail", "instance"} <= problem.keys()
    assert "allow" in answer.headers or status != 405


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b'{"a": NaN}', 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b'"text"', 422),
        (b'{"object_key": "http-rules/\\ud800"}', 400),
        (json.dumps(registration("http-rules") | {"backends": []}).encode(), 422),
        (json.dumps(registration("http-rules") | {"size": 2**70}).encode(), 422),
    ],
)
def test_bodies_that_are_no_registration(client: Client, body: bytes, status: int) -> None:
    answer = client.send("POST", "/proxy/objects", body)
    assert answer.status == status, answer.body
    assert answer.code in ("invalid", "malformed-json")


def test_bodies_and_headers_have_limits(server: Server, client: Client) -> None:
    answer = client.send("POST", "/proxy/objects", b" " * (1024 * 1024 + 1))
    assert (answer.status, answer.code) == (413, "body-too-large")
    many = {f"x-h{number}": "1" for number in range(101)}
    assert exchange(server.url, "GET", "/healthz", many).code == "headers-too-large"
    assert exchange(server.url, "GET", "/healthz", {"x-h": "1" * 40_000}).code == "headers-too-large"


def test_a_declared_size_is_refused_before_it_is_sent(server: Server) -> None:
    port = int(server.url.rpartition(":")[2])
    head = "POST /snapshots HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n"
    head += f"X-Admin-Key: {ADMIN_KEY}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).split(b" ")[1] in (b"403", b"413")


def test_nobody_can_make_the_server_read_a_body(server: Server) -> None:
    """Without credentials the answer comes before the body does."""
    port = int(server.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(b"POST /proxy/objects HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
        assert connection.recv(4096).split(b" ")[1] == b"401"


def test_a_chunked_body_is_limited_and_read(client: Client) -> None:
    """Without a Content-Length the limit still holds."""
    body = json.dumps(registration("http-rules", "chunked")).encode()
    whole = client.send("POST", "/proxy/objects", body)
    assert whole.status == 201
    port = int(client.url.rpartition(":")[2])
    head = (
        "POST /proxy/objects HTTP/1.1\r\nHost: h\r\nX-Admin-Key: wrong\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\n12345\r\n0\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(head.encode())
        assert connection.recv(4096).split(b" ")[1] == b"403"


def test_the_document_describes_the_errors(server: Server) -> None:
    document = exchange(server.url, "GET", "/openapi.json", {}).json
    operation = document["paths"]["/proxy/objects"]["post"]
    assert operation["security"] == [{"operator": []}, {"sigv4": []}]
    for status in ("401", "403", "409", "422"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
    assert set(operation["responses"]) >= {"200", "201"}
    assert "additionalProperties" in document["components"]["schemas"]["ObjectRegistration"]
