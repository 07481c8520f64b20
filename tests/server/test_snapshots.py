"""Snapshots: kept as sent, paged, capped, and altered ones said to be altered."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rigs.waiting import wait_for

from .support import Server, running

WHEN = "2026-01-01T00:00:00Z"


def entries(count: int, prefix: str = "f") -> list[dict[str, Any]]:
    return [{"name": f"{prefix}{n:05}", "size": n, "mtime": WHEN, "etag": f"e{n}"} for n in range(count)]


def snapshot(*buckets: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"backend": "fi-1", "taken_at": WHEN, "buckets": list(buckets), **fields}


def test_the_last_moment_there_is(server: Server, tenant: str) -> None:
    """Kept to the microsecond; a moment that is none in UTC is refused by name."""
    client = server.client(tenant)
    last = "9999-12-31T23:59:59.999999Z"
    made = client.post("/snapshots", snapshot({"name": "one", "entries": [entry_at(last)]}))
    assert made.status == 201, made.body
    assert client.get(f"/snapshots/{made.json['id']}").json["items"][0]["mtime"] == last
    beyond = snapshot({"name": "one", "entries": [entry_at("9999-12-31T23:59:59-05:00")]})
    answer = client.post("/snapshots", beyond)
    assert answer.status == 422
    assert "mtime" in answer.body.decode()


def entry_at(moment: str) -> dict[str, Any]:
    return {"name": "a", "size": 1, "mtime": moment}


def test_entries_come_back_in_pages(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    awkward = [
        {"name": "[@click=x]/ü 文", "size": 1, "mtime": WHEN, "version_id": "v", "is_latest": False},
        {"name": "a%2F..%2Fb%1B", "name_encoding": "url", "size": 2, "mtime": WHEN},
        {"name": "gone", "size": 0, "mtime": WHEN, "delete_marker": True},
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
        snapshot({"name": "one", "entries": [{**entries(1)[0], "size": 2**63}]}),
        snapshot({"name": "one", "entries": [{**entries(1)[0], "name": "a" * 1025}]}),
        snapshot({"name": "one", "entries": [{**entries(1)[0], "name": "a%1b", "name_encoding": "raw"}]}),
        snapshot({"name": "one", "entries": [{**entries(1)[0], "name": "a/./b"}]}),
        snapshot({"name": "one", "entries": [{**entries(1)[0], "etag": "a\x1b"}]}),
        snapshot({"name": "../one", "entries": entries(1)}),
        snapshot({"name": "one", "omitted_entries": -1}),
        snapshot({"name": "one"}, label="two\nlines"),
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


def test_caps(tmp_path: Path) -> None:
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
        limits = client.get("/snapshots").json["limits"]
        assert (limits["max_buckets"], limits["max_entries"], limits["max_bucket_entries"]) == (2, 5, 3)


def test_tenants_see_their_own_and_operators_all(server: Server, tenant: str) -> None:
    one, two = server.client(tenant), server.client(f"{tenant}-two")
    made = [client.post("/snapshots", snapshot({"name": "one"})).json["id"] for client in (one, two)]

    def listed(client: Any) -> set[str]:
        return {item["id"] for item in client.get("/snapshots", limit=1000).json["items"]}

    assert (listed(one), listed(two)) == ({made[0]}, {made[1]})
    assert set(made) <= listed(server.operator)
    both = server.client(tenant, "auditor", tenants=[f"{tenant}-two"])
    assert listed(both) == set(made)
    assert one.get(f"/snapshots/{made[1]}").status == 404
    assert one.send("DELETE", f"/snapshots/{made[1]}").status == 404
    assert server.operator.get(f"/snapshots/{made[1]}").status == 200


# By SQL on rows of tenant ? alone.
TAMPERINGS = {
    "a chunk": "UPDATE snapshot_blobs SET content = x'00' WHERE about IS NOT NULL AND tenant_id = ?",
    "a chunk that is gone": "DELETE FROM snapshot_blobs WHERE about IS NOT NULL AND tenant_id = ?",
    "the manifest": "UPDATE snapshot_blobs SET content = x'789c030000000001' "
    "WHERE about IS NULL AND tenant_id = ?",
    "the totals": "UPDATE snapshots SET bytes = bytes + 1 WHERE tenant_id = ?",
    "the time": "UPDATE snapshots SET taken_at = taken_at - 1 WHERE tenant_id = ?",
    "the hash": "UPDATE snapshots SET sha256 = replace(sha256, '0', '1') WHERE tenant_id = ?",
    "the entry named": "UPDATE snapshots SET audit_sequence = audit_sequence - 1 WHERE tenant_id = ?",
    "the chain's entry": "UPDATE audit SET detail = replace(detail, '\"bytes\":3', '\"bytes\":4') "
    "WHERE tenant_id = ?",
    "the hold": "UPDATE snapshots SET hold = 0 WHERE tenant_id = ?",
}
SHALLOW = {"a chunk", "a chunk that is gone", "the manifest", "the hold"}


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("altered")) as server:
        yield server


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_reported(altered: Server, tenant: str, what: str) -> None:
    client = altered.client(tenant)
    made = client.post("/snapshots", snapshot({"name": "one", "entries": entries(3)})).json
    path = f"/snapshots/{made['id']}"
    assert client.send("PATCH", path, {"hold": True, "before": False, "reason": "case 7"}).json["hold"]
    assert client.get(f"{path}/verification").json["intact"]
    assert client.get(path).json["intact"]
    with sqlite3.connect(altered.database) as other:
        assert other.execute(TAMPERINGS[what], [tenant]).rowcount
    found = client.get(f"{path}/verification").json
    assert not found["intact"]
    assert found["problems"]
    assert client.get("/snapshots").json["items"][0]["intact"] is (what in SHALLOW)
    assert client.get(path).json["intact"] is (what == "the hold")


def rows(*names: str, size: int = 1) -> list[list[Any]]:
    return [[name, 1, size, 0, None, None] for name in sorted(names, key=str.encode)]


def test_large_snapshots_come_in_chunks_and_share_them(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    sent = [client.post("/snapshots/chunks", {"rows": part}) for part in (rows("a", "b"), rows("b", "c/d"))]
    names = [answer.json["sha256"] for answer in sent]
    absent = "0" * 64
    missing = client.post("/snapshots/chunks/missing", {"chunks": [*names, absent]}).json["chunks"]
    assert missing == [absent]
    ids = []
    for chunks in (names, names[1:]):
        made = client.post("/snapshots", snapshot({"name": "one", "chunks": chunks}))
        assert made.status == 201, made.body
        ids.append(made.json["id"])
    path = f"/snapshots/{ids[1]}"
    assert [item["name"] for item in client.get(f"/snapshots/{ids[0]}").json["items"]] == [
        "a",
        "b",
        "b",
        "c/d",
    ]
    raw = client.get(f"{path}/chunks/{names[1]}").body
    assert hashlib.sha256(raw).hexdigest() == names[1]
    manifest = client.get(f"{path}/manifest").body
    assert hashlib.sha256(manifest).hexdigest() == client.get(path).json["sha256"]
    assert client.get(f"{path}/chunks/{names[0]}").status == 404
    assert client.send("DELETE", f"/snapshots/{ids[0]}").status == 204
    assert client.get(f"{path}/verification").json["intact"]
    assert client.post("/snapshots/chunks/missing", {"chunks": names}).json["chunks"] == names[:1]
    backwards = client.post("/snapshots", snapshot({"name": "one", "chunks": [names[1], names[1]]}))
    unknown = client.post("/snapshots", snapshot({"name": "one", "chunks": [absent]}))
    assert (backwards.status, unknown.status, unknown.code) == (422, 422, "chunk-missing")


@pytest.mark.parametrize(
    "bad",
    [
        [["b", 1, 1, 0, None, None], ["a", 1, 1, 0, None, None]],
        [["../a", 1, 1, 0, None, None]],
        [["a\x1b", 1, 1, 0, None, None]],
        [["a", 8, 1, 0, None, None]],
        [["a", 1, -1, 0, None, None]],
        [["a", 1, 1, 0, None, None, "owner"]],
        [["a", 1, 1, 0]],
        [["a", 1, 2**63, 0, None, None]],
        [["a" * 1025, 1, 1, 0, None, None]],
        [[f"{n:04}", 1, 1, 0, None, None] for n in range(2001)],
        [],
    ],
)
def test_chunks_that_are_refused(server: Server, tenant: str, bad: list[Any]) -> None:
    answer = server.client(tenant).post("/snapshots/chunks", {"rows": bad})
    assert answer.status == 422, answer.body


def test_folders_have_totals(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    keys = [f"logs/{day:02}/{hour:04}.gz" for day in range(9) for hour in range(300)]
    keys += ["a", "logs", "logs-old/x", "logs/", "logs//y", "z/ü 文"]
    listed = [{"name": key, "size": 2, "mtime": WHEN} for key in keys]
    listed += [{"name": "up%1B/%2E%2E/x", "name_encoding": "url", "size": 5, "mtime": WHEN}]
    made = client.post("/snapshots", snapshot({"name": "one", "entries": listed})).json
    path = f"/snapshots/{made['id']}/folder"

    def look(prefix: str, limit: int = 4) -> list[tuple[str, int, int]]:
        found, query = [], {"bucket": "one", "prefix": prefix, "limit": limit}
        while True:
            page = client.get(path, **query).json
            found += [(item["name"], item["entries"], item["bytes"]) for item in page["items"]]
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    assert look("") == [
        ("a", 1, 2),
        ("logs", 1, 2),
        ("logs-old/", 1, 2),
        ("logs/", 2702, 5404),
        ("up%1B/", 1, 5),
        ("z/", 1, 2),
    ]
    assert look("logs/") == [("", 1, 2), ("/", 1, 2), *((f"{day:02}/", 300, 600) for day in range(9))]
    assert len(look("logs/03/", 100)) == 300
    assert look("up%1B/") == [("../", 1, 5)]
    assert look("z/") == [("%C3%BC%20%E6%96%87", 1, 2)]
    assert look("nowhere/") == []
    assert [(i["name"], i["entries"]) for i in client.get(path).json["items"]] == [("one", 2707)]
    assert client.get(path, bucket="two").status == 404


def test_search_reads_a_part_at_a_time(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    listed = [*entries(2500, "noise"), {"name": "Needle", "size": 1, "mtime": WHEN}]
    made = client.post("/snapshots", snapshot({"name": "one", "entries": listed})).json
    path = f"/snapshots/{made['id']}"
    assert [item["name"] for item in client.get(path, contains="EEDL").json["items"]] == ["Needle"]
    assert [i["name"] for i in client.get(path, contains="se024").json["items"]][:2] == [
        "noise02400",
        "noise02401",
    ]


def test_retention_and_legal_hold(tmp_path: Path) -> None:
    with running(tmp_path, MAX_SNAPSHOT_COUNT="2", MAX_SNAPSHOT_AGE_DAYS="30") as server:
        client = server.client("t1")

        def take(name: str) -> str:
            made = client.post("/snapshots", snapshot({"name": "one", "entries": entries(3, name)}))
            return str(made.json["id"])

        held = take("a")
        auditor = server.client("t1", "auditor")
        assert auditor.send("PATCH", f"/snapshots/{held}", {"hold": True, "before": False}).status == 403
        assert (
            client.send(
                "PATCH", f"/snapshots/{held}", {"hold": True, "before": False, "reason": "case 7"}
            ).status
            == 200
        )
        kept = [take(name) for name in "bcd"]
        assert [item["id"] for item in client.get("/snapshots").json["items"]] == [kept[-1], held]
        refused = client.send("DELETE", f"/snapshots/{held}")
        assert (refused.status, refused.code) == (409, "legal-hold")
        server.stop()
        with sqlite3.connect(server.database) as other:
            other.execute("UPDATE snapshots SET recorded_at = recorded_at - 31 * 86400 * 1000000")
    with running(tmp_path, MAX_SNAPSHOT_AGE_DAYS="30") as again:
        client.url = again.url
        assert [item["id"] for item in client.get("/snapshots").json["items"]] == [held]
        assert client.send("PATCH", f"/snapshots/{held}", {"hold": False, "before": True}).status == 200
        assert client.send("DELETE", f"/snapshots/{held}").status == 204
        with sqlite3.connect(again.database) as other:
            assert other.execute("SELECT count(*) FROM snapshot_blobs").fetchone() == (0,)
        actions = [item["action"] for item in again.operator.get("/audit").json["items"]]
        assert actions.count("snapshot.expire") == 3
        assert again.operator.get("/audit/verify").json["valid"]


def due(server: Server, name: str) -> None:
    """Let a task of the server be due now, as soon as it has noted when it would be."""

    def move() -> bool:
        with sqlite3.connect(server.database, timeout=30) as other:
            done = other.execute("UPDATE schedules SET next_at = 0 WHERE name = ?", [name])
            return bool(done.rowcount)

    wait_for(move, f"the schedule of {name}")


def test_what_grows_old_goes_while_the_server_runs(tmp_path: Path) -> None:
    """Nobody takes a snapshot and nothing restarts; what is on hold stays, given-up parts go after a day."""
    with running(tmp_path, MAX_SNAPSHOT_AGE_DAYS="30", RECONCILE_SECONDS="1") as server:
        client = server.client("t1")
        held, old, young = (
            client.post("/snapshots", snapshot({"name": "one", "entries": entries(3, name)})).json["id"]
            for name in "abc"
        )
        client.send("PATCH", f"/snapshots/{held}", {"hold": True, "before": False, "reason": "case 7"})
        gone, kept = (client.post("/snapshots/chunks", {"rows": rows(name)}).json["sha256"] for name in "xy")
        with sqlite3.connect(server.database, timeout=30) as other:
            age = "UPDATE snapshots SET recorded_at = recorded_at - 31 * 86400 * 1000000 WHERE id IN (?, ?)"
            other.execute(age, [held, old])
            late = "UPDATE snapshot_blobs SET touched_at = touched_at - 86401 * 1000000 WHERE sha256 <> ?"
            other.execute(late, [kept])
        due(server, "snapshots")
        left = {held, young}
        wait_for(
            lambda: {item["id"] for item in client.get("/snapshots").json["items"]} == left, "the expiry"
        )
        assert client.post("/snapshots/chunks/missing", {"chunks": [gone, kept]}).json["chunks"] == [gone]
        for one in left:
            assert client.get(f"/snapshots/{one}/verification").json["intact"]
        [entry] = [e for e in server.operator.get("/audit").json["items"] if e["action"] == "snapshot.expire"]
        assert (entry["subject"], entry["actor"]) == (old, "system")


def test_parts_that_no_snapshot_names_have_an_end(tmp_path: Path) -> None:
    with running(tmp_path, MAX_SNAPSHOT_FILES="20", MAX_FILES_PER_BUCKET="20", RATE_LIMIT="0") as server:
        client, other = server.client("t1"), server.client("t2")
        sent: list[str] = []
        for number in range(400):
            answer = client.post("/snapshots/chunks", {"rows": rows(f"{number:05}")})
            if answer.status != 201:
                break
            sent.append(answer.json["sha256"])
        assert (answer.status, answer.code) == (409, "chunks-waiting")
        assert len(sent) >= 20, "a snapshot of as many entries as there may be has room"
        assert other.post("/snapshots/chunks", {"rows": rows("a")}).status == 201
        assert client.post("/snapshots", snapshot({"name": "one", "chunks": sent[:20]})).status == 201


def test_bytes_are_a_limit_too(tmp_path: Path) -> None:
    with running(tmp_path, MAX_SNAPSHOT_BYTES="20000") as server:
        client = server.client("t1")
        bodies = [snapshot({"name": "one", "entries": entries(900, f"{n}-")}) for n in range(5)]
        ids = [client.post("/snapshots", body).json["id"] for body in bodies]
        left = [item["id"] for item in client.get("/snapshots").json["items"]]
        assert left[0] == ids[-1]
        assert len(left) < 5
        with sqlite3.connect(server.database) as other:
            assert other.execute("SELECT sum(size) FROM snapshot_blobs").fetchone()[0] <= 20_000


def test_the_run_is_kept(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    receipt = {
        "object_key": f"{tenant}/a", "version": "v1", "receipt_id": "receipt-1", "recorded_at": WHEN,
        "backend": "fi-1", "bucket": "one-bucket", "etag": "e", "ciphertext_size": 3,
    }  # fmt: skip
    run = {
        "receipts": [receipt],
        "failures": [{"code": "AccessRefused", "message": "no"}],
        "omitted_failures": 4,
    }
    made = client.post("/snapshots", snapshot(run=run)).json
    assert (made["receipts"], made["failures"]) == (1, 5)
    assert client.get(f"/snapshots/{made['id']}").json["run"]["receipts"][0]["etag"] == "e"
    leaky = {**run, "receipts": [{**receipt, "presigned": "https://x"}]}
    assert client.post("/snapshots", snapshot(run=leaky)).status == 422
