"""Operators and credentials from the command line, on the real stack."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.conftest import Cli
from tests.e2e.sharing import ingest


def test_a_named_operator_is_in_the_audit_log(cli: Cli, tenant: str, stack: object, tmp_path: Path) -> None:
    made = cli.json("operators", "create", "alice", "--label", "on call", "--expires", "2099-01-01")
    url = stack.server_url  # type: ignore[attr-defined]
    other = Cli(tmp_path / "alice")
    other.root.mkdir(mode=0o700)
    (other.root / "config.toml").write_text(f'[server]\nurl = "{url}"\n')
    other("access", "grant", "newcomer", "--role", "tenant", ADMIN_API_KEY=made["key"])
    entries = [json.loads(line) for line in cli("audit", "list", "--json").stdout.splitlines()]
    assert {entry["actor"] for entry in entries if entry["tenant"] == "newcomer"} == {"operator:alice"}
    cli("operators", "disable", made["key_id"])
    said = other("access", "list", code=1, ADMIN_API_KEY=made["key"])
    assert "disabled or expired" in said.stderr
    cli("operators", "enable", made["key_id"])
    other("access", "list", ADMIN_API_KEY=made["key"])
    cli("operators", "expire", made["key_id"], "2020-01-01T00:00:00+00:00")
    other("access", "list", code=1, ADMIN_API_KEY=made["key"])
    cli("operators", "expire", made["key_id"], "never")
    [row] = cli("operators", "list", "--json").stdout.splitlines()
    assert json.loads(row)["status"] == "active"
    assert made["key"] not in row
    cli("operators", "create", "Not A Name", code=2)
    cli("operators", "expire", made["key_id"], "tomorrow", code=2)


def test_a_rotated_credential_goes_on_in_this_profile(cli: Cli, tenant: str, tmp_path: Path) -> None:
    before = next(
        json.loads(line)["access_key"]
        for line in cli("access", "list", "--tenant", tenant, "--json").stdout.splitlines()
    )
    done = cli("access", "rotate", before, "--overlap-hours", "0", "--json")
    assert "in this profile from now on" in done.stderr
    assert json.loads(done.stdout)["replaces"] == before
    ingest(cli, tmp_path, "after-rotation", b"signed anew")
    cli("access", "rotate", before, code=1)
    made = cli.json("access", "grant", tenant, "--role", "auditor", "--also", "newcomer")
    assert made["role"] == "auditor"
    assert cli.json("access", "disable", made["access_key"])["status"] == "disabled"
    assert cli.json("access", "enable", made["access_key"])["status"] == "active"
    assert cli.json("access", "expire", made["access_key"], "2020-01-01")["status"] == "expired"
