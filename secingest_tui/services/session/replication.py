"""Replication as the monitor sees it (``screens.replication.ports.ReplicationService``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from backend_stub.contract.jobs import Job, JobFilter
from backend_stub.contract.replication import JobTotals
from secingest_tui.models.monitor import (
    AttemptView,
    BackendHealthRow,
    CauseRow,
    JobQuery,
    JobStory,
    MonitorUpdate,
    Totals,
)
from secingest_tui.models.paging import Page
from secingest_tui.models.records import JobRow, JobState, ReplicaView
from secingest_tui.services.replication.policy import reconcile
from secingest_tui.services.replication.steering import change_all, change_named
from secingest_tui.services.replication.watching import JobWatch
from secingest_tui.services.session.views import job_row

if TYPE_CHECKING:
    from secingest_tui.metadata import AdminClient, TenantClient


class ScreenReplication:
    """``reader``: the client to ask, the operator's or else the tenant's; None where there is no tenant."""

    def __init__(self, reader: Callable[[], AdminClient | TenantClient | None]) -> None:
        self._reader = reader

    def _client(self) -> AdminClient | TenantClient:
        client = self._reader()
        assert client is not None, "there are no jobs without a tenant"
        return client

    def jobs(self, query: JobQuery, cursor: str | None, limit: int) -> Page[JobRow]:
        client = self._reader()
        if client is None:
            return Page(())
        page = client.jobs(
            state=query.state.value if query.state else None, backend=query.backend,
            search=query.search or None, cause=query.cause, sort=query.sort, cursor=cursor, limit=limit,
        )  # fmt: skip
        return Page(tuple(job_row(item) for item in page.items), page.next)

    def story(self, job_id: str) -> JobStory:
        client = self._client()
        job = client.job(job_id)
        record = client.object(job.object_key, job.version)
        return JobStory(
            job=job_row(job),
            attempts=tuple(
                AttemptView(
                    one.number, one.worker, one.started_at, one.ended_at, one.outcome, one.error or "",
                    one.bytes_done,
                )
                for one in job.history
            ),
            replicas=tuple(
                ReplicaView(
                    one.backend, one.url, one.etag,
                    f"{one.state}, {one.verified_by or 'registered'}", one.verified_at,
                )
                for one in record.replicas
            ),
            worker=job.worker or "",
            priority=job.priority,
            kind=job.kind,
            created_at=job.created_at,
            lease_expires_at=job.lease_expires_at,
            bytes_done=job.bytes_done,
            as_json=job.model_dump_json(indent=2),
        )  # fmt: skip

    def change(self, action: str, ids: list[str]) -> tuple[int, int]:
        done = change_named(self._client(), action, ids)
        return done.changed, done.skipped

    def change_all(self, action: str, query: JobQuery) -> tuple[int, int]:
        wanted = JobFilter(
            state=query.state.value if query.state else None, backend=query.backend,
            search=query.search or None, cause=query.cause,
        )  # fmt: skip
        done = change_all(self._client(), action, wanted)
        return done.changed, done.skipped

    def causes(self) -> list[CauseRow]:
        client = self._reader()
        if client is None:
            return []
        return [
            CauseRow(
                JobState(one.state), one.cause, one.target, one.count, one.first_at, one.last_at,
                one.example or "",
            )
            for one in client.job_causes()
        ]  # fmt: skip

    def health(self) -> list[BackendHealthRow]:
        client = self._reader()
        if client is None:
            return []
        return [
            BackendHealthRow(
                one.backend, one.breaker, one.paused, one.leased, one.waiting, one.copied_objects,
                one.copied_bytes, one.failures, one.max_concurrent, one.max_bytes_per_second,
                one.broken_until, one.last_error or "", one.last_failure_at, one.last_success_at,
                one.reason or "",
            )
            for one in client.backend_health()
        ]  # fmt: skip

    def pause_backend(self, backend: str, paused: bool) -> None:
        self._client().control_backend(backend, paused=paused)

    def close_breaker(self, backend: str) -> None:
        self._client().control_backend(backend, reset=True)

    def reconcile(self) -> tuple[int, int]:
        found = reconcile(self._client())
        return len(found.jobs), len(found.shortfalls)

    def watch(self, tell: Callable[[MonitorUpdate], None]) -> Callable[[], None]:
        client = self._reader()
        if client is None:
            return lambda: None

        def told(changed: list[Job], totals: JobTotals | None, live: bool, why: str) -> None:
            rows = tuple(job_row(job) for job in changed)
            tell(MonitorUpdate(rows, _totals(totals) if totals else None, live, why))

        return JobWatch(client, None, told).close


def _totals(totals: JobTotals) -> Totals:
    return Totals(
        totals.at,
        {JobState(state): number for state, number in totals.counts.items()},
        totals.lag_seconds,
        totals.copied_objects,
        totals.copied_bytes,
    )
