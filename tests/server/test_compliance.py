"""Where copies lie beside where the rule puts them."""

from __future__ import annotations

from .support import Server, registration


def test_expected_against_actual_buckets(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    asked = client.get("/proxy/namespace", customer=tenant, backend="fi-1").json
    good = {"fi-1": {"url": f"s3://{asked['bucket']}", "etag": "1"}}
    bad = {"fi-1": {"url": "s3://another-bucket", "etag": "1"}}
    for name, backends in (("good", good), ("bad", bad), ("unknown", None)):
        fields = {} if backends is None else {"backends": backends}
        assert client.post("/proxy/objects", registration(tenant, name, **fields)).status == 201
    every = client.get("/proxy/namespace/compliance").json["items"]
    assert [row["object_key"].split("/")[1] for row in every] == ["bad", "good", "unknown"]
    found = client.get("/proxy/namespace/compliance", differs="true").json["items"]
    assert [(row["backend"], row["actual"], row["registered"]) for row in found] == [
        ("fi-1", "another-bucket", True),
        ("ceph-eu1", "s3gw-a1b2c3d4-spacetim", False),
    ]
    assert found[0]["expected"] == asked["bucket"]
    page = client.get("/proxy/namespace/compliance", differs="true", limit=2).json
    assert (len(page["items"]), page["next"] is not None) == (1, True)
    other = server.client(f"{tenant}b")
    assert other.get("/proxy/namespace/compliance", tenant=tenant).json["items"] == []
