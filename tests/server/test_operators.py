"""Named operators, and credentials that are replaced while both work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.rigs.waiting import wait_for

from .support import ADMIN_KEY, Client, Server, exchange, registration


def as_operator(server: Server, key: str, method: str, path: str, body: bytes | None = None) -> Any:
    return exchange(server.url, method, path, {"X-Admin-Key": key}, body)


def made(server: Server, name: str, **fields: Any) -> dict[str, Any]:
    answer = server.operator.post("/proxy/operators", {"name": name, **fields})
    assert answer.status == 201, answer.body
    return dict(answer.json)


def test_the_audit_says_which_operator(server: Server, tenant: str) -> None:
    alice = made(server, "alice", label="on call")
    body = b'{"id": "%s", "residency": "FI"}' % tenant.encode()
    assert as_operator(server, alice["key"], "POST", "/proxy/tenants", body).status == 201
    server.operator.post("/proxy/tenants", {"id": tenant, "residency": "EU"})
    entries = server.operator.get("/audit", tenant=tenant).json["items"]
    assert [(entry["actor"], entry["action"]) for entry in entries] == [
        ("operator:alice", "tenant.create"), ("operator", "tenant.change"),
    ]  # fmt: skip
    [entry] = server.operator.get("/audit", subject=alice["key_id"]).json["items"]
    assert (entry["actor"], entry["action"]) == ("operator", "operator.create")
    listed = server.operator.get("/proxy/operators", limit=1000)
    assert alice["key"].encode() not in listed.body
    [shown] = [item for item in listed.json["items"] if item["key_id"] == alice["key_id"]]
    assert (shown["name"], shown["label"], shown["created_by"]) == ("alice", "on call", "operator")


def test_only_the_first_operator_makes_and_changes_operators(server: Server) -> None:
    bob = made(server, "bob")
    for method, path, body in (
        ("POST", "/proxy/operators", b'{"name": "mallory"}'),
        ("PATCH", f"/proxy/operators/{bob['key_id']}", b'{"status": "active"}'),
    ):
        answer = as_operator(server, bob["key"], method, path, body)
        assert (answer.status, answer.code) == (403, "wrong-role")
    assert as_operator(server, bob["key"], "GET", "/proxy/operators").status == 200


def test_a_key_that_is_disabled_or_over_is_refused_at_once(server: Server) -> None:
    carol = made(server, "carol")
    path = f"/proxy/operators/{carol['key_id']}"
    for status, expected in (("disabled", 403), ("active", 200)):
        assert server.operator.send("PATCH", path, {"status": status}).json["status"] == status
        assert as_operator(server, carol["key"], "GET", "/audit").status == expected
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    assert server.operator.send("PATCH", path, {"expires_at": past}).json["status"] == "expired"
    assert as_operator(server, carol["key"], "GET", "/audit").code == "credential-inactive"
    assert server.operator.send("PATCH", path, {"expires_at": None}).json["status"] == "active"
    assert server.operator.send("PATCH", "/proxy/operators/op-none", {}).status == 404


def test_a_key_that_is_nearly_right_is_none(server: Server) -> None:
    key = made(server, "dave")["key"]
    other = made(server, "erin")["key"]
    mixed = key.split(".")[0] + "." + other.split(".")[1]
    for wrong in (
        key[:-1],
        key + "A",
        key.upper(),
        mixed,
        "op-0000000000000000." + "A" * 43,
        "",
        ADMIN_KEY[:-1],
    ):
        answer = as_operator(server, wrong, "GET", "/audit")
        assert (answer.status, answer.code) == (403, "signature-refused"), wrong


def test_no_tenant_reaches_operators(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    assert client.get("/proxy/operators").code == "wrong-role"
    assert client.post("/proxy/operators", {"name": "me"}).code == "wrong-role"


def test_a_credential_is_rotated_with_an_overlap(server: Server, tenant: str) -> None:
    """Both work meanwhile, on the same objects; then the old one ends by itself."""
    old = server.client(tenant, "worker", label="ci")
    path = f"/proxy/credentials/{old.access_key}/rotate"
    answer = server.operator.post(path, {"overlap_seconds": 3600})
    assert answer.status == 201, answer.body
    successor = answer.json
    assert (successor["role"], successor["label"], successor["tenant_id"]) == ("worker", "ci", tenant)
    assert successor["replaces"] == old.access_key
    new = Client(server.url, successor["access_key"], successor["secret_key"])
    assert old.get("/proxy/objects").status == new.get("/proxy/objects").status == 200
    actions = [entry["action"] for entry in server.operator.get("/audit", tenant=tenant).json["items"]]
    assert actions == ["tenant.create", "credential.create", "credential.create", "credential.rotate"]
    # The successor in turn, with an overlap that can be waited for.
    path = f"/proxy/credentials/{new.access_key}/rotate"
    last = server.operator.post(path, {"overlap_seconds": 1}).json
    ends = datetime.fromisoformat(last["replaced_expires_at"])
    wait_for(lambda: datetime.now(UTC) >= ends, "the end of the overlap")
    assert new.get("/proxy/objects").code == "credential-inactive"
    assert Client(server.url, last["access_key"], last["secret_key"]).get("/proxy/objects").status == 200
    again = server.operator.post(path, {})
    assert (again.status, again.code) == (409, "credential-inactive")


def test_a_rotation_never_lengthens_a_life(server: Server, tenant: str) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    old = server.client(tenant, expires_at=soon.isoformat())
    path = f"/proxy/credentials/{old.access_key}/rotate"
    ends = server.operator.post(path, {"overlap_seconds": 86400}).json["replaced_expires_at"]
    assert abs(datetime.fromisoformat(ends) - soon) < timedelta(seconds=1)
    at_once = server.client(tenant)
    server.operator.post(f"/proxy/credentials/{at_once.access_key}/rotate", {"overlap_seconds": 0})
    assert at_once.post("/proxy/objects", registration(tenant)).code == "credential-inactive"
    assert server.operator.post("/proxy/credentials/nobody/rotate", {}).status == 404
