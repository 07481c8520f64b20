"""Databases as released servers left them, as SQL: what a newer server must take over with everything in it.

`released/REVISION.sql` is the dump of a real SQLite database at that schema. Before the schema changes, a new
one is made from a checkout of the commit: `python -m tests.server.released CHECKOUT REVISION`.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Any

from .support import Client, Server, recipients, registration, running

FOLDER = Path(__file__).parent / "released"
ACCESS_KEY, SECRET = "RELEASED-T1", "released-secret-of-t1"
SNAPSHOT = {
    "backend": "fi-1",
    "taken_at": "2026-01-01T00:00:00Z",
    "buckets": [{"name": "bucket", "entries": [{"name": "a", "size": 1, "mtime": "2026-01-01T00:00:00Z"}]}],
}
COPIED = registration("t1", "copied", targets=["de-1"], residency="EU", replica_count=2)


def revisions() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def load(revision: str, path: Path) -> None:
    """The SQLite database of a released server."""
    with sqlite3.connect(path) as database:
        database.executescript((FOLDER / f"{revision}.sql").read_text())
    database.close()


def fill(server: Server) -> None:
    """Something of everything that a server of any version can hold."""
    operator = server.operator
    for backend, country in (("fi-1", "FI"), ("de-1", "DE")):
        body = {"id": backend, "provider": "spacetime", "region": f"{backend}-region", "country": country}
        assert operator.post("/proxy/backends", {**body, "endpoint": "https://s3.example.net"}).status == 201
    operator.post("/proxy/tenants", {"id": "t1", "residency": "EU"})
    made = {"tenant_id": "t1", "access_key": ACCESS_KEY, "secret_key": SECRET}
    assert operator.post("/proxy/credentials", made).status == 201
    client = Client(server.url, ACCESS_KEY, SECRET)
    bodies: list[dict[str, Any]] = [
        registration("t1", "plain"),
        COPIED,
        registration("t1", "waiting", targets=["de-1"], residency="EU", replica_count=2),
        registration("t1", "gone"),
    ]
    for body in bodies:
        assert client.post("/proxy/objects", body).status == 201
    client.send("DELETE", "/proxy/objects/t1/gone")
    keys = client.post("/proxy/objects/recipients", recipients("t1/plain"))
    assert keys.status in (201, 404, 405)
    lease = {"worker": "w", "backends": ["ceph-eu1", "de-1"], "limit": 1}
    [leased] = client.post("/proxy/jobs/lease", lease).json["leases"]
    done = {
        "token": leased["token"],
        "location": {"url": f"s3://{leased['object']['target_bucket']}", "etag": "abc123"},
        "verified_by": "checksum",
    }
    assert client.post(f"/proxy/jobs/{leased['job']['id']}/complete", done).status == 200
    assert client.post("/snapshots", SNAPSHOT).status == 201


def main(checkout: str, revision: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with running(Path(folder), PYTHONPATH=checkout) as server:
            fill(server)
        with sqlite3.connect(server.database) as database:
            [[found]] = database.execute("SELECT version_num FROM alembic_version").fetchall()
            assert found == revision, found
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / f"{revision}.sql").write_text("\n".join(database.iterdump()) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
