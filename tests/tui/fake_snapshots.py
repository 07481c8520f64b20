"""The stand-in's part for the snapshots screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from secingest_tui.models.paging import Page
from secingest_tui.models.records import SnapshotEntry, SnapshotRow
from secingest_tui.models.snapshots import (
    ChangeRow,
    FindingRow,
    FolderRow,
    SnapshotOrder,
    SnapshotPlace,
    Verified,
)
from secingest_tui.models.transfer import TaskKind
from tests.tui.fake_data import NOW

if TYPE_CHECKING:
    from tests.tui.fake import FakeSession

    _Session = FakeSession
else:
    _Session = object


class FakeSnapshots(_Session):
    def snapshots(self) -> list[SnapshotRow]:
        self._call("snapshots")
        return list(self.snapshot_rows)

    def snapshot_places(self, backend: str) -> list[SnapshotPlace]:
        self._call("snapshot_places", backend)
        tenants = [row.id for row in self.tenant_rows[:2]]
        return [SnapshotPlace(name, f"s3gw-00112233445566{at}-embedded") for at, name in enumerate(tenants)]

    def start_snapshot(self, order: SnapshotOrder) -> str:
        def take() -> SnapshotRow:
            self._call("take_snapshot", order)
            row = SnapshotRow(f"snap-{len(self.snapshot_rows) + 1}", order.backend, NOW, 1, 3, 900)
            self.snapshot_rows.insert(0, row)
            return row

        return self.jobs_service.begin(
            TaskKind.SNAPSHOT, order.backend, take, listed=self.listing, kept="no snapshot was recorded"
        )

    def snapshot_folder(
        self, snapshot_id: str, bucket: str | None, prefix: str, cursor: str | None, limit: int
    ) -> Page[FolderRow]:
        self._call("snapshot_folder", snapshot_id, bucket, prefix, cursor)
        if bucket is None:
            names = sorted({entry.bucket for entry in self.entry_rows})
            total = sum(entry.size for entry in self.entry_rows)
            rows = [FolderRow(name, name, True, len(self.entry_rows), total) for name in names]
            return self._page(rows, cursor, limit)
        below: dict[str, list[SnapshotEntry]] = {}
        for entry in self.entry_rows:
            key = quote(entry.key, safe="/")
            if entry.bucket == bucket and key.startswith(prefix):
                name, slash, _ = key.removeprefix(prefix).partition("/")
                below.setdefault(name + slash, []).append(entry)
        rows = [
            FolderRow(
                unquote(name), prefix + name, name.endswith("/"), len(inside),
                sum(entry.size for entry in inside), None if name.endswith("/") else inside[0],
            )
            for name, inside in below.items()
        ]  # fmt: skip
        return self._page(rows, cursor, limit)

    def find_in_snapshot(
        self, snapshot_id: str, text: str, cursor: str | None, limit: int
    ) -> Page[SnapshotEntry]:
        self._call("find_in_snapshot", snapshot_id, text, cursor)
        return self._page([row for row in self.entry_rows if text in row.key], cursor, limit)

    def snapshot_entry(self, snapshot_id: str, entry: SnapshotEntry) -> tuple[tuple[str, str], ...]:
        self._call("snapshot_entry", snapshot_id, entry.key)
        return (
            ("registered", "yes"), ("object", entry.key), ("version", "v1"), ("etag", "the same"),
            ("key id", "customer42-k1  (rsa-oaep)"), ("residency", "FI"), ("copies", "2 of 2 wanted"),
        )  # fmt: skip

    def start_compare(self, old: str, new: str) -> str:
        def call() -> tuple[list[ChangeRow], str]:
            self._call("compare_snapshots", old, new)
            differences = (
                ("added", "", None, 4096), ("removed", "", 4097, None), ("changed", "size, etag", 1, 4098),
            )  # fmt: skip
            changes = [
                ChangeRow(kind, entry.bucket, entry.key, fields, before, after)
                for entry, (kind, fields, before, after) in zip(self.entry_rows, differences, strict=False)
            ]
            return changes, "1 added, 1 removed, 1 changed, 37 the same"

        return self.jobs_service.begin(TaskKind.COMPARE, old, call)

    def start_check(self, snapshot_id: str) -> str:
        def call() -> tuple[list[FindingRow], str]:
            self._call("reconcile_snapshot", snapshot_id)
            findings = [
                FindingRow(
                    title, entry.bucket, entry.key, "the snapshot did not see it",
                    "secingest drill --object " + entry.key, entry.key, "v1", "embedded-a", "customer42",
                    mend,
                )
                for (title, mend), entry in zip(self.findings, self.entry_rows, strict=False)
            ]  # fmt: skip
            return findings, "2 findings; 38 of 40 copies match"

        return self.jobs_service.begin(TaskKind.CHECK, snapshot_id, call)

    def start_repair(self, finding: FindingRow) -> str:
        def call() -> str:
            self._call("repair_copy", finding.object_key, finding.backend)
            return "1 job made; a worker copies: secingest worker --once"

        return self.jobs_service.begin(TaskKind.REPAIR, finding.object_key, call)

    def start_verify(self, snapshot_id: str) -> str:
        def call() -> Verified:
            self._call("verify_snapshot", snapshot_id)
            return self.verified

        return self.jobs_service.begin(TaskKind.VERIFY, snapshot_id, call)

    def hold_snapshot(self, snapshot_id: str, reason: str | None) -> SnapshotRow:
        self._call("hold_snapshot", snapshot_id, reason)
        index = next(at for at, row in enumerate(self.snapshot_rows) if row.id == snapshot_id)
        row = replace(self.snapshot_rows[index], hold=reason is not None, hold_reason=reason or "")
        self.snapshot_rows[index] = row
        return row

    def start_report(self, snapshot_id: str, path: str) -> str:
        def call() -> str:
            self._call("write_report", snapshot_id, path)
            return path

        return self.jobs_service.begin(TaskKind.REPORT, path, call)
