"""Comparing two snapshots: what came, what went, what changed, by folder, in bounded memory.

Parts that both snapshots share are not even read: an equal chunk holds equal rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from backend_stub.contract.snapshot_format import (
    DELETE_MARKER,
    LATEST,
    BucketChunks,
    SnapshotRow,
)
from secingest_tui.services.snapshots.reading import WholeSnapshot, raw_text

Kind = Literal["added", "removed", "changed"]
_STATUS = ("versioning", "object_lock", "retention_mode", "retention_days", "unlisted")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that differs; ``fields`` names what changed."""

    kind: Kind
    bucket: str
    name: str
    before: SnapshotRow | None
    after: SnapshotRow | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BucketChange:
    """A bucket that came or went, or whose status changed: ``field`` from ``before`` to ``after``."""

    bucket: str
    field: str
    before: object
    after: object


@dataclass(slots=True)
class FolderTotals:
    """Differences below one folder; bytes are of what was there before and is there after."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    bytes_before: int = 0
    bytes_after: int = 0

    def add(self, change: Change) -> None:
        setattr(self, change.kind, getattr(self, change.kind) + 1)
        self.bytes_before += change.before.size if change.before else 0
        self.bytes_after += change.after.size if change.after else 0


@dataclass(slots=True)
class Comparison:
    """Two snapshots held against each other. Walk ``changes`` once; totals are complete afterwards."""

    old: WholeSnapshot
    new: WholeSnapshot
    depth: int = 1
    """Path segments that make a folder of the totals."""
    total: FolderTotals = field(default_factory=FolderTotals)
    folders: dict[str, FolderTotals] = field(default_factory=dict)
    unchanged: int = 0

    @property
    def by_version(self) -> bool:
        """Versions are compared where both snapshots have them; else what was the latest."""
        return self.old.head.versions and self.new.head.versions

    @property
    def notes(self) -> list[str]:
        """What the comparison cannot say."""
        found = []
        if self.old.head.backend != self.new.head.backend:
            found.append(f"different backends: {self.old.head.backend} and {self.new.head.backend}")
        if self.old.head.versions != self.new.head.versions:
            found.append("one of them has every version: only what was the latest is compared")
        for whole in (self.old, self.new):
            if whole.head.omitted_entries or whole.head.omitted_buckets:
                found.append(
                    f"{whole.head.id} is cut by a cap: {whole.head.omitted_entries:,} entries and "
                    f"{whole.head.omitted_buckets:,} buckets are not in it"
                )
        return found

    def bucket_changes(self) -> list[BucketChange]:
        old = {bucket.name: bucket.summary for bucket in self.old.manifest.buckets}
        new = {bucket.name: bucket.summary for bucket in self.new.manifest.buckets}
        found = [BucketChange(name, "bucket", "there", "not listed") for name in old if name not in new]
        found += [BucketChange(name, "bucket", "not listed", "there") for name in new if name not in old]
        for name in sorted(old.keys() & new.keys()):
            found += [
                BucketChange(name, field, old[name].get(field), new[name].get(field))
                for field in _STATUS
                if old[name].get(field) != new[name].get(field)
            ]
        return found

    def changes(self) -> Iterator[Change]:
        """In the order of buckets and names. Raises SnapshotAltered."""
        names = {bucket.name for whole in (self.old, self.new) for bucket in whole.manifest.buckets}
        for name in sorted(names):
            for change in self._bucket(name, self.old.bucket(name), self.new.bucket(name)):
                self.total.add(change)
                folder = self._folder(name, change)
                self.folders.setdefault(folder, FolderTotals()).add(change)
                yield change

    def _folder(self, bucket: str, change: Change) -> str:
        segments = change.name.split("/")
        return "/".join([bucket, *segments[: min(self.depth, len(segments) - 1)]]) + "/"

    def _bucket(self, name: str, old: BucketChunks | None, new: BucketChunks | None) -> Iterator[Change]:
        mine, theirs = ({ref.sha256 for ref in side.chunks} if side else set() for side in (old, new))
        shared = mine & theirs if self.old.head.versions == self.new.head.versions else set()
        if old is not None:
            self.unchanged += sum(ref.rows for ref in old.chunks if ref.sha256 in shared)
        left, right = self._groups(self.old, old, shared), self._groups(self.new, new, shared)
        before, after = next(left, None), next(right, None)
        while before is not None or after is not None:
            if after is None or (before is not None and before[0] < after[0]):
                assert before is not None
                yield from self._pair(name, before[1], {})
                before = next(left, None)
            elif before is None or after[0] < before[0]:
                yield from self._pair(name, {}, after[1])
                after = next(right, None)
            else:
                yield from self._pair(name, before[1], after[1])
                before, after = next(left, None), next(right, None)

    def _groups(
        self, whole: WholeSnapshot, bucket: BucketChunks | None, shared: set[str]
    ) -> Iterator[tuple[bytes, dict[str, SnapshotRow]]]:
        """The rows of one key together, by version id; without versions the latest alone, as ''."""
        if bucket is None:
            return
        rows = (row for ref in bucket.chunks if ref.sha256 not in shared for row in whole.chunk(ref.sha256))
        for key, group in groupby(rows, key=lambda row: row.raw_name):
            if self.by_version:
                yield key, {row.version_id or "": row for row in group}
            else:
                latest = [row for row in group if row.flags & LATEST and not row.flags & DELETE_MARKER]
                if latest:
                    yield key, {"": latest[0]}

    def _pair(
        self, bucket: str, before: dict[str, SnapshotRow], after: dict[str, SnapshotRow]
    ) -> Iterator[Change]:
        for version, row in before.items():
            if version not in after:
                yield Change("removed", bucket, raw_text(row), row, None)
        for version, row in after.items():
            earlier = before.get(version)
            if earlier is None:
                yield Change("added", bucket, raw_text(row), None, row)
            elif fields := self._differences(earlier, row):
                yield Change("changed", bucket, raw_text(row), earlier, row, fields)
            else:
                self.unchanged += 1

    def _differences(self, before: SnapshotRow, after: SnapshotRow) -> tuple[str, ...]:
        found = [name for name in ("size", "etag", "mtime") if getattr(before, name) != getattr(after, name)]
        if self.by_version and (before.flags ^ after.flags) & (LATEST | DELETE_MARKER):
            found.append("latest")
        return tuple(found)
