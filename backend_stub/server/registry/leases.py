"""The lease protocol: at-least-once delivery, idempotent effect.

A lease is a random token, kept as its hash; heartbeat, complete and fail must show it. Its expiry goes by the
database's clock. On PostgreSQL candidates are locked with SKIP LOCKED, so that workers do not wait for each
other; SQLite has one writer at a time anyway.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
from collections.abc import Iterable

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from backend_stub.contract.jobs import Complete, Fail, Heartbeat, Job, Lease, LeasedObject, LeaseRequest
from backend_stub.contract.locations import BackendLocation
from backend_stub.contract.objects import ObjectRegistration
from backend_stub.contract.residency import residency_allows

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import ProblemError, conflict, invalid
from ..services import Services
from ..store.database import database_now
from ..store.schema import attempts, jobs, objects, replicas
from ..store.values import from_micros
from . import policy
from .jobs import NO_LEASE, end_attempt, find_job, job_answer

SECOND = 1_000_000
BACKOFF_SECONDS = 5
MAX_BACKOFF_SECONDS = 3600
_REAP = 100


def lease(
    connection: Connection, services: Services, principal: Principal, request: LeaseRequest
) -> list[Lease]:
    """Lease up to `limit` jobs of the caller's tenants whose source and target the worker serves."""
    assert principal.tenants is not None
    now = database_now(connection)
    _reap(connection, principal.tenants, now)
    candidates = (
        select(jobs)
        .where(
            jobs.c.state.in_(("queued", "retrying")),
            jobs.c.next_attempt_at <= now,
            jobs.c.tenant_id.in_(principal.tenants),
            jobs.c.source.in_(request.backends),
            jobs.c.target.in_(request.backends),
        )
        .order_by(jobs.c.priority.desc(), jobs.c.next_attempt_at, jobs.c.id)
        .limit(request.limit)
        .with_for_update(skip_locked=True)
    )
    leases = []
    for row in connection.execute(candidates).mappings().all():
        found = select(objects).where(objects.c.id == row["object_id"])
        record = connection.execute(found).mappings().one()
        item = ObjectRegistration.model_validate_json(record["submission"])
        where = policy.place(connection, services.settings, row["tenant_id"], item.logical, row["target"])
        try:
            # Policy may have changed since the job was made; the worker checks once more on its side.
            policy.check_target("target", record["residency"], where)
        except ProblemError as error:
            _set(connection, row["id"], now, state="blocked", reason=str(error.detail), **NO_LEASE)
            continue
        leases.append(_take(connection, row, record, item, where, principal, request, now))
    return leases


def _reap(connection: Connection, tenants: Iterable[str], now: int) -> None:
    """Leases that ran out: their jobs wait again, or are dead after the last attempt."""
    gone = (
        select(jobs)
        .where(jobs.c.state == "leased", jobs.c.lease_expires_at <= now, jobs.c.tenant_id.in_(tenants))
        .limit(_REAP)
        .with_for_update(skip_locked=True)
    )
    for row in connection.execute(gone).mappings().all():
        reason = f"the lease of {row['worker']} ran out"
        end_attempt(connection, row["id"], now, "expired", reason)
        dead = row["attempts"] >= row["max_attempts"]
        state = {"state": "dead"} if dead else {"state": "retrying"}
        after = {**NO_LEASE, "next_attempt_at": None if dead else now}
        _set(connection, row["id"], now, reason=reason, **state, **after)


def _take(
    connection: Connection,
    row: RowMapping,
    record: RowMapping,
    item: ObjectRegistration,
    where: policy.Place,
    principal: Principal,
    request: LeaseRequest,
    now: int,
) -> Lease:
    token = secrets.token_urlsafe(32)
    expires = now + request.lease_seconds * SECOND
    worker = f"{request.worker} ({principal.name})"
    _set(
        connection,
        row["id"],
        now,
        state="leased",
        attempts=row["attempts"] + 1,
        worker=worker,
        lease_token_sha256=hashlib.sha256(token.encode()).digest(),
        lease_expires_at=expires,
        next_attempt_at=None,
        bytes_done=0,
        reason=None,
    )
    last = select(func.coalesce(func.max(attempts.c.number), 0)).where(attempts.c.job_id == row["id"])
    number = connection.execute(last).scalar_one() + 1
    connection.execute(
        insert(attempts).values(
            job_id=row["id"], number=number, worker=worker, started_at=now, outcome="running", bytes_done=0
        )
    )
    copies = select(replicas).where(replicas.c.object_id == record["id"], replicas.c.backend == row["source"])
    source = connection.execute(copies).mappings().one()
    signature = item.signature
    return Lease(
        job=job_answer(find_job(connection, principal, row["id"])),
        token=token,
        expires_at=from_micros(expires),
        object=LeasedObject(
            residency=record["residency"],
            source=BackendLocation(url=source["url"], etag=source["etag"], version_id=source["version_id"]),
            target_bucket=where.bucket,
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


def _set(connection: Connection, job_id: str, now: int, **values: object) -> None:
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(**values, updated_at=now))


def _held(connection: Connection, principal: Principal, job_id: str, token: str, *states: str) -> RowMapping:
    """The job under this lease. Raises ProblemError 404, or 409 where the lease is not held."""
    row = find_job(connection, principal, job_id, lock=True)
    digest = hashlib.sha256(token.encode()).digest()
    if row["state"] not in states or not hmac.compare_digest(row["lease_token_sha256"] or b"", digest):
        raise conflict("lease-lost", f"This lease is over; the job is {row['state']}. Stop working on it.")
    return row


def heartbeat(connection: Connection, principal: Principal, job_id: str, request: Heartbeat) -> Job:
    """Prolong a lease. Raises ProblemError 404 or 409."""
    row = _held(connection, principal, job_id, request.token, "leased")
    now = database_now(connection)
    if row["lease_expires_at"] <= now:
        raise conflict("lease-lost", "This lease ran out. Stop working on the job.")
    running = update(attempts).where(attempts.c.job_id == job_id, attempts.c.outcome == "running")
    connection.execute(running.values(bytes_done=request.bytes_done))
    _set(
        connection,
        job_id,
        now,
        lease_expires_at=now + request.lease_seconds * SECOND,
        bytes_done=request.bytes_done,
        bytes_total=request.bytes_total if request.bytes_total is not None else row["bytes_total"],
    )
    return job_answer(find_job(connection, principal, job_id))


def complete(
    connection: Connection, services: Services, principal: Principal, job_id: str, request: Complete
) -> Job:
    """The copy is there: record it as a verified replica. A repeat gets the same answer.

    A lease that ran out but was not given to anybody else still counts: the copy is just as good.
    Raises ProblemError 404, 409, or 422 where the place is not the one that the policy gives.
    """
    row = _held(connection, principal, job_id, request.token, "leased", "succeeded")
    if row["state"] == "succeeded":
        return job_answer(row)
    record = connection.execute(select(objects).where(objects.c.id == row["object_id"])).mappings().one()
    item = ObjectRegistration.model_validate_json(record["submission"])
    where = policy.place(connection, services.settings, row["tenant_id"], item.logical, row["target"])
    policy.check_bucket(services.settings, "location", where.check(request.location.bucket), row["target"])
    country = request.country or where.country
    if where.country is not None and country != where.country:
        text = f"the worker says {country}, the server has {where.country} for {row['target']}"
        raise invalid("country", text, "mend the configuration that is wrong", "country-differs")
    if not residency_allows(record["residency"], country):
        text = f"{country or 'an unknown country'} is outside the residency {record['residency']}"
        raise invalid("country", text, "fail the job as blocked and remove the copy", "residency")
    now = database_now(connection)
    last = select(func.max(replicas.c.position)).where(replicas.c.object_id == record["id"])
    position = connection.execute(last).scalar_one() + 1
    connection.execute(
        insert(replicas).values(
            object_id=record["id"],
            backend=row["target"],
            position=position,
            url=request.location.url,
            etag=request.location.etag,
            version_id=request.location.version_id,
            country=country,
            source="job",
            verified_at=now,
            verified_by=request.verified_by,
        )
    )
    end_attempt(connection, job_id, now, "succeeded", None)
    # The token's hash stays, so that a worker whose answer was lost may ask again.
    _set(
        connection,
        job_id,
        now,
        state="succeeded",
        lease_expires_at=None,
        bytes_done=request.bytes_done or row["bytes_total"] or 0,
        reason=None,
    )
    detail = {
        "object_key": row["object_key"],
        "version": row["version"],
        "target": row["target"],
        "url": request.location.url,
        "verified_by": request.verified_by,
    }
    append(connection, principal.actor, [Event("job.complete", job_id, row["tenant_id"], detail)])
    return job_answer(find_job(connection, principal, job_id))


def fail(connection: Connection, principal: Principal, job_id: str, request: Fail) -> Job:
    """The attempt failed: wait and try again, or dead, or blocked. Raises ProblemError 404 or 409."""
    row = _held(connection, principal, job_id, request.token, "leased")
    now = database_now(connection)
    end_attempt(connection, job_id, now, "blocked" if request.blocked else "failed", request.error)
    next_attempt = None
    if request.blocked:
        state = "blocked"
    elif not request.retry or row["attempts"] >= row["max_attempts"]:
        state = "dead"
    else:
        state = "retrying"
        next_attempt = now + backoff(row["attempts"], random.random())
    values = {**NO_LEASE, "next_attempt_at": next_attempt}
    _set(connection, job_id, now, state=state, reason=request.error, bytes_done=request.bytes_done, **values)
    if state != "retrying":
        append(connection, principal.actor, [Event(f"job.{state}", job_id, row["tenant_id"], {})])
    return job_answer(find_job(connection, principal, job_id))


def backoff(attempt: int, chance: float) -> int:
    """Microseconds to wait after the nth attempt: doubling from 5 s to an hour, `chance` (0 to 1) spreads it
    over its upper half so that jobs that failed together do not come back together."""
    seconds = min(MAX_BACKOFF_SECONDS, BACKOFF_SECONDS * 2 ** (attempt - 1))
    return int(seconds * SECOND * (0.5 + chance / 2))
