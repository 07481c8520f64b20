"""Watching jobs of a real server: live, and by asking where its events cannot be had."""

from __future__ import annotations

from typing import Any

import pytest

from secingest_tui.metadata import ServerRefused, TenantClient
from secingest_tui.models.monitor import JobQuery, MonitorUpdate
from secingest_tui.models.records import JobState
from secingest_tui.services.session.replication import ScreenReplication
from secingest_tui.services.session.transfers import TransferTasks
from tests.replication.conftest import TENANT, Site
from tests.rigs.waiting import wait_for


def test_live_then_by_asking(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    replication = ScreenReplication(lambda: site.workspace.tenant(TENANT), TransferTasks())
    told: list[MonitorUpdate] = []
    stop = replication.watch(told.append)
    try:
        wait_for(lambda: any(one.totals for one in told), "totals")
        receipt = site.ingest("watched", b"seen while it is copied", "--target", "local-de")
        wait_for(lambda: _heard(told, receipt, JobState.QUEUED), "the new job")
        site.work()
        wait_for(lambda: _heard(told, receipt, JobState.SUCCEEDED), "the copy")
        assert all(one.live for one in told)
    finally:
        stop()
    [job] = replication.jobs(JobQuery(search="watched"), None, 10).rows
    story = replication.story(job.id)
    assert [one.outcome for one in story.attempts] == ["succeeded"]
    assert {one.backend for one in story.replicas} == {"local-fi", "local-de"}

    def refused(self: TenantClient, **query: Any) -> Any:
        raise ServerRefused("There is no such route.", status=404)

    monkeypatch.setattr(TenantClient, "watch_jobs", refused)
    told.clear()
    stop = replication.watch(told.append)
    try:
        wait_for(lambda: told, "an answer")
        assert (told[0].live, told[0].why) == (False, "There is no such route.")
        assert told[0].totals is not None
        assert _heard(told, receipt, JobState.SUCCEEDED)
    finally:
        stop()


def _heard(told: list[MonitorUpdate], receipt: dict[str, Any], state: JobState) -> bool:
    return any(
        job.object_key == receipt["object_key"] and job.state is state
        for one in list(told)
        for job in one.changed
    )
