"""Steering replication: backends' limits and breakers, pauses, totals, reconciling, checks of replicas."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, Line, ObjectKey, TenantId, Version
from .jobs import Job, JobState

Breaker = Literal["closed", "open", "half-open"]
ReplicaState = Literal["ok", "missing", "rot", "deleted"]
MAX_CHECKS = 500


class BackendControl(Submission):
    """What an operator sets for a backend; absent fields stay, null lifts a limit. `reason` says why it is
    paused. `reset` closes the circuit breaker now."""

    paused: bool | None = None
    reason: Line | None = None
    max_concurrent: Annotated[int, Field(ge=1, le=10_000)] | None = None
    max_bytes_per_second: Annotated[int, Field(ge=65_536, le=2**50)] | None = None
    reset: bool = False


class BackendHealth(Answer):
    """How replication with one backend goes. Counts and bytes are since the database began.

    `breaker` open: nothing is leased until `broken_until`; half-open: one job at a time tries.
    """

    backend: BackendId
    paused: bool = False
    reason: str | None = None
    max_concurrent: int | None = None
    max_bytes_per_second: int | None = None
    breaker: Breaker = "closed"
    broken_until: Timestamp | None = None
    failures_in_row: int = 0
    leased: int = 0
    waiting: int = 0
    copied_objects: int = 0
    copied_bytes: int = 0
    failures: int = 0
    last_error: str | None = None
    last_failure_at: Timestamp | None = None
    last_success_at: Timestamp | None = None


class BackendHealthPage(Answer):
    items: list[BackendHealth]


class TenantControl(Submission):
    """Pause or resume all replication of a tenant; copies under way end as they would. `before` is whether
    it is paused, as the caller has seen it."""

    paused: bool
    before: bool
    reason: Line | None = None


class TenantControlState(Answer):
    tenant: TenantId
    paused: bool
    reason: str | None = None
    paused_at: Timestamp | None = None


class JobTotals(Answer):
    """Every job the caller sees, at one moment. `paused` counts waiting ones that are paused each by itself;
    `lag_seconds` is the age of the oldest that waits; `copied_*` count all backends since the beginning."""

    at: Timestamp
    counts: dict[JobState, int]
    paused: int = 0
    lag_seconds: float | None = None
    copied_objects: int = 0
    copied_bytes: int = 0


class JobsChanged(Answer):
    """The data of a `jobs` event of `GET /proxy/replication/watch`: jobs as they are now, each once."""

    items: list[Job]


class CauseGroup(Answer):
    """Jobs that ended or wait for the same cause at the same target; `example` is the newest one's reason."""

    state: JobState
    cause: str
    target: BackendId
    count: int
    first_at: Timestamp
    last_at: Timestamp
    example: str | None = None


class CausePage(Answer):
    """The largest group first."""

    items: list[CauseGroup]


class ReconcileRequest(Submission):
    """Make the jobs that the policy asks for. `after` is `next` of the answer before."""

    tenant: TenantId | None = None
    dry_run: bool = False
    after: Annotated[int, Field(ge=0)] = 0


class Shortfall(Answer):
    """A version with fewer good copies than its policy asks for, that no job can be made for."""

    object_key: ObjectKey
    version: Version
    wanted: int
    have: int
    reason: str


class PlannedJob(Answer):
    """A job that was made, or in a dry run would be; `id` is null then."""

    id: str | None = None
    object_key: ObjectKey
    version: Version
    source: BackendId
    target: BackendId
    reason: Literal["target", "policy", "repair"]


class ReconcileAnswer(Answer):
    """`short` were below their policy; for each there is a job or a shortfall. `next`: go on there."""

    short: int
    jobs: list[PlannedJob]
    shortfalls: list[Shortfall]
    next: int | None = None


class ReplicaCheck(Submission):
    """What somebody with provider credentials found at one replica. `problem` says what is wrong."""

    object_key: ObjectKey
    version: Version
    backend: BackendId
    state: Literal["ok", "missing", "rot"]
    verified_by: Literal["signed-frames", "checksum", "size-and-etag"] | None = None
    problem: Annotated[str, StringConstraints(max_length=2000)] | None = None
    bytes_read: Bytes = 0


class ReplicaChecks(Submission):
    """Findings of `secingest verify`. `repair`: make jobs from good replicas for what is not good."""

    items: Annotated[list[ReplicaCheck], Field(min_length=1, max_length=MAX_CHECKS)]
    repair: bool = True


class ReplicaChecksAnswer(Answer):
    """`recorded` findings; `unknown` ones are about replicas that are not on record (any more)."""

    recorded: int
    unknown: int
    jobs: list[PlannedJob]
    shortfalls: list[Shortfall]
