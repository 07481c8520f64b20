"""How a request proves who it is from: a SigV4 signature, or the operator's key, over httpx."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Generator

import httpx

from secingest_tui.services.credentials import Credential
from secingest_tui.storage.signing import RequestSigner

REGION = "eu-central-1"
"""Region in the credential scope; the server accepts any."""


class SigV4(httpx.Auth):
    """AWS Signature Version 4, service ``s3``, header form, with the payload's hash signed."""

    requires_request_body = True

    def __init__(self, credential: Credential) -> None:
        self._signer = RequestSigner(credential.access_key, credential.secret_key, REGION, None)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        extra = {}
        if request.method != "GET":
            # Two requests that look alike within a second are two, not one that was sent again.
            extra["x-amz-meta-request-id"] = secrets.token_hex(16)
        signed = self._signer.signed(
            request.method,
            request.headers["Host"],
            path,
            _canonical(query),
            extra,
            hashlib.sha256(request.content).hexdigest(),
        )
        request.headers.update({name: value for name, value in signed.items() if name != "host"})
        yield request


def _canonical(query: str) -> str:
    """In order of the names, not of the pairs: "=" comes after "-"."""
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&") if pair)
    return "&".join(f"{name}={value}" for name, value in pairs)


class OperatorKey(httpx.Auth):
    """The operator's key in ``X-Admin-Key``."""

    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["X-Admin-Key"] = self._key
        yield request
