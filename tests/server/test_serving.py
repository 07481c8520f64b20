"""TLS with the server's own certificate, and bodies that do not come."""

from __future__ import annotations

import asyncio
import json
import ssl
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from backend_stub.server.web import body
from backend_stub.server.web.metrics import RequestCounts
from backend_stub.server.web.middleware import Outermost
from secingest_tui.embedded.certificates import ensure_certificates

from .support import ADMIN_KEY, running


def test_it_serves_tls_with_its_certificate(tmp_path: Path) -> None:
    """Verified by a stock client against the authority that issued it; without, the client refuses."""
    ensure_certificates(tmp_path)
    certificate = ("--tls-cert", str(tmp_path / "node.crt"), "--tls-key", str(tmp_path / "node.key"))
    with running(tmp_path, *certificate) as server:
        port = int(server.url.rpartition(":")[2])
        trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.crt"))
        connection = HTTPSConnection("127.0.0.1", port, context=trusting, timeout=60)
        connection.request("GET", "/audit", headers={"X-Admin-Key": ADMIN_KEY})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["items"]) == (200, [])
        connection.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            HTTPSConnection("127.0.0.1", port, timeout=60).request("GET", "/healthz")


def test_a_body_that_does_not_come_is_408_and_the_connection_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.05)
    sent: list[Message] = []
    parts: list[Message] = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Message:
        if parts:
            return parts.pop()
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass

    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/proxy/objects", "raw_path": b"/proxy/objects",
        "query_string": b"", "headers": [(b"content-length", b"1000")],
    }  # fmt: skip
    asyncio.run(Outermost(application, RequestCounts(), {})(scope, receive, send))
    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["type"].endswith(":body-too-slow")
