"""Registering objects: the example, repeats, conflicts, policy, batches."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from backend_stub.contract.namespace import namespace_bucket
from backend_stub.contract.objects import Receipt, receipt_bytes

from .support import Client, Server, registration
from .test_contract_models import EXAMPLE


def verify_receipt(server: Server, receipt: dict[str, Any]) -> None:
    """Raises where the receipt is not the server's."""
    published = Client(server.url).get("/server/key").json
    assert receipt["signature"]["key_id"] == published["key_id"]
    key = load_pem_public_key(published["public_key"].encode())
    assert isinstance(key, Ed25519PublicKey)
    key.verify(base64.b64decode(receipt["signature"]["value"]), receipt_bytes(receipt))


def curl(*arguments: str) -> tuple[int, dict[str, Any]]:
    command = ["curl", "--silent", "--show-error", "--write-out", "\n%{http_code}", *arguments]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    body, _, status = out.rpartition("\n")
    return int(status), json.loads(body)


def test_stock_curl_registers_the_example(server: Server, tmp_path: Path) -> None:
    payload = tmp_path / "example.json"
    payload.write_text(json.dumps(EXAMPLE))
    created = server.operator.post(
        "/proxy/credentials",
        {"customer_id": "customer42", "access_key": "CURL42", "secret_key": "curl-secret-42"},
    )
    assert created.status == 201
    assert created.json["secret_key"] is None
    url = f"{server.url}/proxy/objects"
    data = ["--data-binary", f"@{payload}"]
    sign = ["--aws-sigv4", "aws:amz:eu-central-1:s3"]
    typed = [*sign, "--user", "CURL42:curl-secret-42", "-H", "content-type: application/json", *data, url]
    status, receipt = curl(*typed)
    assert status == 201
    assert {warning["code"] for warning in receipt["warnings"]} == {"backend-unregistered", "bucket-differs"}
    assert (receipt["etag"], receipt["backend"], receipt["residency"]) == ("abc123", "ceph-eu1", "FI")
    # Without a content type curl sends a form's; the body is read as JSON all the same.
    assert curl(*sign, "--user", "CURL42:curl-secret-42", *data, url) == (200, receipt)
    status, problem = curl(*sign, "--user", "CURL42:wrong-secret", *data, url)
    assert (status, problem["type"]) == (403, "urn:secingest:problem:signature-refused")
    assert curl(*sign, "--user", "NOBODY:wrong-secret", *data, url)[1]["detail"] == problem["detail"]
    status, problem = curl(*data, url)
    assert (status, problem["type"]) == (401, "urn:secingest:problem:unauthenticated")
    read = f"{url}?key_id=customer42-k1&prefix=customer42%2Freports"
    assert len(curl(*sign, "--user", "CURL42:curl-secret-42", read)[1]["items"]) == 1
    # A change names itself by a header that curl signs too.
    change = tmp_path / "change.json"
    before = {"residency": "FI", "replica_count": EXAMPLE["replica_count"]}
    wanted = {"object_key": EXAMPLE["object_key"], "version": EXAMPLE["version"], "before": before}
    change.write_text(json.dumps({**wanted, "replica_count": 2}))
    named = ["-H", "x-amz-meta-request-id: 3f1c", "--data-binary", f"@{change}", f"{url}/policy"]
    for _ in range(2):
        status, policy = curl(*sign, "--user", "CURL42:curl-secret-42", *named)
        assert (status, policy["replica_count"]) == (200, 2)


def test_repeats_get_the_same_receipt_and_differences_are_named(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    payload = registration(tenant)
    first = client.post("/proxy/objects", payload)
    again = client.post("/proxy/objects", dict(reversed(payload.items())))
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    verify_receipt(server, first.json)
    Receipt.model_validate(first.json)
    differs = client.post("/proxy/objects", {**payload, "key_id": "other", "replica_count": 2})
    assert (differs.status, differs.code) == (409, "version-differs")
    assert [error["field"] for error in differs.json["errors"]] == ["key_id", "replica_count"]
    assert client.get(f"/proxy/receipts/{first.json['receipt_id']}").body == first.body
    assert client.post("/proxy/objects", {**payload, "version": "v2"}).status == 201


def test_a_repeat_after_deletion_changes_nothing(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    payload = registration(tenant, targets=["de-1"], residency="EU", replica_count=2)
    first = client.post("/proxy/objects", payload)
    deleted = client.send("DELETE", f"/proxy/objects/{payload['object_key']}", version="v1")
    assert deleted.json["versions"] == ["v1"]
    assert client.send("DELETE", "/proxy/objects", object_key=payload["object_key"]).json == deleted.json
    assert client.post("/proxy/objects", payload).body == first.body
    [record] = client.get(f"/proxy/objects/{payload['object_key']}").json["versions"]
    assert record["state"] == "deleted"
    assert [job["state"] for job in record["jobs"]] == ["cancelled"]
    assert client.get("/proxy/objects").json["items"] == []
    assert len(client.get("/proxy/objects", state="deleted").json["items"]) == 1


def test_the_namespace_rule_is_applied(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    asked = client.get("/proxy/namespace", customer=tenant, backend="fi-1").json
    bucket = namespace_bucket(tenant, "fi-1-region", "data", "fi-1", "spacetime")
    assert (asked["bucket"], asked["recorded"]) == (bucket, False)
    where = {"fi-1": {"url": f"s3://{bucket}/a", "etag": "1"}}
    receipt = client.post("/proxy/objects", registration(tenant, backends=where)).json
    assert receipt["bucket"] == bucket
    assert receipt["namespace"]["fi-1"]["matches"]
    assert receipt["warnings"] == []
    assert client.get("/proxy/namespace", customer=tenant, backend="fi-1").json["recorded"]
    assert client.get("/proxy/namespace", customer="somebody-else", backend="fi-1").status == 403


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"targets": ["us-1"]}, "residency", "targets"),
        ({"targets": ["nowhere"]}, "residency", "targets"),
        ({"targets": ["unheard-of"]}, "backend-unregistered", "targets"),
        ({"backends": {"us-1": {"url": "s3://bucket", "etag": "1"}}}, "residency", "backends.us-1"),
        ({"residency": "Atlantis"}, "invalid", "residency"),
        ({"surprise": "x"}, "invalid", "surprise"),
        ({"backends": {"b": {"url": "s3://u:p@bucket", "etag": "1"}}}, "invalid", "backends.b.url"),
        ({"backends": {"b": {"url": "s3://bucket/k?q", "etag": "1"}}}, "invalid", "backends.b.url"),
        ({"backends": {"b": {"url": "s3://bucket/k#f", "etag": "1"}}}, "invalid", "backends.b.url"),
    ],
)
def test_refused_registrations(
    server: Server, tenant: str, fields: dict[str, Any], code: str, field: str
) -> None:
    client = server.client(tenant)
    answer = client.post("/proxy/objects", registration(tenant, **fields))
    assert (answer.status, answer.code) == (422, code), answer.body
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert all(error["fix"] for error in answer.json["errors"])
    assert client.get("/proxy/objects", state="all").json["items"] == []
    assert client.get("/proxy/jobs").json["items"] == []


def test_policy_of_the_tenant(server: Server, tenant: str) -> None:
    policy = {"id": tenant, "residency": "EU", "replicas": 2, "allowed_backends": ["fi-1", "ceph-eu1"]}
    assert server.operator.post("/proxy/tenants", {**policy, "quotas": {"objects": 1}}).status == 201
    client = server.client(tenant)
    wider = client.post("/proxy/objects", registration(tenant, residency="EEA"))
    assert (wider.status, wider.code) == (422, "residency")
    forbidden = client.post("/proxy/objects", registration(tenant, targets=["de-1"], residency="DE"))
    assert (forbidden.status, forbidden.code) == (422, "backend-not-allowed")
    payload = registration(tenant)
    del payload["residency"]
    receipt = client.post("/proxy/objects", payload).json
    assert receipt["residency"] == "EU"
    assert "replicas-below-policy" in [warning["code"] for warning in receipt["warnings"]]
    full = client.post("/proxy/objects", registration(tenant, version="v2"))
    assert (full.status, full.code) == (422, "quota")
    assert int(full.headers["retry-after"]) > 0
    client.send("DELETE", f"/proxy/objects/{payload['object_key']}")
    assert client.post("/proxy/objects", registration(tenant, version="v2")).status == 201


def test_another_tenants_prefix_is_refused(server: Server, tenant: str) -> None:
    answer = server.client(tenant).post("/proxy/objects", registration("somebody-else"))
    assert (answer.status, answer.code) == (403, "wrong-tenant")
    assert answer.json["errors"][0]["fix"] == f"begin it with {tenant}/"


def test_batches_answer_each_item(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    good = registration(tenant, "a")
    items = [
        good,
        registration("somebody-else"),
        {**good, "key_id": "x"},
        good,
        {"nonsense": 1},
        registration(tenant, "b"),
    ]
    answer = client.post("/proxy/objects/batch", {"items": items}).json
    assert [item["status"] for item in answer["items"]] == [201, 403, 409, 200, 422, 201]
    assert (answer["recorded"], answer["repeated"], answer["refused"]) == (2, 1, 3)
    assert answer["items"][0]["receipt"] == answer["items"][3]["receipt"]
    single = client.post("/proxy/objects", good)
    assert (single.status, single.json) == (200, answer["items"][0]["receipt"])
    for item in answer["items"]:
        if item["receipt"]:
            verify_receipt(server, item["receipt"])
    heads = [item["receipt"]["audit"]["count"] for item in answer["items"] if item["status"] == 201]
    assert heads[1] == heads[0] + 1


def test_pages_are_stable_under_inserts(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    names = [f"f{number:02}" for number in range(0, 20, 2)]
    client.post("/proxy/objects/batch", {"items": [registration(tenant, name) for name in names]})
    client.post("/proxy/objects", registration(tenant, "f02", "v2"))
    seen: list[tuple[str, str]] = []
    cursor = None
    while True:
        page = client.get(
            "/proxy/objects", limit=3, prefix=f"{tenant}/f", **({"cursor": cursor} if cursor else {})
        ).json
        seen += [(item["object_key"].partition("/")[2], item["version"]) for item in page["items"]]
        # Before and after the place where the next page begins.
        client.post("/proxy/objects", registration(tenant, f"f{len(seen) - 3:02}x"))
        cursor = page["next"]
        if cursor is None:
            break
    assert [pair for pair in seen if "x" not in pair[0]] == sorted(
        [(name, "v1") for name in names] + [("f02", "v2")], key=lambda pair: (pair[0], pair[1] == "v1")
    )
    assert len(seen) == len(set(seen))
    assert client.get("/proxy/objects", cursor="bm9uc2Vuc2U").code == "invalid"


def test_filters(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    client.post("/proxy/objects", registration(tenant, "a"))
    where = {"de-1": {"url": "s3://bucket/b", "etag": "1"}}
    last = client.post(
        "/proxy/objects", registration(tenant, "b", backends=where, residency="EU", key_id="k2")
    ).json

    def names(**query: str) -> list[str]:
        return [
            item["object_key"].partition("/")[2]
            for item in client.get("/proxy/objects", **query).json["items"]
        ]

    assert names() == ["a", "b"]
    assert names(residency="FI") == ["a"]
    assert names(backend="de-1") == ["b"]
    assert names(key_id="k2") == ["b"]
    assert names(prefix=f"{tenant}/b") == ["b"]
    assert names(object_key=f"{tenant}/a") == ["a"]
    assert "b" in names(recorded_from=last["recorded_at"])
    assert "b" not in names(recorded_before=last["recorded_at"])
    assert client.get("/proxy/objects", prefx="a").code == "invalid"


@pytest.mark.parametrize(
    "name", ["ü/文 b", "a+b&c=d?e#f%41", "[@click=app.x]", "~!$'()*,;:@", "%2e%2e", "😀"]
)
def test_awkward_keys_are_found_by_path_and_query(server: Server, tenant: str, name: str) -> None:
    client = server.client(tenant)
    assert client.post("/proxy/objects", registration(tenant, name)).status == 201
    by_path = client.get(f"/proxy/objects/{tenant}/{name}", version="v1")
    assert by_path.status == 200
    assert by_path.json["object_key"] == f"{tenant}/{name}"
    assert len(client.get("/proxy/objects", object_key=f"{tenant}/{name}").json["items"]) == 1
    assert len(client.get("/proxy/objects", prefix=f"{tenant}/{name}").json["items"]) == 1
    assert client.send("DELETE", f"/proxy/objects/{tenant}/{name}").status == 200
