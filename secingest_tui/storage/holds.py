"""What a provider will not let anybody remove yet: object lock (Amazon S3 user guide, "S3 Object Lock")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from secingest_tui.storage.errors import AccessRefused, NoSuchBucket, NoSuchKey, StorageError
from secingest_tui.storage.faults import translated

if TYPE_CHECKING:
    from secingest_tui.storage.settings import S3Settings

# How providers say that there is no such hold, or that they know none.
_NONE = frozenset(
    (
        "NoSuchObjectLockConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "ObjectLockConfigurationNotFound",
        "InvalidRequest",
        "NotImplemented",
        "MethodNotAllowed",
        "XNotImplemented",
        "501",
        "400",
    )
)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a version stays: a retention until a time (``mode`` GOVERNANCE or COMPLIANCE), or a legal hold."""

    until: datetime | None = None
    mode: str = ""
    legal: bool = False

    def __str__(self) -> str:
        kept = f"{self.mode.lower()} retention until {self.until.isoformat()}" if self.until else ""
        return " and ".join(part for part in (kept, "a legal hold" if self.legal else "") if part)


class HoldCalls:
    """The part of S3Store that asks what must stay."""

    settings: S3Settings

    if TYPE_CHECKING:

        @property
        def _client(self) -> Any: ...

    def locks_objects(self, bucket: str) -> bool:
        """Whether the bucket can hold its objects at all; where the provider won't say, it might."""
        try:
            with translated(self.settings, f"ask for the object lock of bucket {bucket}"):
                answer = self._client.get_object_lock_configuration(Bucket=bucket)
        except AccessRefused as error:
            return error.code not in _NONE
        except (NoSuchBucket, NoSuchKey):
            return False
        except StorageError as error:
            if error.code in _NONE:
                return False
            raise
        return bool(answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled")

    def hold(self, bucket: str, key: str, *, version_id: str | None = None) -> Hold | None:
        """What keeps this version from being removed now; None where nothing does. Raises StorageError.

        A provider that refuses to say it also enforces it by itself: that counts as nothing here.
        """
        extra = {"VersionId": version_id} if version_id else {}
        retention = self._ask("get_object_retention", "Retention", bucket, key, extra)
        legal = self._ask("get_object_legal_hold", "LegalHold", bucket, key, extra).get("Status") == "ON"
        until = retention.get("RetainUntilDate")
        if until is not None and until <= datetime.now(UTC):
            until = None
        if until is None and not legal:
            return None
        return Hold(until, str(retention.get("Mode", "")) if until else "", legal)

    def _ask(self, call: str, part: str, bucket: str, key: str, extra: dict[str, str]) -> dict[str, Any]:
        try:
            with translated(self.settings, f"ask what holds s3://{bucket}/{key}"):
                answer = getattr(self._client, call)(Bucket=bucket, Key=key, **extra)
        except (AccessRefused, NoSuchKey):
            return {}
        except StorageError as error:
            if error.code in _NONE:
                return {}
            raise
        found: dict[str, Any] = answer.get(part, {})
        return found

    def bucket_status(self, bucket: str) -> dict[str, Any]:
        """Versioning, object lock and its default retention, as a snapshot has them.

        What the provider won't say or does not know is left out. Raises StorageError where it does not
        answer, or there is no such bucket.
        """
        found: dict[str, Any] = {}
        try:
            with translated(self.settings, f"ask for the versioning of bucket {bucket}"):
                answer = self._client.get_bucket_versioning(Bucket=bucket)
            found["versioning"] = str(answer.get("Status", "off")).lower()
        except StorageError as error:
            _pass_if_unknown(error)
        try:
            with translated(self.settings, f"ask for the object lock of bucket {bucket}"):
                answer = self._client.get_object_lock_configuration(Bucket=bucket)
        except StorageError as error:
            _pass_if_unknown(error)
            if error.code in _NONE - {"NotImplemented", "XNotImplemented", "501", "400"}:
                found["object_lock"] = False
            return found
        lock = answer.get("ObjectLockConfiguration", {})
        found["object_lock"] = lock.get("ObjectLockEnabled") == "Enabled"
        default = lock.get("Rule", {}).get("DefaultRetention", {})
        if default.get("Mode") in ("GOVERNANCE", "COMPLIANCE"):
            found["retention_mode"] = default["Mode"]
            found["retention_days"] = int(default.get("Days") or 0) + 365 * int(default.get("Years") or 0)
        return found


def _pass_if_unknown(error: StorageError) -> None:
    if error.code not in _NONE and not isinstance(error, AccessRefused | NoSuchKey):
        raise error
