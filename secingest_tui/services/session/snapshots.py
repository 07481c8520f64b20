"""The session's part that deals with snapshots: each call blocks and is called from threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from secingest_tui.errors import UsageError
from secingest_tui.models.paging import PAGE_LIMIT, Page
from secingest_tui.models.records import SnapshotEntry, SnapshotRow
from secingest_tui.models.snapshots import FindingRow, FolderRow, SnapshotOrder, SnapshotPlace
from secingest_tui.models.transfer import TaskKind
from secingest_tui.services.session import snapshot_tasks, views

if TYPE_CHECKING:
    from secingest_tui.services.session.transfers import TransferTasks
    from secingest_tui.services.snapshots.reading import Reader
    from secingest_tui.services.workspace import Workspace


class SnapshotCalls:
    """Satisfies the snapshot part of ``screens.ports.Session``."""

    _workspace: Workspace
    _jobs: TransferTasks

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def snapshots(self) -> list[SnapshotRow]:
        reader = self._workspace.reader(None)
        if reader is None:
            return []
        items = reader.snapshots(limit=PAGE_LIMIT // 2).items
        self._owners |= {item.id: item.tenant_id for item in items}
        return [views.snapshot_row(item) for item in items]

    def snapshot_places(self, backend: str) -> list[SnapshotPlace]:
        """Where the provider lists no buckets, the tenant's own by the namespace rule."""
        from secingest_tui.services.upload.bucket import tenant_bucket
        from secingest_tui.storage import AccessRefused

        places = []
        for name in self._snapshot_tenants(backend):
            try:
                buckets = self._workspace.store(backend, name).list_buckets()
            except AccessRefused:
                buckets = [tenant_bucket(self._workspace, name, backend, "data")]
            places += [SnapshotPlace(name, bucket) for bucket in buckets]
        return places

    def _snapshot_tenants(self, backend: str) -> list[str]:
        workspace = self._workspace
        tenants = [
            name for name in workspace.known_tenants() if workspace.has_store_credentials(backend, name)
        ]
        if not tenants:
            raise UsageError(
                f"No tenant of this profile has credentials for {backend}.",
                hint="Create a tenant on the Provisioning screen first.",
            )
        return tenants

    def start_snapshot(self, order: SnapshotOrder) -> str:
        wanted: dict[str, list[str]] = {}
        for place in order.places:
            wanted.setdefault(place.tenant, []).append(place.bucket)
        if not wanted:
            wanted = {name: [] for name in self._snapshot_tenants(order.backend)}
        work = snapshot_tasks.capture(
            self._workspace, order.backend, wanted, versions=order.versions, label=order.label or None
        )
        return self._jobs.start(TaskKind.SNAPSHOT, order.backend, work)

    def start_check(self, snapshot_id: str) -> str:
        work = snapshot_tasks.check(self._snapshot_reader(snapshot_id), snapshot_id)
        return self._jobs.start(TaskKind.CHECK, snapshot_id, work)

    def start_compare(self, old: str, new: str) -> str:
        # The owner of one may be unknown here only where the reader sees every tenant's.
        work = snapshot_tasks.compare(self._snapshot_reader(new), old, new)
        return self._jobs.start(TaskKind.COMPARE, f"{old} and {new}", work)

    def start_verify(self, snapshot_id: str) -> str:
        work = snapshot_tasks.verify(self._snapshot_reader(snapshot_id), snapshot_id)
        return self._jobs.start(TaskKind.VERIFY, snapshot_id, work)

    def start_report(self, snapshot_id: str, path: str) -> str:
        work = snapshot_tasks.report(self._workspace, self._snapshot_reader(snapshot_id), snapshot_id, path)
        return self._jobs.start(TaskKind.REPORT, path, work)

    def start_repair(self, finding: FindingRow) -> str:
        title = f"{finding.object_key} on {finding.backend}"
        return self._jobs.start(TaskKind.REPAIR, title, snapshot_tasks.repair(self._workspace, finding))

    def snapshot_folder(
        self, snapshot_id: str, bucket: str | None, prefix: str, cursor: str | None, limit: int
    ) -> Page[FolderRow]:
        from secingest_tui.services.snapshots.reading import readable

        where = {"bucket": bucket, "prefix": prefix or None, "limit": limit} if bucket else {}
        page = self._snapshot_reader(snapshot_id).folder(snapshot_id, cursor=cursor, **where)
        rows = tuple(
            FolderRow(
                readable(item.name),
                prefix + item.name,
                item.folder,
                item.entries,
                item.bytes,
                views.snapshot_entry(item.entry) if item.entry else None,
            )
            for item in page.items
        )
        return Page(rows, page.next)

    def find_in_snapshot(
        self, snapshot_id: str, text: str, cursor: str | None, limit: int
    ) -> Page[SnapshotEntry]:
        """A page of hits; the server reads a part at a time, so several answers may make one."""
        reader = self._snapshot_reader(snapshot_id)
        found: list[SnapshotEntry] = []
        while True:
            page = reader.snapshot(snapshot_id, contains=text, cursor=cursor, limit=limit)
            found += [views.snapshot_entry(item) for item in page.items]
            cursor = page.next
            if found or cursor is None:
                return Page(tuple(found), cursor)

    def snapshot_entry(self, snapshot_id: str, entry: SnapshotEntry) -> tuple[tuple[str, str], ...]:
        from secingest_tui.services.snapshots.lookup import what_the_server_knows

        return what_the_server_knows(self._snapshot_reader(snapshot_id), entry)

    def hold_snapshot(self, snapshot_id: str, reason: str | None) -> SnapshotRow:
        """Put on legal hold for a reason; without one the hold is lifted."""
        from backend_stub.contract.snapshots import SnapshotHold
        from secingest_tui.config import parse

        reader = self._snapshot_reader(snapshot_id)
        before = reader.snapshot(snapshot_id, limit=1).hold
        change = parse(SnapshotHold, {"hold": reason is not None, "before": before, "reason": reason}, "hold")
        return views.snapshot_row(reader.hold_snapshot(snapshot_id, change))

    def _snapshot_reader(self, snapshot_id: str) -> Reader:
        reader = self._workspace.reader(self._owners.get(snapshot_id))
        assert reader is not None, "a snapshot was listed, so there is somebody who reads"
        return reader
