"""Replication as the monitor shows it: what to list, totals, backends, causes, one job's whole story."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from secingest_tui.models.records import JobRow, JobState, ReplicaView


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs, and in which order. ``sort``: newest, oldest, changed, priority."""

    state: JobState | None = None
    backend: str | None = None
    search: str = ""
    cause: str | None = None
    sort: str = "newest"

    def words(self) -> str:
        """What narrows the list; empty where nothing does."""
        parts = [
            f"{self.state.value} only" if self.state else "",
            f"backend {self.backend}" if self.backend else "",
            f"cause {self.cause}" if self.cause else "",
            f"key has {self.search}" if self.search else "",
            f"{self.sort} first" if self.sort != "newest" else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Totals:
    """Every job at one moment; ``copied_*`` count since the beginning, ``lag`` is in seconds."""

    at: datetime
    counts: dict[JobState, int] = field(default_factory=dict)
    lag: float | None = None
    copied_objects: int = 0
    copied_bytes: int = 0

    @property
    def depth(self) -> int:
        """Jobs that are not over."""
        open_states = (JobState.QUEUED, JobState.LEASED, JobState.RETRYING, JobState.BLOCKED)
        return sum(self.counts.get(state, 0) for state in open_states)


@dataclass(frozen=True, slots=True)
class BackendHealthRow:
    """How replication with one backend goes."""

    id: str
    breaker: str
    paused: bool
    leased: int
    waiting: int
    copied_objects: int
    copied_bytes: int
    failures: int
    max_concurrent: int | None = None
    max_bytes_per_second: int | None = None
    broken_until: datetime | None = None
    last_error: str = ""
    last_failure_at: datetime | None = None
    last_success_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CauseRow:
    """Jobs that ended or wait for one cause at one target."""

    state: JobState
    cause: str
    target: str
    count: int
    first_at: datetime
    last_at: datetime
    example: str

    @property
    def key(self) -> str:
        return f"{self.state.value} {self.cause} {self.target}"


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One lease of a job and how it ended."""

    number: int
    worker: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    error: str
    bytes_done: int


@dataclass(frozen=True, slots=True)
class JobStory:
    """A job, every attempt, and where the copies of its object are."""

    job: JobRow
    attempts: tuple[AttemptView, ...]
    replicas: tuple[ReplicaView, ...]
    worker: str = ""
    priority: int = 0
    kind: str = "copy"
    created_at: datetime | None = None
    lease_expires_at: datetime | None = None
    bytes_done: int = 0
    as_json: str = ""


@dataclass(frozen=True, slots=True)
class MonitorUpdate:
    """What changed. ``live``: by server-sent events; otherwise by asking, because of ``why``."""

    changed: tuple[JobRow, ...] = ()
    totals: Totals | None = None
    live: bool = True
    why: str = ""
