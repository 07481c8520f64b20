"""Proofs of erasure at the server: complete, signed, after the tombstone, and kept for good."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from backend_stub.contract.erasure import erasure_answer_bytes, erasure_bytes

from .support import Client, Server, exchange, registration

SIGNER = Ed25519PrivateKey.generate()
AT = "2026-01-02T03:04:05Z"


def proof_of(receipt: dict[str, Any], key: Ed25519PrivateKey = SIGNER, **changes: Any) -> dict[str, Any]:
    """A proof of everything in `receipt`, signed as it is sent."""
    public = key.public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    proof: dict[str, Any] = {
        "object_key": receipt["object_key"],
        "version": receipt["version"],
        "receipt_id": receipt["receipt_id"],
        "erased_at": AT,
        "places": [
            {
                "backend": backend,
                "bucket": at["url"].removeprefix("s3://"),
                "key": receipt["object_key"],
                "removed": [
                    {"key": receipt["object_key"], "kind": "ciphertext", "version_id": "null", "size": 3}
                ],
                "verified_at": AT,
            }
            for backend, at in receipt["backends"].items()
        ],
        **changes,
    }
    value = base64.b64encode(key.sign(erasure_bytes(proof))).decode()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    signature = {
        "alg": "ed25519",
        "signer": "signer",
        "signer_fingerprint": hashlib.sha256(der).hexdigest(),
        "public_key": pem,
        "value": value,
    }
    return proof | {"signature": signature}


def deleted(client: Client, tenant: str, name: str = "a", **fields: Any) -> dict[str, Any]:
    receipt: dict[str, Any] = client.post("/proxy/objects", registration(tenant, name, **fields)).json
    assert client.send("DELETE", f"/proxy/objects/{tenant}/{name}").status == 200
    return receipt


def test_a_proof_is_recorded_and_countersigned(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    receipt = deleted(client, tenant)
    proof = proof_of(receipt)
    answer = client.post("/proxy/erasures", proof)
    assert answer.status == 201, answer.body
    pem = exchange(server.url, "GET", "/server/key", {}).json["public_key"]
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    key.verify(base64.b64decode(answer.json["signature"]["value"]), erasure_answer_bytes(answer.json))
    assert answer.json["proof"] == proof
    again = client.post("/proxy/erasures", proof)
    assert (again.status, again.body) == (200, answer.body)
    other = client.post("/proxy/erasures", proof_of(receipt, erased_at="2026-02-02T03:04:05Z"))
    assert (other.status, other.code) == (409, "erased")
    [listed] = client.get("/proxy/erasures", object_key=receipt["object_key"]).json["items"]
    assert listed["recorded_at"] == answer.json["recorded_at"]
    [record] = client.get(f"/proxy/objects/{receipt['object_key']}").json["versions"]
    assert (record["state"], record["erased_at"]) == ("deleted", answer.json["recorded_at"])
    [row] = client.get("/proxy/objects", state="erased").json["items"]
    assert row["erased_at"] == answer.json["recorded_at"]
    [entry] = [
        item
        for item in server.operator.get("/audit", tenant=tenant).json["items"]
        if item["action"] == "object.erase"
    ]
    assert entry["sequence"] == answer.json["audit"]["count"]
    assert entry["hash"] == answer.json["audit"]["head"]


def test_a_tombstone_comes_first(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    receipt = client.post("/proxy/objects", registration(tenant)).json
    answer = client.post("/proxy/erasures", proof_of(receipt))
    assert (answer.status, answer.code) == (409, "not-deleted")
    assert client.get("/proxy/erasures").json["items"] == []


def test_every_copy_has_to_be_among_the_places(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    two = {name: {"url": f"s3://bucket-{name}", "etag": "1"} for name in ("ceph-eu1", "ceph-eu2")}
    receipt = deleted(client, tenant, backends=two)
    whole = proof_of(receipt)
    partial = client.post("/proxy/erasures", proof_of(receipt, places=whole["places"][:1]))
    assert (partial.status, partial.json["errors"][0]["field"]) == (422, "places")
    assert "ceph-eu2" in partial.json["errors"][0]["message"]
    elsewhere = [{**place, "bucket": "another"} for place in whole["places"]]
    assert client.post("/proxy/erasures", proof_of(receipt, places=elsewhere)).status == 422
    assert client.post("/proxy/erasures", whole).status == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [("erased_at", "2027-01-02T03:04:05Z"), ("places", []), ("receipt_id", "rcp-1"), ("version", "v2")],
)
def test_what_was_changed_after_signing_is_refused(
    server: Server, tenant: str, field: str, value: Any
) -> None:
    client = server.client(tenant)
    receipt = deleted(client, tenant)
    changed = proof_of(receipt) | {field: value}
    assert client.post("/proxy/erasures", changed).status in (404, 422)
    stranger = proof_of(receipt)
    stranger["signature"]["public_key"] = proof_of(receipt, Ed25519PrivateKey.generate())["signature"][
        "public_key"
    ]
    assert client.post("/proxy/erasures", stranger).status == 422
    assert client.get("/proxy/erasures").json["items"] == []


def test_pages_of_proofs(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    made = []
    for number in range(5):
        receipt = deleted(client, tenant, f"n{number}")
        assert client.post("/proxy/erasures", proof_of(receipt)).status == 201
        made.append(receipt["object_key"])
    found, cursor = [], {}
    while True:
        page = client.get("/proxy/erasures", limit=2, **cursor).json
        found += [item["object_key"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == made
