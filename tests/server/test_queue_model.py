"""A model of the queue: several workers, pauses, failures, expiry, deletion, against both databases."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import create_engine, text

from .support import Client, Server, registration

TARGETS = ("de-1", "fi-1")
BACKENDS = ["ceph-eu1", *TARGETS]
WORKER = st.sampled_from([0, 1, 2])
NAME = st.sampled_from(["a", "b", "c"])
KIND = st.sampled_from(["retry", "dead", "blocked", "release"])
TARGET = st.sampled_from(TARGETS)
MAX_ATTEMPTS = 8


@dataclass
class Modelled:
    """A job as it should be; ``token`` is of the lease in force, ``old`` are those that are over."""

    name: str
    target: str
    state: str = "queued"
    paused: bool = False
    attempts: int = 0
    priority: int = 0
    ready: bool = True
    token: str | None = None
    old: list[str] = field(default_factory=list)

    @property
    def active(self) -> bool:
        return self.state in ("queued", "leased", "retrying", "blocked")

    @property
    def leasable(self) -> bool:
        return self.state in ("queued", "retrying") and not self.paused and self.ready

    def end_lease(self) -> None:
        if self.token is not None:
            self.old.append(self.token)
            self.token = None


class Queue(RuleBasedStateMachine):
    """Tenants are fresh for each history, so that the shared server's other jobs do not matter."""

    server: Server

    @initialize()
    def start(self) -> None:
        self.tenant = f"q{uuid4().hex[:10]}"
        self.client: Client = self.server.client(self.tenant)
        self.workers = [self.server.client(self.tenant, "worker") for _ in range(3)]
        self.jobs: dict[str, Modelled] = {}
        self.registered: set[str] = set()
        self.deleted: set[str] = set()
        self.copies: dict[str, set[str]] = {}
        self.tenant_paused = False

    @rule(name=NAME, to=TARGET, priority=st.sampled_from([-1, 0, 5]))
    def want(self, name: str, to: str, priority: int) -> None:
        if name not in self.registered:
            payload = registration(self.tenant, name, residency="EU")
            assert self.client.post("/proxy/objects", payload).status == 201
            self.registered.add(name)
            self.copies[name] = set()
        body = {
            "object_key": f"{self.tenant}/{name}",
            "version": "v1",
            "target": to,
            "priority": priority,
        }
        answer = self.client.post("/proxy/jobs", body)
        if name in self.deleted or to in self.copies[name]:
            assert answer.status == 409
            return
        active = [job_id for job_id, job in self.jobs.items() if self._same(job, name, to) and job.active]
        if active:
            assert (answer.status, answer.json["id"]) == (200, active[0])
        else:
            assert answer.status == 201
            self.jobs[answer.json["id"]] = Modelled(name, to, priority=priority)

    @staticmethod
    def _same(job: Modelled, name: str, target: str) -> bool:
        return (job.name, job.target) == (name, target)

    @rule(worker=WORKER, limit=st.integers(1, 3), serves=st.sampled_from([BACKENDS, ["ceph-eu1", "de-1"]]))
    def lease(self, worker: int, limit: int, serves: list[str]) -> None:
        body = {"worker": "same-name", "backends": serves, "limit": limit, "lease_seconds": 3600}
        leases = self.workers[worker].post("/proxy/jobs/lease", body).json["leases"]
        able = [
            (-job.priority, job_id) for job_id, job in self.jobs.items()
            if job.leasable and job.target in serves and not self.tenant_paused
        ]  # fmt: skip
        assert len(leases) == min(limit, len(able))
        taken = [lease["job"]["id"] for lease in leases]
        assert len(set(taken)) == len(taken)
        # The greatest priority first; how long each waited is the server's clock to know.
        ranks = [-self.jobs[job_id].priority for job_id in taken]
        assert ranks == [rank for rank, _ in sorted(able)[: len(taken)]]
        for lease in leases:
            job = self.jobs[lease["job"]["id"]]
            job.state, job.token, job.attempts = "leased", lease["token"], job.attempts + 1

    def _pick(self, index: int, *states: str) -> str | None:
        found = sorted(job_id for job_id, job in self.jobs.items() if job.state in states)
        return found[index % len(found)] if found else None

    def _done(self, job: Modelled) -> dict[str, Any]:
        bucket = self.client.get(
            "/proxy/namespace", customer=self.tenant, backend=job.target, logical="data",
            region=f"{job.target}-region",
        ).json["bucket"]  # fmt: skip
        return {
            "token": job.token, "location": {"url": f"s3://{bucket}/k", "etag": "e"},
            "verified_by": "checksum",
        }  # fmt: skip

    @rule(worker=WORKER)
    def complete_all(self, worker: int) -> None:
        """Every lease in one request, with one that is over and one that nobody has among them."""
        leased = {job_id: job for job_id, job in self.jobs.items() if job.state == "leased"}
        stale = next((job_id for job_id, job in self.jobs.items() if job.old and job.token is None), None)
        items = [{"job": job_id, **self._done(job)} for job_id, job in leased.items()]
        strange = {
            "token": "x" * 40,
            "location": {"url": "s3://bucket", "etag": "e"},
            "verified_by": "checksum",
        }
        items.append({"job": "job_unknown", **strange})
        if stale is not None and self.jobs[stale].state != "succeeded":
            items.insert(0, {"job": stale, **strange, "token": self.jobs[stale].old[-1]})
        answer = self.workers[worker].post("/proxy/jobs/complete", {"items": items})
        assert answer.status == 200, answer.body
        got = {item["job"]: told for item, told in zip(items, answer.json["items"], strict=True)}
        assert {name: told["status"] for name, told in got.items()} == {
            item["job"]: 200 if item["job"] in leased else 404 if item["job"] == "job_unknown" else 409
            for item in items
        }
        for job_id, job in leased.items():
            assert got[job_id]["job"]["state"] == "succeeded"
            job.state = "succeeded"
            job.end_lease()
            self.copies[job.name].add(job.target)
        again = self.workers[worker].post("/proxy/jobs/complete", {"items": items})
        assert again.json == answer.json

    @rule(worker=WORKER, index=st.integers(0, 9))
    def complete(self, worker: int, index: int) -> None:
        if (job_id := self._pick(index, "leased")) is None:
            return
        job = self.jobs[job_id]
        done = self._done(job)
        answer = self.workers[worker].post(f"/proxy/jobs/{job_id}/complete", done)
        assert answer.status == 200, answer.body
        assert self.workers[worker].post(f"/proxy/jobs/{job_id}/complete", done).json == answer.json
        job.state = "succeeded"
        job.end_lease()
        self.copies[job.name].add(job.target)

    @rule(
        worker=WORKER, index=st.integers(0, 9), kind=st.sampled_from(["retry", "dead", "blocked", "release"])
    )
    def give_up(self, worker: int, index: int, kind: str) -> None:
        if (job_id := self._pick(index, "leased")) is None:
            return
        job = self.jobs[job_id]
        path = f"/proxy/jobs/{job_id}"
        if kind == "release":
            answer = self.workers[worker].post(f"{path}/release", {"token": job.token})
            job.state, job.attempts, job.ready = "queued", job.attempts - 1, True
        else:
            body = {"token": job.token, "error": kind, "retry": kind == "retry", "blocked": kind == "blocked"}
            answer = self.workers[worker].post(f"{path}/fail", body)
            last = job.attempts >= MAX_ATTEMPTS
            job.state = {"retry": "dead" if last else "retrying"}.get(kind, kind)
            job.ready = False
        assert answer.status == 200, answer.body
        job.end_lease()

    @rule(index=st.integers(0, 9), change=st.sampled_from(["retry", "cancel", "pause", "resume"]))
    def steer(self, index: int, change: str) -> None:
        if not self.jobs:
            return
        job_id = sorted(self.jobs)[index % len(self.jobs)]
        job = self.jobs[job_id]
        status = self.client.post(f"/proxy/jobs/{job_id}/{change}").status
        if change == "resume":
            assert status == 200
            job.paused = False
        elif change == "pause":
            assert status == (200 if job.active else 409)
            if job.active and not job.paused:
                job.paused = True
                if job.state == "leased":
                    job.state, job.attempts, job.ready = "queued", job.attempts - 1, True
                    job.end_lease()
        elif change == "cancel":
            assert status == (200 if job.active or job.state == "cancelled" else 409)
            if job.active:
                job.state, job.paused = "cancelled", False
                job.end_lease()
        else:
            over = job.state in ("dead", "cancelled")
            rival = any(
                other.active for other in self.jobs.values() if self._same(other, job.name, job.target)
            )
            refused = job.state in ("queued", "leased", "succeeded")
            refused = refused or (over and (rival or job.name in self.deleted))
            assert status == (409 if refused else 200)
            if status == 200:
                job.state, job.attempts, job.paused, job.ready = "queued", 0, False, True

    @rule(index=st.integers(0, 9))
    def expire(self, index: int) -> None:
        """As if a worker were killed: its lease runs out by the database's clock."""
        if (job_id := self._pick(index, "leased")) is None:
            return
        self._sql("UPDATE jobs SET lease_expires_at = 1 WHERE id = :id", id=job_id)
        job = self.jobs[job_id]
        beat = self.workers[0].post(f"/proxy/jobs/{job_id}/heartbeat", {"token": job.token})
        assert beat.status == 409
        # Whoever asks next takes it back, whatever it serves.
        self.workers[1].post("/proxy/jobs/lease", {"worker": "reaper", "backends": ["nowhere"]})
        job.state = "dead" if job.attempts >= MAX_ATTEMPTS else "retrying"
        job.ready = job.state == "retrying"
        job.end_lease()

    @rule()
    def time_passes(self) -> None:
        """Every backoff is over."""
        self._sql(
            "UPDATE jobs SET next_attempt_at = 1 WHERE tenant_id = :id AND state = 'retrying'", id=self.tenant
        )
        for job in self.jobs.values():
            job.ready = job.ready or job.state == "retrying"

    @rule(paused=st.booleans())
    def pause_tenant(self, paused: bool) -> None:
        path = f"/proxy/replication/tenants/{self.tenant}"
        assert self.client.send("PUT", path, {"paused": paused, "before": self.tenant_paused}).status == 200
        self.tenant_paused = paused

    @rule(name=NAME)
    def delete(self, name: str) -> None:
        if name not in self.registered:
            return
        assert self.client.send("DELETE", f"/proxy/objects/{self.tenant}/{name}").status == 200
        self.deleted.add(name)
        for job in self.jobs.values():
            if job.name == name and job.active:
                job.state, job.paused = "cancelled", False
                job.end_lease()

    def _sql(self, statement: str, **values: Any) -> None:
        url = self.server.database_url.replace("postgresql://", "postgresql+psycopg://")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(statement), values)
        engine.dispose()

    @invariant()
    def the_server_agrees(self) -> None:
        listed = {job["id"]: job for job in self.client.get("/proxy/jobs", limit=1000).json["items"]}
        assert set(listed) == set(self.jobs)
        for job_id, job in self.jobs.items():
            shown = listed[job_id]
            found = (shown["state"], shown["attempts"], shown["paused_at"] is not None)
            assert found == (job.state, job.attempts, job.paused), job
        active = [(job.name, job.target) for job in self.jobs.values() if job.active]
        assert len(active) == len(set(active)), "one active job for a version and target"

    @invariant()
    def old_leases_are_worth_nothing(self) -> None:
        for job_id, job in self.jobs.items():
            if job.old and job.state != "succeeded":
                beat = self.workers[2].post(f"/proxy/jobs/{job_id}/heartbeat", {"token": job.old[-1]})
                assert beat.code == "lease-lost"

    @invariant()
    def every_success_is_a_copy(self) -> None:
        for name in self.registered:
            [record] = self.client.get(f"/proxy/objects/{self.tenant}/{name}").json["versions"]
            assert {copy["backend"] for copy in record["replicas"]} - {"ceph-eu1"} == self.copies[name]


def test_queue_of_several_workers(server: Server) -> None:
    class Bound(Queue):
        pass

    Bound.server = server
    quick = settings(
        max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Bound, settings=quick)  # type: ignore[no-untyped-call]
    assert server.operator.get("/audit/verify").json["valid"]
