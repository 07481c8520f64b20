"""Random histories of objects, versions, copies and tenants against a model of what the server should say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from .support import Client, Server, registration

WHO = st.sampled_from([0, 1])
NAME = st.sampled_from(["a", "a/b", "ü"])
VERSION = st.sampled_from(["v1", "v2"])
ETAG = st.sampled_from(["one", "two"])
TARGETS = ["de-1", "fi-1"]


@dataclass
class Version:
    """What the model knows of a recorded version."""

    etag: str
    receipt: bytes
    deleted: bool = False
    copies: set[str] = field(default_factory=lambda: {"ceph-eu1"})
    wanted: set[str] = field(default_factory=set)


class Machine(RuleBasedStateMachine):
    server: Server

    @initialize()
    def start(self) -> None:
        self.tenants = [f"m{uuid4().hex[:10]}" for _ in range(2)]
        self.clients: list[Client] = [self.server.client(tenant) for tenant in self.tenants]
        self.model: dict[tuple[int, str, str], Version] = {}

    @rule(who=WHO, owner=WHO, name=NAME, version=VERSION, etag=ETAG)
    def register(self, who: int, owner: int, name: str, version: str, etag: str) -> None:
        where = {"ceph-eu1": {"url": "s3://bucket/k", "etag": etag}}
        payload = registration(self.tenants[owner], name, version, backends=where, residency="EU")
        answer = self.clients[who].post("/proxy/objects", payload)
        known = self.model.get((owner, name, version))
        if who != owner:
            assert answer.status == 403
        elif known is None:
            assert answer.status == 201
            self.model[owner, name, version] = Version(etag, answer.body)
        elif known.etag == etag:
            assert (answer.status, answer.body) == (200, known.receipt)
        else:
            assert answer.status == 409

    @rule(who=WHO, owner=WHO, name=NAME, version=VERSION | st.none())
    def delete(self, who: int, owner: int, name: str, version: str | None) -> None:
        query: dict[str, Any] = {} if version is None else {"version": version}
        answer = self.clients[who].send("DELETE", f"/proxy/objects/{self.tenants[owner]}/{name}", **query)
        hit = [key for key in self.model if key[:2] == (owner, name) and version in (None, key[2])]
        if who != owner or not hit:
            assert answer.status == 404
            return
        assert sorted(answer.json["versions"]) == sorted(key[2] for key in hit)
        for key in hit:
            self.model[key].deleted = True
            self.model[key].wanted.clear()

    @rule(who=WHO, owner=WHO, name=NAME, version=VERSION, to=st.sampled_from([*TARGETS, "ceph-eu1", "us-1"]))
    def want_copy(self, who: int, owner: int, name: str, version: str, to: str) -> None:
        wanted = {"object_key": f"{self.tenants[owner]}/{name}", "version": version, "target": to}
        status = self.clients[who].post("/proxy/jobs", wanted).status
        known = self.model.get((owner, name, version))
        if who != owner or known is None:
            assert status == 404
        elif known.deleted or to in known.copies:
            assert status == 409
        elif to == "us-1":
            assert status == 422
        else:
            assert status == (200 if to in known.wanted else 201)
            known.wanted.add(to)

    @rule(who=WHO, good=st.booleans())
    def work(self, who: int, good: bool) -> None:
        body = {"worker": "w", "backends": ["ceph-eu1", *TARGETS]}
        leases = self.clients[who].post("/proxy/jobs/lease", body).json["leases"]
        mine = {key: known for key, known in self.model.items() if key[0] == who}
        assert len(leases) == min(1, sum(len(known.wanted) for known in mine.values()))
        for lease in leases:
            job, path = lease["job"], f"/proxy/jobs/{lease['job']['id']}"
            name = job["object_key"].partition("/")[2]
            known = mine[who, name, job["version"]]
            if good:
                location = {"url": f"s3://{lease['object']['target_bucket']}/k", "etag": known.etag}
                done = {"token": lease["token"], "location": location, "verified_by": "checksum"}
                assert self.clients[who].post(f"{path}/complete", done).status == 200
                known.copies.add(job["target"])
            else:
                failed = {"token": lease["token"], "error": "x", "retry": False}
                assert self.clients[who].post(f"{path}/fail", failed).json["state"] == "dead"
            known.wanted.discard(job["target"])

    @invariant()
    def lists_agree(self) -> None:
        for who, client in enumerate(self.clients):
            shown = {
                (
                    item["object_key"].partition("/")[2],
                    item["version"],
                    item["state"],
                    frozenset(item["backends"]),
                )
                for item in client.get("/proxy/objects", state="all").json["items"]
            }
            assert shown == {
                (name, version, "deleted" if known.deleted else "active", frozenset(known.copies))
                for (owner, name, version), known in self.model.items()
                if owner == who
            }


def test_histories(server: Server) -> None:
    class Bound(Machine):
        pass

    Bound.server = server
    quick = settings(
        max_examples=8,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Bound, settings=quick)  # type: ignore[no-untyped-call]
    assert server.operator.get("/audit/verify").json["valid"]
