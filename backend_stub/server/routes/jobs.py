"""Replication jobs, and the lease protocol of the workers."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from sqlalchemy import select

from backend_stub.contract.ids import BackendId, TenantId
from backend_stub.contract.jobs import (
    Complete,
    Fail,
    Heartbeat,
    Job,
    JobCounts,
    JobDetail,
    JobPage,
    JobRequest,
    JobState,
    LeaseAnswer,
    LeaseRequest,
)

from ..registry import jobs as rows
from ..registry import leases
from ..store.schema import jobs
from ..web.paging import Cursor, Limit, decode_cursor, encode_cursor
from ..web.route import Anybody, CurrentServices, JobsWriter, Worker
from .common import created, guarded_router

router = guarded_router("jobs", "/proxy/jobs")


@router.post("", status_code=201, responses={200: {"model": Job, "description": "It is active already."}})
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
    target: BackendId | None = None,
    object_key: Annotated[str | None, Query(max_length=1024)] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> JobPage:
    """The newest first."""
    query = select(jobs)
    if caller.tenants is not None:
        query = query.where(jobs.c.tenant_id.in_(caller.tenants))
    equal = {"tenant_id": tenant, "state": state, "target": target, "object_key": object_key}
    for name, value in equal.items():
        if value is not None:
            query = query.where(jobs.c[name] == value)
    if (position := decode_cursor(cursor, str)) is not None:
        query = query.where(jobs.c.id < position[0])
    with services.database.read() as connection:
        found = connection.execute(query.order_by(jobs.c.id.desc()).limit(limit + 1)).mappings().all()
    items = [rows.job_answer(row) for row in found[:limit]]
    return JobPage(items=items, next=encode_cursor(items[-1].id) if len(found) > limit else None)


@router.get("/counts")
def count_jobs(caller: Anybody, services: CurrentServices, tenant: TenantId | None = None) -> JobCounts:
    """How many are in each state."""
    with services.database.read() as connection:
        return rows.job_counts(connection, caller, tenant)


@router.post("/lease")
def lease_jobs(body: LeaseRequest, caller: Worker, services: CurrentServices) -> LeaseAnswer:
    """Lease jobs whose source and target this worker serves; an empty list where there are none now."""
    return LeaseAnswer(
        leases=services.database.write(lambda connection: leases.lease(connection, services, caller, body))
    )


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
        lambda connection: leases.complete(connection, services, caller, job_id, body)
    )


@router.post("/{job_id}/fail")
def fail_job(job_id: str, body: Fail, caller: Worker, services: CurrentServices) -> Job:
    """The attempt failed: the job waits (`retrying`), is `dead`, or is `blocked` by policy."""
    return services.database.write(lambda connection: leases.fail(connection, caller, job_id, body))


@router.post("/{job_id}/retry")
def retry_job(job_id: str, caller: JobsWriter, services: CurrentServices) -> Job:
    """Queue a dead, cancelled, blocked or waiting job again."""
    return services.database.write(lambda connection: rows.retry_job(connection, caller, job_id))


@router.post("/{job_id}/cancel")
def cancel_job(job_id: str, caller: JobsWriter, services: CurrentServices) -> Job:
    """Cancel a job that is not over; its worker learns it at the next heartbeat."""
    return services.database.write(lambda connection: rows.cancel_job(connection, caller, job_id))
