"""Replication in memory, over the fake session's jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from datetime import datetime

    from tests.tui.fake import FakeSession

CAN = {
    "retry": lambda job: job.can_retry, "cancel": lambda job: job.can_cancel,
    "pause": lambda job: job.can_pause, "resume": lambda job: job.paused,
}  # fmt: skip
AFTER = {
    "retry": {"state": JobState.QUEUED}, "cancel": {"state": JobState.CANCELLED},
    "pause": {"paused": True}, "resume": {"paused": False},
}  # fmt: skip


class FakeReplication:
    """``tell`` is what the screen listens with, for as long as it does."""

    def __init__(self, session: FakeSession, now: datetime) -> None:
        self._session = session
        self._now = now
        self.tell: Callable[[MonitorUpdate], None] | None = None
        self.health_rows = [
            BackendHealthRow(
                "embedded-a", "closed", False, 2, 5, 120, 88_000_000, 1, 4, 10_000_000,
                last_success_at=now,
            ),
            BackendHealthRow(
                "embedded-b", "open", False, 0, 17, 80, 61_000_000, 9,
                broken_until=now + timedelta(minutes=2), last_error="no answer from 127.0.0.1:9",
                last_failure_at=now,
            ),
        ]  # fmt: skip

    def _matching(self, query: JobQuery) -> list[JobRow]:
        found = [
            job for job in self._session.job_rows
            if query.state in {None, job.state} and query.search in job.object_key
            and query.cause in {None, job.cause} and query.backend in {None, job.source, job.target}
        ]  # fmt: skip
        return found[::-1] if query.sort == "oldest" else found

    def jobs(self, query: JobQuery, cursor: str | None, limit: int) -> Page[JobRow]:
        self._session._call("jobs", query.state, cursor)
        page = self._session._page(self._matching(query), cursor, limit)
        return Page(page.rows, page.next_cursor)

    def story(self, job_id: str) -> JobStory:
        self._session._call("story", job_id)
        job = next(job for job in self._session.job_rows if job.id == job_id)
        tried = AttemptView(1, "w1 (AK)", self._now, self._now, "failed", "503 SlowDown", 4096)
        copy = ReplicaView("embedded-a", "s3://bucket/key", "abc", "ok, registered", self._now)
        return JobStory(job, (tried,), (copy,), "w1 (AK)", as_json="{}")

    def _apply(self, action: str, jobs: list[JobRow]) -> tuple[int, int]:
        able = [job for job in jobs if CAN[action](job)]
        changed = {job.id: replace(job, **AFTER[action]) for job in able}  # type: ignore[arg-type]
        rows = self._session.job_rows
        self._session.job_rows = [changed.get(job.id, job) for job in rows]
        return len(able), len(jobs) - len(able)

    def change(self, action: str, ids: list[str]) -> tuple[int, int]:
        self._session._call(action, *ids)
        return self._apply(action, [job for job in self._session.job_rows if job.id in ids])

    def change_all(self, action: str, query: JobQuery) -> tuple[int, int]:
        self._session._call(action + "_all", query)
        return self._apply(action, self._matching(query))

    def causes(self) -> list[CauseRow]:
        self._session._call("causes")
        return [
            CauseRow(
                JobState.DEAD, "access-refused", "embedded-b", 5, self._now, self._now,
                "403 at embedded-b",
            ),
        ] if self._session.job_rows else []  # fmt: skip

    def health(self) -> list[BackendHealthRow]:
        self._session._call("health")
        return list(self.health_rows)

    def pause_backend(self, backend: str, paused: bool) -> None:
        self._session._call("pause_backend", backend, paused)
        self.health_rows = [
            replace(row, paused=paused) if row.id == backend else row for row in self.health_rows
        ]

    def close_breaker(self, backend: str) -> None:
        self._session._call("close_breaker", backend)

    def start_reconcile(self) -> str:
        def reconcile() -> tuple[int, int]:
            self._session._call("reconcile")
            return 3, 1

        return self._session.jobs_service.begin(TaskKind.POLICY, "copies", reconcile)

    def watch(self, tell: Callable[[MonitorUpdate], None]) -> Callable[[], None]:
        self.tell = tell
        self.totals(0)

        def stop() -> None:
            self.tell = None

        return stop

    def totals(self, second: int, changed: tuple[JobRow, ...] = (), *, live: bool = True) -> None:
        """Tell what the server would."""
        counts: dict[JobState, int] = {}
        for job in self._session.job_rows:
            counts[job.state] = counts.get(job.state, 0) + 1
        assert self.tell is not None
        at = self._now + timedelta(seconds=second)
        totals = Totals(at, counts, 75.0, 200 + 7 * second, 149_000_000 + 5_000_000 * second)
        self.tell(MonitorUpdate(changed, totals, live, "" if live else "the server answered 404"))
