"""A captured change that is sent again: it has the answer it had, and nothing happens a second time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from sqlalchemy import text

from backend_stub.server.store.database import Database
from tests.rigs.waiting import wait_for

from .support import Answer, Client, Server, exchange, registration
from .test_isolation import SNAPSHOT, Made, filled

NAME = "x-amz-meta-request-id"
# A body that each route accepts, so that only the header is at fault.
BODIES: dict[str, Any] = {
    "/proxy/objects/policy": {
        "object_key": "t/x",
        "version": "v1",
        "before": {"residency": "EU", "replica_count": 2},
    },
    "/proxy/jobs": {"object_key": "t/x", "version": "v1", "target": "fi-1"},
    "/proxy/jobs/actions": {"action": "pause", "ids": []},
    "/proxy/jobs/lease": {"worker": "w", "backends": ["nowhere"], "limit": 1},
    "/proxy/jobs/{job_id}/retry": None,
    "/proxy/jobs/{job_id}/cancel": None,
    "/proxy/jobs/{job_id}/pause": None,
    "/proxy/jobs/{job_id}/resume": None,
    "/proxy/replication/tenants/{tenant}": {"paused": False, "before": False},
    "/proxy/replication/reconcile": {},
    "/proxy/replication/checks": {
        "items": [{"object_key": "t/x", "version": "v1", "backend": "fi-1", "state": "ok"}]
    },
    "/proxy/drills": {
        "started_at": "2026-01-01T00:00:00Z",
        "ended_at": "2026-01-01T00:00:00Z",
        "sample": 1,
        "verified": 1,
        "bytes": 1,
        "backends": {"fi-1": 1},
    },
    "/snapshots": SNAPSHOT,
    "/snapshots/{snapshot_id}": {"hold": False, "before": False},
}


class Captured:
    """A signed request as it went over the wire, with a request id of its own unless it is given one."""

    def __init__(
        self, client: Client, method: str, target: str, payload: Any = None, request_id: str | None = ""
    ) -> None:
        self._client, self._method, self._target = client, method, target
        self._body = None if payload is None else json.dumps(payload).encode()
        named = uuid4().hex if request_id == "" else request_id
        headers = {} if named is None else {NAME: named}
        request = AWSRequest(method=method, url=client.url + target, data=self._body, headers=headers)
        S3SigV4Auth(Credentials(str(client.access_key), client.secret), "s3", "eu-central-1").add_auth(
            request
        )
        self._headers = dict(request.headers)

    def send(self) -> Answer:
        return exchange(self._client.url, self._method, self._target, self._headers, self._body)


@contextmanager
def writer_held(server: Server, waiting: int) -> Iterator[Callable[[], None]]:
    """Nothing can be written until the end; what is yielded waits until so many requests wait for it."""
    database = Database(server.database_url.replace("postgresql://", "postgresql+psycopg://"))
    seen = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def wait() -> None:
        if not database.is_sqlite:
            wait_for(lambda: count() >= waiting, f"{waiting} requests wait")

    def count() -> int:
        with database.read() as connection:
            return int(connection.execute(seen).scalar_one())

    with database.engine.connect() as plain:
        connection = plain.execution_options(secingest_write=True)
        with connection.begin():
            if not database.is_sqlite:
                connection.execute(text("LOCK TABLE answers IN ACCESS EXCLUSIVE MODE"))
            yield wait
    database.close()


def at_once(server: Server, captured: Captured, times: int = 3) -> list[Answer]:
    """What several of the same moment are answered: all are sent before the first can be done."""
    with ThreadPoolExecutor(times) as pool:
        with writer_held(server, times) as wait:
            answers = [pool.submit(captured.send) for _ in range(times)]
            wait()
        return [answer.result(60) for answer in answers]


def check_once(answers: list[Answer]) -> Answer:
    """The same answer to all, and one of them was the first."""
    [first] = [one for one in answers if "x-repeated" not in one.headers]
    assert {(one.status, one.body) for one in answers} == {(first.status, first.body)}
    return first


def test_what_comes_twice_in_one_moment_is_done_once(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    for number in range(4):
        body = registration(tenant, f"o{number}", targets=["fi-1"], replica_count=2)
        assert client.post("/proxy/objects", body).status == 201
    made = check_once(at_once(server, Captured(client, "POST", "/snapshots", SNAPSHOT)))
    assert made.status == 201, made.body
    assert [one["id"] for one in client.get("/snapshots").json["items"]] == [made.json["id"]]
    lease = {"worker": "w", "backends": ["ceph-eu1", "fi-1"], "limit": 1}
    leased = check_once(at_once(server, Captured(client, "POST", "/proxy/jobs/lease", lease)))
    assert len(leased.json["leases"]) == 1
    assert client.get("/proxy/jobs/counts").json["counts"] == {"leased": 1, "queued": 3}
    # One that the first makes impossible: the second is not refused, it has the first's answer.
    [job] = client.get("/proxy/jobs", state="leased").json["items"]
    assert client.post(f"/proxy/jobs/{job['id']}/cancel").status == 200
    retried = check_once(at_once(server, Captured(client, "POST", f"/proxy/jobs/{job['id']}/retry")))
    assert retried.json["state"] == "queued"
    removed = check_once(at_once(server, Captured(client, "DELETE", f"/snapshots/{made.json['id']}")))
    assert (removed.status, removed.body) == (204, b"")


@pytest.fixture
def no_answers(server: Server) -> Iterator[Callable[[], None]]:
    """Answers cannot be kept until what is yielded is called."""
    database = Database(server.database_url.replace("postgresql://", "postgresql+psycopg://"))
    name = f"refuse_{uuid4().hex[:8]}"
    change = (
        (
            f"CREATE TRIGGER {name} BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'full'); END",
            f"DROP TRIGGER {name}",
        )
        if database.is_sqlite
        else (
            f"ALTER TABLE answers ADD CONSTRAINT {name} CHECK (status < 0) NOT VALID",
            f"ALTER TABLE answers DROP CONSTRAINT {name}",
        )
    )
    undo = [change[1]]

    def again() -> None:
        if undo:
            database.write(lambda connection: connection.execute(text(undo.pop())))

    database.write(lambda connection: connection.execute(text(change[0])))
    yield again
    again()
    database.close()


def test_a_change_whose_answer_is_not_kept_is_not_made(
    server: Server, tenant: str, no_answers: Callable[[], None]
) -> None:
    """They are one transaction: what was not answered was not done, and the repeat does it."""
    client = server.client(tenant)
    taken = Captured(client, "POST", "/snapshots", SNAPSHOT)
    assert taken.send().status >= 500
    assert client.get("/snapshots").json["items"] == []
    no_answers()
    made = taken.send()
    assert made.status == 201
    assert taken.send().json == made.json
    assert len(client.get("/snapshots").json["items"]) == 1


def test_a_repeat_may_be_signed_anew(server: Server, tenant: str) -> None:
    """Whoever lost an answer asks again under the same id; for something else it is refused."""
    client = server.client(tenant)
    first = Captured(client, "POST", "/snapshots", SNAPSHOT, "one-id").send()
    again = client.send("POST", "/snapshots", SNAPSHOT, headers={NAME: "one-id", "x-amz-meta-more": "1"})
    assert (again.status, again.json, again.headers["x-repeated"]) == (201, first.json, "true")
    assert len(client.get("/snapshots").json["items"]) == 1
    other = client.send("POST", "/snapshots", {**SNAPSHOT, "label": "other"}, headers={NAME: "one-id"})
    assert (other.status, other.code) == (409, "request-id-reused")
    # Somebody else's id is no matter.
    else_ = server.client(tenant).send("POST", "/snapshots", SNAPSHOT, headers={NAME: "one-id"})
    assert else_.status == 201
    assert "x-repeated" not in else_.headers


def changes(server: Server) -> list[tuple[str, str, bool]]:
    """Method and path of each changing route of the document, and whether it knows the header."""
    paths = exchange(server.url, "GET", "/openapi.json", {}).json["paths"]
    return [
        (method.upper(), path, any(one["name"] == NAME for one in operation.get("parameters", ())))
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "get"
    ]


# What shows that it is a repeat without an id.
COMPARED = {
    "/proxy/objects",
    "/proxy/objects/batch",
    "/proxy/objects/recipients",
    "/proxy/keys",
    "/proxy/erasures",
}
TOKENS = {"/proxy/jobs/{job_id}/" + end for end in ("heartbeat", "complete", "fail", "release")}
NAMED_BY_CONTENT = {"/snapshots/chunks", "/snapshots/chunks/missing"}
OPERATORS = {
    "/proxy/credentials", "/proxy/credentials/{access_key}", "/proxy/credentials/{access_key}/rotate",
    "/proxy/operators", "/proxy/operators/{key_id}", "/proxy/tenants", "/proxy/backends",
    "/proxy/replication/backends/{backend}",
}  # fmt: skip


def test_every_other_change_carries_a_request_id(server: Server, tenant: str, p256_pem: str) -> None:
    """Over the whole document: without one it is refused, naming header and fix, and nothing happens."""
    made = Made(server, tenant, p256_pem)
    found = changes(server)
    known = {path for _, path, header in found if header}
    others = {path for method, path, header in found if not header and method != "DELETE"}
    assert others == COMPARED | TOKENS | {"/proxy/jobs/complete"} | NAMED_BY_CONTENT | OPERATORS
    assert len(known) >= 14
    for method, path, header in found:
        tombstone = method == "DELETE" and path.startswith("/proxy/objects")
        if not header or tombstone:
            continue
        target, body = filled(path, made.values), None if method == "DELETE" else BODIES[path]
        refused = Captured(made.client, method, target, body, None).send()
        assert (refused.status, refused.code) == (422, "request-id-missing"), (method, path, refused.body)
        [error] = refused.json["errors"]
        assert error["field"] == NAME
        assert "send" in error["fix"]
        for bad in ("", "a b", "x" * 129):
            answer = made.client.send(method, target, body, headers={NAME: bad})
            assert answer.status in (400, 422), (path, bad)
        assert made.client.send(method, target, body).status < 500


def test_what_one_saw_has_to_be_so_still(server: Server, tenant: str) -> None:
    """The preconditions of the changes that set something: whoever looked at an old state changes nothing."""
    client = server.client(tenant)
    path = f"/snapshots/{client.post('/snapshots', SNAPSHOT).json['id']}"
    held = {"hold": True, "before": False, "reason": "a court's order"}
    assert client.send("PATCH", path, held).status == 200
    for change in ({**held, "reason": "another"}, {"hold": False, "before": False}):
        late = client.send("PATCH", path, change)
        assert (late.status, late.code) == (409, "hold-differs")
    assert client.send("PATCH", path, {"hold": False}).json["errors"][0]["field"] == "before"
    [now] = client.get("/snapshots").json["items"]
    assert (now["hold"], now["hold_reason"]) == (True, "a court's order")
    replication = f"/proxy/replication/tenants/{tenant}"
    assert client.send("PUT", replication, {"paused": True, "before": False}).status == 200
    late = client.send("PUT", replication, {"paused": False, "before": False})
    assert (late.status, late.code) == (409, "pause-differs")
    assert client.get(replication).json["paused"] is True


def test_a_hold_is_not_lifted_by_what_lifted_it_before(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    made = client.post("/snapshots", SNAPSHOT)
    assert made.status == 201, made.body
    path = f"/snapshots/{made.json['id']}"
    lifted = Captured(client, "PATCH", path, {"hold": False, "before": False})
    first = lifted.send()
    assert first.status == 200, first.body
    assert (
        client.send("PATCH", path, {"hold": True, "before": False, "reason": "a court's order"}).status == 200
    )
    again = lifted.send()
    assert (again.status, again.json, again.headers["x-repeated"]) == (200, first.json, "true")
    [now] = [one for one in client.get("/snapshots").json["items"] if one["id"] == made.json["id"]]
    assert now["hold"] is True
    before = len(client.get("/snapshots").json["items"])
    taken = Captured(client, "POST", "/snapshots", SNAPSHOT)
    ids = {taken.send().json["id"] for _ in range(3)}
    assert len(ids) == 1
    assert len(client.get("/snapshots").json["items"]) == before + 1


def test_a_captured_lease_takes_no_further_job(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    for number in range(2):
        body = registration(tenant, f"o{number}", targets=["fi-1"], replica_count=2)
        assert client.post("/proxy/objects", body).status == 201
    asked = {"worker": "w", "backends": ["ceph-eu1", "fi-1"], "limit": 1}
    captured = Captured(client, "POST", "/proxy/jobs/lease", asked)
    first, again = captured.send().json["leases"], captured.send().json["leases"]
    assert [lease["job"]["id"] for lease in first] == [lease["job"]["id"] for lease in again]
    assert client.get("/proxy/jobs/counts").json["counts"].get("queued") == 1
    # Another request id makes it another request, in the same second too.
    other = Captured(client, "POST", "/proxy/jobs/lease", asked).send()
    assert [lease["job"]["id"] for lease in other.json["leases"]] != [lease["job"]["id"] for lease in first]


def test_a_tombstone_and_a_pause_stick(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    body = registration(tenant, "o", targets=["fi-1"], replica_count=2)
    registered = Captured(client, "POST", "/proxy/objects", body)
    made = registered.send().json
    [job] = made["jobs"]
    resumed = Captured(client, "POST", f"/proxy/jobs/{job['id']}/resume")
    assert client.post(f"/proxy/jobs/{job['id']}/pause").status == 200
    assert resumed.send().json["paused_at"] is None
    assert client.post(f"/proxy/jobs/{job['id']}/pause").status == 200
    assert resumed.send().headers["x-repeated"] == "true"
    assert client.get(f"/proxy/jobs/{job['id']}").json["paused_at"] is not None
    assert client.send("DELETE", f"/proxy/objects/{tenant}/o").status == 200
    again = registered.send()
    assert (again.status, again.json) == (200, made), "the same receipt"
    assert client.get("/proxy/objects").json["items"] == []


def test_what_was_refused_is_tried_again(server: Server, tenant: str) -> None:
    client = server.client(tenant)
    ask = {"object_key": f"{tenant}/late", "version": "v1", "target": "fi-1"}
    asked = Captured(client, "POST", "/proxy/jobs", ask)
    assert asked.send().status == 404
    assert client.post("/proxy/objects", registration(tenant, "late")).status == 201
    assert asked.send().status == 201


def test_an_object_may_be_called_like_the_end_of_a_lease(server: Server, tenant: str) -> None:
    """What needs no stored answer is told by route and method, not by how an object is called."""
    client = server.client(tenant)
    for name in ("x/complete", "x/fail", "chunks"):
        assert client.post("/proxy/objects", registration(tenant, name)).status == 201
        # A tombstone needs no id: it is told by its signature.
        removed = Captured(client, "DELETE", f"/proxy/objects/{tenant}/{name}", request_id=None)
        assert removed.send().status == 200
        assert client.post("/proxy/objects", registration(tenant, name, "v2")).status == 201
        assert removed.send().headers["x-repeated"] == "true"
        keys = [(item["object_key"], item["version"]) for item in client.get("/proxy/objects").json["items"]]
        assert (f"{tenant}/{name}", "v2") in keys


def test_a_job_id_of_any_length_is_not_there(server: Server, tenant: str) -> None:
    done = {
        "token": "0" * 32,
        "location": {"url": "s3://s3gw-a1b2c3d4-spacetim", "etag": "e"},
        "verified_by": "checksum",
    }
    for length in (1, 65, 1000):
        assert server.client(tenant).post(f"/proxy/jobs/{'a' * length}/complete", done).status == 404
