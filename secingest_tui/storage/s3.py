"""The S3 provider's client: buckets and objects. Multipart uploads are in ``multipart.py``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

from secingest_tui.storage.body import BufferBody, Progress
from secingest_tui.storage.checksum import CiphertextChecksum, PartChecksum, digest
from secingest_tui.storage.copying import CopyCalls
from secingest_tui.storage.direct import Absent, DirectCalls
from secingest_tui.storage.errors import (
    AccessRefused,
    BucketNotYours,
    NoSuchBucket,
    NoSuchKey,
    PreconditionFailed,
    StorageError,
)
from secingest_tui.storage.faults import answered, translated
from secingest_tui.storage.holds import HoldCalls
from secingest_tui.storage.listing import one_ahead
from secingest_tui.storage.multipart import MultipartCalls
from secingest_tui.storage.reader import ObjectReader
from secingest_tui.storage.results import BucketState, ObjectHead, ObjectInfo, PutResult
from secingest_tui.storage.settings import S3Settings, make_client
from secingest_tui.storage.wire import WireSums, bare_etag, checksum_of, confirm, insist_file_key

if TYPE_CHECKING:
    from typing_extensions import Buffer

MAX_LISTED = 1000
_REGION = re.compile("[A-Za-z0-9-]+")


class S3Store(MultipartCalls, HoldCalls, CopyCalls):
    """One identity at one provider. Every method may be called from many threads at once.

    Every failure is a StorageError of ``storage/errors.py``. Bodies are any contiguous buffer, sent without
    a copy; they must not change until the call returns. ETags carry no quotes.
    """

    def __init__(self, settings: S3Settings) -> None:
        """Opens no connection. Raises S3SettingsError."""
        self.settings = settings
        self._made: Any = None
        self._making = Lock()
        self._direct: DirectCalls | None = None
        if settings.endpoint is None or not _REGION.fullmatch(settings.region):
            self._direct = DirectCalls.where_it_fits(settings, self._client.meta.endpoint_url)
        else:
            self._direct = DirectCalls.where_it_fits(settings, settings.endpoint)
        if self._direct is None:
            # What is wrong with the settings is said now.
            self._client  # noqa: B018

    @property
    def _client(self) -> Any:
        """The full client, made when it is first needed: it takes 20 MiB and a fifth of a second."""
        with self._making:
            if self._made is None:
                self._made = make_client(self.settings)
            return self._made

    def __repr__(self) -> str:
        return f"S3Store({self.settings.place})"

    def close(self) -> None:
        """Close the pooled connections."""
        if self._made is not None:
            self._made.close()
        if self._direct is not None:
            self._direct.close()

    # Buckets

    def bucket_exists(self, bucket: str) -> bool:
        """Whether the bucket is there for us. Raises AccessRefused where the provider won't say."""
        try:
            with translated(self.settings, f"look for bucket {bucket}"):
                if self._direct is not None and self._direct.bucket_there(bucket):
                    return True
                self._client.head_bucket(Bucket=bucket)
        except (NoSuchBucket, NoSuchKey):
            return False
        except AccessRefused:
            # An answer to HEAD has no body, so wrong keys look like a refusal: ask something that says which.
            with suppress(AccessRefused):
                self.list_buckets()
            raise
        return True

    def ensure_bucket(self, bucket: str) -> BucketState:
        """Make the bucket, or see that it is ours. Raises BucketNotYours, AccessRefused.

        A bucket that lets us in is not yet ours: names follow from a public rule, so somebody may have
        made it first and opened it. Its owner is compared with the owner of our own listing.
        """
        try:
            if not self.bucket_exists(bucket):
                return self._create_bucket(bucket)
        except AccessRefused:
            raise BucketNotYours(
                f"bucket {bucket} at {self.settings.place} exists but is not yours, or may not be used",
                hint="someone else holds this name, or these credentials lack the right; nothing was sent",
                code="403",
            ) from None
        if not self._owns(bucket):
            raise BucketNotYours(
                f"bucket {bucket} at {self.settings.place} exists but is not yours",
                hint="someone else holds this name; nothing was sent. Use another counter or backend",
                code="BucketAlreadyExists",
            )
        return "owned"

    def list_buckets(self) -> list[str]:
        """The names of the buckets this identity sees, sorted."""
        with translated(self.settings, "list buckets"):
            return sorted(entry["Name"] for entry in self._client.list_buckets().get("Buckets", []))

    def _create_bucket(self, bucket: str) -> BucketState:
        extra: dict[str, Any] = {}
        # AWS insists on the region; others know no AWS regions and refuse them.
        if self.settings.is_aws and self.settings.region != "us-east-1":
            extra["CreateBucketConfiguration"] = {"LocationConstraint": self.settings.region}
        try:
            with translated(self.settings, f"create bucket {bucket}"):
                self._client.create_bucket(Bucket=bucket, **extra)
        except StorageError as error:
            if error.code == "BucketAlreadyOwnedByYou":
                return "owned"
            raise
        # Two creators at once can both be told yes (RGW), so the owner decides here too.
        if not self._owns(bucket):
            raise BucketNotYours(
                f"bucket {bucket} at {self.settings.place} was made by someone else at the same moment",
                hint="nothing was sent there; use another namespace counter or backend",
                code="BucketAlreadyExists",
            )
        return "created"

    def _owns(self, bucket: str) -> bool:
        with translated(self.settings, f"read the owner of bucket {bucket}"):
            if self._direct is not None and (owners := self._direct.owners(bucket)):
                return owners[0] == owners[1]
            ours = self._client.list_buckets().get("Owner", {}).get("ID")
            try:
                owner = self._client.get_bucket_acl(Bucket=bucket)["Owner"]["ID"]
            except self._client.exceptions.ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                    raise
                return False
        return bool(ours) and owner == ours

    # Objects

    def put(
        self,
        bucket: str,
        key: str,
        body: Buffer,
        *,
        checksum: PartChecksum | None = None,
        metadata: Mapping[str, str] | None = None,
        if_none_match: bool = False,
        progress: Progress | None = None,
    ) -> PutResult:
        """Store ``body`` whole. ``checksum``, its CRC64NVME where already known, saves computing it.

        With ``if_none_match`` another object that is there already raises PreconditionFailed; the same one is
        what an attempt stored whose answer was lost. ``progress`` as in BufferBody. Raises ChecksumMismatch
        where the provider holds something else than was sent.
        """
        insist_file_key(self.settings, key)
        sent = BufferBody(body, progress)
        sums = WireSums.of(self.settings.checksums, sent.view, checksum)
        parameters = dict(sums.parameters) | ({"IfNoneMatch": "*"} if if_none_match else {})
        extra: dict[str, Any] = dict(parameters) | ({"Metadata": dict(metadata)} if metadata else {})
        action = f"put s3://{bucket}/{key}"
        whole = CiphertextChecksum.combine([sums.record])
        try:
            with translated(self.settings, action):
                answer: Mapping[str, Any] | None = None
                if self._direct is not None:
                    answer = self._direct.put(bucket, key, sent, parameters, metadata or {})
                if answer is None:
                    answer = self._client.put_object(Bucket=bucket, Key=key, Body=sent, **extra)
        except PreconditionFailed:
            held = self.head(bucket, key)
            if held.size != len(sent) or held.etag != digest("md5", sent.view).hex():
                raise
            return PutResult(held.etag, held.size, held.version_id, whole, verified=True)
        verified = confirm(self.settings, action, sums, answer)
        return PutResult(bare_etag(answer), len(sent), answer.get("VersionId"), whole, verified)

    def head(self, bucket: str, key: str, *, version_id: str | None = None) -> ObjectHead:
        """The object's description. Raises NoSuchKey, also where the bucket is missing."""
        extra = {"VersionId": version_id} if version_id else {}
        with translated(self.settings, f"look at s3://{bucket}/{key}"):
            if self._direct is not None and (found := self._direct.look(bucket, key, version_id)):
                return _head(key, found)
            answer = self._client.head_object(Bucket=bucket, Key=key, ChecksumMode="ENABLED", **extra)
        return _head(key, answer)

    def get(
        self,
        bucket: str,
        key: str,
        *,
        start: int | None = None,
        end: int | None = None,
        version_id: str | None = None,
    ) -> ObjectReader:
        """A stream of the bytes from ``start`` up to, not including, ``end``. Raises NoSuchKey, BadRange.

        Use it as a context manager; an unread rest closes its connection.
        """
        extra = {"VersionId": version_id} if version_id else {}

        def open_at(position: int, etag: str | None) -> Any:
            wanted: dict[str, Any] = dict(extra)
            if position or end is not None:
                wanted["Range"] = f"bytes={position}-{'' if end is None else end - 1}"
            if etag:
                wanted["IfMatch"] = f'"{etag}"'
            if self._direct is not None and (direct := self._direct.get_object(bucket, key, **wanted)):
                return direct
            return self._client.get_object(Bucket=bucket, Key=key, **wanted)

        action = f"get s3://{bucket}/{key}"
        return ObjectReader(self.settings, action, open_at, start or 0, lambda answer: _head(key, answer))

    def fetch(
        self, bucket: str, key: str, most: int, *, version_id: str | None = None
    ) -> tuple[ObjectHead, bytes | None]:
        """A whole object in one request, None in its place where it has more than ``most`` bytes.

        Raises NoSuchKey and other StorageErrors.
        """
        if self._direct is not None:
            try:
                found = self._direct.get(bucket, key, most, version_id)
            except Absent:
                raise answered(self.settings, f"get s3://{bucket}/{key}", "NoSuchKey") from None
            if found is not None:
                return _head(key, found[0]), found[1]
        with self.get(bucket, key, version_id=version_id) as reader:
            return reader.head, reader.readall() if reader.length <= most else None

    def delete(self, bucket: str, key: str, *, version_id: str | None = None) -> None:
        """Remove the object (or one version of it); an object that is not there is no error."""
        extra = {"VersionId": version_id} if version_id else {}
        with translated(self.settings, f"delete s3://{bucket}/{key}"):
            self._client.delete_object(Bucket=bucket, Key=key, **extra)

    def list_objects(self, bucket: str, prefix: str = "", *, versions: bool = False) -> Iterator[ObjectInfo]:
        """All objects whose key begins with ``prefix``, a page at a time; with ``versions`` every version."""
        for page in self.list_pages(bucket, prefix, versions=versions):
            yield from page

    def list_pages(
        self, bucket: str, prefix: str = "", *, versions: bool = False
    ) -> Iterator[list[ObjectInfo]]:
        """As ``list_objects``, as the provider's pages; within one, delete markers come last."""
        return one_ahead(lambda cursor: self.list_page(bucket, prefix, versions=versions, cursor=cursor))

    def list_page(
        self, bucket: str, prefix: str = "", *, versions: bool = False, cursor: str | None = None
    ) -> tuple[list[ObjectInfo], str | None]:
        """At most 1,000 of them, and the cursor of the next page (None after the last)."""
        call = self._client.list_object_versions if versions else self._client.list_objects_v2
        marker: dict[str, Any] = json.loads(cursor) if cursor else {}
        if self._direct is not None and not versions:
            query = {"prefix": prefix, "max-keys": str(MAX_LISTED)}
            if token := marker.get("ContinuationToken"):
                query["continuation-token"] = token
            if (direct := self._direct.list_page(bucket, query)) is not None:
                infos, token = direct
                return infos, json.dumps({"ContinuationToken": token}) if token else None
        with translated(self.settings, f"list s3://{bucket}/{prefix}"):
            page = call(Bucket=bucket, Prefix=prefix, MaxKeys=MAX_LISTED, **marker)
        entries = [
            ObjectInfo(
                entry["Key"],
                int(entry.get("Size", 0)),
                bare_etag(entry),
                entry.get("LastModified"),
                entry.get("VersionId"),
                bool(entry.get("IsLatest", True)),
                versions and "Size" not in entry,
            )
            for entry in [
                *page.get("Contents", []),
                *page.get("Versions", []),
                *page.get("DeleteMarkers", []),
            ]
        ]
        if not page.get("IsTruncated"):
            return entries, None
        if versions:
            following = {
                "KeyMarker": page["NextKeyMarker"],
                "VersionIdMarker": page.get("NextVersionIdMarker", ""),
            }
        else:
            following = {"ContinuationToken": page["NextContinuationToken"]}
        return entries, json.dumps(following)

    def presign_get(self, bucket: str, key: str, *, expires: int = 3600) -> str:
        """A URL that reads the object for ``expires`` seconds without credentials: keep it secret."""
        with translated(self.settings, f"sign a link to s3://{bucket}/{key}"):
            return str(
                self._client.generate_presigned_url(
                    "get_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=expires
                )
            )


def _head(key: str, answer: Mapping[str, Any]) -> ObjectHead:
    size = int(answer["ContentLength"])
    spread = answer.get("ContentRange", "")
    if "/" in spread and spread.rpartition("/")[2].isdigit():
        size = int(spread.rpartition("/")[2])
    return ObjectHead(
        key,
        size,
        bare_etag(answer),
        answer.get("VersionId"),
        answer.get("LastModified"),
        checksum_of(answer),
        dict(answer.get("Metadata", {})),
    )
