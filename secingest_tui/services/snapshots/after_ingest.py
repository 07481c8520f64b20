"""A snapshot of the bucket right after an ingest, with what the run registered and what failed."""

from __future__ import annotations

from backend_stub.contract.snapshots import Snapshot
from secingest_tui.services.ingest.plan import IngestRequest
from secingest_tui.services.ingest.run import IngestResult
from secingest_tui.services.snapshots.capture import Capture
from secingest_tui.services.snapshots.runs import summary_of
from secingest_tui.services.upload.bucket import tenant_bucket
from secingest_tui.services.workspace import Workspace


def snapshot_after(workspace: Workspace, request: IngestRequest, result: IngestResult) -> Snapshot:
    """Raises StorageError, ServerRefused, ServerUnreachable: the ingest itself stays what it was."""
    bucket = tenant_bucket(workspace, request.tenant, request.backend, request.logical)
    return Capture(
        workspace,
        request.tenant,
        request.backend,
        buckets=[bucket],
        label="after an ingest",
        run=summary_of(result),
    ).take()
