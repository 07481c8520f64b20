"""How a request proves who it is from: botocore's SigV4 signer, or the operator's key, over httpx."""

from __future__ import annotations

import secrets
from collections.abc import Generator

import httpx
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from secingest_tui.services.credentials import Credential

REGION = "eu-central-1"
"""Region in the credential scope; the server accepts any."""


class SigV4(httpx.Auth):
    """AWS Signature Version 4, service ``s3``, header form, with the payload's hash signed."""

    requires_request_body = True

    def __init__(self, credential: Credential) -> None:
        self._signer = S3SigV4Auth(Credentials(credential.access_key, credential.secret_key), "s3", REGION)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        signed = AWSRequest(
            method=request.method,
            url=str(request.url),
            data=request.content,
            headers={"Host": request.headers["Host"]},
        )
        if request.method != "GET":
            # Two requests that look alike within a second are two, not one that was sent again.
            signed.headers["X-Amz-Meta-Request-Id"] = secrets.token_hex(16)
        self._signer.add_auth(signed)
        for name in ("Authorization", "X-Amz-Date", "X-Amz-Content-SHA256", "X-Amz-Meta-Request-Id"):
            if name in signed.headers:
                request.headers[name] = signed.headers[name]
        yield request


class OperatorKey(httpx.Auth):
    """The operator's key in ``X-Admin-Key``."""

    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["X-Admin-Key"] = self._key
        yield request
