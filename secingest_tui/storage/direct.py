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
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies

from secingest_tui.storage.body import ASK_FIRST, BufferBody
from secingest_tui.storage.connections import Connections, Reply
from secingest_tui.storage.direct_uploads import DirectUploads, answer_fields, object_fields, request_headers
from secingest_tui.storage.listing import parse_page
from secingest_tui.storage.results import ObjectInfo
from secingest_tui.storage.settings import S3Settings, virtual_hosted
from secingest_tui.storage.signing import RequestSigner

if TYPE_CHECKING:
    from typing_extensions import Buffer

_BUCKET = re.compile(r"[A-Za-z0-9._-]+")
_ABSENT = b"<Code>NoSuchKey</Code>"
_MOST_OF_AN_ERROR = 8192


class Absent(Exception):
    """The provider says that there is no such object."""


class DirectCalls(DirectUploads):
    """One identity at one endpoint. Safe to share between threads."""

    def __init__(self, settings: S3Settings, endpoint: str) -> None:
        """``endpoint``: the URL the full client uses. Opens no connection."""
        parts = urlsplit(endpoint)
        self._host = parts.hostname or ""
        usual = {"https": 443, "http": 80}[parts.scheme]
        self._port = f":{parts.port}" if parts.port not in (None, usual) else ""
        self._path = parts.path.rstrip("/")
        self._virtual = virtual_hosted(settings)
        self._signer = RequestSigner(
            settings.access_key or "", settings.secret_key or "", settings.region, settings.session_token
        )
        self._scheme = parts.scheme
        self._settings = settings
        self._connections = Connections(
            endpoint,
            ca_file=self._authorities if parts.scheme == "https" else "",
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            most=settings.connections,
        )

    @cached_property
    def _authorities(self) -> str:
        """Those that botocore believes."""
        from botocore.httpsession import get_cert_path

        return str(self._settings.ca_file or get_cert_path(True))

    @cached_property
    def _pool(self) -> Any:
        """For pages of a listing: they come chunked, which is more than the plain connections understand."""
        import urllib3

        return urllib3.PoolManager(
            maxsize=self._settings.connections,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self._authorities,
            timeout=urllib3.Timeout(connect=self._settings.connect_timeout, read=self._settings.read_timeout),
            retries=False,
        )

    @classmethod
    def where_it_fits(cls, settings: S3Settings, endpoint: str) -> DirectCalls | None:
        """None for credentials that may change, a proxy, a signature over the body, or no second attempt."""
        plain = settings.access_key is not None and not settings.signs_payload and settings.attempts > 1
        return cls(settings, endpoint) if plain and (settings.loopback or not getproxies()) else None

    def close(self) -> None:
        self._connections.close()
        if "_pool" in self.__dict__:
            self._pool.clear()

    def put(
        self,
        bucket: str,
        key: str,
        body: BufferBody,
        parameters: Mapping[str, str],
        metadata: Mapping[str, str],
    ) -> dict[str, Any] | None:
        """Send ``body`` once. ``parameters``: checksum and condition, by botocore's names.

        Returns botocore's fields of the answer, or None where the full client has to do it. Raises only
        what the body's progress raises.
        """
        headers = request_headers(parameters, metadata)
        if len(body) >= ASK_FIRST or headers is None:
            return None
        headers["content-length"] = str(len(body))
        reply = self._ask("PUT", bucket, key, "", headers, body.slices(), _MOST_OF_AN_ERROR)
        return answer_fields(reply.headers) if reply is not None and reply.status == 200 else None

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
        return object_fields(reply.headers), reply.body

    def get_object(
        self,
        bucket: str,
        key: str,
        Range: str = "",
        IfMatch: str = "",
        VersionId: str = "",
    ) -> dict[str, Any] | None:
        """botocore's parameters and fields; the body, an ``Incoming``, is still to be read.

        None where the full client has to do it.
        """
        query = f"versionId={quote(VersionId, safe='-_.~')}" if VersionId else ""
        headers = {"range": Range, "if-match": IfMatch}
        headers = {name: value for name, value in headers.items() if value}
        request = self._request("GET", bucket, key, query, {"accept-encoding": "identity", **headers})
        answer = self._connections.open(*request) if request else None
        if answer is None:
            return None
        if answer.status not in (200, 206):
            answer.close()
            return None
        return object_fields(answer.headers) | {"Body": answer}

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
        """A dotted bucket fits no wildcard certificate. None ("") is a question about all buckets."""
        return not bucket or bool(_BUCKET.fullmatch(bucket) and not (self._virtual and "." in bucket))

    def _place(self, bucket: str, key: str) -> tuple[str, str, str]:
        """Host to connect to, the same as a header has it, and path."""
        host, path = self._host, f"{self._path}/"
        if bucket and self._virtual:
            host = f"{bucket}.{host}"
        elif bucket:
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
        body: Iterable[Buffer] = (),
        limit: int = 0,
    ) -> Reply | None:
        request = self._request(method, bucket, key, query, headers)
        if request is None:
            return None
        return self._connections.exchange(*request, body, limit, bodyless=method == "HEAD")

    def _request(
        self, method: str, bucket: str, key: str, query: str, headers: Mapping[str, str]
    ) -> tuple[str, bytes] | None:
        """The host to ask, and the signed head of the request."""
        # Dot segments are resolved on the way, after they were signed.
        if (key and any(p in {"", ".", ".."} for p in key.split("/"))) or not self._takes(bucket):
            return None
        host, shown, path = self._place(bucket, key)
        signed = self._signer.signed(method, shown, path, query, headers)
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        target = f"{path}?{query}" if query else path
        return host, f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1")
