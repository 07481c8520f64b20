"""Choosing jobs to lease, and leasing them: all of a batch in a few statements.

Jobs wait in lanes (tenant, source, target), so that whatever is paused, broken or full is passed over without
reading its jobs. On PostgreSQL candidates are locked with SKIP LOCKED, so that workers do not wait for each
other; SQLite has one writer at a time anyway.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, or_, select, update

from backend_stub.contract.jobs import Lease, LeasedObject, LeaseRequest
from backend_stub.contract.locations import BackendLocation, s3_url, split_s3_url
from backend_stub.contract.objects import ObjectRegistration

from ..auth.principal import Principal
from ..problems import ProblemError
from ..services import Services
from ..store.database import database_now
from ..store.schema import WAITING, attempts, jobs, lanes, objects, replicas
from ..store.values import from_micros
from . import controls, policy
from .controls import SECOND, Room
from .jobs import NO_LEASE, job_answer
from .leases import MAX_BACKOFF_SECONDS, reap, set_job, turn_to_another_source


def lease(
    connection: Connection, services: Services, principal: Principal, request: LeaseRequest
) -> list[Lease]:
    """Lease up to `limit` jobs of the caller's tenants whose source and target the worker serves."""
    assert principal.tenants is not None
    now = database_now(connection)
    reap(connection, now)
    mine = _lanes(connection, principal.tenants, request)
    room = controls.room(connection, {name for lane in mine for name in lane[1:]}, now)
    found: list[RowMapping] = []
    for tenant, source, target in mine:
        if room.fits(source, target):
            found += _candidates(connection, tenant, source, target, request.limit, now)
    found.sort(key=lambda row: (-row["priority"], row["next_attempt_at"], row["id"]))
    taken: list[tuple[RowMapping, Ready]] = []
    # Looked up by the batch: a row that turns out blocked is the exception.
    for start in range(0, len(found), request.limit):
        rows = found[start : start + request.limit]
        look = Lookup.of(connection, services, rows)
        for row in rows:
            if len(taken) == request.limit:
                break
            if not room.fits(row["source"], row["target"]):
                continue
            if (ready := _ready(connection, look, row, now)) is None:
                continue
            room.take(row["source"], row["target"])
            taken.append((row, ready))
        if len(taken) == request.limit:
            break
    leases = _take(connection, taken, principal, request, now)
    return [_with_share(lease, room, row) for lease, (row, _) in zip(leases, taken, strict=True)]


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
            # As the index has it, word for word: SQLite uses a partial index only then.
            WAITING,
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


Ready = tuple[RowMapping, ObjectRegistration, policy.Place, Mapping[Any, Any], bool]


@dataclass
class Lookup:
    """What the jobs of one batch refer to, read in a few statements."""

    services: Services
    records: dict[int, RowMapping]
    copies: dict[tuple[int, str], RowMapping]
    places: policy.Places

    @classmethod
    def of(cls, connection: Connection, services: Services, rows: Sequence[Mapping[Any, Any]]) -> Self:
        ids = sorted({row["object_id"] for row in rows})
        places = policy.Places(connection, services.settings)
        if not ids:
            return cls(services, {}, {}, places)
        records = connection.execute(select(objects).where(objects.c.id.in_(ids))).mappings()
        copies = connection.execute(select(replicas).where(replicas.c.object_id.in_(ids))).mappings()
        return cls(
            services,
            {row["id"]: row for row in records},
            {(row["object_id"], row["backend"]): row for row in copies},
            places,
        )

    def item(self, row: Mapping[Any, Any]) -> ObjectRegistration:
        """What was registered of a job's object."""
        return ObjectRegistration.model_validate_json(self.records[row["object_id"]]["submission"])

    def place(self, row: Mapping[Any, Any], logical: str) -> policy.Place:
        """Where a job's copy goes."""
        return self.places.of(row["tenant_id"], logical, row["target"])


def _ready(connection: Connection, look: Lookup, row: RowMapping, now: int) -> Ready | None:
    """What a lease needs; None where policy or a bad source has changed the job instead."""
    record, item = look.records[row["object_id"]], look.item(row)
    where = look.place(row, item.logical)
    source = look.copies.get((record["id"], row["source"]))
    mend = (record["id"], row["target"]) in look.copies
    if row["kind"] == "delete":
        return record, item, where, source or _unrecorded(connection, row, where), mend
    if record["state"] == "deleted":
        # Queued in the moment of the tombstone, by a retry or a reconciliation.
        over = {"state": "cancelled", "reason": "the version was deleted", "cause": "deleted"}
        set_job(connection, row["id"], now, **over, **NO_LEASE)
        return None
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
    return record, item, where, source, mend


def _unrecorded(connection: Connection, row: RowMapping, where: policy.Place) -> dict[str, Any]:
    """Where a copy that was under way when the version was deleted would be: no replica tells."""
    copies = select(replicas).where(replicas.c.object_id == row["object_id"]).order_by(replicas.c.position)
    primary = connection.execute(copies.limit(1)).mappings().one()
    key = split_s3_url(primary["url"])[1] or row["object_key"]
    return {"url": s3_url(where.bucket, key), "etag": primary["etag"], "version_id": None}


def _take(
    connection: Connection,
    taken: Sequence[tuple[RowMapping, Ready]],
    principal: Principal,
    request: LeaseRequest,
    now: int,
) -> list[Lease]:
    """Write the leases and their attempts; one of each, in order."""
    if not taken:
        return []
    expires = now + request.lease_seconds * SECOND
    worker = f"{request.worker} ({principal.name})"
    ids = [row["id"] for row, _ in taken]
    last = select(attempts.c.job_id, func.max(attempts.c.number)).where(attempts.c.job_id.in_(ids))
    numbers = dict(connection.execute(last.group_by(attempts.c.job_id)).tuples().all())
    values: dict[str, Any] = {
        "state": "leased",
        "worker": worker,
        "lease_expires_at": expires,
        "next_attempt_at": None,
        "bytes_done": 0,
        "reason": None,
        "cause": None,
        "updated_at": now,
    }
    tokens = [secrets.token_urlsafe(32) for _ in taken]
    connection.execute(
        update(jobs).where(jobs.c.id == bindparam("which")),
        [
            {
                **values,
                "which": row["id"],
                "attempts": row["attempts"] + 1,
                "lease_token_sha256": hashlib.sha256(token.encode()).digest(),
            }
            for (row, _), token in zip(taken, tokens, strict=True)
        ],
    )
    running = {"worker": worker, "started_at": now, "outcome": "running", "bytes_done": 0}
    connection.execute(
        insert(attempts),
        [{"job_id": job_id, "number": numbers.get(job_id, 0) + 1, **running} for job_id in ids],
    )
    return [
        _lease({**row, **values, "attempts": row["attempts"] + 1}, ready, token, expires)
        for (row, ready), token in zip(taken, tokens, strict=True)
    ]


def _lease(row: Mapping[Any, Any], ready: Ready, token: str, expires: int) -> Lease:
    record, item, where, source, mend = ready
    signature = item.signature
    return Lease(
        job=job_answer(row),
        token=token,
        expires_at=from_micros(expires),
        object=LeasedObject(
            residency=record["residency"],
            source=BackendLocation(url=source["url"], etag=source["etag"], version_id=source["version_id"]),
            target_bucket=where.bucket,
            target_counter=where.counter,
            logical=item.logical,
            mend=mend,
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
