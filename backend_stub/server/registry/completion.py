"""How a job succeeds: the copy becomes a verified replica of the record, or a removed one is marked."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from backend_stub.contract.jobs import Complete, Job
from backend_stub.contract.objects import ObjectRegistration
from backend_stub.contract.residency import residency_allows

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import invalid
from ..services import Services
from ..store.database import database_now
from ..store.schema import objects, replicas
from . import policy
from .controls import note_success
from .jobs import end_attempt, find_job, job_answer
from .leases import held, set_job


def complete(
    connection: Connection, services: Services, principal: Principal, job_id: str, request: Complete
) -> Job:
    """The copy is there: record it as a verified replica. A repeat gets the same answer.

    A lease that ran out but was not given to anybody else still counts: the copy is just as good.
    Raises ProblemError 404, 409, or 422 where the place is not the one that the policy gives.
    """
    row = held(connection, principal, job_id, request.token, "leased", "succeeded")
    if row["state"] == "succeeded":
        return job_answer(row)
    now = database_now(connection)
    if (request.verified_by == "absent") != (row["kind"] == "delete"):
        fix = "verify a removal by `absent`, and a copy by anything else"
        raise invalid("verified_by", "it does not fit the kind of this job", fix)
    if row["kind"] == "delete":
        mine = (replicas.c.object_id == row["object_id"], replicas.c.backend == row["target"])
        connection.execute(update(replicas).where(*mine).values(state="deleted", checked_at=now))
    else:
        _record(connection, services, row, request, now)
    end_attempt(connection, job_id, now, "succeeded", None)
    done = request.bytes_done or row["bytes_total"] or 0
    running = {"reason": None, "cause": None, "bytes_done": done, "lease_expires_at": None}
    # The token's hash stays, so that a worker whose answer was lost may ask again.
    set_job(connection, job_id, now, state="succeeded", **running)
    note_success(connection, row["source"], row["target"], done if row["kind"] == "copy" else 0, now)
    detail = {
        "object_key": row["object_key"],
        "version": row["version"],
        "target": row["target"],
        "url": request.location.url,
        "verified_by": request.verified_by,
    }
    append(connection, principal.actor, [Event("job.complete", job_id, row["tenant_id"], detail)])
    return job_answer(find_job(connection, principal, job_id))


def _record(connection: Connection, services: Services, row: RowMapping, request: Complete, now: int) -> None:
    """Write the replica, or mend the one that was found wanting. Raises ProblemError 422."""
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
    values = {
        "url": request.location.url,
        "etag": request.location.etag,
        "version_id": request.location.version_id,
        "country": country,
        "verified_at": now,
        "verified_by": request.verified_by,
        "state": "ok",
        "checked_at": now,
        "problem": None,
    }
    mine = (replicas.c.object_id == record["id"], replicas.c.backend == row["target"])
    if connection.execute(update(replicas).where(*mine).values(**values)).rowcount == 0:
        last = select(func.max(replicas.c.position)).where(replicas.c.object_id == record["id"])
        place = {"object_id": record["id"], "backend": row["target"], "source": "job"}
        place["position"] = connection.execute(last).scalar_one() + 1
        connection.execute(insert(replicas).values(**place, **values))
