"""The plain HTTP of small bodies: what it takes for an answer, and that it signs as botocore does."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from urllib.parse import quote

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from secingest_tui.metadata.auth import REGION, SigV4
from secingest_tui.services.credentials import Credential
from secingest_tui.storage.connections import Connections
from secingest_tui.storage.signing import RequestSigner

GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: "x"\r\n\r\nok'

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


class Peer:
    """Answers every request with the same bytes, then closes or waits for the next one."""

    def __init__(self, said: bytes, *, keep: bool) -> None:
        self._said = said
        self._keep = keep
        self.accepted = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._answer, args=(sock,), daemon=True).start()

    def _answer(self, sock: socket.socket) -> None:
        with sock, suppress(ConnectionResetError):
            while sock.recv(65536):
                sock.sendall(self._said)
                if not self._keep:
                    return


def connections(peer: Peer) -> Connections:
    return Connections(peer.endpoint, ca_file="", connect_timeout=30, read_timeout=30, most=4)


@pytest.fixture
def asked() -> Iterator[list[Peer]]:
    peers: list[Peer] = []
    yield peers
    for peer in peers:
        peer.close()


def test_an_answer_and_the_same_connection_again(asked: list[Peer]) -> None:
    asked.append(peer := Peer(GOOD, keep=True))
    ours = connections(peer)
    for _ in range(3):
        reply = ours.exchange("127.0.0.1", b"GET / HTTP/1.1\r\n\r\n", (), 100)
        assert reply is not None
        assert (reply.status, reply.body, reply.headers["etag"]) == (200, b"ok", '"x"')
    assert peer.accepted == 1
    ours.close()


def test_a_list_in_several_lines(asked: list[Peer]) -> None:
    """As proxies and MinIO say Vary: no reason to send an object twice."""
    said = GOOD.replace(b"ETag", b"Vary: Origin\r\nVary: Accept-Encoding\r\nETag")
    asked.append(peer := Peer(said, keep=True))
    ours = connections(peer)
    reply = ours.exchange("127.0.0.1", b"GET / HTTP/1.1\r\n\r\n", (), 100)
    assert reply is not None
    assert (reply.body, reply.headers["vary"]) == (b"ok", "Origin, Accept-Encoding")
    ours.close()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + b"o" * 101,
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nETag: "a"\r\nETag: "b"\r\n\r\nok',
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-amz-version-id: a\r\nx-amz-version-id: b\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"2;a=b\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"2\r\nok\r\n0\r\nETag: x\r\n\r\n",
        CHUNKED + b"2\r\nokay\r\n0\r\n\r\n",
        CHUNKED + b"2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK",
        CHUNKED + b"-2\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"x\r\n",
        CHUNKED + b"1" * 100,
        CHUNKED + b"65\r\n" + b"o" * 101 + b"\r\n0\r\n\r\n",
        CHUNKED + b"2\r\nok\r\n",
        CHUNKED.replace(b"chunked", b"gzip, chunked") + b"2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n folded\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
    ],
)
def test_anything_else_is_no_answer_and_its_connection_is_never_used_again(
    said: bytes, asked: list[Peer]
) -> None:
    asked.append(peer := Peer(said, keep=False))
    ours = connections(peer)
    for times in (1, 2):
        assert ours.exchange("127.0.0.1", b"GET / HTTP/1.1\r\n\r\n", (), 100) is None
        assert peer.accepted == times
    ours.close()


@pytest.mark.parametrize("body", [b"0\r\n\r\n", b"1\r\no\r\n0A\r\nk234567890\r\n0\r\n\r\n"])
def test_an_answer_in_chunks_and_the_same_connection_again(asked: list[Peer], body: bytes) -> None:
    """As RGW answers whatever is a document."""
    asked.append(peer := Peer(CHUNKED + body, keep=True))
    ours = connections(peer)
    for _ in range(2):
        reply = ours.exchange("127.0.0.1", b"GET / HTTP/1.1\r\n\r\n", (), 11)
        assert reply is not None
        assert reply.body == (b"ok234567890" if len(body) > 5 else b"")
    assert peer.accepted == 1
    ours.close()


def test_a_body_is_read_as_it_comes_and_its_connection_used_again(asked: list[Peer]) -> None:
    asked.append(
        peer := Peer(b"HTTP/1.1 206 OK\r\nContent-Length: 300000\r\n\r\n" + b"o" * 300_000, keep=True)
    )
    ours = connections(peer)
    for left_unread in (0, 1, 0):
        body = ours.open("127.0.0.1", b"GET / HTTP/1.1\r\n\r\n")
        assert body is not None
        room = memoryview(bytearray(300_000 - left_unread))
        done = 0
        while done < len(room):
            count = body.readinto(room[done:])
            assert count
            done += count
        assert bytes(room) == b"o" * len(room)
        if not left_unread:
            assert body.readinto(memoryview(bytearray(5))) == 0
        body.release_conn()
        body.close()
    # One that was left unread cannot be used again.
    assert peer.accepted == 2
    ours.close()


def test_a_body_that_is_cut_ends_early(asked: list[Peer]) -> None:
    asked.append(peer := Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", keep=False))
    body = connections(peer).open("127.0.0.1", b"GET / HTTP/1.1\r\n\r\n")
    assert body is not None
    room = memoryview(bytearray(9))
    assert (body.readinto(room), body.readinto(room)) == (2, 0)
    body.close()


def test_a_head_has_no_body_whatever_length_it_says(asked: list[Peer]) -> None:
    asked.append(peer := Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n", keep=True))
    ours = connections(peer)
    for _ in range(2):
        reply = ours.exchange("127.0.0.1", b"HEAD / HTTP/1.1\r\n\r\n", (), 0, bodyless=True)
        assert reply is not None
        assert (reply.body, reply.headers["content-length"]) == (b"", "5000000000")
    assert peer.accepted == 1
    asked.append(other := Peer(CHUNKED, keep=True))
    reply = connections(other).exchange("127.0.0.1", b"HEAD / HTTP/1.1\r\n\r\n", (), 0, bodyless=True)
    assert reply is not None
    asked.append(wrong := Peer(GOOD, keep=True))
    assert connections(wrong).exchange("127.0.0.1", b"HEAD / HTTP/1.1\r\n\r\n", (), 9, bodyless=True) is None
    ours.close()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ours = Connections(f"http://127.0.0.1:{port}", ca_file="", connect_timeout=60, read_timeout=60, most=1)
    assert ours.exchange("127.0.0.1", b"GET / HTTP/1.1\r\n\r\n", (), 100) is None


@given(
    key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    version=st.none()
    | st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=9),
    token=st.none() | st.just("a+/token=="),
)
def test_signed_as_botocore_signs(key: str, version: str | None, token: str | None) -> None:
    """Its own functions, on the very request that is sent."""
    path = f"/bucket/{quote(key, safe='/-_.~')}"
    query = f"versionId={quote(version, safe='-_.~')}" if version else ""
    ours = RequestSigner("AK", "secret", "eu-1", token).signed(
        "GET", "s3.example.net:8333", path, query, {"if-none-match": "*", "x-amz-checksum-crc64nvme": "AAAA="}
    )
    signer = S3SigV4Auth(Credentials("AK", "secret", token), "s3", "eu-1")
    request = AWSRequest("GET", f"https://s3.example.net:8333{path}{'?' if query else ''}{query}")
    for name, value in ours.items():
        if name != "authorization":
            request.headers[name] = value
    request.context |= {
        "timestamp": ours["x-amz-date"],
        "client_config": SimpleNamespace(s3={"payload_signing_enabled": False}),
    }
    text = signer.string_to_sign(request, signer.canonical_request(request))
    assert ours["authorization"].endswith(f"Signature={signer.signature(text, request)}")
    assert signer.scope(request) in ours["authorization"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("http://127.0.0.1:90/a/b%20c?key&key-type=s3&uid=a%2Fb&a-b=1&a=2&a=1", b"text"),
        ("https://host.example/proxy/objects", b""),
    ],
)
def test_requests_to_the_server_are_signed_as_botocore_signs(method: str, url: str, body: bytes) -> None:
    request = httpx.Request(method, url, content=body)
    next(SigV4(Credential("AK", "secret")).auth_flow(request))
    signer = S3SigV4Auth(Credentials("AK", "secret"), "s3", REGION)
    theirs = AWSRequest(method, str(request.url), headers={"Host": request.headers["Host"]}, data=body)
    for name, value in request.headers.items():
        if name.startswith("x-amz-"):
            theirs.headers[name] = value
    assert theirs.headers["x-amz-content-sha256"] == hashlib.sha256(body).hexdigest()
    theirs.context["timestamp"] = request.headers["x-amz-date"]
    text = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    assert request.headers["authorization"].endswith(f"Signature={signer.signature(text, theirs)}")


def test_what_gateways_rewrite_is_sent_and_not_signed() -> None:
    signed = RequestSigner("AK", "secret", "eu-1", None).signed(
        "GET", "s3.example.net", "/b/k", "", {"accept-encoding": "identity", "if-none-match": "*"}
    )
    assert signed["accept-encoding"] == "identity"
    assert "SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date," in signed["authorization"]
