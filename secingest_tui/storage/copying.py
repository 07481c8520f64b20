"""Copies that the provider makes by itself, and holds that travel with a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from secingest_tui.storage.faults import translated

if TYPE_CHECKING:
    from secingest_tui.storage.holds import Hold
    from secingest_tui.storage.settings import S3Settings

MAX_COPY = 5 * 1024**3
"""Bytes that CopyObject takes at most (Amazon S3 API reference)."""


class CopyCalls:
    """The part of S3Store that copies within one endpoint."""

    settings: S3Settings

    if TYPE_CHECKING:

        @property
        def _client(self) -> Any: ...

    def copy_within(
        self, source: str, bucket: str, key: str, *, etag: str, version_id: str | None = None
    ) -> str | None:
        """Have the provider copy ``key`` of bucket ``source`` to ``bucket``; the new version's id.

        Only while the source has this ETag. That it did is the provider's word: check it.
        Raises StorageError.
        """
        origin = {"Bucket": source, "Key": key} | ({"VersionId": version_id} if version_id else {})
        with translated(self.settings, f"copy s3://{source}/{key} to bucket {bucket}"):
            answer = self._client.copy_object(
                Bucket=bucket, Key=key, CopySource=origin, CopySourceIfMatch=f'"{etag}"',
                MetadataDirective="COPY",
            )  # fmt: skip
        version: str | None = answer.get("VersionId")
        return version

    def keep(self, bucket: str, key: str, hold: Hold, *, version_id: str | None = None) -> None:
        """Put a retention and a legal hold on a version. Raises StorageError."""
        extra = {"VersionId": version_id} if version_id else {}
        with translated(self.settings, f"hold s3://{bucket}/{key}"):
            if hold.until is not None:
                self._client.put_object_retention(
                    Bucket=bucket,
                    Key=key,
                    Retention={"Mode": hold.mode, "RetainUntilDate": hold.until},
                    **extra,
                )
            if hold.legal:
                self._client.put_object_legal_hold(
                    Bucket=bucket, Key=key, LegalHold={"Status": "ON"}, **extra
                )
