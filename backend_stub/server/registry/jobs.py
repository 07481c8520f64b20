"""Replication jobs: made with the object, asked for, steered one by one, read (`leases`: the workers)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from backend_stub.contract.jobs import (
    ACTIVE_STATES,
    MAX_ATTEMPTS,
    Attempt,
    Job,
    JobDetail,
    JobRequest,
)
from backend_stub.contract.objects import ObjectRegistration

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import conflict, invalid, not_found
from ..services import Services
from ..store.database import database_now
from ..store.schema import attempts, jobs, lanes, objects, replicas
from ..store.values import from_micros, maybe_time, new_id
from . import policy
from .controls import ensure_row
from .tenants import find_tenant


def job_fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    times = {name: maybe_time(row[name]) for name in ("next_attempt_at", "lease_expires_at", "paused_at")}
    made = {name: from_micros(row[name]) for name in ("created_at", "updated_at")}
    return {**row, **times, **made}


def job_answer(row: Mapping[Any, Any]) -> Job:
    return Job.model_validate(job_fields(row))


def find_job(connection: Connection, principal: Principal, job_id: str, *, lock: bool = False) -> RowMapping:
    """A job that the caller may see. Raises ProblemError 404."""
    query = select(jobs).where(jobs.c.id == job_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None or not principal.sees(row["tenant_id"]):
        raise not_found("job")
    return row


def new_job(
    row: Mapping[Any, Any], source: str, target: str, now: int, priority: int = 0, kind: str = "copy"
) -> dict[str, Any]:
    """The columns of a queued job for an object's row; `object_id` is None where that is not written yet."""
    return {
        "id": new_id("job"),
        "kind": kind,
        "tenant_id": row["tenant_id"],
        "object_id": row.get("id"),
        "object_key": row["object_key"],
        "version": row["version"],
        "source": source,
        "target": target,
        "state": "queued",
        "priority": priority,
        "attempts": 0,
        "max_attempts": MAX_ATTEMPTS,
        "created_at": now,
        "updated_at": now,
        "next_attempt_at": now,
        "bytes_done": 0,
        "bytes_total": row["ciphertext_size"],
    }


def good_copies(connection: Connection, object_id: int) -> list[str]:
    """The backends that have a copy which no check found wanting, the primary first."""
    mine = select(replicas.c.backend).where(replicas.c.object_id == object_id, replicas.c.state == "ok")
    return list(connection.execute(mine.order_by(replicas.c.position)).scalars())


def insert_jobs(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write jobs of `new_job`, and the lanes that leases are looked for in."""
    insert_lanes(connection, rows)
    write_jobs(connection, rows)


def insert_lanes(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """The lanes of jobs that are about to be written."""
    for lane in sorted({(row["tenant_id"], row["source"], row["target"]) for row in rows}):
        insert_lane(connection, *lane)


def write_jobs(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write jobs whose lanes are there."""
    if rows:
        connection.execute(insert(jobs), list(rows))


def insert_lane(connection: Connection, tenant: str, source: str, target: str) -> None:
    """See that leases look here."""
    ensure_row(connection, lanes, tenant_id=tenant, source=source, target=target)


def request_job(
    connection: Connection, services: Services, principal: Principal, request: JobRequest
) -> tuple[Job, bool]:
    """A job for a recorded version, or the active one there is; whether it is new.

    Raises ProblemError 404, 409 (deleted, or the copy exists) or 422 (policy).
    """
    key = (objects.c.object_key == request.object_key, objects.c.version == request.version)
    # Held, so that a tombstone of the same moment comes before or after, and cancels the job.
    held = select(objects).where(*key).with_for_update(key_share=True)
    row = connection.execute(held).mappings().one_or_none()
    if row is None or not principal.sees(row["tenant_id"]):
        raise not_found("object version")
    if row["state"] == "deleted":
        raise conflict("deleted", "This version is deleted: nothing is copied any more.")
    copies = good_copies(connection, row["id"])
    if request.target in copies:
        raise conflict("copy-exists", f"{request.target} has this version already.")
    if not copies:
        raise conflict("no-good-copy", "No good copy of this version is left to copy from.")
    source = request.source or copies[0]
    if source not in copies:
        raise invalid("source", f"{source} has no copy of this version", f"choose one of {', '.join(copies)}")
    active = select(jobs).where(jobs.c.object_id == row["id"], jobs.c.target == request.target)
    found = connection.execute(active.where(jobs.c.state.in_(ACTIVE_STATES))).mappings().one_or_none()
    if found is not None:
        return job_answer(found), False
    tenant = find_tenant(connection, row["tenant_id"])
    assert tenant is not None
    policy.check_allowed(tenant, "target", request.target)
    logical = ObjectRegistration.model_validate_json(row["submission"]).logical
    where = policy.place(connection, services.settings, row["tenant_id"], logical, request.target)
    policy.check_target("target", row["residency"], where)
    now = database_now(connection)
    policy.record_mapping(connection, row["tenant_id"], logical, where, now)
    job = new_job(dict(row), source, request.target, now, request.priority)
    insert_jobs(connection, [job])
    detail = {
        "object_key": row["object_key"],
        "version": row["version"],
        "source": source,
        "target": request.target,
    }
    append(connection, principal.actor, [Event("job.create", job["id"], row["tenant_id"], detail)])
    return job_answer(find_job(connection, principal, job["id"])), True


def retry_job(connection: Connection, principal: Principal, job_id: str) -> Job:
    """Queue a job again, with all its attempts. Raises ProblemError 404 or 409."""
    row = find_job(connection, principal, job_id, lock=True)
    if row["state"] not in ("dead", "cancelled", "blocked", "retrying"):
        raise conflict("job-state", f"A job that is {row['state']} is not retried.")
    if row["state"] in ("dead", "cancelled"):
        others = select(jobs.c.id).where(jobs.c.object_id == row["object_id"], jobs.c.target == row["target"])
        if connection.execute(others.where(jobs.c.state.in_(ACTIVE_STATES))).first() is not None:
            raise conflict("job-state", "Another job for the same copy is active.")
        check_still_wanted(connection, row)
    again: dict[str, Any] = {"state": "queued", "attempts": 0, "reason": None, "cause": None}
    again |= {"next_attempt_at": database_now(connection), "paused_at": None}
    return _set(connection, principal, row, "job.retry", **again)


def check_still_wanted(connection: Connection, row: RowMapping) -> None:
    """Raises ProblemError 409 where the version was deleted and the job would copy it."""
    state = select(objects.c.state).where(objects.c.id == row["object_id"])
    if row["kind"] == "copy" and connection.execute(state).scalar_one() == "deleted":
        raise conflict("deleted", "The version is deleted: nothing is copied any more.")


def cancel_job(connection: Connection, principal: Principal, job_id: str) -> Job:
    """Cancel a job that is not over; repeating it is harmless. Raises ProblemError 404 or 409."""
    row = find_job(connection, principal, job_id, lock=True)
    if row["state"] == "cancelled":
        return job_answer(row)
    if row["state"] not in ACTIVE_STATES:
        raise conflict("job-state", f"A job that is {row['state']} is not cancelled.")
    end_attempt(connection, row["id"], database_now(connection), "cancelled", None)
    return _set(connection, principal, row, "job.cancel", state="cancelled", paused_at=None, **NO_LEASE)


def pause_job(connection: Connection, principal: Principal, job_id: str) -> Job:
    """Lease a job to nobody until it is resumed. A worker that has it loses its lease, and the attempt is
    not counted; repeating it is harmless. Raises ProblemError 404 or 409."""
    row = find_job(connection, principal, job_id, lock=True)
    if row["state"] not in ACTIVE_STATES:
        raise conflict("job-state", f"A job that is {row['state']} is not paused.")
    if row["paused_at"] is not None:
        return job_answer(row)
    now = database_now(connection)
    values: dict[str, Any] = {"paused_at": now}
    if row["state"] == "leased":
        end_attempt(connection, row["id"], now, "released", "the job was paused")
        values |= {**NO_LEASE, "state": "queued", "next_attempt_at": now}
        values["attempts"] = max(0, row["attempts"] - 1)
    return _set(connection, principal, row, "job.pause", **values)


def resume_job(connection: Connection, principal: Principal, job_id: str) -> Job:
    """Let a paused job be leased again; repeating it is harmless. Raises ProblemError 404."""
    row = find_job(connection, principal, job_id, lock=True)
    if row["paused_at"] is None:
        return job_answer(row)
    return _set(connection, principal, row, "job.resume", paused_at=None)


def prioritise_job(connection: Connection, principal: Principal, job_id: str, priority: int) -> Job:
    """Set the priority of a job that is not over. Raises ProblemError 404 or 409."""
    row = find_job(connection, principal, job_id, lock=True)
    if row["state"] not in ACTIVE_STATES:
        raise conflict("job-state", f"A job that is {row['state']} has no priority any more.")
    if row["priority"] == priority:
        return job_answer(row)
    return _set(connection, principal, row, "job.prioritise", priority=priority)


# A job without a worker.
NO_LEASE: dict[str, Any] = {
    "worker": None,
    "lease_token_sha256": None,
    "lease_expires_at": None,
    "next_attempt_at": None,
}


def _set(connection: Connection, principal: Principal, row: RowMapping, action: str, **values: Any) -> Job:
    change = update(jobs).where(jobs.c.id == row["id"])
    connection.execute(change.values(**values, updated_at=database_now(connection)))
    append(connection, principal.actor, [Event(action, row["id"], row["tenant_id"], {"was": row["state"]})])
    return job_answer(find_job(connection, principal, row["id"]))


def end_attempt(connection: Connection, job_id: str, now: int, outcome: str, error: str | None) -> None:
    """Close the attempt that runs, if one does."""
    running = update(attempts).where(attempts.c.job_id == job_id, attempts.c.outcome == "running")
    connection.execute(running.values(ended_at=now, outcome=outcome, error=error))


def cancel_jobs_of(connection: Connection, object_ids: list[int], now: int) -> None:
    """Nothing more is copied of a deleted version."""
    active = select(jobs.c.id).where(jobs.c.object_id.in_(object_ids), jobs.c.state.in_(ACTIVE_STATES))
    # Locked, since one may be succeeding at this moment: that one stays as it is.
    for row in connection.execute(active.order_by(jobs.c.id).with_for_update()).all():
        end_attempt(connection, row.id, now, "cancelled", None)
        change = update(jobs).where(jobs.c.id == row.id)
        connection.execute(
            change.values(
                state="cancelled",
                reason="the version was deleted",
                cause="deleted",
                paused_at=None,
                updated_at=now,
                **NO_LEASE,
            )
        )


def job_detail(connection: Connection, principal: Principal, job_id: str) -> JobDetail:
    """A job with its attempts, the oldest first. Raises ProblemError 404."""
    row = find_job(connection, principal, job_id)
    tried = select(attempts).where(attempts.c.job_id == job_id).order_by(attempts.c.number)
    history = [
        Attempt.model_validate(
            {**one, "started_at": from_micros(one["started_at"]), "ended_at": maybe_time(one["ended_at"])}
        )
        for one in connection.execute(tried).mappings()
    ]
    return JobDetail.model_validate({**job_fields(row), "history": history})
