"""PutObject, GetObject and ListObjectsV2 on the shortest way, for what is done thousands of times: small
bodies, and the pages of a large bucket.

The full client spends 1.4 ms of processor time on a PutObject (endpoint rules, validation, events, signing,
urllib3), nearly all of it avoidable; with small objects that, and not the network, was the limit. A page of a
listing costs it 35 ms, most of them for finding out the types of an answer whose types are known. This way
knows only success, and that an object is not there. Whatever else happens, any other error answer included,
is left to the full client, which asks again with its retries, redirects and words for what went wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies

from secingest_tui.storage.body import ASK_FIRST, BufferBody
from secingest_tui.storage.connections import Connections, Reply
from secingest_tui.storage.listing import parse_page
from secingest_tui.storage.results import ObjectInfo
from secingest_tui.storage.settings import S3Settings, virtual_hosted
from secingest_tui.storage.signing import RequestSigner

if TYPE_CHECKING:
    from typing_extensions import Buffer

_ANSWERED = {
    "etag": "ETag",
    "x-amz-version-id": "VersionId",
    "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
    "x-amz-checksum-crc32c": "ChecksumCRC32C",
    "x-amz-checksum-type": "ChecksumType",
    "content-length": "ContentLength",
}
_HEADERS = {
    "ContentMD5": "content-md5",
    "IfNoneMatch": "if-none-match",
    "ChecksumCRC64NVME": "x-amz-checksum-crc64nvme",
    "ChecksumCRC32C": "x-amz-checksum-crc32c",
}
_BUCKET = re.compile(r"[A-Za-z0-9._-]+")
_METADATA = "x-amz-meta-"
_ABSENT = b"<Code>NoSuchKey</Code>"
_MOST_OF_AN_ERROR = 8192


class Absent(Exception):
    """The provider says that there is no such object."""


class DirectCalls:
    """One identity at one endpoint. Safe to share between threads."""

    def __init__(self, settings: S3Settings, endpoint: str) -> None:
        """``endpoint``: the URL the full client uses. Opens no connection."""
        import urllib3
        from botocore.httpsession import get_cert_path

        parts = urlsplit(endpoint)
        self._host = parts.hostname or ""
        usual = {"https": 443, "http": 80}[parts.scheme]
        self._port = f":{parts.port}" if parts.port not in (None, usual) else ""
        self._path = parts.path.rstrip("/")
        self._virtual = virtual_hosted(settings)
        self._signer = RequestSigner(
            settings.access_key or "", settings.secret_key or "", settings.region, settings.session_token
        )
        ca_file = str(settings.ca_file or get_cert_path(True))
        self._scheme = parts.scheme
        # Pages of a listing come chunked, which is more than the plain connections understand.
        self._pool = urllib3.PoolManager(
            maxsize=settings.connections,
            cert_reqs="CERT_REQUIRED",
            ca_certs=ca_file,
            timeout=urllib3.Timeout(connect=settings.connect_timeout, read=settings.read_timeout),
            retries=False,
        )
        self._connections = Connections(
            endpoint,
            ca_file=ca_file,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            most=settings.connections,
        )

    @classmethod
    def where_it_fits(cls, settings: S3Settings, endpoint: str) -> DirectCalls | None:
        """None for credentials that may change, a proxy, a signature over the body, or no second attempt."""
        plain = settings.access_key is not None and not settings.signs_payload and settings.attempts > 1
        return cls(settings, endpoint) if plain and (settings.loopback or not getproxies()) else None

    def close(self) -> None:
        self._connections.close()
        self._pool.clear()

    def put(
        self, bucket: str, key: str, body: BufferBody, parameters: Mapping[str, str]
    ) -> dict[str, str] | None:
        """Send ``body`` once. ``parameters``: checksum and condition, by botocore's names.

        Returns botocore's fields of the answer, or None where the full client has to do it. Raises only
        what the body's progress raises.
        """
        if len(body) >= ASK_FIRST or not set(parameters) <= set(_HEADERS):
            return None
        headers = {_HEADERS[name]: value for name, value in parameters.items()}
        headers["content-length"] = str(len(body))
        reply = self._ask("PUT", bucket, key, "", headers, body.slices(), _MOST_OF_AN_ERROR)
        return _fields(reply) if reply is not None and reply.status == 200 else None

    def get(
        self, bucket: str, key: str, most: int, version_id: str | None = None
    ) -> tuple[dict[str, Any], bytes] | None:
        """Fetch an object of at most ``most`` bytes.

        Returns botocore's fields of the answer and the body, or None where the full client has to do it.
        Raises Absent where the provider says that there is no such object.
        """
        version = f"versionId={quote(version_id, safe='-_.~')}" if version_id else ""
        headers = {"accept-encoding": "identity"}
        reply = self._ask("GET", bucket, key, version, headers, (), max(most, _MOST_OF_AN_ERROR))
        if reply is None:
            return None
        if reply.status == 404 and _ABSENT in reply.body:
            raise Absent
        if reply.status != 200 or len(reply.body) > most:
            return None
        fields: dict[str, Any] = _fields(reply)
        try:
            fields["LastModified"] = parsedate_to_datetime(reply.headers["last-modified"])
        except (KeyError, ValueError):
            fields["LastModified"] = None
        fields["Metadata"] = {
            name.removeprefix(_METADATA): value
            for name, value in reply.headers.items()
            if name.startswith(_METADATA)
        }
        return fields, reply.body

    def list_page(self, bucket: str, query: Mapping[str, str]) -> tuple[list[ObjectInfo], str | None] | None:
        """A page of ListObjectsV2, and the token of the next; None where the full client has to do it."""
        from urllib3.exceptions import HTTPError

        if not self._takes(bucket):
            return None
        asked = {"list-type": "2", "encoding-type": "url", **query}
        text = "&".join(f"{name}={quote(asked[name], safe='-_.~')}" for name in sorted(asked))
        _, shown, path = self._place(bucket, "")
        signed = self._signer.signed("GET", shown, path, text, {})
        url = f"{self._scheme}://{shown}{path}?{text}"
        try:
            answer: Any = self._pool.request("GET", url, headers=signed, redirect=False)
        except (HTTPError, OSError):
            return None
        return parse_page(answer.data) if answer.status == 200 else None

    def _takes(self, bucket: str) -> bool:
        """A dotted bucket fits no wildcard certificate."""
        return bool(_BUCKET.fullmatch(bucket)) and not (self._virtual and "." in bucket)

    def _place(self, bucket: str, key: str) -> tuple[str, str, str]:
        """Host to connect to, the same as a header has it, and path."""
        host, path = self._host, f"{self._path}/"
        if self._virtual:
            host = f"{bucket}.{host}"
        else:
            path = f"{path}{bucket}/"
        shown = f"[{host}]" if ":" in host else host
        return host, shown + self._port, path + quote(key, safe="/-_.~")

    def _ask(
        self,
        method: str,
        bucket: str,
        key: str,
        query: str,
        headers: Mapping[str, str],
        body: Iterable[Buffer],
        limit: int,
    ) -> Reply | None:
        # Dot segments are resolved on the way, after they were signed.
        if any(p in {"", ".", ".."} for p in key.split("/")) or not self._takes(bucket):
            return None
        host, shown, path = self._place(bucket, key)
        signed = self._signer.signed(method, shown, path, query, headers)
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        target = f"{path}?{query}" if query else path
        head = f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
        return self._connections.exchange(host, head, body, limit)


def _fields(reply: Reply) -> dict[str, str]:
    """By botocore's names."""
    return {ours: reply.headers[name] for name, ours in _ANSWERED.items() if name in reply.headers}
