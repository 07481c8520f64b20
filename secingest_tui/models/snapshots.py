"""What the snapshots screen shows: folders with totals, findings, changes."""

from __future__ import annotations

from dataclasses import dataclass

from secingest_tui.models.records import SnapshotEntry


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A bucket or folder with the totals of what is below it, or an entry that lies here."""

    name: str
    path: str
    """What asks for its contents: the percent-encoded prefix; a bucket's name for a bucket."""
    folder: bool
    entries: int
    size: int
    entry: SnapshotEntry | None = None


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Something that a reconciliation found, and what to do next."""

    title: str
    bucket: str
    key: str
    detail: str
    action: str
    object_key: str = ""
    version: str = ""
    backend: str = ""
    tenant: str = ""
    mend: str = ""
    """What the screen does about it: ``register``, ``copies``, ``repair``, ``drill``, or nothing."""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What differs between two snapshots; sizes in bytes, ``None`` where it was not there."""

    kind: str
    bucket: str
    key: str
    fields: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Verified:
    """What reading every byte of a snapshot gave."""

    intact: bool
    entries: int
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SnapshotPlace:
    """A bucket, and the tenant whose credentials see it."""

    tenant: str
    bucket: str


@dataclass(frozen=True, slots=True)
class SnapshotOrder:
    """What to list for a new snapshot; without ``places`` every bucket that the credentials here see."""

    backend: str
    places: tuple[SnapshotPlace, ...] = ()
    versions: bool = False
    label: str = ""
