"""The session's part that deals with snapshots: each call blocks and is called from threads."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING

from secingest_tui import confine
from secingest_tui.errors import UsageError
from secingest_tui.models.paging import PAGE_LIMIT, Page
from secingest_tui.models.records import SnapshotEntry, SnapshotRow
from secingest_tui.models.snapshots import (
    CaptureView,
    ChangeRow,
    FindingRow,
    FolderRow,
    SnapshotOrder,
    SnapshotPlace,
    Verified,
)
from secingest_tui.paths import expanded
from secingest_tui.services.session import views
from secingest_tui.text import count

if TYPE_CHECKING:
    from secingest_tui.services.snapshots.capture import CaptureProgress
    from secingest_tui.services.snapshots.reading import Reader, WholeSnapshot
    from secingest_tui.services.workspace import Workspace


class SnapshotCalls:
    """Satisfies the snapshot part of ``screens.ports.Session``."""

    _workspace: Workspace

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._capture: CaptureProgress | None = None
        self._stop_capture = threading.Event()

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

    def take_snapshot(self, order: SnapshotOrder) -> SnapshotRow:
        """Raises StorageError, ServerRefused, ServerUnreachable, Cancelled."""
        from secingest_tui.services.snapshots import take_snapshot
        from secingest_tui.services.snapshots.capture import CaptureProgress

        wanted: dict[str, list[str]] = {}
        for place in order.places:
            wanted.setdefault(place.tenant, []).append(place.bucket)
        if not wanted:
            wanted = {name: [] for name in self._snapshot_tenants(order.backend)}
        self._stop_capture.clear()
        try:
            for name, buckets in wanted.items():
                self._capture = CaptureProgress()
                taken = take_snapshot(
                    self._workspace, name, order.backend, buckets=buckets, versions=order.versions,
                    label=order.label or None, progress=self._capture, cancel=self._stop_capture,
                )  # fmt: skip
        finally:
            self._capture = None
        return views.snapshot_row(taken)

    def capture(self) -> CaptureView | None:
        """How far the capture under way is; does not block."""
        now = self._capture
        if now is None:
            return None
        return CaptureView(now.bucket, now.buckets_done, now.buckets_total, now.entries)

    def stop_capture(self) -> None:
        """Ask the capture under way to stop; nothing is recorded then."""
        self._stop_capture.set()

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

    def compare_snapshots(self, old: str, new: str) -> tuple[list[ChangeRow], str]:
        """The first changes, and the totals in a line."""
        from secingest_tui.services.snapshots.compare import Comparison

        compared = Comparison(self._whole(old), self._whole(new))
        changes = compared.changes()
        rows = [
            ChangeRow(
                item.kind, item.bucket, item.name, ", ".join(item.fields),
                item.before.size if item.before else None, item.after.size if item.after else None,
            )
            for item in islice(changes, PAGE_LIMIT)
        ]  # fmt: skip
        for _ in changes:
            pass
        total = compared.total
        said = f"{total.added:,} added, {total.removed:,} removed, {total.changed:,} changed"
        return rows, "; ".join([f"{said}, {compared.unchanged:,} the same", *compared.notes])

    def reconcile_snapshot(self, snapshot_id: str) -> tuple[list[FindingRow], str]:
        """The first findings, and the counts in a line."""
        from secingest_tui.services.snapshots.reconcile import TITLES, Reconciliation

        done = Reconciliation(self._whole(snapshot_id))
        findings = done.findings(self._snapshot_reader(snapshot_id))
        rows = [
            FindingRow(
                TITLES[item.code], item.bucket, item.key, item.detail, item.action, item.object_key or "",
                item.version or "", item.backend, done.whole.head.tenant_id, item.mend,
            )
            for item in islice(findings, PAGE_LIMIT)
        ]  # fmt: skip
        for _ in findings:
            pass
        counts = (
            f"{sum(done.counts.values()):,} findings; {done.matched:,} of {done.registered:,} copies match"
        )
        if done.not_covered:
            counts += f", {done.not_covered:,} not looked at"
        return rows, counts

    def repair_copy(self, finding: FindingRow) -> str:
        """Look at one copy, and have it made again from a good one where it is missing or damaged."""
        from secingest_tui.services.replication.verify import verify

        report = verify(
            self._workspace, finding.tenant, share=1, deep=True, only=(finding.object_key, finding.version),
            backend=finding.backend,
        )  # fmt: skip
        if report.jobs:
            return f"{count(len(report.jobs), 'job')} made; a worker copies: secingest worker --once"
        if report.shortfalls:
            return f"Not mended: {report.shortfalls[0].reason}"
        return "It is as it was registered." if report.good else report.found[0].problem

    def verify_snapshot(self, snapshot_id: str) -> Verified:
        from secingest_tui.services.snapshots.reading import verify_snapshot

        found = verify_snapshot(self._snapshot_reader(snapshot_id), snapshot_id)
        return Verified(found["intact"], found["entries_checked"], tuple(found["problems"]))

    def hold_snapshot(self, snapshot_id: str, reason: str | None) -> SnapshotRow:
        """Put on legal hold for a reason; without one the hold is lifted."""
        from backend_stub.contract.snapshots import SnapshotHold
        from secingest_tui.config import parse

        reader = self._snapshot_reader(snapshot_id)
        before = reader.snapshot(snapshot_id, limit=1).hold
        change = parse(SnapshotHold, {"hold": reason is not None, "before": before, "reason": reason}, "hold")
        return views.snapshot_row(reader.hold_snapshot(snapshot_id, change))

    def write_report(self, snapshot_id: str, path: str) -> str:
        """An audit report, HTML or by the file's name Markdown or JSON; the path it was written to."""
        from secingest_tui.files import write_atomic
        from secingest_tui.services.proof import pinned_server_key
        from secingest_tui.services.snapshots.report import FORMATS, make_report

        target = confine.check(expanded(path))
        kind = target.suffix.removeprefix(".").lower()
        if target.exists():
            raise UsageError(f"{target} exists already; it was not touched.", hint="Choose another name.")
        if not target.parent.is_dir():
            raise UsageError(f"There is no folder {target.parent}.", hint="Make it first.")
        pinned_server_key(self._workspace)
        content, _ = make_report(
            self._snapshot_reader(snapshot_id), snapshot_id, format=kind if kind in FORMATS else "html"
        )
        write_atomic(target, content, exclusive=True)
        return str(target)

    def _whole(self, snapshot_id: str) -> WholeSnapshot:
        from secingest_tui.services.snapshots.reading import WholeSnapshot

        return WholeSnapshot.open(self._snapshot_reader(snapshot_id), snapshot_id)

    def _snapshot_reader(self, snapshot_id: str) -> Reader:
        reader = self._workspace.reader(self._owners.get(snapshot_id))
        assert reader is not None, "a snapshot was listed, so there is somebody who reads"
        return reader
