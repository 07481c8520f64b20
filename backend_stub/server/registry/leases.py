"""The lease protocol: at-least-once delivery, idempotent effect (`completion`: how a job succeeds).

A lease is a random token, kept as its hash; heartbeat, complete, fail and release must show it. Its expiry
goes by the database's clock. Jobs wait in lanes (tenant, source, target), so that whatever is paused, broken
or full is passed over without reading its jobs. On PostgreSQL candidates are locked with SKIP LOCKED, so that
workers do not wait for each other; SQLite has one writer at a time anyway.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, or_, select, update

from backend_stub.contract.jobs import (
    MAX_LEASE_SECONDS,
    Fail,
    Heartbeat,
    Job,
    Lease,
    LeasedObject,
    LeaseRequest,
    Release,
)
from backend_stub.contract.locations import BackendLocation, s3_url, split_s3_url
from backend_stub.contract.objects import ObjectRegistration

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import ProblemError, conflict
from ..services import Services
from ..store.database import database_now
from ..store.schema import attempts, jobs, lanes, objects, replicas
from ..store.values import from_micros
from . import controls, policy
from .controls import SECOND, Room
from .jobs import NO_LEASE, end_attempt, find_job, good_copies, insert_lane, job_answer

BACKOFF_SECONDS = 5
MAX_BACKOFF_SECONDS = 3600
_REAP = 100
_WAITING = ("queued", "retrying")


def lease(
    connection: Connection, services: Services, principal: Principal, request: LeaseRequest
) -> list[Lease]:
    """Lease up to `limit` jobs of the caller's tenants whose source and target the worker serves."""
    assert principal.tenants is not None
    now = database_now(connection)
    reap(connection, now, principal.tenants)
    mine = _lanes(connection, principal.tenants, request)
    room = controls.room(connection, {name for lane in mine for name in lane[1:]}, now)
    found: list[RowMapping] = []
    for tenant, source, target in mine:
        if room.fits(source, target):
            found += _candidates(connection, tenant, source, target, request.limit, now)
    found.sort(key=lambda row: (-row["priority"], row["next_attempt_at"], row["id"]))
    taken: list[tuple[RowMapping, Lease]] = []
    for row in found:
        if len(taken) == request.limit:
            break
        if not room.fits(row["source"], row["target"]):
            continue
        if (ready := _ready(connection, services, row, now)) is None:
            continue
        room.take(row["source"], row["target"])
        taken.append((row, _take(connection, row, *ready, principal, request, now)))
    return [_with_share(lease, room, row) for row, lease in taken]


def _with_share(lease: Lease, room: Room, row: RowMapping) -> Lease:
    share = room.share(row["source"], row["target"])
    return lease.model_copy(update={"job": lease.job.model_copy(update={"bytes_per_second": share})})


def _lanes(
    connection: Connection, tenants: Iterable[str], request: LeaseRequest
) -> list[tuple[str, str, str]]:
    served = (
        select(lanes.c.tenant_id, lanes.c.source, lanes.c.target)
        .where(
            lanes.c.tenant_id.in_(tenants),
            lanes.c.source.in_(request.backends),
            lanes.c.target.in_(request.backends),
        )
        .order_by(lanes.c.tenant_id, lanes.c.source, lanes.c.target)
    )
    paused = controls.paused_tenants(connection)
    serves = request.serves
    return [
        (tenant, source, target)
        for tenant, source, target in connection.execute(served)
        if tenant not in paused and (serves is None or {source, target} <= set(serves.get(tenant, ())))
    ]


def _candidates(
    connection: Connection, tenant: str, source: str, target: str, limit: int, now: int
) -> list[RowMapping]:
    query = (
        select(jobs)
        .where(
            jobs.c.tenant_id == tenant,
            jobs.c.source == source,
            jobs.c.target == target,
            jobs.c.state.in_(_WAITING),
            jobs.c.paused_at.is_(None),
            # Further ahead than any backoff: the clock was set back since.
            or_(
                jobs.c.next_attempt_at <= now,
                jobs.c.next_attempt_at > now + 2 * MAX_BACKOFF_SECONDS * SECOND,
            ),
        )
        .order_by(jobs.c.priority.desc(), jobs.c.next_attempt_at, jobs.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(connection.execute(query).mappings())


Ready = tuple[RowMapping, ObjectRegistration, policy.Place, Mapping[Any, Any]]


def _ready(connection: Connection, services: Services, row: RowMapping, now: int) -> Ready | None:
    """What a lease needs; None where policy or a bad source has changed the job instead."""
    found = select(objects).where(objects.c.id == row["object_id"])
    record = connection.execute(found).mappings().one()
    item = ObjectRegistration.model_validate_json(record["submission"])
    where = policy.place(connection, services.settings, row["tenant_id"], item.logical, row["target"])
    copies = select(replicas).where(replicas.c.object_id == record["id"], replicas.c.backend == row["source"])
    source = connection.execute(copies).mappings().one_or_none()
    if row["kind"] == "delete":
        return record, item, where, source or _unrecorded(connection, row, where)
    try:
        # Policy may have changed since the job was made; the worker checks once more on its side.
        policy.check_target("target", record["residency"], where)
    except ProblemError as error:
        blocked = {"state": "blocked", "reason": str(error.detail), "cause": "residency"}
        set_job(connection, row["id"], now, **blocked, **NO_LEASE)
        return None
    if source is None or source["state"] != "ok":
        turn_to_another_source(connection, row, now)
        return None
    return record, item, where, source


def _unrecorded(connection: Connection, row: RowMapping, where: policy.Place) -> dict[str, Any]:
    """Where a copy that was under way when the version was deleted would be: no replica tells."""
    copies = select(replicas).where(replicas.c.object_id == row["object_id"]).order_by(replicas.c.position)
    primary = connection.execute(copies.limit(1)).mappings().one()
    key = split_s3_url(primary["url"])[1] or row["object_key"]
    return {"url": s3_url(where.bucket, key), "etag": primary["etag"], "version_id": None}


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


def reap(connection: Connection, now: int, tenants: Iterable[str] | None = None) -> int:
    """Leases that ran out: their jobs wait again, or are dead after the last attempt. How many."""
    far = now + 2 * MAX_LEASE_SECONDS * SECOND  # further ahead than any lease: the clock was set back
    expired = or_(jobs.c.lease_expires_at <= now, jobs.c.lease_expires_at > far)
    gone = select(jobs).where(jobs.c.state == "leased", expired)
    if tenants is not None:
        gone = gone.where(jobs.c.tenant_id.in_(tenants))
    rows = connection.execute(gone.limit(_REAP).with_for_update(skip_locked=True)).mappings().all()
    for row in rows:
        reason = f"the lease of {row['worker']} ran out"
        end_attempt(connection, row["id"], now, "expired", reason)
        dead = row["attempts"] >= row["max_attempts"]
        state = {"state": "dead"} if dead else {"state": "retrying"}
        after = {**NO_LEASE, "next_attempt_at": None if dead else now}
        set_job(connection, row["id"], now, reason=reason, cause="lease-expired", **state, **after)
    return len(rows)


def _take(
    connection: Connection,
    row: RowMapping,
    record: RowMapping,
    item: ObjectRegistration,
    where: policy.Place,
    source: Mapping[Any, Any],
    principal: Principal,
    request: LeaseRequest,
    now: int,
) -> Lease:
    token = secrets.token_urlsafe(32)
    expires = now + request.lease_seconds * SECOND
    worker = f"{request.worker} ({principal.name})"
    values: dict[str, Any] = {
        "state": "leased",
        "attempts": row["attempts"] + 1,
        "worker": worker,
        "lease_expires_at": expires,
        "next_attempt_at": None,
        "bytes_done": 0,
        "reason": None,
        "cause": None,
    }
    hashed = hashlib.sha256(token.encode()).digest()
    set_job(connection, row["id"], now, lease_token_sha256=hashed, **values)
    last = select(func.coalesce(func.max(attempts.c.number), 0)).where(attempts.c.job_id == row["id"])
    number = connection.execute(last).scalar_one() + 1
    connection.execute(
        insert(attempts).values(
            job_id=row["id"], number=number, worker=worker, started_at=now, outcome="running", bytes_done=0
        )
    )
    signature = item.signature
    return Lease(
        job=job_answer({**row, **values, "updated_at": now}),
        token=token,
        expires_at=from_micros(expires),
        object=LeasedObject(
            residency=record["residency"],
            source=BackendLocation(url=source["url"], etag=source["etag"], version_id=source["version_id"]),
            target_bucket=where.bucket,
            target_counter=where.counter,
            logical=item.logical,
            mend=_has_replica(connection, row),
            target_country=where.country,
            size=item.size,
            ciphertext_size=item.ciphertext_size,
            ciphertext_checksum=item.ciphertext_checksum,
            header_sha256=item.header_sha256,
            frame_length=item.frame_length,
            signer=signature.signer if signature else None,
            signer_fingerprint=signature.signer_fingerprint if signature else None,
            manifest_sha256=signature.manifest_sha256 if signature else None,
        ),
    )


def _has_replica(connection: Connection, row: RowMapping) -> bool:
    mine = (replicas.c.object_id == row["object_id"], replicas.c.backend == row["target"])
    return connection.execute(select(replicas.c.backend).where(*mine)).first() is not None


def set_job(connection: Connection, job_id: str, now: int, **values: object) -> None:
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(**values, updated_at=now))


def held(connection: Connection, principal: Principal, job_id: str, token: str, *states: str) -> RowMapping:
    """The job under this lease. Raises ProblemError 404, or 409 where the lease is not held."""
    row = find_job(connection, principal, job_id, lock=True)
    digest = hashlib.sha256(token.encode()).digest()
    if row["state"] not in states or not hmac.compare_digest(row["lease_token_sha256"] or b"", digest):
        raise conflict("lease-lost", f"This lease is over; the job is {row['state']}. Stop working on it.")
    return row


def heartbeat(connection: Connection, principal: Principal, job_id: str, request: Heartbeat) -> Job:
    """Prolong a lease; the answer has the job's share of the bandwidth. Raises ProblemError 404 or 409."""
    row = held(connection, principal, job_id, request.token, "leased")
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
    row = held(connection, principal, job_id, request.token, "leased")
    now = database_now(connection)
    end_attempt(connection, job_id, now, "released", None)
    values = {**NO_LEASE, "next_attempt_at": now, "attempts": max(0, row["attempts"] - 1)}
    set_job(connection, job_id, now, state="queued", bytes_done=request.bytes_done, **values)
    return job_answer(find_job(connection, principal, job_id))


def fail(connection: Connection, principal: Principal, job_id: str, request: Fail) -> Job:
    """The attempt failed: wait and try again, or dead, or blocked. Raises ProblemError 404 or 409."""
    row = held(connection, principal, job_id, request.token, "leased")
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
