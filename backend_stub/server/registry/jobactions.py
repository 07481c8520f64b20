"""One action on many jobs: those named, or all that match a filter, some hundreds a transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlalchemy import Connection, select

from backend_stub.contract.jobs import Job, JobFilter, JobsAction, JobsActionAnswer

from ..auth.principal import Principal
from ..problems import ProblemError
from ..store.schema import jobs
from . import jobs as rows
from .totals import conditions

BATCH = 200


def change_jobs(connection: Connection, principal: Principal, request: JobsAction) -> JobsActionAnswer:
    """Act on each job that the action applies to; the others are counted, not refused.

    A filter's jobs are taken in the order of their ids, `BATCH` a call; `next` says where to go on.
    """
    where = conditions(principal, request.filter or JobFilter())
    if request.ids is not None:
        where.append(jobs.c.id.in_(request.ids))
    if request.after is not None:
        where.append(jobs.c.id > request.after)
    # All locked at once, before the first is changed: each change locks the head of the audit chain, which
    # has to be the last lock of whoever else holds one of these jobs.
    query = select(jobs.c.id).where(*where).order_by(jobs.c.id).limit(BATCH).with_for_update()
    ids = connection.execute(query).scalars().all()
    act = _acts(request)
    done: Counter[bool] = Counter()
    for job_id in ids:
        before = rows.find_job(connection, principal, job_id, lock=True)
        try:
            after = act(connection, principal, job_id)
        except ProblemError:
            done[False] += 1
        else:
            done[after != rows.job_answer(before)] += 1
    named = 0 if request.ids is None or request.after is not None else len(set(request.ids))
    missing = max(0, named - len(ids)) if len(ids) < BATCH else 0
    return JobsActionAnswer(
        changed=done[True], skipped=done[False] + missing, next=ids[-1] if len(ids) == BATCH else None
    )


def _acts(request: JobsAction) -> Callable[[Connection, Principal, str], Job]:
    def prioritise(connection: Connection, principal: Principal, job_id: str) -> Job:
        return rows.prioritise_job(connection, principal, job_id, request.priority or 0)

    known: dict[str, Callable[[Connection, Principal, str], Job]] = {
        "retry": rows.retry_job,
        "cancel": rows.cancel_job,
        "pause": rows.pause_job,
        "resume": rows.resume_job,
        "prioritise": prioritise,
    }
    return known[request.action]
