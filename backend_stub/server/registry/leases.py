"""The lease protocol: at-least-once delivery, idempotent effect. `leasing` hands jobs out, `completion` ends
those that succeed.

A lease is a random token, kept as its hash; heartbeat, complete, fail and release must show it. Its expiry
goes by the database's clock.
"""

from __future__ import annotations

import hashlib
import hmac
import random

from sqlalchemy import Connection, RowMapping, select, update

from backend_stub.contract.jobs import MAX_LEASE_SECONDS, Fail, Heartbeat, Job, Release

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import conflict
from ..store.database import database_now
from ..store.schema import LEASED, attempts, jobs, replicas
from . import controls
from .controls import SECOND
from .jobs import NO_LEASE, end_attempt, find_job, good_copies, insert_lane, job_answer

BACKOFF_SECONDS = 5
MAX_BACKOFF_SECONDS = 3600
_REAP = 100


def turn_to_another_source(connection: Connection, row: RowMapping, now: int) -> bool:
    """Copy from another good copy from now on; without one the job is dead. Whether there is one."""
    others = [name for name in good_copies(connection, row["object_id"]) if name != row["target"]]
    if not others:
        dead = {"state": "dead", "reason": "no good copy is left to copy from", "cause": "no-source"}
        set_job(connection, row["id"], now, **dead, **NO_LEASE)
        return False
    insert_lane(connection, row["tenant_id"], others[0], row["target"])
    again = {"state": "retrying", **NO_LEASE, "next_attempt_at": now}
    set_job(connection, row["id"], now, source=others[0], **again)
    return True


def reap(connection: Connection, now: int) -> int:
    """Leases that ran out: their jobs wait again, or are dead after the last attempt. How many."""
    far = now + 2 * MAX_LEASE_SECONDS * SECOND  # further ahead than any lease: the clock was set back
    rows: list[RowMapping] = []
    # Not one condition with OR, which SQLite would look for in no index.
    for expired in (jobs.c.lease_expires_at <= now, jobs.c.lease_expires_at > far):
        gone = select(jobs).where(LEASED, expired).limit(_REAP).with_for_update(skip_locked=True)
        rows += connection.execute(gone).mappings()
    for row in rows:
        reason = f"the lease of {row['worker']} ran out"
        end_attempt(connection, row["id"], now, "expired", reason)
        dead = row["attempts"] >= row["max_attempts"]
        state = {"state": "dead"} if dead else {"state": "retrying"}
        after = {**NO_LEASE, "next_attempt_at": None if dead else now}
        set_job(connection, row["id"], now, reason=reason, cause="lease-expired", **state, **after)
    return len(rows)


def set_job(connection: Connection, job_id: str, now: int, **values: object) -> None:
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(**values, updated_at=now))


def held(connection: Connection, principal: Principal, job_id: str, token: str) -> RowMapping:
    """The job under this lease. Raises ProblemError 404, or 409 where the lease is not held."""
    row = find_job(connection, principal, job_id, lock=True)
    check_held(row, token, "leased")
    return row


def check_held(row: RowMapping, token: str, *states: str) -> None:
    """Raises ProblemError 409 where ``token`` is not that of the lease, or the job in none of ``states``."""
    digest = hashlib.sha256(token.encode()).digest()
    if row["state"] not in states or not hmac.compare_digest(row["lease_token_sha256"] or b"", digest):
        raise conflict("lease-lost", f"This lease is over; the job is {row['state']}. Stop working on it.")


def heartbeat(connection: Connection, principal: Principal, job_id: str, request: Heartbeat) -> Job:
    """Prolong a lease; the answer has the job's share of the bandwidth. Raises ProblemError 404 or 409."""
    row = held(connection, principal, job_id, request.token)
    now = database_now(connection)
    if row["lease_expires_at"] <= now:
        raise conflict("lease-lost", "This lease ran out. Stop working on the job.")
    running = update(attempts).where(attempts.c.job_id == job_id, attempts.c.outcome == "running")
    connection.execute(running.values(bytes_done=request.bytes_done))
    set_job(
        connection,
        job_id,
        now,
        lease_expires_at=now + request.lease_seconds * SECOND,
        bytes_done=request.bytes_done,
        bytes_total=request.bytes_total if request.bytes_total is not None else row["bytes_total"],
    )
    room = controls.room(connection, {row["source"], row["target"]}, now, lock=False)
    share = room.share(row["source"], row["target"])
    job = job_answer(find_job(connection, principal, job_id))
    return job.model_copy(update={"bytes_per_second": share})


def release(connection: Connection, principal: Principal, job_id: str, request: Release) -> Job:
    """The worker gives the job back unharmed. Raises ProblemError 404 or 409."""
    row = held(connection, principal, job_id, request.token)
    now = database_now(connection)
    end_attempt(connection, job_id, now, "released", None)
    values = {**NO_LEASE, "next_attempt_at": now, "attempts": max(0, row["attempts"] - 1)}
    set_job(connection, job_id, now, state="queued", bytes_done=request.bytes_done, **values)
    return job_answer(find_job(connection, principal, job_id))


def fail(connection: Connection, principal: Principal, job_id: str, request: Fail) -> Job:
    """The attempt failed: wait and try again, or dead, or blocked. Raises ProblemError 404 or 409."""
    row = held(connection, principal, job_id, request.token)
    now = database_now(connection)
    end_attempt(connection, job_id, now, "blocked" if request.blocked else "failed", request.error)
    blamed = request.unavailable if request.unavailable in (row["source"], row["target"]) else None
    backend = row["source"] if request.source_bad else blamed or row["target"]
    broken = controls.note_failure(connection, backend, request.error, now, unavailable=blamed is not None)
    # An attempt on a backend that answers nobody says nothing about the job, so it is not counted.
    tried = row["attempts"] - 1 if broken else row["attempts"]
    state, wait = "retrying", backoff(max(1, tried), random.random())
    if request.blocked:
        state = "blocked"
    elif not request.retry or tried >= row["max_attempts"]:
        state = "dead"
    values = {**NO_LEASE, "next_attempt_at": now + wait if state == "retrying" else None, "attempts": tried}
    told = {"reason": request.error, "cause": request.cause, "bytes_done": request.bytes_done}
    set_job(connection, job_id, now, state=state, **told, **values)
    events = []
    if request.source_bad and row["kind"] == "copy":
        events += _distrust_source(connection, row, request, now)
    job = find_job(connection, principal, job_id)
    if job["state"] != "retrying":
        detail = {"cause": job["cause"], "target": row["target"]}
        events.append(Event(f"job.{job['state']}", job_id, row["tenant_id"], detail))
    if events:
        append(connection, principal.actor, events)
    return job_answer(job)


def _distrust_source(connection: Connection, row: RowMapping, request: Fail, now: int) -> list[Event]:
    """The source is not what was registered: mark it, and go on from another copy."""
    mine = (replicas.c.object_id == row["object_id"], replicas.c.backend == row["source"])
    marked = {"state": "rot", "checked_at": now, "problem": request.error}
    connection.execute(update(replicas).where(*mine).values(**marked))
    turned = turn_to_another_source(connection, row, now)
    if not turned:
        set_job(connection, row["id"], now, reason=request.error, cause=request.cause)
    detail = {"version": row["version"], "backend": row["source"], "problem": request.error}
    return [Event("replica.rot", row["object_key"], row["tenant_id"], detail)]


def backoff(attempt: int, chance: float) -> int:
    """Microseconds to wait after the nth attempt: doubling from 5 s to an hour, `chance` (0 to 1) spreads it
    over its upper half so that jobs that failed together do not come back together."""
    seconds = min(MAX_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** (attempt - 1))
    return int(seconds * SECOND * (0.5 + chance / 2))
