"""PutObject and ListObjectsV2 on the shortest way: botocore's signer over an urllib3 pool, for what is done
thousands of times: small bodies, and the pages of a large bucket.

The full client spends 1.4 ms of processor time on a PutObject (endpoint rules, validation, events), three
quarters of it avoidable; with small files that, and not the network, was the limit. A page of a listing costs
it 35 ms, most of them for finding out the types of an answer whose types are known. This way knows only
success. Whatever else happens, an error answer included, is left to the full client, which asks the same
again with its retries, redirects and words for what went wrong.

Signature: "Authenticating Requests: Using the Authorization Header", Amazon S3 API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote
from urllib.request import getproxies

from secingest_tui.storage.body import ASK_FIRST, BufferBody, sending
from secingest_tui.storage.listing import parse_page
from secingest_tui.storage.results import ObjectInfo
from secingest_tui.storage.settings import S3Settings, virtual_hosted

_UNSIGNED = SimpleNamespace(s3={"payload_signing_enabled": False})
_ANSWERED = {
    "ETag": "ETag",
    "x-amz-version-id": "VersionId",
    "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
    "x-amz-checksum-crc32c": "ChecksumCRC32C",
    "x-amz-checksum-type": "ChecksumType",
}
_HEADERS = {
    "ContentMD5": "Content-MD5",
    "IfNoneMatch": "If-None-Match",
    "ChecksumCRC64NVME": "x-amz-checksum-crc64nvme",
    "ChecksumCRC32C": "x-amz-checksum-crc32c",
}


class DirectCalls:
    """One identity at one endpoint. Safe to share between threads."""

    def __init__(self, settings: S3Settings, endpoint: str) -> None:
        """``endpoint``: the URL the full client uses. Opens no connection."""
        import urllib3
        from botocore.auth import S3SigV4Auth
        from botocore.credentials import Credentials
        from botocore.httpsession import get_cert_path

        self._endpoint = endpoint.rstrip("/")
        self._virtual = virtual_hosted(settings)
        self._signer = S3SigV4Auth(
            Credentials(settings.access_key, settings.secret_key, settings.session_token),
            "s3",
            settings.region,
        )
        self._pool = urllib3.PoolManager(
            maxsize=settings.connections,
            cert_reqs="CERT_REQUIRED",
            ca_certs=str(settings.ca_file or get_cert_path(True)),
            timeout=urllib3.Timeout(connect=settings.connect_timeout, read=settings.read_timeout),
            retries=False,
        )

    @classmethod
    def where_it_fits(cls, settings: S3Settings, endpoint: str) -> DirectCalls | None:
        """None for credentials that may change, a proxy, a signature over the body, or no second attempt."""
        plain = settings.access_key is not None and not settings.signs_payload and settings.attempts > 1
        return cls(settings, endpoint) if plain and (settings.loopback or not getproxies()) else None

    def close(self) -> None:
        self._pool.clear()

    def put(
        self, bucket: str, key: str, body: BufferBody, parameters: Mapping[str, str]
    ) -> dict[str, str] | None:
        """Send ``body`` once. ``parameters``: checksum and condition, by botocore's names.

        Returns botocore's fields of the answer, or None where the full client has to do it. Raises only
        what the body's progress raises.
        """
        from botocore.awsrequest import AWSRequest
        from urllib3.exceptions import HTTPError

        # urllib3 resolves dot segments, after they were signed. A dotted bucket fits no wildcard certificate.
        if len(body) >= ASK_FIRST or not set(parameters) <= set(_HEADERS):
            return None
        if any(p in {"", ".", ".."} for p in key.split("/")):
            return None
        if self._virtual and "." in bucket:
            return None
        request = AWSRequest("PUT", self._url(bucket, key))
        for name, value in parameters.items():
            request.headers[_HEADERS[name]] = value
        request.headers["Content-Length"] = str(len(body))
        # The signer sets x-amz-content-sha256 itself: UNSIGNED-PAYLOAD only where the settings say so, else
        # the hash of this request's own body, which is empty here (Ceph RGW compares it, and refuses).
        request.context["client_config"] = _UNSIGNED
        self._signer.add_auth(request)
        try:
            answer: Any = self._pool.request(
                "PUT", request.url, body=sending(body), headers=dict(request.headers.items()), redirect=False
            )
        except (HTTPError, OSError):
            return None
        if answer.status != 200:
            return None
        return {ours: answer.headers[name] for name, ours in _ANSWERED.items() if name in answer.headers}

    def list_page(self, bucket: str, query: Mapping[str, str]) -> tuple[list[ObjectInfo], str | None] | None:
        """A page of ListObjectsV2, and the token of the next; None where the full client has to do it."""
        from botocore.awsrequest import AWSRequest
        from urllib3.exceptions import HTTPError

        if self._virtual and "." in bucket:
            return None
        asked = {"list-type": "2", "encoding-type": "url", **query}
        text = "&".join(f"{name}={quote(asked[name], safe='-_.~')}" for name in sorted(asked))
        request = AWSRequest("GET", f"{self._url(bucket, '').rstrip('/')}/?{text}")
        request.context["client_config"] = _UNSIGNED
        self._signer.add_auth(request)
        try:
            answer: Any = self._pool.request(
                "GET", request.url, headers=dict(request.headers.items()), redirect=False
            )
        except (HTTPError, OSError):
            return None
        return parse_page(answer.data) if answer.status == 200 else None

    def _url(self, bucket: str, key: str) -> str:
        path = quote(key, safe="/~")
        if self._virtual:
            scheme, _, rest = self._endpoint.partition("://")
            return f"{scheme}://{bucket}.{rest}/{path}"
        return f"{self._endpoint}/{bucket}/{path}"
