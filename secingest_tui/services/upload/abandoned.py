"""Multipart uploads at the provider that nobody here can go on with: they cost storage until aborted.

They are what a killed stream leaves, or a run that was killed between beginning an upload and writing its
journal. An upload under way on another machine, or a stream right now, looks the same: its age tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from secingest_tui.services.upload.bucket import tenant_bucket
from secingest_tui.services.upload.unfinished import journalled_uploads
from secingest_tui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class AbandonedUpload:
    """An upload that the provider lists and no journal of this home has; ``began`` by the provider."""

    backend: str
    bucket: str
    key: str
    upload_id: str
    began: datetime | None

    @property
    def age(self) -> timedelta | None:
        """None where the provider does not say."""
        return None if self.began is None else max(timedelta(), datetime.now(UTC) - self.began)

    def row(self) -> dict[str, Any]:
        """For a list."""
        return {
            "key": self.key,
            "bucket": self.bucket,
            "began": self.began,
            "age_hours": None if self.age is None else round(self.age.total_seconds() / 3600, 1),
            "upload_id": self.upload_id,
        }


def abandoned_uploads(
    workspace: Workspace, tenant: str, backend_id: str, *, logical: str = "data"
) -> list[AbandonedUpload]:
    """Every such upload in the tenant's bucket, by key. Raises StorageError."""
    bucket = tenant_bucket(workspace, tenant, backend_id, logical)
    # In this order: what is listed and has its journal already is known, whenever it began.
    listed = list(workspace.store(backend_id, tenant).list_multiparts(bucket))
    known = journalled_uploads(workspace)
    found = [
        AbandonedUpload(backend_id, bucket, item.key, item.upload_id, item.initiated)
        for item in listed
        if (bucket, item.upload_id) not in known
    ]
    return sorted(found, key=lambda item: item.key)


def abort_abandoned(workspace: Workspace, tenant: str, item: AbandonedUpload) -> None:
    """Drop its parts, and see that they are gone. Raises StorageError."""
    workspace.store(item.backend, tenant).abort(item.bucket, item.key, item.upload_id)
