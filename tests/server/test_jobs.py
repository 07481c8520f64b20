"""The queue and its lease protocol, as workers meet it over HTTP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from backend_stub.server.registry import leases, leasing
from backend_stub.server.registry.leases import MAX_BACKOFF_SECONDS, SECOND, backoff
from backend_stub.server.store.database import Database
from backend_stub.server.store.schema import metadata

from .support import Client, Server, registration

SERVED = ["ceph-eu1", "de-1", "fi-1"]


def register(client: Client, tenant: str, name: str = "a", **fields: Any) -> str:
    """One object with one job; the job's id."""
    body = registration(
        tenant, name, **({"targets": ["de-1"], "residency": "EU", "replica_count": 2} | fields)
    )
    answer = client.post("/proxy/objects", body)
    assert answer.status == 201, answer.body
    return str(answer.json["jobs"][0]["id"])


def lease(client: Client, **fields: Any) -> list[dict[str, Any]]:
    answer = client.post("/proxy/jobs/lease", {"worker": "w1", "backends": SERVED, **fields})
    assert answer.status == 200, answer.body
    leases: list[dict[str, Any]] = answer.json["leases"]
    return leases


def completion(taken: dict[str, Any], **fields: Any) -> dict[str, Any]:
    url = f"s3://{taken['object']['target_bucket']}/a"
    location = {"url": url, "etag": "copied"}
    return {"token": taken["token"], "location": location, "verified_by": "signed-frames", **fields}


def test_the_whole_life_of_a_job(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    worker = server.client(tenant, "worker")
    job_id = register(client, tenant, size=5, ciphertext_size=9)
    assert client.get("/proxy/jobs/counts").json["counts"] == {"queued": 1}
    [taken] = lease(worker)
    assert (taken["job"]["id"], taken["job"]["state"]) == (job_id, "leased")
    assert taken["object"]["source"]["url"] == "s3://s3gw-a1b2c3d4-spacetim"
    assert taken["object"]["target_country"] == "DE"
    assert lease(worker) == []
    path = f"/proxy/jobs/{job_id}"
    beat = worker.post(f"{path}/heartbeat", {"token": taken["token"], "bytes_done": 4})
    assert beat.json["bytes_done"] == 4
    done = worker.post(f"{path}/complete", completion(taken, bytes_done=9, country="DE"))
    assert done.json["state"] == "succeeded"
    # The answer may have been lost: asking again is harmless.
    assert worker.post(f"{path}/complete", completion(taken)).json == done.json
    [record] = client.get(f"/proxy/objects/{tenant}/a").json["versions"]
    assert [(copy["backend"], copy["source"], copy["country"]) for copy in record["replicas"]] == [
        ("ceph-eu1", "registered", None),
        ("de-1", "job", "DE"),
    ]
    assert record["replicas"][1]["verified_by"] == "signed-frames"
    assert record["namespace"]["de-1"]["matches"]
    [attempt] = client.get(path).json["history"]
    assert (attempt["outcome"], attempt["number"]) == ("succeeded", 1)
    assert taken["token"] not in client.get(path).body.decode()
    again = client.post("/proxy/jobs", {"object_key": f"{tenant}/a", "version": "v1", "target": "de-1"})
    assert again.code == "copy-exists"


def test_only_jobs_that_the_worker_serves(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    register(client, tenant)
    assert lease(client, backends=["de-1"]) == []
    assert lease(client, backends=["ceph-eu1"]) == []
    assert len(lease(client, backends=["de-1", "ceph-eu1"])) == 1


def test_two_leasers_at_once_never_share_a_job(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    targets = {"targets": ["de-1"], "residency": "EU", "replica_count": 2}
    items = [registration(tenant, f"f{number:02}", **targets) for number in range(40)]
    assert client.post("/proxy/objects/batch", {"items": items}).json["recorded"] == 40
    workers = [server.client(tenant, "worker") for _ in range(4)]

    def drain(worker: Client) -> list[str]:
        mine: list[str] = []
        while found := lease(worker, limit=3):
            mine += [taken["job"]["id"] for taken in found]
        return mine

    with ThreadPoolExecutor(len(workers)) as pool:
        shares = list(pool.map(drain, workers))
    taken = [job for share in shares for job in share]
    assert len(taken) == len(set(taken)) == 40


def test_an_expired_lease_goes_to_somebody_else(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    job_id = register(client, tenant)
    [first] = lease(client, worker="slow", lease_seconds=1)
    second: list[dict[str, Any]] = []
    while not second:
        second = lease(client, worker="fresh")
    assert second[0]["job"]["id"] == job_id
    for action, body in (
        ("heartbeat", {"token": first["token"]}),
        ("complete", completion(first)),
        ("fail", {"token": first["token"], "error": "x"}),
    ):
        answer = client.post(f"/proxy/jobs/{job_id}/{action}", body)
        assert (answer.status, answer.code) == (409, "lease-lost")
    assert client.post(f"/proxy/jobs/{job_id}/complete", completion(second[0])).status == 200
    history = client.get(f"/proxy/jobs/{job_id}").json["history"]
    assert [attempt["outcome"] for attempt in history] == ["expired", "succeeded"]


def test_failures_wait_and_end(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    job_id = register(client, tenant)
    path = f"/proxy/jobs/{job_id}"
    [taken] = lease(client)
    failed = client.post(f"{path}/fail", {"token": taken["token"], "error": "the target is down"}).json
    assert (failed["state"], failed["reason"]) == ("retrying", "the target is down")
    assert failed["next_attempt_at"] > failed["updated_at"]
    assert lease(client) == []
    assert client.post(f"{path}/retry").json["state"] == "queued"
    [taken] = lease(client)
    dead = client.post(f"{path}/fail", {"token": taken["token"], "error": "no such object", "retry": False})
    assert dead.json["state"] == "dead"
    history = client.get(path).json["history"]
    assert [(attempt["number"], attempt["error"]) for attempt in history] == [
        (1, "the target is down"),
        (2, "no such object"),
    ]
    assert client.post(f"{path}/cancel").code == "job-state"
    assert client.post(f"{path}/retry").json["state"] == "queued"
    [taken] = lease(client)
    blocked = client.post(
        f"{path}/fail", {"token": taken["token"], "error": "not my bucket", "blocked": True}
    )
    assert blocked.json["state"] == "blocked"
    assert lease(client) == []


def test_cancelling_takes_the_lease_away(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    job_id = register(client, tenant)
    [taken] = lease(client)
    assert client.post(f"/proxy/jobs/{job_id}/cancel").json["state"] == "cancelled"
    assert client.post(f"/proxy/jobs/{job_id}/cancel").json["state"] == "cancelled"
    beat = client.post(f"/proxy/jobs/{job_id}/heartbeat", {"token": taken["token"]})
    assert (beat.status, beat.code) == (409, "lease-lost")
    assert server.operator.post(f"/proxy/jobs/{job_id}/retry").json["state"] == "queued"


def test_asking_for_copies(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    client.post("/proxy/objects", registration(tenant, "a", residency="EU"))
    wanted = {"object_key": f"{tenant}/a", "version": "v1", "target": "fi-1"}
    first = client.post("/proxy/jobs", wanted)
    again = client.post("/proxy/jobs", wanted)
    assert (first.status, again.status) == (201, 200)
    assert first.json["id"] == again.json["id"]
    assert client.post("/proxy/jobs", {**wanted, "target": "us-1"}).code == "residency"
    assert client.post("/proxy/jobs", {**wanted, "version": "v2"}).code == "not-found"
    assert client.post("/proxy/jobs", {**wanted, "target": "de-1", "source": "us-1"}).code == "invalid"
    urgent = server.operator.post("/proxy/jobs", {**wanted, "target": "de-1", "priority": 5})
    assert urgent.status == 201
    assert [taken["job"]["id"] for taken in lease(client, limit=2)] == [urgent.json["id"], first.json["id"]]
    client.send("DELETE", f"/proxy/objects/{tenant}/a")
    assert client.get(f"/proxy/jobs/{first.json['id']}").json["state"] == "cancelled"
    assert client.post("/proxy/jobs", wanted).code == "deleted"


def test_a_worker_that_contradicts_the_country_is_refused(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    job_id = register(client, tenant)
    [taken] = lease(client)
    answer = client.post(f"/proxy/jobs/{job_id}/complete", completion(taken, country="US"))
    assert (answer.status, answer.code) == (422, "country-differs")
    assert len(client.get(f"/proxy/objects/{tenant}/a").json["versions"][0]["replicas"]) == 1


def test_lists_of_jobs(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    ids = [register(client, tenant, f"f{number}") for number in range(5)]
    page = client.get("/proxy/jobs", limit=3).json
    rest = client.get("/proxy/jobs", limit=3, cursor=page["next"]).json
    assert [job["id"] for job in page["items"] + rest["items"]] == ids[::-1]
    assert client.get("/proxy/jobs", state="dead").json["items"] == []
    assert [job["id"] for job in client.get("/proxy/jobs", object_key=f"{tenant}/f2").json["items"]] == [
        ids[2]
    ]


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_backoff_doubles_up_to_an_hour(chance: float) -> None:
    waits = [backoff(attempt, chance) / SECOND for attempt in range(1, 30)]
    assert waits == sorted(waits)
    assert 2.5 <= waits[0] <= 5
    assert MAX_BACKOFF_SECONDS / 2 <= waits[-1] <= MAX_BACKOFF_SECONDS


def test_a_lease_reads_no_more_than_it_takes(tmp_path: Path) -> None:
    """However many wait, and however many are leased: both are found by their index, in order.

    SQLite takes a partial index only where a query says the index's own condition word for word.
    """
    url = f"sqlite:///{tmp_path / 'plan.db'}"
    database = Database(url)
    metadata.create_all(database.engine)
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    with database.read() as connection:
        leasing._candidates(connection, "t", "a", "b", 10, 1)
        leases.reap(connection, 1)
        plans = [
            " / ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values))
            for query, values in list(asked)
        ]
    database.close()
    lane, *leased = (plan for plan in plans if "jobs" in plan)
    assert "ix_jobs_lane" in lane
    assert "TEMP B-TREE" not in lane
    assert len(leased) == 2
    assert all("ix_jobs_leased" in plan for plan in leased), leased
