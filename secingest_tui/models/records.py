"""What the metadata server has recorded: objects, replication jobs, snapshots, receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was promised about one object: every field by name, in the order to show them."""

    object_key: str
    version: str
    fields: tuple[tuple[str, str], ...]
    as_json: str
    """The receipt as ``secingest ingest --json`` prints it: what copying it whole gives."""
    warnings: tuple[str, ...] = ()
    """What the server accepted but wants known, such as fewer copies than the policy asks for."""


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One version of one object in a list."""

    key: str
    version: str
    size: int | None
    backends: tuple[str, ...]
    residency: str | None
    replicas: int
    """Copies that exist."""
    replicas_wanted: int
    key_id: str
    recorded_at: datetime | None = None
    state: str = "active"
    """``active``, ``deleted`` (a tombstone) or ``erased``."""


@dataclass(frozen=True, slots=True)
class ReplicaView:
    """One copy of an object."""

    backend: str
    url: str
    etag: str
    state: str = ""
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ObjectDetail:
    """Everything about one version."""

    row: ObjectRow
    versions: tuple[str, ...]
    replicas: tuple[ReplicaView, ...]
    key_alg: str
    encrypted_key: str
    policy: tuple[tuple[str, str], ...] = ()
    receipt: Receipt | None = None
    sections: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    """More about it under headings: recipients, namespace, erasure, receipt's signature, audit entries."""


class JobState(StrEnum):
    """The states of a replication job."""

    QUEUED = "queued"
    LEASED = "leased"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    DEAD = "dead"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class JobRow:
    """A replication job."""

    id: str
    object_key: str
    version: str
    source: str
    target: str
    state: JobState
    attempts: int
    updated_at: datetime | None = None
    next_attempt_at: datetime | None = None
    error: str = ""
    bytes_total: int | None = None
    bytes_done: int = 0
    cause: str = ""
    paused: bool = False
    priority: int = 0
    kind: str = "copy"

    @property
    def can_pause(self) -> bool:
        """Whether it can be kept from the workers."""
        return self.can_cancel and not self.paused

    @property
    def can_retry(self) -> bool:
        """Whether asking for another attempt now makes sense."""
        return self.state in {JobState.DEAD, JobState.RETRYING, JobState.CANCELLED, JobState.BLOCKED}

    @property
    def can_cancel(self) -> bool:
        """Whether there is still something to stop."""
        return self.state in {JobState.QUEUED, JobState.LEASED, JobState.RETRYING, JobState.BLOCKED}


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A listing of one backend at one moment."""

    id: str
    backend: str
    taken_at: datetime | None
    buckets: int
    objects: int
    bytes_total: int | None = None
    truncated: bool = False
    """The limits cut it short; it does not hold everything."""
    tenant: str = ""
    hold: bool = False
    """On legal hold: neither deleted nor expired."""
    hold_reason: str = ""
    intact: bool = True
    """The record is what the audit chain says; what it names was not read for this."""
    label: str = ""
    sha256: str = ""
    failures: int | None = None
    """Of the ingest it was taken after; ``None`` where it was taken after none."""


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """One object a snapshot saw at the provider."""

    bucket: str
    key: str
    size: int
    etag: str
    modified_at: datetime | None = None
    encoded: bool = False
    """The key is percent-encoded, because it could do harm as it is."""
    version_id: str = ""
    latest: bool = True
    deleted: bool = False
    """A delete marker."""


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A registration that the server has not acknowledged."""

    id: str
    object_key: str
    version: str
    refused: bool
    """The server said no for good; a person has to look at it."""
    attempts: int
    error: str
    queued_at: str
    """RFC 3339."""
