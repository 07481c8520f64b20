"""From policy to jobs, checks of replicas, and tombstones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.rigs.waiting import wait_for

from .support import Client, Server, registration, running
from .test_jobs import completion, lease

EU: dict[str, Any] = {"residency": "EU"}


def policy(server: Server, tenant: str, **fields: Any) -> None:
    answer = server.operator.post("/proxy/tenants", {"id": tenant, "residency": "EU", **fields})
    assert answer.status in (200, 201), answer.body


def put(client: Client, tenant: str, name: str = "a", **fields: Any) -> None:
    answer = client.post("/proxy/objects", registration(tenant, name, **(EU | fields)))
    assert answer.status == 201, answer.body


def reconcile(client: Client, **fields: Any) -> dict[str, Any]:
    answer = client.post("/proxy/replication/reconcile", fields)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def copy_all(client: Client) -> None:
    for taken in lease(client, limit=100):
        done = client.post(f"/proxy/jobs/{taken['job']['id']}/complete", completion(taken))
        assert done.status == 200, done.body


def replicas(client: Client, tenant: str, name: str = "a") -> dict[str, str]:
    [record] = client.get(f"/proxy/objects/{tenant}/{name}").json["versions"]
    return {copy["backend"]: copy["state"] for copy in record["replicas"]}


def check(client: Client, tenant: str, backend: str, state: str, **fields: Any) -> dict[str, Any]:
    item = {"object_key": f"{tenant}/a", "version": "v1", "backend": backend, "state": state}
    answer = client.post("/proxy/replication/checks", {"items": [item | fields]})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def test_policy_becomes_jobs(server: Server, tenant: str) -> None:
    policy(server, tenant, allowed_backends=["ceph-eu1", "us-1", "de-1", "fi-1"])
    client = server.client(tenant)
    for name in "abc":
        put(client, tenant, name)
    assert reconcile(client)["short"] == 0
    policy(server, tenant, replicas=2, allowed_backends=["ceph-eu1", "us-1", "de-1", "fi-1"])
    dry = reconcile(client, dry_run=True)
    assert [(job["target"], job["id"], job["reason"]) for job in dry["jobs"]] == [
        ("de-1", None, "policy")
    ] * 3
    assert client.get("/proxy/jobs").json["items"] == []
    asked = {"customer": tenant, "region": "de", "backend": "de-1"}
    assert client.get("/proxy/namespace", **asked).json["recorded"] is False, "a dry run writes nothing"
    made = reconcile(client)
    assert {job["id"] for job in made["jobs"]} == {
        job["id"] for job in client.get("/proxy/jobs").json["items"]
    }
    assert reconcile(client)["short"] == 0
    copy_all(client)
    assert replicas(client, tenant) == {"ceph-eu1": "ok", "de-1": "ok"}
    assert reconcile(server.operator, tenant=tenant) == {
        "short": 0, "jobs": [], "shortfalls": [], "next": None,
    }  # fmt: skip


def test_what_cannot_be_done_is_said(server: Server, tenant: str) -> None:
    policy(server, tenant, replicas=3, allowed_backends=["ceph-eu1", "us-1", "de-1"])
    client = server.client(tenant)
    put(client, tenant, targets=["de-1"], replica_count=2)
    [taken] = lease(client)
    client.post(
        f"/proxy/jobs/{taken['job']['id']}/fail", {"token": taken["token"], "error": "x", "retry": False}
    )
    answer = reconcile(client)
    assert answer["jobs"] == []
    [short] = answer["shortfalls"]
    assert (short["wanted"], short["have"]) == (3, 1)
    assert "the last job for de-1 is dead" in short["reason"]
    assert "us-1 is in US" in short["reason"]


def test_rot_is_mended_from_a_good_copy(server: Server, tenant: str) -> None:
    client, worker = server.client(tenant), server.client(tenant, "worker")
    here = {"fi-1": {"url": "s3://bucket/a", "etag": "abc"}}
    put(client, tenant, targets=["de-1"], replica_count=2, backends=here)
    copy_all(client)
    assert check(worker, tenant, "de-1", "ok", verified_by="signed-frames")["recorded"] == 1
    found = check(worker, tenant, "fi-1", "rot", problem="frame 3 is not the signed one")
    [job] = found["jobs"]
    assert (job["source"], job["target"], job["reason"]) == ("de-1", "fi-1", "repair")
    assert replicas(client, tenant) == {"fi-1": "rot", "de-1": "ok"}
    assert check(worker, tenant, "fi-1", "rot")["jobs"] == []
    assert found["shortfalls"] == []
    assert check(server.client(f"{tenant}x"), tenant, "de-1", "missing")["unknown"] == 1
    assert replicas(client, tenant)["de-1"] == "ok"


def test_a_finding_told_twice_is_mended_once(server: Server, tenant: str) -> None:
    client, worker = server.client(tenant), server.client(tenant, "worker")
    put(client, tenant, targets=["de-1"], replica_count=2)
    copy_all(client)
    item = {"object_key": f"{tenant}/a", "version": "v1", "backend": "de-1", "state": "missing"}
    answer = worker.post("/proxy/replication/checks", {"items": [item, item], "repair": True})
    assert answer.status == 200, answer.body
    assert len(answer.json["jobs"]) == 1


def test_a_missing_replica_comes_back(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    put(client, tenant, targets=["de-1"], replica_count=2)
    copy_all(client)
    [job] = check(client, tenant, "de-1", "missing", problem="no such key")["jobs"]
    assert client.get("/proxy/objects").json["items"][0]["backends"] == ["ceph-eu1"]
    [taken] = lease(client)
    assert taken["job"]["id"] == job["id"]
    location = {"url": f"s3://{taken['object']['target_bucket']}/again", "etag": "new"}
    done = {"token": taken["token"], "location": location, "verified_by": "checksum"}
    assert client.post(f"/proxy/jobs/{job['id']}/complete", done).status == 200
    [record] = client.get(f"/proxy/objects/{tenant}/a").json["versions"]
    mended = record["replicas"][1]
    assert (mended["state"], mended["etag"], mended["problem"]) == ("ok", "new", None)


def test_a_bad_source_is_left_for_a_better_one(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    put(client, tenant, targets=["de-1"], replica_count=2)
    copy_all(client)
    client.post("/proxy/jobs", {"object_key": f"{tenant}/a", "version": "v1", "target": "fi-1"})
    [taken] = lease(client)
    assert taken["job"]["source"] == "ceph-eu1"
    bad = {"token": taken["token"], "error": "frame 1 differs", "source_bad": True, "retry": False}
    after = client.post(f"/proxy/jobs/{taken['job']['id']}/fail", bad).json
    assert (after["state"], after["source"]) == ("retrying", "de-1")
    assert replicas(client, tenant)["ceph-eu1"] == "rot"
    [taken] = lease(client)
    dead = client.post(f"/proxy/jobs/{taken['job']['id']}/fail", {**bad, "token": taken["token"]}).json
    assert (dead["state"], dead["reason"]) == ("dead", "frame 1 differs")
    assert reconcile(client)["shortfalls"][0]["reason"] == "no good copy is left to copy from"


def test_tombstones_travel_where_the_policy_says_so(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    kept, removed = f"{tenant}/kept", f"{tenant}/a"
    put(client, tenant, "kept", targets=["de-1"], replica_count=2)
    copy_all(client)
    client.send("DELETE", f"/proxy/objects/{kept}")
    assert lease(client, limit=9) == []
    policy(server, tenant, tombstones="replicate")
    put(client, tenant, targets=["de-1", "fi-1"], replica_count=3)
    [first, _] = lease(client, limit=9)
    client.post(f"/proxy/jobs/{first['job']['id']}/complete", completion(first))
    client.send("DELETE", f"/proxy/objects/{removed}")
    # The copy under way may still arrive: its target is cleared once its lease is over.
    jobs = client.get("/proxy/jobs", state="queued").json["items"]
    assert sorted((job["kind"], job["target"]) for job in jobs) == [
        ("delete", "ceph-eu1"), ("delete", "de-1"), ("delete", "fi-1"),
    ]  # fmt: skip
    taken = lease(client, limit=9)
    assert {one["job"]["target"] for one in taken} == {"ceph-eu1", first["job"]["target"]}
    for one in taken:
        path = f"/proxy/jobs/{one['job']['id']}/complete"
        assert client.post(path, completion(one)).status == 422
        location = one["object"]["source"]
        gone = {"token": one["token"], "location": location, "verified_by": "absent"}
        assert client.post(path, gone).json["state"] == "succeeded"
    assert replicas(client, tenant) == {"ceph-eu1": "deleted", first["job"]["target"]: "deleted"}


def test_the_server_reconciles_by_itself(tmp_path: Path) -> None:
    with running(tmp_path, RECONCILE_SECONDS="1") as server:
        backend = {"id": "de-1", "region": "r", "country": "DE", "endpoint": "https://s3.example.net"}
        assert server.operator.post("/proxy/backends", backend).status == 201
        policy(server, "t1", replicas=2, allowed_backends=["ceph-eu1", "de-1"])
        client = server.client("t1")
        put(client, "t1")
        wait_for(lambda: client.get("/proxy/jobs").json["items"], "a job by policy")
        [taken] = lease(client, lease_seconds=1)
        path = f"/proxy/jobs/{taken['job']['id']}"
        wait_for(lambda: client.get(path).json["state"] == "retrying", "the lease to be taken back")
        assert client.get(path).json["cause"] == "lease-expired"
