"""What the monitor needs of the services. Everything blocks and is called from threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from secingest_tui.models.monitor import BackendHealthRow, CauseRow, JobQuery, JobStory, MonitorUpdate
from secingest_tui.models.paging import Page
from secingest_tui.models.records import JobRow


class ReplicationService(Protocol):
    """Replication at one server, of the tenants that this role may see."""

    def jobs(self, query: JobQuery, cursor: str | None, limit: int) -> Page[JobRow]:
        """One page of jobs."""

    def story(self, job_id: str) -> JobStory:
        """A job, every attempt, and where the copies of its object are."""

    def change(self, action: str, ids: list[str]) -> tuple[int, int]:
        """``retry``, ``cancel``, ``pause`` or ``resume`` these jobs; how many changed, how many did not."""

    def change_all(self, action: str, query: JobQuery) -> tuple[int, int]:
        """The same for every job that matches, however many."""

    def causes(self) -> list[CauseRow]:
        """Dead, blocked and retrying jobs by cause and target."""

    def health(self) -> list[BackendHealthRow]:
        """Every backend."""

    def pause_backend(self, backend: str, paused: bool) -> None:
        """Pause or resume a backend for every tenant."""

    def close_breaker(self, backend: str) -> None:
        """Try a backend again now."""

    def start_reconcile(self) -> str:
        """Make the jobs that the policy asks for, as a task: how many, and how many objects stay short."""

    def watch(self, tell: Callable[[MonitorUpdate], None]) -> Callable[[], None]:
        """Call back from a thread at each change; returns how to stop that."""
