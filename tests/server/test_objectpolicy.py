"""A version's policy changes only to what its copies, its jobs and the tenant's policy allow."""

from __future__ import annotations

from typing import Any

import pytest

from .support import Answer, Client, Server, registration


@pytest.fixture
def client(server: Server, tenant: str) -> Client:
    """A tenant of the EU whose policy asks for one copy, with one object in Finland."""
    body = {"id": tenant, "residency": "EU", "replicas": 1}
    assert server.operator.post("/proxy/tenants", body).status == 201
    mine = server.client(tenant)
    backends = {"fi-1": {"url": "s3://some-bucket", "etag": "1"}}
    body = registration(tenant, "o", backends=backends, residency="EU", replica_count=1)
    assert mine.post("/proxy/objects", body).status == 201
    return mine


def change(client: Client, tenant: str, before: tuple[str, int] = ("EU", 1), **fields: Any) -> Answer:
    body = {"object_key": f"{tenant}/o", "version": "v1", **fields}
    body["before"] = {"residency": before[0], "replica_count": before[1]}
    return client.post("/proxy/objects/policy", body)


def policy(client: Client, tenant: str) -> tuple[str, int]:
    [record] = client.get(f"/proxy/objects/{tenant}/o").json["versions"]
    return record["residency"], record["replica_count"]


def test_narrower_and_true_already(server: Server, tenant: str, client: Client) -> None:
    before = client.get(f"/proxy/objects/{tenant}/o").json["versions"][0]
    done = change(client, tenant, residency="FI", replica_count=3)
    assert (done.status, done.json["residency"], done.json["replica_count"]) == (200, "FI", 3)
    assert policy(client, tenant) == ("FI", 3)
    assert [one["residency"] for one in client.get("/proxy/objects", residency="FI").json["items"]] == ["FI"]
    # The receipt and what was registered are as they were, and so is a repeat of it.
    after = client.get(f"/proxy/objects/{tenant}/o").json["versions"][0]
    assert after["registration"] == before["registration"]
    receipt = client.get(f"/proxy/receipts/{before['receipt_id']}").json
    assert (receipt["residency"], receipt["replica_count"]) == ("EU", 1)
    backends = {"fi-1": {"url": "s3://some-bucket", "etag": "1"}}
    body = registration(tenant, "o", backends=backends, residency="EU", replica_count=1)
    again = client.post("/proxy/objects", body)
    assert (again.status, again.json) == (200, receipt)
    [entry] = [
        one
        for one in server.operator.get("/audit", subject=f"{tenant}/o").json["items"]
        if one["action"] == "object.policy"
    ]
    assert entry["detail"]["before"] == {"residency": "EU", "replica_count": 1}
    assert entry["actor"] == f"tenant:{client.access_key}"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"residency": "EEA"}, "residency"),
        ({"residency": "ANY"}, "residency"),
        ({"residency": "DE"}, "residency"),
        ({"residency": "nowhere"}, "invalid"),
        ({"replica_count": 0}, "invalid"),
        ({"replica_count": 17}, "invalid"),
        ({"extra": 1}, "invalid"),
    ],
)
def test_what_no_rule_allows(tenant: str, client: Client, fields: dict[str, Any], code: str) -> None:
    answer = change(client, tenant, **fields)
    assert (answer.status, answer.code) == (422, code)
    assert answer.json["errors"][0]["field"] in {*fields, "residency"}
    assert policy(client, tenant) == ("EU", 1)


def test_jobs_under_way_count(server: Server, tenant: str, client: Client) -> None:
    asked = {"object_key": f"{tenant}/o", "version": "v1", "target": "de-1"}
    job = client.post("/proxy/jobs", asked).json["id"]
    assert change(client, tenant, residency="FI").code == "residency"
    assert client.post(f"/proxy/jobs/{job}/cancel").status == 200
    assert change(client, tenant, residency="FI").status == 200
    # From now on no copy is made outside.
    assert client.post("/proxy/jobs", asked).code == "residency"


def test_who_saw_another_policy_changes_nothing(tenant: str, client: Client) -> None:
    assert change(client, tenant, replica_count=2).status == 200
    late = change(client, tenant, replica_count=3)
    assert (late.status, late.code) == (409, "policy-differs")
    assert change(client, tenant, ("EU", 2), replica_count=3).status == 200
    assert client.send("DELETE", f"/proxy/objects/{tenant}/o").status == 200
    assert change(client, tenant, ("EU", 3), replica_count=4).code == "deleted"
    missing = {"object_key": f"{tenant}/none", "version": "v1"}
    body = {**missing, "before": {"residency": "EU", "replica_count": 1}}
    assert client.post("/proxy/objects/policy", body).status == 404


def test_not_fewer_than_the_tenants_policy(server: Server, tenant: str, client: Client) -> None:
    assert change(client, tenant, replica_count=3).status == 200
    body = {"id": tenant, "residency": "EU", "replicas": 2}
    assert server.operator.post("/proxy/tenants", body).status == 200
    answer = change(client, tenant, ("EU", 3), replica_count=1)
    assert (answer.status, answer.code) == (422, "replicas-below-policy")
    assert change(client, tenant, ("EU", 3), replica_count=2).status == 200
