"""Further wrapped keys of a recorded version: repeats, revisions, what is refused, what is audited."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend_stub.contract.objects import ObjectVersions
from backend_stub.contract.recipients import FurtherKeys

from .support import Client, Server, recipients, registration

ROUTE = "/proxy/objects/recipients"


@pytest.fixture
def client(server: Server, tenant: str) -> Client:
    made = server.client(tenant)
    assert made.post("/proxy/objects", registration(tenant, header_sha256="1" * 64)).status == 201
    return made


def record(client: Client, tenant: str) -> dict[str, Any]:
    answer = client.get(f"/proxy/objects/{tenant}/reports/2024-Q4.pdf")
    ObjectVersions.model_validate(answer.json)
    return dict(answer.json["versions"][0])


def test_a_list_is_recorded_and_shown(client: Client, tenant: str) -> None:
    assert record(client, tenant)["further_keys"] is None
    sent = recipients(f"{tenant}/reports/2024-Q4.pdf")
    first = client.post(ROUTE, sent)
    again = client.post(ROUTE, dict(reversed(sent.items())))
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json == record(client, tenant)["further_keys"]
    shown = FurtherKeys.model_validate(first.json)
    assert shown.tenant_id == tenant
    assert shown.wrapped_keys[0].key_id == "k2"
    assert {name: first.json[name] for name in sent} == {
        **sent, "signature": {"alg": "ed25519", **sent["signature"]},
    }  # fmt: skip


def test_the_greatest_revision_is_in_force(client: Client, tenant: str) -> None:
    key = f"{tenant}/reports/2024-Q4.pdf"
    first, third = recipients(key), recipients(key, 3, ("k2", "k3"))
    assert client.post(ROUTE, first).status == 201
    assert client.post(ROUTE, third).status == 201
    for other in (recipients(key, 2, ("k4",)), recipients(key, 3, ("k4",)), recipients(key, 1, ("k4",))):
        refused = client.post(ROUTE, other)
        assert (refused.status, refused.code) == (409, "revision-differs")
        assert refused.json["errors"][0]["field"] == "revision"
    # A late repeat of an older list is no mistake, and changes nothing.
    assert client.post(ROUTE, first).status == 200
    assert [key["key_id"] for key in record(client, tenant)["further_keys"]["wrapped_keys"]] == ["k2", "k3"]


def test_two_writers_of_one_revision(client: Client, tenant: str) -> None:
    """One list is recorded; the others learn that theirs is not the next one."""
    bodies = [recipients(f"{tenant}/reports/2024-Q4.pdf", 1, (f"k{number}",)) for number in range(6)]
    with ThreadPoolExecutor(len(bodies)) as pool:
        answers = list(pool.map(lambda body: client.post(ROUTE, body), bodies))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 5


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"surprise": 1}, "surprise"),
        ({"revision": 0}, "revision"),
        ({"revision": 2**53}, "revision"),
        ({"wrapped_keys": []}, "wrapped_keys"),
        ({"header_sha256": "x"}, "header_sha256"),
        ({"header_sha256": "3" * 64}, "header_sha256"),
        ({"signature": {"signer_fingerprint": "2" * 64, "value": "AAAA"}}, "signature.value"),
    ],
)
def test_what_is_not_accepted(client: Client, tenant: str, change: dict[str, Any], field: str) -> None:
    refused = client.post(ROUTE, recipients(f"{tenant}/reports/2024-Q4.pdf") | change)
    assert refused.status == 422
    assert [error["field"] for error in refused.json["errors"]] == [field]
    assert record(client, tenant)["further_keys"] is None


def test_too_many_keys(client: Client, tenant: str) -> None:
    owners = tuple(f"k{number}" for number in range(65))
    key = f"{tenant}/reports/2024-Q4.pdf"
    assert client.post(ROUTE, recipients(key, owners=owners)).status == 422
    assert client.post(ROUTE, recipients(key, owners=owners[:64])).status == 201


def test_who_may(server: Server, client: Client, tenant: str) -> None:
    body = recipients(f"{tenant}/reports/2024-Q4.pdf")
    for role in ("worker", "auditor"):
        assert server.client(tenant, role).post(ROUTE, body).code == "wrong-role"
    assert server.operator.post(ROUTE, body).code == "wrong-role"
    stranger = server.client(f"{tenant}x")
    assert (stranger.post(ROUTE, body).status, client.post(ROUTE, body).status) == (404, 201)
    assert (
        server.client(tenant, "auditor")
        .get(f"/proxy/objects/{body['object_key']}")
        .json["versions"][0]["further_keys"]
    )


def test_a_deleted_or_unknown_version(client: Client, tenant: str) -> None:
    key = f"{tenant}/reports/2024-Q4.pdf"
    assert client.post(ROUTE, recipients(key) | {"version": "v2"}).status == 404
    assert client.send("DELETE", f"/proxy/objects/{key}").status == 200
    refused = client.post(ROUTE, recipients(key))
    assert (refused.status, refused.code) == (409, "deleted")


def test_it_is_audited(server: Server, client: Client, tenant: str) -> None:
    body = recipients(f"{tenant}/reports/2024-Q4.pdf", 1, ("k2", "k3"))
    for _ in range(2):
        client.post(ROUTE, body)
    entries = server.operator.get("/audit", tenant=tenant, limit=1000).json["items"]
    [entry] = [entry for entry in entries if entry["action"] == "object.recipients"]
    assert entry["subject"] == body["object_key"]
    assert entry["detail"] == {
        "version": "v1",
        "revision": 1,
        "recipients": [[key["key_id"], key["fingerprint"]] for key in body["wrapped_keys"]],
        "signer_fingerprint": "2" * 64,
    }
    assert server.operator.get("/audit/verify").json["valid"]
