"""The calls of an upload on the shortest way: bucket, multipart upload, and a look at what arrived.

With them an upload needs botocore only where something goes wrong. Loading it and its description of S3 took
a quarter of an upload's memory, and a fifth of a second at the start of every command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from secingest_tui.storage.body import BufferBody
from secingest_tui.storage.connections import Reply

if TYPE_CHECKING:
    from typing_extensions import Buffer

_ANSWERED = {
    "etag": "ETag",
    "x-amz-version-id": "VersionId",
    "x-amz-checksum-crc64nvme": "ChecksumCRC64NVME",
    "x-amz-checksum-crc32c": "ChecksumCRC32C",
    "x-amz-checksum-sha256": "ChecksumSHA256",
    "x-amz-checksum-type": "ChecksumType",
    "content-length": "ContentLength",
    "content-range": "ContentRange",
}
_HEADERS = {
    "ContentMD5": "content-md5",
    "IfNoneMatch": "if-none-match",
    "ChecksumAlgorithm": "x-amz-checksum-algorithm",
    "ChecksumCRC64NVME": "x-amz-checksum-crc64nvme",
    "ChecksumCRC32C": "x-amz-checksum-crc32c",
    "ChecksumType": "x-amz-checksum-type",
}
_DAMAGED = ("BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch")
_METADATA = "x-amz-meta-"
_PLAIN_NAME = re.compile("[a-z0-9-]+")
_PLAIN_VALUE = re.compile("[!-~]+")
_MOST_OF_AN_ANSWER = 1024 * 1024


class Damaged(Exception):
    """The provider says that it received other bytes than were sent: to be said, not made good in silence."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code


def request_headers(
    parameters: Mapping[str, str], metadata: Mapping[str, str] | None = None
) -> dict[str, str] | None:
    """``parameters`` by botocore's names, and user metadata, as headers.

    None where a parameter is not known here, or metadata would not arrive as it is written.
    """
    if not set(parameters) <= set(_HEADERS):
        return None
    headers = {_HEADERS[name]: value for name, value in parameters.items()}
    for name, value in (metadata or {}).items():
        if not (_PLAIN_NAME.fullmatch(name) and _PLAIN_VALUE.fullmatch(value)):
            return None
        headers[_METADATA + name] = value
    return headers


def answer_fields(headers: Mapping[str, str]) -> dict[str, Any]:
    """What an answer's headers say, by botocore's names."""
    return {ours: headers[name] for name, ours in _ANSWERED.items() if name in headers}


def object_fields(headers: Mapping[str, str]) -> dict[str, Any]:
    """The same of an object: also when it was changed, and its metadata."""
    fields = answer_fields(headers)
    try:
        fields["LastModified"] = parsedate_to_datetime(headers["last-modified"])
    except (KeyError, ValueError):
        fields["LastModified"] = None
    fields["Metadata"] = {
        name.removeprefix(_METADATA): value for name, value in headers.items() if name.startswith(_METADATA)
    }
    return fields


class DirectUploads:
    """A part of DirectCalls. None always means that the full client has to do it."""

    if TYPE_CHECKING:

        def _ask(
            self,
            method: str,
            bucket: str,
            key: str,
            query: str,
            headers: Mapping[str, str],
            body: Iterable[Buffer] = (),
            limit: int = 0,
        ) -> Reply | None: ...

    def bucket_there(self, bucket: str) -> bool | None:
        """True where the bucket is there for us."""
        reply = self._ask("HEAD", bucket, "", "", {})
        return True if reply is not None and reply.status == 200 else None

    def owners(self, bucket: str) -> tuple[str, str] | None:
        """Who we are, and whose the bucket is, by the provider's ids."""
        ours = self._told("GET", "", "", "", "ListAllMyBucketsResult", "Owner", "ID")
        theirs = ours and self._told("GET", bucket, "", "acl=", "AccessControlPolicy", "Owner", "ID")
        return (ours, theirs) if ours and theirs else None

    def begin(self, bucket: str, key: str, parameters: Mapping[str, str]) -> str | None:
        """CreateMultipartUpload: the upload's id."""
        headers = request_headers(parameters)
        if headers is None:
            return None
        return self._told("POST", bucket, key, "uploads=", "InitiateMultipartUploadResult", "UploadId",
                          headers=headers)  # fmt: skip

    def send_part(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        number: int,
        body: BufferBody,
        parameters: Mapping[str, str],
    ) -> dict[str, Any] | None:
        """UploadPart, once: botocore's fields of the answer.

        Raises Damaged, and what the body's progress raises.
        """
        headers = request_headers(parameters)
        if headers is None:
            return None
        headers["content-length"] = str(len(body))
        query = f"partNumber={number}&uploadId={_quoted(upload_id)}"
        reply = self._ask("PUT", bucket, key, query, headers, body.slices(), _MOST_OF_AN_ANSWER)
        if reply is not None and reply.status == 400:
            code = _text(reply.body, "Error", "Code")
            if code in _DAMAGED:
                raise Damaged(code)
        return answer_fields(reply.headers) if reply is not None and reply.status == 200 else None

    def complete(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        parts: Sequence[Mapping[str, Any]],
        parameters: Mapping[str, str],
    ) -> dict[str, Any] | None:
        """CompleteMultipartUpload of ``parts``, each with botocore's fields: the fields of the answer."""
        headers = request_headers(parameters)
        if headers is None:
            return None
        lines = "".join(
            "<Part>" + "".join(f"<{name}>{escape(str(part[name]))}</{name}>" for name in part) + "</Part>"
            for part in parts
        )
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        body = f'<CompleteMultipartUpload xmlns="{space}">{lines}</CompleteMultipartUpload>'.encode()
        headers["content-length"] = str(len(body))
        reply = self._ask("POST", bucket, key, f"uploadId={_quoted(upload_id)}", headers, (body,),
                          _MOST_OF_AN_ANSWER)  # fmt: skip
        if reply is None or reply.status != 200:
            return None
        # 200 is said before it is done: what went wrong then stands in the body. RGW 16.2 leaves ETag empty.
        etag = _text(reply.body, "CompleteMultipartUploadResult", "ETag")
        return None if etag is None else answer_fields(reply.headers) | {"ETag": etag}

    def look(self, bucket: str, key: str, version_id: str | None) -> dict[str, Any] | None:
        """HeadObject: botocore's fields of the answer."""
        query = f"versionId={_quoted(version_id)}" if version_id else ""
        reply = self._ask("HEAD", bucket, key, query, {"x-amz-checksum-mode": "ENABLED"})
        if reply is None or reply.status != 200 or not reply.headers.get("content-length", "").isdigit():
            return None
        return object_fields(reply.headers)

    def _told(
        self,
        method: str,
        bucket: str,
        key: str,
        query: str,
        *path: str,
        headers: Mapping[str, str] | None = None,
    ) -> str | None:
        """The text at ``path``, from the root on, of the document that is the answer."""
        sent = {**(headers or {}), "content-length": "0"} if method == "POST" else {}
        reply = self._ask(method, bucket, key, query, sent, (), _MOST_OF_AN_ANSWER)
        return _text(reply.body, *path) if reply is not None and reply.status == 200 else None


def _text(document: bytes, root: str, *path: str) -> str | None:
    try:
        # As botocore does; expat itself stops entities that grow.
        found: ElementTree.Element | None = ElementTree.fromstring(document)  # noqa: S314
    except ElementTree.ParseError:
        return None
    if found is None or _local(found) != root:
        return None
    for name in path:
        found = next((child for child in found if _local(child) == name), None)
        if found is None:
            return None
    return found.text or ""


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _quoted(text: str) -> str:
    return quote(text, safe="-_.~")
