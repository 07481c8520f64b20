"""How jobs succeed: the copy becomes a verified replica of the record, or a removed one is marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from backend_stub.contract.jobs import Complete, Job
from backend_stub.contract.residency import residency_allows

from ..audit import Event, append
from ..auth.principal import Principal
from ..problems import ProblemError, invalid, not_found
from ..services import Services
from ..store.database import database_now
from ..store.schema import attempts, jobs, replicas
from . import policy
from .controls import note_successes
from .jobs import job_answer
from .leases import check_held
from .leasing import Lookup


def complete(
    connection: Connection, services: Services, principal: Principal, job_id: str, request: Complete
) -> Job:
    """The copy is there: record it as a verified replica. A repeat gets the same answer.

    A lease that ran out but was not given to anybody else still counts: the copy is just as good.
    Raises ProblemError 404, 409, or 422 where the place is not the one that the policy gives.
    """
    [answer] = complete_batch(connection, services, principal, [(job_id, request)])
    if isinstance(answer, ProblemError):
        raise answer
    return answer


def complete_batch(
    connection: Connection, services: Services, principal: Principal, items: Sequence[tuple[str, Complete]]
) -> list[Job | ProblemError]:
    """As `complete`, each on its own, written in a few statements; an answer for each, in order.

    An item is a job's id and what was done.
    Everything that can refuse an item is asked before the first statement that changes anything.
    """
    ids = sorted({job_id for job_id, _ in items})
    mine = select(jobs).where(jobs.c.id.in_(ids)).order_by(jobs.c.id).with_for_update()
    rows = {row["id"]: row for row in connection.execute(mine).mappings() if principal.sees(row["tenant_id"])}
    now = database_now(connection)
    look = Lookup.of(connection, services, list(rows.values()))
    batch = _Batch(look, now)
    answers: list[Job | ProblemError] = []
    for job_id, done in items:
        try:
            if (row := rows.get(job_id)) is None:
                raise not_found("job")
            check_held(row, done.token, "leased", "succeeded")
            answers.append(job_answer(row) if row["state"] == "succeeded" else batch.add(row, done))
        except ProblemError as error:
            answers.append(error)
    batch.write(connection, principal)
    return answers


class _Batch:
    """What a batch of successes changes."""

    def __init__(self, look: Lookup, now: int) -> None:
        self._look = look
        self._now = now
        self._jobs: list[dict[str, Any]] = []
        self._answers: dict[str, Job] = {}
        self._new: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        self._gone: list[dict[str, Any]] = []
        self._copied: dict[str, tuple[int, int]] = {}
        self._events: list[Event] = []
        self._last: dict[int, int] = {}
        for (object_id, _), copy in look.copies.items():
            self._last[object_id] = max(copy["position"], self._last.get(object_id, -1))

    def add(self, row: RowMapping, done: Complete) -> Job:
        """Take one up. Raises ProblemError 422."""
        if row["id"] in self._answers:
            return self._answers[row["id"]]  # twice in one batch
        if (done.verified_by == "absent") != (row["kind"] == "delete"):
            fix = "verify a removal by `absent`, and a copy by anything else"
            raise invalid("verified_by", "it does not fit the kind of this job", fix)
        if row["kind"] == "delete":
            self._gone.append(_which(row))
        else:
            self._record(row, done)
        size = done.bytes_done or row["bytes_total"] or 0
        # The token's hash stays, so that a worker whose answer was lost may ask again.
        values = {
            "state": "succeeded", "reason": None, "cause": None, "bytes_done": size,
            "lease_expires_at": None, "updated_at": self._now,
        }  # fmt: skip
        self._jobs.append({**values, "which_job": row["id"]})
        self._copied.setdefault(row["source"], (0, 0))
        number, copied = self._copied.get(row["target"], (0, 0))
        self._copied[row["target"]] = (number + 1, copied + (size if row["kind"] == "copy" else 0))
        detail = {
            "object_key": row["object_key"],
            "version": row["version"],
            "target": row["target"],
            "url": done.location.url,
            "verified_by": done.verified_by,
        }
        self._events.append(Event("job.complete", row["id"], row["tenant_id"], detail))
        self._answers[row["id"]] = job_answer({**row, **values})
        return self._answers[row["id"]]

    def _record(self, row: RowMapping, done: Complete) -> None:
        """A new replica, or a mended one that was found wanting. Raises ProblemError 422."""
        record, item = self._look.records[row["object_id"]], self._look.item(row)
        where = self._look.place(row, item.logical)
        settings = self._look.services.settings
        policy.check_bucket(settings, "location", where.check(done.location.bucket), row["target"])
        country = done.country or where.country
        if where.country is not None and country != where.country:
            text = f"the worker says {country}, the server has {where.country} for {row['target']}"
            raise invalid("country", text, "mend the configuration that is wrong", "country-differs")
        if not residency_allows(record["residency"], country):
            text = f"{country or 'an unknown country'} is outside the residency {record['residency']}"
            raise invalid("country", text, "fail the job as blocked and remove the copy", "residency")
        values = {
            "url": done.location.url,
            "etag": done.location.etag,
            "version_id": done.location.version_id,
            "country": country,
            "verified_at": self._now,
            "verified_by": done.verified_by,
            "state": "ok",
            "checked_at": self._now,
            "problem": None,
        }
        if (row["object_id"], row["target"]) in self._look.copies:
            self._changed.append({**values, **_which(row)})
            return
        self._last[row["object_id"]] = position = self._last.get(row["object_id"], -1) + 1
        place = {"object_id": row["object_id"], "backend": row["target"], "position": position}
        self._new.append({**place, "source": "job", **values})

    def write(self, connection: Connection, principal: Principal) -> None:
        """All of it, rows of a kind in one order whoever asks; the audit head is locked last, once."""
        if not self._jobs:
            return
        for rows in (self._changed, self._gone):
            rows.sort(key=lambda row: (row["which"], row["where"]))
        if self._new:
            self._new.sort(key=lambda row: (row["object_id"], row["backend"]))
            connection.execute(insert(replicas), self._new)
        mine = (replicas.c.object_id == bindparam("which"), replicas.c.backend == bindparam("where"))
        change = update(replicas).where(*mine)
        if self._changed:
            connection.execute(change, self._changed)
        if self._gone:
            connection.execute(change.values(state="deleted", checked_at=self._now), self._gone)
        running = (attempts.c.job_id == bindparam("which_job"), attempts.c.outcome == "running")
        ended = update(attempts).where(*running).values(ended_at=self._now, outcome="succeeded", error=None)
        connection.execute(ended, [{"which_job": row["which_job"]} for row in self._jobs])
        connection.execute(update(jobs).where(jobs.c.id == bindparam("which_job")), self._jobs)
        note_successes(connection, self._copied, self._now)
        append(connection, principal.actor, self._events)


def _which(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {"which": row["object_id"], "where": row["target"]}
