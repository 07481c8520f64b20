"""Replication jobs, and the lease protocol of the workers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from backend_stub.contract.ids import BackendId, TenantId
from backend_stub.contract.jobs import (
    Cause,
    Complete,
    CompleteBatch,
    CompleteBatchAnswer,
    CompletedItem,
    Fail,
    Heartbeat,
    Job,
    JobCounts,
    JobDetail,
    JobFilter,
    JobPage,
    JobRequest,
    JobsAction,
    JobsActionAnswer,
    JobState,
    LeaseAnswer,
    LeaseRequest,
    Release,
)

from ..problems import ProblemError
from ..registry import completion, leases, leasing, totals
from ..registry import jobactions as actions
from ..registry import joblists as lists
from ..registry import jobs as rows
from ..web.paging import Cursor, Limit
from ..web.repeats import once
from ..web.route import Anybody, CurrentServices, JobsWriter, Worker
from .common import created, guarded_router

router = guarded_router("jobs", "/proxy/jobs")


@router.post("", status_code=201, responses={200: {"model": Job, "description": "It is active already."}})
@once(201)
def request_job(body: JobRequest, caller: JobsWriter, services: CurrentServices, response: Response) -> Job:
    """Ask for a further copy (201), or get the active job for it (200)."""
    job, new = services.database.write(
        lambda connection: rows.request_job(connection, services, caller, body)
    )
    created(response, new)
    return job


@router.get("")
def list_jobs(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    state: JobState | None = None,
    source: BackendId | None = None,
    target: BackendId | None = None,
    backend: BackendId | None = None,
    object_key: Annotated[str | None, Query(max_length=1024)] = None,
    search: Annotated[str | None, Query(max_length=1024, description="a part of the object key")] = None,
    cause: Cause | None = None,
    paused: bool | None = None,
    sort: lists.Sort = "newest",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> JobPage:
    """The newest first, or as `sort` says."""
    wanted = JobFilter(
        tenant=tenant, state=state, source=source, target=target, backend=backend,
        object_key=object_key, search=search, cause=cause, paused=paused,
    )  # fmt: skip
    with services.database.read() as connection:
        return lists.list_jobs(connection, caller, wanted, sort, limit, cursor)


@router.post("/actions")
@once()
def change_jobs(body: JobsAction, caller: JobsWriter, services: CurrentServices) -> JobsActionAnswer:
    """Retry, cancel, pause, resume or prioritise the jobs named, or all that match a filter, in batches."""
    return services.database.write(lambda connection: actions.change_jobs(connection, caller, body))


@router.get("/counts")
def count_jobs(caller: Anybody, services: CurrentServices, tenant: TenantId | None = None) -> JobCounts:
    """How many are in each state."""
    with services.database.read() as connection:
        return totals.job_counts(connection, caller, tenant)


@router.post("/lease")
@once()
def lease_jobs(body: LeaseRequest, caller: Worker, services: CurrentServices) -> LeaseAnswer:
    """Lease jobs whose source and target this worker serves; an empty list where there are none now."""
    return LeaseAnswer(
        leases=services.database.write(lambda connection: leasing.lease(connection, services, caller, body))
    )


@router.post("/complete")
def complete_jobs(body: CompleteBatch, caller: Worker, services: CurrentServices) -> CompleteBatchAnswer:
    """Up to 100 copies that are there and verified; each answer is what a single POST would have answered."""
    items = [(item.job, item) for item in body.items]
    answers = services.database.write(
        lambda connection: completion.complete_batch(connection, services, caller, items)
    )
    return CompleteBatchAnswer(items=[_completed(at, answer) for at, answer in enumerate(answers)])


def _completed(at: int, answer: Job | ProblemError) -> CompletedItem:
    if isinstance(answer, ProblemError):
        return CompletedItem(index=at, status=answer.status_code, problem=answer.problem())
    return CompletedItem(index=at, status=200, job=answer)


@router.get("/{job_id}")
def get_job(job_id: str, caller: Anybody, services: CurrentServices) -> JobDetail:
    """One job with its attempts."""
    with services.database.read() as connection:
        return rows.job_detail(connection, caller, job_id)


@router.post("/{job_id}/heartbeat")
def heartbeat(job_id: str, body: Heartbeat, caller: Worker, services: CurrentServices) -> Job:
    """Prolong a lease; 409 `lease-lost` means: stop."""
    return services.database.write(lambda connection: leases.heartbeat(connection, caller, job_id, body))


@router.post("/{job_id}/complete")
def complete_job(job_id: str, body: Complete, caller: Worker, services: CurrentServices) -> Job:
    """The copy is there and verified: it becomes a replica of the record. Repeating it changes nothing."""
    return services.database.write(
        lambda connection: completion.complete(connection, services, caller, job_id, body)
    )


@router.post("/{job_id}/fail")
def fail_job(job_id: str, body: Fail, caller: Worker, services: CurrentServices) -> Job:
    """The attempt failed: the job waits (`retrying`), is `dead`, or is `blocked` by policy."""
    return services.database.write(lambda connection: leases.fail(connection, caller, job_id, body))


@router.post("/{job_id}/release")
def release_job(job_id: str, body: Release, caller: Worker, services: CurrentServices) -> Job:
    """The worker was asked to end: the job waits again, and the attempt is not counted."""
    return services.database.write(lambda connection: leases.release(connection, caller, job_id, body))


@router.post("/{job_id}/retry")
@once()
def retry_job(job_id: str, caller: JobsWriter, services: CurrentServices) -> Job:
    """Queue a dead, cancelled, blocked or waiting job again."""
    return services.database.write(lambda connection: rows.retry_job(connection, caller, job_id))


@router.post("/{job_id}/cancel")
@once()
def cancel_job(job_id: str, caller: JobsWriter, services: CurrentServices) -> Job:
    """Cancel a job that is not over; its worker learns it at the next heartbeat."""
    return services.database.write(lambda connection: rows.cancel_job(connection, caller, job_id))


@router.post("/{job_id}/pause")
@once()
def pause_job(job_id: str, caller: JobsWriter, services: CurrentServices) -> Job:
    """Lease it to nobody until it is resumed; a worker that has it stops at its next heartbeat."""
    return services.database.write(lambda connection: rows.pause_job(connection, caller, job_id))


@router.post("/{job_id}/resume")
@once()
def resume_job(job_id: str, caller: JobsWriter, services: CurrentServices) -> Job:
    """Let a paused job be leased again."""
    return services.database.write(lambda connection: rows.resume_job(connection, caller, job_id))
