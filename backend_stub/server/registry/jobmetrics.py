"""Replication as numbers for Prometheus."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from ..store.schema import backend_controls, jobs
from ..web.metrics import family
from .controls import breaker_of

_BREAKER = {"closed": 0, "half-open": 1, "open": 2}


def metrics_of(connection: Connection, now: int) -> str:
    """Depth by state and target, age of the oldest (lag, by target too), what was copied, what failed."""
    depth = connection.execute(
        select(jobs.c.state, jobs.c.target, func.count()).group_by(jobs.c.state, jobs.c.target)
    ).all()
    states: dict[str, int] = {}
    for state, _, number in depth:
        states[state] = states.get(state, 0) + number
    waiting = select(jobs.c.target, func.min(jobs.c.created_at)).where(
        jobs.c.state.in_(("queued", "retrying", "leased"))
    )
    lag = {
        target: max(0, now - oldest) / 1e6
        for target, oldest in connection.execute(waiting.group_by(jobs.c.target))
    }
    rows = connection.execute(select(backend_controls).order_by(backend_controls.c.backend)).mappings().all()
    by = [({"target": row["backend"]}, row) for row in rows]
    return "".join(
        [
            family(
                "secingest_jobs", "gauge", "Jobs by state.",
                [({"state": state}, number) for state, number in states.items()],
            ),
            family(
                "secingest_jobs_by_target", "gauge", "Jobs by state and target.",
                [({"state": state, "target": target}, number) for state, target, number in depth],
            ),
            family(
                "secingest_oldest_job_seconds", "gauge", "Age of the oldest job that is not over.",
                [({}, max(lag.values(), default=0.0))],
            ),
            family(
                "secingest_replication_lag_seconds", "gauge", "The same by target.",
                [({"target": target}, age) for target, age in sorted(lag.items())],
            ),
            family(
                "secingest_replicated_objects_total", "counter", "Copies made, by target.",
                [(label, row["copied_objects"]) for label, row in by],
            ),
            family(
                "secingest_replicated_bytes_total", "counter", "Bytes copied, by target.",
                [(label, row["copied_bytes"]) for label, row in by],
            ),
            family(
                "secingest_job_failures_total", "counter", "Failed attempts, by the backend at fault.",
                [(label, row["failures"]) for label, row in by],
            ),
            family(
                "secingest_backend_breaker", "gauge", "Circuit breaker: 0 closed, 1 half-open, 2 open.",
                [({"backend": row["backend"]}, _BREAKER[breaker_of(row, now)]) for row in rows],
            ),
            family(
                "secingest_backend_paused", "gauge", "1 where an operator paused replication.",
                [({"backend": row["backend"]}, int(row["paused_at"] is not None)) for row in rows],
            ),
        ]
    )  # fmt: skip
