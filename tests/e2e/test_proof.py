"""Receipts and the audit chain, verified on the client's side; the server's upkeep by command."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path

from secingest_tui.paths import Home
from tests.e2e.conftest import SECINGEST, Cli


def ingested(cli: Cli, tmp_path: Path, name: str) -> Path:
    source, receipt = tmp_path / "file", tmp_path / f"{name}.json"
    source.write_bytes(name.encode())
    made = cli("ingest", source, "--backend", "local-fi", "--as", f"customer42/{name}", "--json")
    receipt.write_text(made.stdout)
    return receipt


def test_a_receipt_is_proof(cli: Cli, tenant: str, tmp_path: Path) -> None:
    path = ingested(cli, tmp_path, "proven")
    assert cli.json("receipt", "verify", path)["signature"] == "valid"
    assert cli.json("receipt", "verify", "--object", "customer42/proven")["signature"] == "valid"
    receipt = json.loads(path.read_text())
    for field, value in (
        ("size", 7),
        ("etag", "x"),
        ("residency", "US"),
        ("recorded_at", "2020-01-01T00:00:00Z"),
    ):
        path.write_text(json.dumps(receipt | {field: value}))
        said = cli("receipt", "verify", path, code=1)
        assert "not signed by this server" in said.stderr
    path.write_text("no json")
    cli("receipt", "verify", path, code=2)


def test_another_server_key_is_noticed(cli: Cli, tenant: str, tmp_path: Path) -> None:
    path = ingested(cli, tmp_path, "pinned")
    cli("receipt", "verify", path)
    pin = next(cli.root.glob("server-*.pub.pem"))
    good = pin.read_bytes()
    pin.write_bytes((cli.root / "keys" / "signer.pub.pem").read_bytes())
    try:
        said = cli("receipt", "verify", path, code=1)
    finally:
        pin.write_bytes(good)
    assert "another receipt key" in said.stderr


def test_the_chain_is_recomputed_here(cli: Cli, home: Home, tenant: str, tmp_path: Path) -> None:
    """One changed row of the database is found and located, without the server's own check."""
    ingested(cli, tmp_path, "audited")
    whole = cli.json("audit", "verify")
    assert whole["valid"] is True
    listed = [json.loads(line) for line in cli("audit", "list", "--json").stdout.splitlines()]
    assert len(listed) == whole["count"]
    exported = tmp_path / "audit.jsonl"
    assert cli.json("audit", "export", exported)["valid"] is True
    assert [json.loads(line)["sequence"] for line in exported.read_text().splitlines()] == [
        entry["sequence"] for entry in listed
    ]
    cli("audit", "export", exported, code=2)
    database = sqlite3.connect(home.stack_dir / "server" / "metadata.db")
    try:
        table = next(
            name
            for (name,) in database.execute("select name from sqlite_master where type = 'table'")
            if name.startswith("audit") and "head" not in name
        )
        for trigger in [
            name for (name,) in database.execute("select name from sqlite_master where type='trigger'")
        ]:
            database.execute(f"drop trigger {trigger}")
        database.execute(f"update {table} set actor = 'nobody' where sequence = 3")
        database.commit()
        broken = json.loads(cli("audit", "verify", "--json", code=1).stdout)
    finally:
        database.execute(f"update {table} set actor = 'operator' where sequence = 3")
        database.commit()
        database.close()
    assert broken["broken_at"] == 3


def test_upkeep_of_a_server(tmp_path: Path) -> None:
    """Backup and audit of a server's own database, by the commands of its host."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    environ = os.environ | {
        "ADMIN_API_KEY": "an-operator-key",
        "TENANT_SECRET_PASSPHRASE": "a passphrase",
        "SECINGEST_HOME": str(tmp_path / "home"),
    }
    server = subprocess.Popen(
        [*SECINGEST, "serve", "--port", "0", "--database-url", url],
        env=environ,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    try:
        assert server.stderr is not None
        for line in server.stderr:
            if b"127.0.0.1" in line:
                break
        run = subprocess.run(
            [*SECINGEST, "server", "backup", tmp_path / "copy.db", "--database-url", url],
            env=environ, cwd=tmp_path, timeout=60, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
    finally:
        server.terminate()
        server.wait(30)
    assert (tmp_path / "copy.db").stat().st_size > 0
    checked = subprocess.run(
        [*SECINGEST, "server", "verify-audit", "--database-url", f"sqlite:///{tmp_path / 'copy.db'}"],
        env=environ, cwd=tmp_path, timeout=60, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
