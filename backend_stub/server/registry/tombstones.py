"""A deleted version: what was under way for it ends, and its copies are removed where the policy says so."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, select

from ..store.schema import jobs, objects, replicas, tenants
from .jobs import cancel_jobs_of, insert_jobs, new_job


def end_replication(connection: Connection, object_ids: list[int], now: int) -> None:
    """Cancel the jobs of these deleted versions, and make jobs that remove the copies (`tombstones`).

    A copy under way is told by its next heartbeat and may still arrive, so its target is cleared too, once
    its lease is over.
    """
    under_way: dict[tuple[int, str], int] = {}
    leased = select(jobs.c.object_id, jobs.c.target, jobs.c.lease_expires_at).where(
        jobs.c.object_id.in_(object_ids), jobs.c.state == "leased"
    )
    for object_id, target, expires in connection.execute(leased):
        under_way[object_id, target] = expires
    cancel_jobs_of(connection, object_ids, now)
    wanted = (
        select(objects)
        .join(tenants, tenants.c.id == objects.c.tenant_id)
        .where(objects.c.id.in_(object_ids), tenants.c.tombstones == "replicate")
    )
    made: list[dict[str, Any]] = []
    for row in connection.execute(wanted).mappings().all():
        made += _removals(connection, row, under_way, now)
    insert_jobs(connection, made)


def _removals(
    connection: Connection, row: RowMapping, under_way: dict[tuple[int, str], int], now: int
) -> list[dict[str, Any]]:
    there = select(replicas.c.backend).where(
        replicas.c.object_id == row["id"], replicas.c.state.in_(("ok", "rot"))
    )
    targets = dict.fromkeys(connection.execute(there).scalars(), now)
    for (object_id, target), expires in under_way.items():
        if object_id == row["id"]:
            targets[target] = max(now, expires)
    # Source and target are the same: a removal needs the credentials of that backend alone.
    found = [(new_job(row, target, target, now, kind="delete"), at) for target, at in targets.items()]
    return [{**job, "next_attempt_at": at, "bytes_total": None} for job, at in found]
