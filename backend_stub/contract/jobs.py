"""Replication jobs and the lease protocol between server and workers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, Label, ObjectKey, TenantId, Version
from .locations import BackendLocation, CiphertextChecksum
from .problems import Problem
from .residency import Country, Residency

JobState = Literal["queued", "leased", "succeeded", "retrying", "dead", "cancelled", "blocked"]
ACTIVE_STATES: tuple[JobState, ...] = ("queued", "leased", "retrying", "blocked")
MAX_LEASE_SECONDS = 3600
MAX_ATTEMPTS = 8
MAX_SELECTED = 1000
MAX_COMPLETED = 100
JobKind = Literal["copy", "delete"]

LeaseToken = Annotated[str, StringConstraints(min_length=32, max_length=128)]
ErrorText = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Cause = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
JobId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Priority = Annotated[int, Field(ge=-100, le=100)]


class JobRequest(Submission):
    """Ask for a further copy of a registered version. `source` defaults to a backend that has it."""

    object_key: ObjectKey
    version: Version
    target: BackendId
    source: BackendId | None = None
    priority: Priority = 0


class Attempt(Answer):
    """One lease of a job and how it ended."""

    number: int
    worker: str
    started_at: Timestamp
    ended_at: Timestamp | None = None
    outcome: Literal["running", "succeeded", "failed", "expired", "blocked", "cancelled", "released"]
    error: str | None = None
    bytes_done: int = 0


class Job(Answer):
    """One copy of one object version to one backend, or (`kind` delete) its removal there.

    `next_attempt_at` is when it may be leased again; `reason` says why it is blocked, dead or retrying, and
    `cause` is the same as a code to group by. A job with `paused_at` is leased to nobody. `bytes_per_second`
    is its share of its backends' bandwidth limits, in answers to its worker only.
    """

    id: str
    kind: JobKind = "copy"
    tenant_id: TenantId
    object_key: ObjectKey
    version: Version
    source: BackendId
    target: BackendId
    state: JobState
    priority: int
    attempts: int
    max_attempts: int
    created_at: Timestamp
    updated_at: Timestamp
    next_attempt_at: Timestamp | None = None
    worker: str | None = None
    lease_expires_at: Timestamp | None = None
    bytes_done: int = 0
    bytes_total: int | None = None
    reason: str | None = None
    cause: str | None = None
    paused_at: Timestamp | None = None
    bytes_per_second: int | None = None


class JobDetail(Job):
    """A job with every attempt so far, the oldest first."""

    history: list[Attempt]


class JobPage(Answer):
    """The newest first. `next` goes into `?cursor=`; null on the last page."""

    items: list[Job]
    next: str | None = None


class JobCounts(Answer):
    """Jobs by state, and the age in seconds of the oldest that still waits."""

    counts: dict[JobState, int]
    oldest_waiting_seconds: int | None = None


class JobFilter(Submission):
    """Which jobs; an absent field is no condition. `backend` is source or target, `search` a part of the
    object key, `cause` as in `Job`."""

    tenant: TenantId | None = None
    state: JobState | None = None
    source: BackendId | None = None
    target: BackendId | None = None
    backend: BackendId | None = None
    object_key: Annotated[str, StringConstraints(max_length=1024)] | None = None
    search: Annotated[str, StringConstraints(max_length=1024)] | None = None
    cause: Cause | None = None
    paused: bool | None = None


JobActionName = Literal["retry", "cancel", "pause", "resume", "prioritise"]


class JobsAction(Submission):
    """One action on the named jobs, or on all that match a filter, at most `MAX_SELECTED` a request.

    `priority` is for `prioritise`. `after` is `next` of the answer before, to go on behind it.
    """

    action: JobActionName
    ids: Annotated[list[JobId], Field(max_length=MAX_SELECTED)] | None = None
    filter: JobFilter | None = None
    priority: Priority | None = None
    after: JobId | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("name the jobs by `ids` or by `filter`, one of the two")
        if (self.action == "prioritise") != (self.priority is not None):
            raise ValueError("`priority` goes with the action prioritise")
        return self


class JobsActionAnswer(Answer):
    """How many jobs were changed, and how many the action does not apply to. `next`: there may be more."""

    changed: int
    skipped: int
    next: str | None = None


class LeaseRequest(Submission):
    """What a worker can do: only jobs whose source and target are both in `backends` are leased.

    `serves` narrows that tenant by tenant, for a worker of several: a tenant that is not in it gets nothing.
    """

    worker: Label
    backends: Annotated[list[BackendId], Field(min_length=1, max_length=200)]
    serves: Annotated[dict[TenantId, list[BackendId]], Field(max_length=1000)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 1
    lease_seconds: Annotated[int, Field(ge=1, le=MAX_LEASE_SECONDS)] = 60


class LeasedObject(Answer):
    """What a worker needs to know of the object to copy and verify it without any key.

    `logical` and `target_counter` are what the namespace rule made `target_bucket` of. `mend`: a copy at the
    target is on record, and was found wanting.
    """

    residency: Residency
    source: BackendLocation
    target_bucket: str
    target_counter: int = 0
    logical: str = "data"
    mend: bool = False
    target_country: Country | None = None
    size: int | None = None
    ciphertext_size: int | None = None
    ciphertext_checksum: CiphertextChecksum | None = None
    header_sha256: str | None = None
    frame_length: int | None = None
    signer: str | None = None
    signer_fingerprint: str | None = None
    manifest_sha256: str | None = None


class Lease(Answer):
    """A leased job and the token that heartbeat, complete and fail must show."""

    job: Job
    token: LeaseToken = Field(repr=False)
    expires_at: Timestamp
    object: LeasedObject


class LeaseAnswer(Answer):
    """The leased jobs; an empty list where there is nothing to do for this worker now."""

    leases: list[Lease]


class Heartbeat(Submission):
    """Keeps a lease for another `lease_seconds` and tells progress in bytes."""

    token: LeaseToken = Field(repr=False)
    lease_seconds: Annotated[int, Field(ge=1, le=MAX_LEASE_SECONDS)] = 60
    bytes_done: Bytes = 0
    bytes_total: Bytes | None = None


class Complete(Submission):
    """The copy is at `location` and was verified there as `verified_by` says. `country` is the target's in
    the worker's own configuration; where it contradicts the server's, the completion is refused. A removal is
    verified by `absent`."""

    token: LeaseToken = Field(repr=False)
    location: BackendLocation
    verified_by: Literal["signed-frames", "checksum", "size-and-etag", "absent"]
    bytes_done: Bytes = 0
    country: Country | None = None


class CompletedJob(Complete):
    """A `Complete` within a batch: of this job."""

    job: JobId


class CompleteBatch(Submission):
    """Jobs whose copies are there. Each is taken or refused on its own."""

    items: Annotated[list[CompletedJob], Field(min_length=1, max_length=MAX_COMPLETED)]


class CompletedItem(Answer):
    """The answer to the item of the same position: `status` as a single POST would have answered."""

    index: int
    status: int
    job: Job | None = None
    problem: Problem | None = None


class CompleteBatchAnswer(Answer):
    items: list[CompletedItem]


class Release(Submission):
    """The worker gives the lease back unharmed, because it was asked to end: no attempt is used up."""

    token: LeaseToken = Field(repr=False)
    bytes_done: Bytes = 0


class Fail(Submission):
    """The attempt failed. `retry=False` makes the job dead at once; `blocked=True` is a refusal by policy
    (residency, ownership of the bucket), which no retry mends.

    `unavailable` names the backend that did not answer: that counts against its circuit breaker, and not
    against the job once the breaker is open. `source_bad`: the source is not what was registered; the job
    then goes on from another copy, if there is one.
    """

    token: LeaseToken = Field(repr=False)
    error: ErrorText
    cause: Cause = "failed"
    retry: bool = True
    blocked: bool = False
    unavailable: BackendId | None = None
    source_bad: bool = False
    bytes_done: Bytes = 0
