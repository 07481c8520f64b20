"""The process: settings, signals, restarts, kills, what it writes and what it never writes."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from .kills import campaign
from .support import ADMIN_KEY, PASSPHRASE, Client, Server, exchange, registration, running
from .test_observe import stream
from .test_registration import verify_receipt

ROOT = Path(__file__).parents[2]


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run to the end, which is expected to come at once."""
    clean = {k: v for k, v in os.environ.items() if k not in ("ADMIN_API_KEY", "TENANT_SECRET_PASSPHRASE")}
    return subprocess.run(
        [sys.executable, "-m", "backend_stub", *arguments],
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_bad_setting_is_named_at_once(tmp_path: Path) -> None:
    bad = {"NAMESPACE_POLICY": "maybe", "NAMESPACE_HASH_LENGTH": "99", "MAX_SNAPSHOT_FILES": "many"}
    ended = start(tmp_path, "--host", "0.0.0.0", "--tls-cert", "x", DATABASE_URL="mysql://u:hush@h/d", **bad)
    assert ended.returncode == 2
    names = ["ADMIN_API_KEY", "TENANT_SECRET_PASSPHRASE", *bad, "DATABASE_URL", "--tls-cert"]
    assert all(any(name in line for line in ended.stderr.splitlines()) for name in names)
    assert "hush" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_env_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# settings\nexport ADMIN_API_KEY='from-the-file-123'\nnonsense\n")
    ended = start(tmp_path)
    assert ended.returncode == 2
    assert "line 3" in ended.stderr
    assert "nonsense" not in ended.stderr
    (tmp_path / ".env").write_text(
        f'ADMIN_API_KEY=from-the-file-123\nTENANT_SECRET_PASSPHRASE="{PASSPHRASE}"\n'
    )
    with running(tmp_path, ADMIN_API_KEY=ADMIN_KEY) as server:
        assert server.operator.get("/proxy/tenants").status == 200
        wrong = exchange(server.url, "GET", "/proxy/tenants", {"X-Admin-Key": "from-the-file-123"})
        assert wrong.status == 403


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.net"])
def test_beyond_loopback_only_with_a_certificate_or_proxy(tmp_path: Path, host: str) -> None:
    secrets = {"ADMIN_API_KEY": ADMIN_KEY, "TENANT_SECRET_PASSPHRASE": PASSPHRASE}
    ended = start(tmp_path, "--host", host, "--port", "0", **secrets)
    assert ended.returncode == 2
    assert "--behind-proxy" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_password_on_the_command_line_is_refused(tmp_path: Path) -> None:
    secrets = {"ADMIN_API_KEY": ADMIN_KEY, "TENANT_SECRET_PASSPHRASE": PASSPHRASE}
    ended = start(tmp_path, "--database-url", "postgresql://u:hush@localhost/d", **secrets)
    assert ended.returncode == 2
    assert "password" in ended.stderr
    assert "hush" not in ended.stderr


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        secrets = {"ADMIN_API_KEY": ADMIN_KEY, "TENANT_SECRET_PASSPHRASE": PASSPHRASE}
        ended = start(tmp_path, "--port", str(taken.getsockname()[1]), **secrets)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "cannot listen" in ended.stderr


def test_restart_keeps_everything_and_the_passphrase_matters(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    with running(tmp_path, "--port-file", str(port_file)) as server:
        assert server.url.endswith(f":{port_file.read_text().strip()}")
        client = server.client("t1")
        receipt = client.post("/proxy/objects", registration("t1")).json
        assert server.stop(signal.SIGTERM) == 0
    secrets = {"ADMIN_API_KEY": ADMIN_KEY, "TENANT_SECRET_PASSPHRASE": PASSPHRASE + "x"}
    ended = start(tmp_path, "--port", "0", "--database-url", f"sqlite:///{server.database}", **secrets)
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "TENANT_SECRET_PASSPHRASE" in ended.stderr
    with running(tmp_path) as again:
        same = Client(again.url, client.access_key, client.secret)
        assert same.post("/proxy/objects", registration("t1")).json == receipt
        verify_receipt(again, receipt)
        assert again.operator.get("/audit/verify").json["valid"]
        # A connection that is kept open does not keep the server.
        with socket.create_connection(("127.0.0.1", int(again.url.rpartition(":")[2]))):
            assert again.stop(signal.SIGTERM) == 0


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    with running(tmp_path, "--port-file", str(tmp_path / "port")) as server:
        server.client("t1")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}
    assert {"port", "server.sqlite", "server.sqlite-wal"} <= set(modes)


def test_no_secret_is_in_the_database_the_log_or_an_answer(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        client = server.client("t1")
        worker = server.client("t1", "worker")
        chosen = "chosen-secret-7766554433"
        server.operator.post("/proxy/credentials", {"tenant_id": "t2", "secret_key": chosen})
        body = {"id": "de-1", "region": "r", "country": "DE", "endpoint": "https://s3.example.net"}
        server.operator.post("/proxy/backends", body)
        client.post("/proxy/objects", registration("t1", targets=["de-1"], residency="EU", replica_count=2))
        token = worker.post("/proxy/jobs/lease", {"worker": "w", "backends": ["ceph-eu1", "de-1"]}).json[
            "leases"
        ][0]["token"]
        hidden = "hush-hush-unknown-field"
        # A refused field is named, since the caller has to find it; its value is not repeated.
        refused = [client.post("/proxy/objects", registration("t1", version="v2", unknown=hidden))]
        where = {"b": {"url": f"s3://u:{hidden}@bucket/k?X-Amz-Signature={hidden}", "etag": "1"}}
        refused += [
            client.post("/proxy/objects", registration("t1", version="v2", backends=where)),
            client.post("/proxy/objects/batch", {"items": [{"object_key": hidden}]}),
            client.post("/proxy/keys", {"key_id": "k", "key_alg": "ecdh-p256", "public_key": hidden}),
            exchange(server.url, "GET", "/proxy/objects", {"X-Admin-Key": hidden}),
            exchange(server.url, "GET", "/proxy/objects", {"Authorization": hidden}),
            exchange(
                server.url, "POST", "/proxy/objects", {"X-Admin-Key": ADMIN_KEY}, f'{{"{hidden}'.encode()
            ),
        ]
        client.get("/proxy/objects", prefix=hidden)
        exchange(server.url, "GET", f"/{hidden}", {"X-Admin-Key": hidden, "Authorization": hidden})
        chain = [one for one in server.operator.get("/audit").json["items"] if one["tenant_id"] == "t1"]
        with stream(client, 0) as told:
            events = [next(told) for _ in chain]
        assert {"object.register", "credential.create"} <= {event["action"] for event in events}
        answers = json.dumps(events).encode() + b"".join(
            server.operator.get(path).body
            for path in ("/audit", "/metrics", "/proxy/credentials", "/proxy/jobs", "/openapi.json")
        )
        answers += b"".join(one.body for one in refused)
        assert all(one.status >= 400 or b'"refused":1' in one.body for one in refused)
        written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        server.stop()
    for secret in (client.secret, worker.secret, chosen, token, hidden, ADMIN_KEY, PASSPHRASE):
        assert secret.encode() not in written, secret
        assert secret not in "".join(server.log), secret
        assert secret.encode() not in answers, secret


def test_settings_databases_and_snapshots_are_never_committed(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    state = [
        ".env",
        "secingest-server.sqlite",
        "secingest-server.sqlite-wal",
        "a/server.db",
        "snapshots/x.json",
    ]
    asked = ["git", "-C", tmp_path, "check-ignore", *state]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines() == state


def test_acknowledged_writes_survive_kill_9(tmp_path: Path) -> None:
    assert campaign(tmp_path, rounds=3, seed=4) >= 3
    with sqlite3.connect(tmp_path / "server.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_server_that_is_there_answers_health(server: Server) -> None:
    for path in ("/healthz", "/readyz"):
        assert exchange(server.url, "GET", path, {}).json == {"status": "ok"}
