"""A worker: leases kept while a copy lasts, reports in batches, copies within one endpoint."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from backend_stub.contract.jobs import MAX_COMPLETED, Complete
from backend_stub.contract.objects import BackendLocation
from secingest_tui.metadata import ServerRefused, ServerUnreachable, TenantClient
from secingest_tui.services.replication import copy
from secingest_tui.services.replication.reporting import Finished, Reporter
from secingest_tui.services.replication.worker import Worker, WorkerReport
from secingest_tui.storage import S3Store
from tests.replication.conftest import TENANT, Site
from tests.replication.test_copies import body, noise

MIB = 1024 * 1024


def run(site: Site, **fields: Any) -> WorkerReport:
    return Worker(site.workspace, TENANT, jobs=4, **fields).run()


def test_a_copy_that_lasts_keeps_its_lease(site: Site) -> None:
    """Three times as long as its lease, by heartbeats."""
    receipt = site.ingest("lasting", noise(20 * MIB), "--target", "ceph-fr")
    site.cli("replication", "limit", "ceph-fr", "--bandwidth", "2MiB")
    try:
        assert run(site, lease_seconds=3).counts["succeeded"] == 1
    finally:
        site.cli("replication", "limit", "ceph-fr", "--bandwidth", "none")
    [job] = site.jobs(receipt)
    history = site.workspace.tenant(TENANT).job(job.id).history
    assert [attempt.outcome for attempt in history] == ["succeeded"]
    assert history[0].ended_at is not None
    assert (history[0].ended_at - history[0].started_at).total_seconds() > 3


def test_a_server_that_is_away_for_a_moment_hears_of_every_copy(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipts = [
        site.ingest(f"moment-{number}", noise(1000 + number), "--target", "local-de") for number in range(6)
    ]
    complete, failures = TenantClient.complete_batch, [ServerUnreachable("away"), ServerUnreachable("away")]

    def flaky(self: TenantClient, items: Any) -> Any:
        if failures:
            # What was reported may have arrived although its answer did not.
            complete(self, items)
            raise failures.pop()
        return complete(self, items)

    monkeypatch.setattr(TenantClient, "complete_batch", flaky)
    assert run(site).counts == {"succeeded": 6, "failed": 0, "released": 0}
    assert not failures
    for receipt in receipts:
        [job] = site.jobs(receipt)
        assert (job.state, job.attempts) == ("succeeded", 1)


def test_a_server_that_stays_away_is_not_told_that_a_good_copy_failed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease is left to run out: whoever gets the job next finds the copy there."""
    receipts = [site.ingest(f"away-{number}", noise(1100), "--target", "local-de") for number in range(3)]

    def away(self: TenantClient, *asked: Any) -> Any:
        raise ServerUnreachable("away")

    told: list[str] = []
    monkeypatch.setattr(TenantClient, "complete_batch", away)
    monkeypatch.setattr(TenantClient, "fail", lambda self, job, failure: told.append(job))
    assert run(site).counts == {"succeeded": 0, "failed": 3, "released": 0}
    assert not told
    for receipt in receipts:
        [job] = site.jobs(receipt)
        assert job.state == "leased"
        site.cli("jobs", "cancel", job.id)


class Told:
    """A client that keeps what is reported, request by request."""

    def __init__(self) -> None:
        self.requests: list[list[str]] = []
        self.came = threading.Event()

    def complete_batch(self, items: list[Any]) -> list[Any]:
        self.requests.append([item.job for item in items])
        self.came.set()
        return self.requests[-1]


def finished(job: str) -> Any:
    lease = SimpleNamespace(job=SimpleNamespace(id=job))
    done = Complete(
        token="0" * 32, location=BackendLocation(url="s3://bucket/k", etag="e"), verified_by="checksum"
    )
    return Finished(lease, None, done)  # type: ignore[arg-type]


def test_results_gather_into_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is full goes at once, and so does whatever waits once somebody waits for it."""
    monkeypatch.setattr("secingest_tui.services.replication.reporting.GATHER_SECONDS", 3600.0)
    client, heard = Told(), list[Any]()
    with Reporter(client, threading.Event(), lambda _, answer: heard.append(answer)) as reporter:  # type: ignore[arg-type]
        names = [f"job{number}" for number in range(MAX_COMPLETED + 3)]
        for name in names[:MAX_COMPLETED]:
            reporter.add(finished(name))
        assert client.came.wait(60)
        for name in names[MAX_COMPLETED:]:
            reporter.add(finished(name))
        assert reporter.flush()
        assert client.requests == [names[:MAX_COMPLETED], names[MAX_COMPLETED:]]
        reporter.add(finished("last"))
    assert heard == [*names, "last"]


def test_whoever_fails_to_hear_of_one_copy_hears_of_the_next() -> None:
    heard = []

    def settle(_: Any, answer: Any) -> None:
        heard.append(answer)
        raise BrokenPipeError

    with Reporter(Told(), threading.Event(), settle) as reporter:  # type: ignore[arg-type]
        for job in ("one", "two"):
            reporter.add(finished(job))
            reporter.flush()
    assert heard == ["one", "two"]


def test_one_that_is_refused_among_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = (site.ingest(f"batch-{name}", noise(900), "--target", "local-de") for name in ("good", "bad"))
    complete = TenantClient.complete_batch

    def strict(self: TenantClient, items: Any) -> Any:
        refused = {item.job for item in items} & {job.id for job in site.jobs(bad)}
        kept = [item for item in items if item.job not in refused]
        told = dict(zip((item.job for item in kept), complete(self, kept) if kept else [], strict=True))
        no = ServerRefused("It is outside the residency.", status=422, code="residency")
        return [told.get(item.job, no) for item in items]

    monkeypatch.setattr(TenantClient, "complete_batch", strict)
    report = run(site)
    assert report.counts == {"succeeded": 1, "failed": 1, "released": 0}
    assert [job.state for job in site.jobs(good)] == ["succeeded"]
    [job] = site.jobs(bad)
    assert (job.state, job.reason) == ("blocked", "It is outside the residency.")
    site.cli("jobs", "cancel", job.id)


def test_a_provider_copies_within_its_endpoint(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = site.ingest("within", noise(9 * MIB), "--target", "local-de")

    def streamed(*_: Any, **__: Any) -> Any:
        raise AssertionError("the bytes need not pass through here")

    monkeypatch.setattr(copy, "put_parts", streamed)
    assert run(site).counts["succeeded"] == 1
    found = site.replicas(receipt)
    assert found["local-de"].verified_by == "signed-frames"
    assert body(site, found["local-de"]) == body(site, found["local-fi"])


@pytest.mark.parametrize("wrong", ["garbage", "nothing"])
def test_a_provider_that_copies_wrongly_is_found_out(
    site: Site, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """It says that it copied: what lies there is read, and the object is streamed instead."""
    size = 9 * MIB
    receipt = site.ingest(f"within-{wrong}", noise(size), "--target", "local-de")
    asked = []

    def lying(self: S3Store, source: str, bucket: str, key: str, **_: Any) -> None:
        asked.append(key)
        if wrong == "garbage":
            head = self.head(source, key)
            self.put(bucket, key, bytes(head.size))

    monkeypatch.setattr(S3Store, "copy_within", lying)
    assert run(site).counts["succeeded"] == 1
    assert len(asked) == 1
    found = site.replicas(receipt)
    assert body(site, found["local-de"]) == body(site, found["local-fi"])
