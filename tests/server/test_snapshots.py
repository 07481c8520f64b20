"""Snapshots: kept as sent, paged, capped, and altered ones said to be altered."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from .support import Server, running

WHEN = "2026-01-01T00:00:00Z"


def entries(count: int, prefix: str = "f") -> list[dict[str, Any]]:
    return [{"name": f"{prefix}{n:05}", "size": n, "mtime": WHEN, "etag": f"e{n}"} for n in range(count)]


def snapshot(*buckets: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"backend": "fi-1", "taken_at": WHEN, "buckets": list(buckets), **fields}


def test_entries_come_back_in_pages(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    awkward = [
        {"name": "[@click=x]/ü 文", "size": 1, "mtime": WHEN, "version_id": "v", "is_latest": False},
        {"name": "gone", "size": 0, "mtime": WHEN, "delete_marker": True},
        {"name": "a%2F..%2Fb%1B", "name_encoding": "url", "size": 2, "mtime": WHEN},
    ]
    first = {
        "name": "one",
        "versioning": "enabled",
        "entries": entries(2300),
        "omitted_entries": 7,
        "omitted_bytes": 70,
    }
    body = snapshot(
        first, {"name": "two", "entries": awkward}, omitted_buckets=2, endpoint="https://s3.example.net"
    )
    made = client.post("/snapshots", body)
    assert made.status == 201, made.body
    total = sum(range(2300)) + 3 + 70
    assert (made.json["buckets"], made.json["entries"], made.json["bytes"]) == (4, 2310, total)
    path = f"/snapshots/{made.json['id']}"
    found, query = [], {"limit": 900}
    while True:
        page = client.get(path, **query).json
        assert page["intact"]
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert [item["name"] for item in found[:2300]] == [entry["name"] for entry in entries(2300)]
    assert [{k: item[k] for k in entry} for item, entry in zip(found[2300:], awkward, strict=True)] == awkward
    assert [item["name"] for item in client.get(path, bucket="two", prefix="go").json["items"]] == ["gone"]
    assert [bucket["name"] for bucket in page["bucket_list"]] == ["one", "two"]
    assert [item["id"] for item in client.get("/snapshots", backend="fi-1").json["items"]] == [
        made.json["id"]
    ]
    assert client.send("DELETE", path).status == 204
    assert client.get(path).status == 404


@pytest.mark.parametrize(
    "body",
    [
        snapshot({"name": "one", "owner": "somebody"}),
        snapshot({"name": "one", "entries": [{**entries(1)[0], "owner": "somebody"}]}),
        snapshot({"name": "one", "entries": [{**entries(1)[0], "name": "a\x1b"}]}),
        snapshot({"name": "one", "entries": [{**entries(1)[0], "name": "../a"}]}),
        snapshot({"name": "one", "entries": [{**entries(1)[0], "size": -1}]}),
        snapshot(endpoint="https://user:word@host"),
        snapshot(endpoint="https://host/?X-Amz-Signature=x"),
        snapshot({"name": "one"}, {"name": "one"}),
        snapshot(secret_key="x"),
    ],
)
def test_what_is_not_sanitised_is_refused(server: Server, tenant: str, body: dict[str, Any]) -> None:
    client = server.client(tenant)
    answer = client.post("/snapshots", body)
    assert answer.status == 422
    assert answer.json["errors"]
    assert client.get("/snapshots").json["items"] == []


def test_caps_and_tampering(tmp_path: Path) -> None:
    caps = {"MAX_SNAPSHOT_BUCKETS": "2", "MAX_SNAPSHOT_FILES": "5", "MAX_FILES_PER_BUCKET": "3"}
    with running(tmp_path, **caps) as server:
        client = server.client("t1")
        one, two = ({"name": name, "entries": entries(3)} for name in ("one", "two"))
        over = [
            snapshot({"name": "one", "entries": entries(4)}),
            snapshot(one, two),
            snapshot(*({"name": f"b{number}"} for number in range(3))),
        ]
        for body in over:
            answer = client.post("/snapshots", body)
            assert (answer.status, answer.code) == (422, "snapshot-cap")
        ids = [client.post("/snapshots", snapshot(one)).json["id"] for _ in range(3)]
        with sqlite3.connect(server.database) as other:
            other.execute("UPDATE snapshot_chunks SET content = x'00' WHERE snapshot_id = ?", [ids[0]])
            other.execute("UPDATE snapshots SET bytes = bytes + 1 WHERE id = ?", [ids[1]])
        intact = [client.get(f"/snapshots/{snapshot_id}").json["intact"] for snapshot_id in ids]
        assert intact == [False, False, True]
        assert [item["intact"] for item in client.get("/snapshots").json["items"]] == [True, False, True]
