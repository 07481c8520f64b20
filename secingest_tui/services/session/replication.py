"""Replication as the monitor sees it (``screens.replication.ports.ReplicationService``)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from backend_stub.contract.jobs import Job, JobFilter
from backend_stub.contract.replication import JobTotals
from secingest_tui.errors import Cancelled
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
from secingest_tui.models.transfer import TaskKind
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.replication.policy import Reconciled, reconcile
from secingest_tui.services.replication.steering import change_all, change_named
from secingest_tui.services.replication.watching import JobWatch
from secingest_tui.services.session.transfers import SHOWN, Outcome, TransferTasks
from secingest_tui.services.session.views import job_row
from secingest_tui.text import count

if TYPE_CHECKING:
    from secingest_tui.metadata import AdminClient, TenantClient


class ScreenReplication:
    """``reader``: the client to ask, the operator's or else the tenant's; None where there is no tenant."""

    def __init__(self, reader: Callable[[], AdminClient | TenantClient | None], tasks: TransferTasks) -> None:
        self._reader, self._tasks = reader, tasks

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

    def start_reconcile(self) -> str:
        client = self._client()

        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            progress.start("make jobs")
            before = 0

            def told(so_far: Reconciled) -> None:
                nonlocal before
                progress.add_item(len(so_far.jobs) - before)
                before = len(so_far.jobs)
                if cancel.is_set():
                    raise Cancelled(f"Stopped. {count(before, 'job')} made already: they stay.")

            found = reconcile(client, told=told)
            short = [(f"{one.object_key} {one.version}", one.reason) for one in found.shortfalls]
            result = [("jobs made", f"{len(found.jobs):,}"), ("no job possible", f"{len(short):,}")]
            return Outcome(result=(*result, *short[:SHOWN]), value=(len(found.jobs), len(short)))

        return self._tasks.start(TaskKind.POLICY, "copies that the policy asks for", work)

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
