"""What holds for every route: problem details, limits, request ids."""

from __future__ import annotations

import json
import socket

import pytest

from backend_stub.server.web.body import BODY_LIMIT, BODY_LIMITS, MIB
from tests.rigs.waiting import wait_for

from .support import ADMIN_KEY, Answer, Client, Server, exchange, registration


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


def test_an_answer_is_found_in_the_log_by_its_request_id(server: Server, client: Client) -> None:
    """A line of JSON for each request, with the route's template and neither path, query nor body."""
    answer = client.get("/proxy/objects/http-rules/hidden-name", version="v9")
    wanted = answer.headers["x-request-id"]
    wait_for(lambda: any(wanted in line for line in list(server.log)), "the request's line in the log")
    [line] = [line for line in list(server.log) if wanted in line]
    logged = json.loads(line)
    assert (logged["event"], logged["method"], logged["status"]) == ("request", "GET", 404)
    assert logged["route"] == "/proxy/objects/{object_key}"
    assert answer.json["request_id"] == logged["request_id"] == wanted
    assert "hidden-name" not in line
    assert "v9" not in line


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b'{"a": NaN}', 400),
        (b"\xff", 400),
        (b"[" * 100_000, 400),
        (b"[" * 201 + b"]" * 201, 422),
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
    assert answer.code in ("invalid", "malformed-json", "json-too-deep")
    assert all(error["field"] and error["fix"] for error in answer.json["errors"])
    assert answer.json["errors"]


def check_limit(answer: Answer, status: int, code: str, field: str) -> None:
    """It says which part is beyond which limit, and what to do."""
    assert (answer.status, answer.code) == (status, code), answer.body
    [error] = answer.json["errors"]
    assert error["field"] == field
    assert "at most" in error["message"]
    assert error["fix"]
    assert error["message"] in answer.json["detail"]


@pytest.mark.parametrize(
    "path", ["/proxy/objects", "/proxy/keys", "/snapshots/chunks", "/proxy/objects/batch"]
)
def test_bodies_have_limits(client: Client, path: str) -> None:
    """A byte less is read, and refused for what it is."""
    limit = BODY_LIMITS.get(path, BODY_LIMIT)
    answer = client.send("POST", path, b" " * (limit + 1))
    check_limit(answer, 413, "body-too-large", "(whole body)")
    assert f"{limit // MIB} MiB" in answer.json["detail"]
    assert client.send("POST", path, b" " * limit).code in ("malformed-json", "invalid")


def test_headers_have_limits(server: Server) -> None:
    def ask(headers: dict[str, str]) -> Answer:
        return exchange(server.url, "GET", "/healthz", headers)

    # http.client sends two of its own.
    assert ask({f"x-h{number}": "1" for number in range(98)}).status == 200
    check_limit(ask({f"x-h{number}": "1" for number in range(99)}), 431, "headers-too-large", "(headers)")
    assert ask({"x-h": "1" * 32_000}).status == 200
    check_limit(ask({"x-h": "1" * 33_000}), 431, "headers-too-large", "(headers)")


def test_headers_without_end_are_refused(server: Server) -> None:
    """Beyond what a head may have at all, the connection ends: nothing is gathered."""
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=60) as line:
        line.sendall(b"GET /healthz HTTP/1.1\r\nHost: h\r\n")
        sent = 0
        try:
            while sent < 64 * MIB:
                line.sendall(b"x-h: " + b"1" * 100_000 + b"\r\n")
                sent += 100_000
        except OSError:
            pass
        assert sent < 64 * MIB


def test_a_path_and_a_query_have_a_limit(server: Server) -> None:
    admin = {"X-Admin-Key": ADMIN_KEY}
    for target in ("/proxy/objects/" + "x" * 8200, "/proxy/objects?prefix=" + "x" * 8200):
        check_limit(exchange(server.url, "GET", target, admin), 414, "target-too-long", "(path and query)")
    twice = exchange(server.url, "GET", "/proxy/objects?limit=1&limit=2", admin)
    assert (twice.status, twice.code) == (400, "repeated-parameter")
    assert twice.json["errors"][0]["field"] == "limit"


@pytest.mark.parametrize("path", ["/proxy/objects", "/proxy/keys"])
@pytest.mark.parametrize("nested", [b"[" * 1000 + b"]" * 1000, b'{"a":' * 1000 + b"1" + b"}" * 1000])
def test_json_has_a_depth(client: Client, path: str, nested: bytes) -> None:
    """On a route of FastAPI's and on one that is answered without it; text may have as many brackets."""
    for body in (nested, b'{"size":' + nested + b"}"):
        check_limit(client.send("POST", path, body), 400, "json-too-deep", "(whole body)")
    answer = client.send("POST", path, json.dumps({"object_key": "[" * 1000}).encode())
    assert (answer.status, answer.code) == (422, "invalid")


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
