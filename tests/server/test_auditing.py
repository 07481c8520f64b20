"""Copies, statements and drills as auditors read them."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from backend_stub.contract.auditing import statement_bytes

from .support import Server, registration

WHEN = "2026-01-01T00:00:00Z"
SNAPSHOT = {
    "backend": "fi-1",
    "taken_at": WHEN,
    "buckets": [{"name": "one", "entries": [{"name": "a", "size": 1, "mtime": WHEN}]}],
}
DRILL = {
    "started_at": WHEN, "ended_at": WHEN, "sample": 2, "verified": 1, "bytes": 9, "backends": {"fi-1": 2},
    "failures": [{"object_key": "t/a", "version": "v1", "backend": "fi-1", "code": "TamperedError"}],
}  # fmt: skip


def test_copies_are_paged_and_found_by_place(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    for number in range(5):
        places = {
            "fi-1": {"url": f"s3://one/k{number}", "etag": "e"},
            "de-1": {"url": f"s3://two/k{number}", "etag": "e"},
        }
        body = registration(tenant, f"f{number}", backends=places, residency="EU", replica_count=3)
        assert client.post("/proxy/objects", body).status == 201
    client.send("DELETE", f"/proxy/objects/{tenant}/f4")
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = client.get("/proxy/copies", **query).json
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert [item["url"] for item in found] == [
        f"s3://{bucket}/k{number}" for number in range(4) for bucket in ("one", "two")
    ]
    assert {(item["copies"], item["replica_count"]) for item in found} == {(2, 3)}
    assert found[0]["country"] == "FI"
    assert found[0]["expected_bucket"].startswith("s3gw-")
    [only] = client.get("/proxy/copies", url="s3://two/k2").json["items"]
    assert (only["backend"], only["object_key"]) == ("de-1", f"{tenant}/f2")
    assert len(client.get("/proxy/copies", backend="fi-1").json["items"]) == 4


def test_a_statement_is_signed_and_about_the_report(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    made = client.post("/snapshots", SNAPSHOT).json
    auditor = server.client(tenant, "auditor")
    told = auditor.get(f"/snapshots/{made['id']}/statement", report="ab" * 32).json
    key = load_pem_public_key(server.operator.get("/server/key").json["public_key"].encode())
    assert isinstance(key, Ed25519PublicKey)
    signature = base64.b64decode(told["signature"]["value"])
    key.verify(signature, statement_bytes(told))
    assert (told["report_sha256"], told["snapshot"]["sha256"]) == ("ab" * 32, made["sha256"])
    assert told["entry"]["detail"]["sha256"] == made["sha256"]
    assert told["audit"]["count"] >= told["entry"]["sequence"]
    with pytest.raises(InvalidSignature):
        key.verify(signature, statement_bytes({**told, "report_sha256": "cd" * 32}))
    assert client.get(f"/snapshots/{made['id']}/statement", report="short").status == 422


def test_drills_are_in_the_chain_and_auditors_read_them(server: Server, tenant: str) -> None:
    client, auditor = server.client(tenant), server.client(tenant, "auditor")
    assert client.post("/proxy/drills", DRILL).status == 201
    assert client.post("/proxy/drills", {**DRILL, "path": "/home/x"}).status == 422
    assert auditor.post("/proxy/drills", DRILL).status == 403
    [found] = auditor.get("/proxy/drills").json["items"]
    assert (found["result"]["verified"], found["tenant_id"]) == (1, tenant)
    entries = auditor.get("/audit", limit=1000).json["items"]
    assert {entry["tenant_id"] for entry in entries} == {tenant}
    assert entries[-1]["action"] == "drill.complete"
    assert client.get("/audit").status == 403


def test_a_credential_learns_its_role(server: Server, tenant: str) -> None:
    server.client(f"{tenant}-more")
    for role in ("tenant", "worker", "auditor"):
        more = {"tenants": [f"{tenant}-more"]} if role == "auditor" else {}
        told = server.client(tenant, role, **more).get("/proxy/identity").json
        wanted = sorted([tenant, *more.get("tenants", [])])
        assert (told["role"], told["tenant_id"], told["tenants"]) == (role, tenant, wanted)
    told = server.operator.get("/proxy/identity").json
    assert (told["role"], told["tenants"]) == ("operator", None)
