"""Pauses, priorities, limits, circuit breakers and bulk actions, as operators and workers meet them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from backend_stub.server.registry.controls import BREAKER_FAILURES

from .support import Client, Server, registration
from .test_jobs import completion, lease, register

BACKEND = {"region": "r", "country": "DE", "endpoint": "https://s3.example.net"}


@pytest.fixture
def target(server: Server) -> str:
    """A backend of this test's own: its breaker and limits are nobody else's."""
    name = f"b-{uuid4().hex[:10]}"
    assert server.operator.post("/proxy/backends", {"id": name, **BACKEND}).status == 201
    return name


def served(*names: str) -> list[str]:
    return ["ceph-eu1", *names]


def control(server: Server, backend: str, **fields: Any) -> dict[str, Any]:
    answer = server.operator.send("PATCH", f"/proxy/replication/backends/{backend}", fields)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def fail(client: Client, taken: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"token": taken["token"], "error": "no answer", "cause": "endpoint-unreachable", **fields}
    answer = client.post(f"/proxy/jobs/{taken['job']['id']}/fail", body)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def test_a_paused_job_is_leased_to_nobody(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    job = f"/proxy/jobs/{register(client, tenant)}"
    assert client.post(f"{job}/pause").json["paused_at"] is not None
    assert client.post(f"{job}/pause").status == 200
    assert lease(client) == []
    resumed = client.post(f"{job}/resume").json
    assert (resumed["paused_at"], resumed["state"]) == (None, "queued")
    [taken] = lease(client)
    # Pausing takes the lease away, and the attempt is not counted.
    paused = client.post(f"{job}/pause").json
    assert (paused["state"], paused["attempts"]) == ("queued", 0)
    assert client.post(f"{job}/heartbeat", {"token": taken["token"]}).code == "lease-lost"
    assert client.get(job).json["history"][0]["outcome"] == "released"
    assert client.post(f"{job}/cancel").json["paused_at"] is None
    assert client.post(f"{job}/pause").code == "job-state"


def test_a_released_job_is_as_it_was(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    job = f"/proxy/jobs/{register(client, tenant)}"
    [taken] = lease(client)
    released = client.post(f"{job}/release", {"token": taken["token"], "bytes_done": 3}).json
    assert (released["state"], released["attempts"], released["bytes_done"]) == ("queued", 0, 3)
    assert client.post(f"{job}/release", {"token": taken["token"]}).code == "lease-lost"
    assert len(lease(client)) == 1


def test_a_paused_tenant_and_a_paused_backend_get_nothing(server: Server, tenant: str, target: str) -> None:
    client = server.client(tenant)
    other = server.client(f"{tenant}x")
    for who, name in ((client, tenant), (other, f"{tenant}x")):
        register(who, name, targets=[target])
    path = f"/proxy/replication/tenants/{tenant}"
    paused = client.send("PUT", path, {"paused": True, "before": False, "reason": "moving house"}).json
    assert (paused["paused"], paused["reason"]) == (True, "moving house")
    assert lease(client, backends=served(target)) == []
    assert other.send("PUT", path, {"paused": False, "before": True}).code == "not-found"
    assert client.send("PUT", path, {"paused": False, "before": True}).json["reason"] is None
    assert control(server, target, paused=True, reason="maintenance")["paused"]
    assert lease(client, backends=served(target)) == lease(other, backends=served(target)) == []
    control(server, target, paused=False)
    assert len(lease(client, backends=served(target))) == 1
    refused = client.send("PATCH", f"/proxy/replication/backends/{target}", {"paused": True})
    assert refused.code == "wrong-role"
    assert server.operator.send("PATCH", "/proxy/replication/backends/nobodys", {}).code == "not-found"


def test_at_most_so_many_at_once_and_so_fast(server: Server, tenant: str, target: str) -> None:
    client = server.client(tenant)
    for number in range(4):
        register(client, tenant, f"f{number}", targets=[target])
    control(server, target, max_concurrent=2, max_bytes_per_second=1_000_000)
    taken = lease(client, backends=served(target), limit=10)
    assert [one["job"]["bytes_per_second"] for one in taken] == [500_000, 500_000]
    assert lease(client, backends=served(target)) == []
    done = client.post(f"/proxy/jobs/{taken[0]['job']['id']}/complete", completion(taken[0]))
    assert done.status == 200
    beat = client.post(f"/proxy/jobs/{taken[1]['job']['id']}/heartbeat", {"token": taken[1]["token"]})
    assert beat.json["bytes_per_second"] == 1_000_000
    assert len(lease(client, backends=served(target), limit=10)) == 1
    control(server, target, max_concurrent=None, max_bytes_per_second=None)
    [last] = lease(client, backends=served(target), limit=10)
    assert "bytes_per_second" not in last["job"] or last["job"]["bytes_per_second"] is None


def test_a_dead_provider_burns_no_attempts_and_blocks_nobody(
    server: Server, tenant: str, target: str
) -> None:
    client = server.client(tenant)
    for number in range(BREAKER_FAILURES + 3):
        register(client, tenant, f"f{number}", targets=[target, "de-1"], replica_count=3)
    taken = lease(client, backends=served(target), limit=100)
    states = [fail(client, one, unavailable=target) for one in taken]
    # The breaker opened with the fifth: from then on the attempts are given back.
    assert [one["attempts"] for one in states] == [1] * (BREAKER_FAILURES - 1) + [0] * 4
    [health] = [one for one in server.operator.get("/proxy/replication/backends").json["items"]
                if one["backend"] == target]  # fmt: skip
    assert (health["breaker"], health["failures"], health["waiting"]) == ("open", 8, 8)
    assert health["last_error"] == "no answer"
    for one in states:
        client.post(f"/proxy/jobs/{one['id']}/retry")
    assert lease(client, backends=served(target), limit=100) == []
    assert len(lease(client, backends=served("de-1"), limit=100)) == BREAKER_FAILURES + 3
    assert control(server, target, reset=True)["breaker"] == "closed"
    [one] = lease(client, backends=served(target))
    client.post(f"/proxy/jobs/{one['job']['id']}/complete", completion(one))
    [health] = [one for one in client.get("/proxy/replication/backends").json["items"]
                if one["backend"] == target]  # fmt: skip
    assert health["failures_in_row"] == 0
    # Error texts speak of objects, which may be another tenant's.
    assert health["last_error"] is None


def test_priorities_decide_and_can_change(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    first, second, third = (register(client, tenant, name) for name in "abc")
    change = {"action": "prioritise", "ids": [third], "priority": 9}
    assert client.post("/proxy/jobs/actions", change).json == {"changed": 1, "skipped": 0, "next": None}
    assert [one["job"]["id"] for one in lease(client, limit=2)] == [third, first]
    listed = client.get("/proxy/jobs", sort="priority").json["items"]
    assert [job["id"] for job in listed] == [third, first, second]


def test_many_jobs_at_once(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    targets = {"targets": ["de-1"], "residency": "EU", "replica_count": 2}
    items = [registration(tenant, f"f{number:03}", **targets) for number in range(250)]
    assert client.post("/proxy/objects/batch", {"items": items}).json["recorded"] == 250
    [taken] = lease(client)

    def act(action: str, **wanted: Any) -> tuple[int, int]:
        changed, skipped, after = 0, 0, None
        while True:
            body = {"action": action, "filter": {"tenant": tenant, **wanted}, "after": after}
            answer = client.post("/proxy/jobs/actions", body).json
            changed, skipped, after = changed + answer["changed"], skipped + answer["skipped"], answer["next"]
            if after is None:
                return changed, skipped

    assert act("pause", search="F00") == (10, 0)
    assert act("pause") == (240, 10)
    assert act("resume", paused=True) == (250, 0)
    assert act("retry") == (0, 250)
    assert act("cancel", state="queued") == (250, 0)
    assert client.post(f"/proxy/jobs/{taken['job']['id']}/heartbeat", {"token": taken["token"]}).status == 409
    assert act("retry", backend="de-1") == (250, 0)
    stranger = server.client(f"{tenant}x")
    theirs = {"action": "cancel", "ids": [taken["job"]["id"]]}
    assert stranger.post("/proxy/jobs/actions", theirs).json["changed"] == 0
    for wrong in ({"action": "cancel"}, {"action": "prioritise", "ids": []}, {"action": "x", "ids": []}):
        assert client.post("/proxy/jobs/actions", wrong).status == 422


def test_a_worker_of_several_tenants_gets_only_theirs(server: Server, tenant: str) -> None:
    names = [tenant, f"{tenant}b", f"{tenant}c"]
    ids = {name: register(server.client(name), name) for name in names}
    worker = server.client(names[0], "worker", tenants=[names[1]])
    narrow = {names[0]: ["ceph-eu1"], names[1]: ["ceph-eu1", "de-1"]}
    assert [one["job"]["id"] for one in lease(worker, limit=9, serves=narrow)] == [ids[names[1]]]
    assert [one["job"]["id"] for one in lease(worker, limit=9)] == [ids[names[0]]]
    assert worker.post(f"/proxy/jobs/{ids[names[2]]}/pause").code == "wrong-role"


def test_causes_are_grouped(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    for number in range(3):
        register(client, tenant, f"f{number}")
    for one in lease(client, limit=3):
        fail(client, one, retry=False, cause="access-refused", error="may not write")
    [group] = client.get("/proxy/replication/causes", state="dead").json["items"]
    assert (group["cause"], group["target"], group["count"]) == ("access-refused", "de-1", 3)
    assert group["example"] == "may not write"
    found = client.get("/proxy/jobs", cause="access-refused", state="dead").json["items"]
    assert len(found) == 3
    assert client.get("/proxy/replication/totals").json["counts"] == {"dead": 3}


def test_lists_in_every_order(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    ids = [register(client, tenant, f"f{number}") for number in range(5)]
    client.post(f"/proxy/jobs/{ids[1]}/pause")
    expected = {
        "newest": ids[::-1], "oldest": ids, "priority": ids,
        "changed": [ids[1], *[one for one in ids[::-1] if one != ids[1]]],
    }  # fmt: skip
    for sort, wanted in expected.items():
        found: list[str] = []
        cursor = None
        while True:
            query = {"cursor": cursor} if cursor else {}
            page = client.get("/proxy/jobs", sort=sort, limit=2, **query).json
            found += [job["id"] for job in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == wanted, sort
    assert client.get("/proxy/jobs", sort="sideways").status == 422


def test_a_half_open_breaker_lets_one_job_try(server: Server, tenant: str, target: str) -> None:
    client = server.client(tenant)
    for number in range(BREAKER_FAILURES + 3):
        register(client, tenant, f"f{number}", targets=[target])
    for one in lease(client, backends=served(target), limit=BREAKER_FAILURES):
        fail(client, one, unavailable=target)
    assert lease(client, backends=served(target), limit=9) == []
    cool_down(server, target)
    [probe] = lease(client, backends=served(target), limit=9)
    assert lease(client, backends=served(target), limit=9) == []
    # The probe fails: the breaker waits twice as long, and the job has lost nothing.
    assert fail(client, probe, unavailable=target)["attempts"] == 0
    assert lease(client, backends=served(target), limit=9) == []
    cool_down(server, target)
    [probe] = lease(client, backends=served(target), limit=9)
    client.post(f"/proxy/jobs/{probe['job']['id']}/complete", completion(probe))
    assert lease(client, backends=served(target), limit=9)


def cool_down(server: Server, backend: str) -> None:
    """As if the cool-down were over."""
    url = server.database_url.replace("postgresql://", "postgresql+psycopg://")
    late = text("UPDATE backend_controls SET broken_until = 1 WHERE backend = :backend")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(late, {"backend": backend})
    engine.dispose()
