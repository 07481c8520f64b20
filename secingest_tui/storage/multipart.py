"""Multipart uploads: begin, send parts from many threads, complete, abort, and find what was left."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from secingest_tui.storage.body import BufferBody, Progress
from secingest_tui.storage.checksum import CiphertextChecksum, PartChecksum
from secingest_tui.storage.direct_uploads import Damaged
from secingest_tui.storage.errors import (
    ChecksumMismatch,
    NoSuchKey,
    NoSuchUpload,
    PreconditionFailed,
    StorageError,
)
from secingest_tui.storage.faults import answered, translated
from secingest_tui.storage.results import ObjectHead, PartInfo, PartResult, PutResult, UploadInfo
from secingest_tui.storage.settings import S3Settings
from secingest_tui.storage.wire import WireSums, bare_etag, confirm, insist_file_key

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from secingest_tui.storage.direct import DirectCalls

MIN_PART_SIZE = 5 * 1024 * 1024
MAX_PARTS = 10_000
_ABORT_ROUNDS = 8


class MultipartCalls:
    """The part of S3Store that deals with multipart uploads."""

    settings: S3Settings
    _direct: DirectCalls | None

    if TYPE_CHECKING:

        @property
        def _client(self) -> Any: ...

        def head(self, bucket: str, key: str, *, version_id: str | None = None) -> ObjectHead: ...

    def create_multipart(self, bucket: str, key: str, *, metadata: Mapping[str, str] | None = None) -> str:
        """Begin an upload; its id. The provider is told to keep one checksum over the whole object."""
        insist_file_key(self.settings, key)
        extra: dict[str, Any] = {"Metadata": dict(metadata)} if metadata else {}
        if self._full_object:
            extra |= {"ChecksumAlgorithm": self.settings.checksums.upper(), "ChecksumType": "FULL_OBJECT"}
        with translated(self.settings, f"begin the upload of s3://{bucket}/{key}"):
            if self._direct is not None and (begun := self._direct.begin(bucket, key, extra)):
                return begun
            answer = self._client.create_multipart_upload(Bucket=bucket, Key=key, **extra)
        return str(answer["UploadId"])

    def upload_part(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        number: int,
        body: Buffer,
        *,
        checksum: PartChecksum | None = None,
        progress: Progress | None = None,
    ) -> PartResult:
        """Send part ``number`` (1 to 10,000; at least 5 MiB unless it is the last).

        A retry sends the very same bytes. ``checksum`` and ``progress`` as in ``S3Store.put``.
        Raises NoSuchUpload, ChecksumMismatch.
        """
        sent = BufferBody(body, progress)
        sums = WireSums.of(self.settings.checksums, sent.view, checksum)
        action = f"send part {number} of s3://{bucket}/{key}"
        with self._upload_call(action):
            answer: Mapping[str, Any] | None = None
            if self._direct is not None:
                try:
                    answer = self._direct.send_part(bucket, key, upload_id, number, sent, sums.parameters)
                except Damaged as error:
                    raise answered(self.settings, action, error.code) from None
            if answer is None:
                answer = self._client.upload_part(
                    Bucket=bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=sent,
                    **sums.parameters,
                )  # fmt: skip
        verified = confirm(self.settings, action, sums, answer)
        return PartResult(number, len(sent), bare_etag(answer), sums.record, sums.wire, verified)

    def complete(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        parts: Sequence[PartResult | PartInfo],
        *,
        if_none_match: bool = False,
    ) -> PutResult:
        """Make one object of the parts (in any order), and see that the provider holds all of it.

        Where every part carries its checksum, the whole one is verified by a provider that can, and is in
        the result. A completion whose answer was lost is recognised by the object's ETag and size. Raises
        ChecksumMismatch, PreconditionFailed (RGW 16.2 ignores ``if_none_match`` here: keys must be
        unique), NoSuchUpload.
        """
        ordered = sorted(parts, key=lambda part: part.number)
        size = sum(part.size for part in ordered)
        record = _whole([part.checksum if isinstance(part, PartResult) else None for part in ordered])
        wire = _whole([part.wire if isinstance(part, PartResult) else None for part in ordered])
        extra: dict[str, Any] = {"IfNoneMatch": "*"} if if_none_match else {}
        if self._full_object and wire is not None:
            extra |= {f"Checksum{wire.algorithm}": wire.value, "ChecksumType": "FULL_OBJECT"}
        action = f"complete the upload of s3://{bucket}/{key}"
        etag = version = None
        lost: StorageError | None = None
        try:
            with self._upload_call(action):
                lines = [self._part_line(part) for part in ordered]
                answer: Mapping[str, Any] | None = None
                if self._direct is not None:
                    answer = self._direct.complete(bucket, key, upload_id, lines, extra)
                if answer is None:
                    answer = self._client.complete_multipart_upload(
                        Bucket=bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": lines}, **extra
                    )
            etag, version = bare_etag(answer), answer.get("VersionId")
        except StorageError as error:
            if not error.retryable and not isinstance(error, NoSuchUpload | PreconditionFailed):
                raise
            # Perhaps it was completed and the answer never arrived: what lies there decides.
            lost = error
        held = self._held(bucket, key, version, lost)
        if lost is not None and (held is None or held.size != size or held.etag != multipart_etag(ordered)):
            if isinstance(lost, PreconditionFailed):
                raise lost
            # RGW answers 500, not 404, for an upload that is gone.
            next(self.list_parts(bucket, key, upload_id), None)
            raise lost
        assert held is not None
        theirs = held.checksum
        compared = wire is not None and theirs is not None and theirs.algorithm == wire.algorithm
        if held.size != size or (etag and held.etag != etag) or (compared and theirs != wire):
            raise ChecksumMismatch(
                f"{action} at {self.settings.place}: the provider holds another object than was sent",
                hint="the object is not registered; try the upload again",
            )
        verified = compared or all(isinstance(part, PartResult) and part.verified for part in ordered)
        return PutResult(held.etag, size, version or held.version_id, record, verified)

    def abort(self, bucket: str, key: str, upload_id: str) -> None:
        """Drop the upload and its parts, and see that they are gone. An unknown upload is no error.

        Raises StorageError where the provider still lists parts after several rounds: a part that was
        being sent meanwhile can outlive an abort (S3's documentation asks for this check).
        """
        for _ in range(_ABORT_ROUNDS):
            try:
                with self._upload_call(f"abort the upload of s3://{bucket}/{key}"):
                    self._client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload_id)
                next(self.list_parts(bucket, key, upload_id), None)
            except NoSuchUpload:
                return
        raise StorageError(
            f"abort the upload of s3://{bucket}/{key} at {self.settings.place}: its parts are still there",
            hint="wait until nothing is sent any more, then run 'secingest uploads abort' again",
            retryable=True,
        )

    def list_parts(self, bucket: str, key: str, upload_id: str) -> Iterator[PartInfo]:
        """The parts that arrived, in order, a page at a time. Raises NoSuchUpload."""
        marker = 0
        while True:
            with self._upload_call(f"list the parts of s3://{bucket}/{key}"):
                page = self._client.list_parts(
                    Bucket=bucket, Key=key, UploadId=upload_id, PartNumberMarker=marker
                )
            for part in page.get("Parts", []):
                yield PartInfo(int(part["PartNumber"]), int(part["Size"]), bare_etag(part))
            if not page.get("IsTruncated"):
                return
            marker = int(page["NextPartNumberMarker"])

    def list_multiparts(self, bucket: str, prefix: str = "") -> Iterator[UploadInfo]:
        """The uploads begun and neither completed nor aborted, a page at a time."""
        marker: dict[str, Any] = {}
        while True:
            with translated(self.settings, f"list the uploads under s3://{bucket}/{prefix}"):
                page = self._client.list_multipart_uploads(Bucket=bucket, Prefix=prefix, **marker)
            for upload in page.get("Uploads", []):
                yield UploadInfo(upload["Key"], upload["UploadId"], upload.get("Initiated"))
            if not page.get("IsTruncated"):
                return
            marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}

    @contextmanager
    def _upload_call(self, action: str) -> Iterator[None]:
        """As ``translated``; RGW calls a missing upload a missing key."""
        try:
            with translated(self.settings, action):
                yield
        except NoSuchKey as error:
            raise NoSuchUpload(
                f"{action} at {self.settings.place}: the multipart upload no longer exists",
                hint="start the upload again",
                code=error.code,
            ) from None

    def _held(
        self, bucket: str, key: str, version: str | None, lost: StorageError | None
    ) -> ObjectHead | None:
        """The object after a completion; where that failed, None rather than another failure."""
        try:
            return self.head(bucket, key, version_id=version)
        except StorageError:
            if lost is None:
                raise
            return None

    @property
    def _full_object(self) -> bool:
        return self.settings.checksums in ("crc64nvme", "crc32c")

    def _part_line(self, part: PartResult | PartInfo) -> dict[str, Any]:
        line: dict[str, Any] = {"PartNumber": part.number, "ETag": f'"{part.etag}"'}
        own = part.wire if isinstance(part, PartResult) and self._full_object else None
        if own is not None:
            line[f"Checksum{own.algorithm.upper()}"] = own.text
        return line


def multipart_etag(parts: Sequence[PartResult | PartInfo]) -> str:
    """The ETag S3 gives an object of these parts: MD5 of the parts' MD5s, and their number.

    "" where a part's ETag is no MD5 (a provider that encrypts under its own keys).
    """
    try:
        joined = b"".join(bytes.fromhex(part.etag) for part in parts)
    except ValueError:
        return ""
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(parts)}"


def _whole(sums: Sequence[PartChecksum | None]) -> CiphertextChecksum | None:
    """The checksum of the whole object, where every part's is known and of a kind that combines."""
    known = [each for each in sums if each is not None]
    if not known or len(known) != len(sums) or known[0].algorithm not in ("crc64nvme", "crc32c"):
        return None
    return CiphertextChecksum.combine(known)
