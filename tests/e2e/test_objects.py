"""``objects policy`` and ``objects compliance`` on a real server and a real object store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend_stub.contract.credentials import CredentialRequest, Role
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.models.registering import ObjectFilter
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, tenant_entry
from secingest_tui.services.session.session import ScreenSession
from secingest_tui.services.workspace import Workspace
from tests.e2e.conftest import Cli
from tests.e2e.sharing import ingest


def test_a_policy_is_narrowed_never_widened(
    cli: Cli, stack: EmbeddedStack, tenant: str, tmp_path: Path
) -> None:
    key = ingest(cli, tmp_path, "policy-one", b"policy")
    before = cli.json("objects", "show", key)
    done = cli.json("objects", "policy", key, "--residency", "FI", "--replicas", "2")
    assert (done["object_key"], done["residency"], done["replica_count"]) == (key, "FI", 2)
    after = cli.json("objects", "show", key)
    assert (after["residency"], after["replica_count"]) == ("FI", 2)
    assert after["registration"] == before["registration"]
    assert "narrow" in cli("objects", "policy", key, "--residency", "EU", code=1).stderr
    cli("objects", "policy", key, "--residency", "Atlantis", code=2)
    cli("objects", "policy", key, "--replicas", "17", code=2)
    cli("objects", "policy", key, code=2)
    cli("objects", "policy", f"{tenant}/nothing", "--replicas", "2", code=1)
    assert cli.json("objects", "show", key)["residency"] == "FI"


def test_the_list_is_narrowed_by_time(cli: Cli, tenant: str, tmp_path: Path) -> None:
    def listed(*options: str) -> list[str]:
        found = cli("objects", "list", "--prefix", f"{tenant}/timed-", "--json", *options).stdout.splitlines()
        return [json.loads(line)["object_key"] for line in found]

    first = ingest(cli, tmp_path, "timed-1", b"first")
    moment = datetime.now(UTC).isoformat()
    second = ingest(cli, tmp_path, "timed-2", b"second")
    assert listed("--recorded-before", moment) == [first]
    assert listed("--recorded-from", moment) == [second]
    assert listed("--recorded-from", "2020-01-01") == [first, second]
    assert listed("--recorded-before", "2020-01-01T00:00+01:00") == []
    assert "2026-01-31" in cli("objects", "list", "--recorded-from", "yesterday", code=2).stderr


def test_buckets_are_held_against_the_rule(
    cli: Cli, home: Home, stack: EmbeddedStack, tenant: str, tmp_path: Path
) -> None:
    key = ingest(cli, tmp_path, "rule-good", b"where it belongs")
    [line] = cli("objects", "compliance", "--prefix", key, "--json").stdout.splitlines()
    good = json.loads(line)
    assert (good["status"], good["expected"]) == ("complies", good["actual"])
    assert "Every copy lies" in cli("objects", "compliance", "--prefix", key, "--differs").stderr
    with Workspace(home) as workspace:
        client = workspace.tenant(tenant)
        body = client.object(key, "v1").registration.model_dump(mode="json", exclude_none=True)
        [backend] = body["backends"]
        body["backends"][backend]["url"] = "s3://another-bucket/key"
        client.register(body | {"object_key": f"{tenant}/rule-bad"})
    found = cli("objects", "compliance", "--prefix", f"{tenant}/rule-", "--differs", "--json", code=1).stdout
    [bad] = [json.loads(line) for line in found.splitlines()]
    assert (bad["object_key"], bad["status"]) == (f"{tenant}/rule-bad", "differs")
    assert (bad["expected"], bad["actual"]) == (good["expected"], "another-bucket")
    cli("objects", "delete", f"{tenant}/rule-bad", "--yes")


def test_everything_about_an_object(
    cli: Cli, home: Home, stack: EmbeddedStack, tenant: str, tmp_path: Path
) -> None:
    """What Enter on the Metadata screen shows, and a receipt that was altered is said to be so."""
    key = ingest(cli, tmp_path, "detail-one", b"drilled into")
    with Workspace(home) as workspace:
        session = ScreenSession(workspace)
        detail = session.object(key, "v1")
        found = {heading: dict(rows) for heading, rows in detail.sections}
        assert detail.versions == ("v1",)
        assert [replica.backend for replica in detail.replicas] == ["local-fi"]
        assert detail.encrypted_key
        assert detail.row.key_id in found["Who can open it"]
        assert found["Buckets by the rule"]["local-fi"].endswith("as the rule says")
        assert found["Proof"]["receipt's signature"].startswith("valid, by ")
        assert any(text.startswith("object.register, ") for text in found["Audit log"].values())
        [path] = [one for one in home.receipts_dir.rglob("*") if one.is_file() and key in one.read_text()]
        receipt = json.loads(path.read_text())
        path.write_text(json.dumps({**receipt, "size": 1}))
        proof = dict(dict(session.object(key, "v1").sections)["Proof"])
        assert proof["receipt's signature"].startswith("NOT VALID")
        changed = session.change_policy([detail.row], None, 2)
        assert (changed.done, changed.failed) == (1, ())
        assert session.object(key, "v1").row.replicas_wanted == 2
        assert all(row.key != key for row in session.misplaced(ObjectFilter(tenant=tenant), None, 100).rows)


@pytest.mark.parametrize(
    ("role", "told"), [("auditor", "object.register, "), ("tenant", "for operators and")]
)
def test_the_audit_log_of_an_object_is_shown_to_whoever_may_read_it(
    cli: Cli, home: Home, stack: EmbeddedStack, tenant: str, tmp_path: Path, role: Role, told: str
) -> None:
    key = ingest(cli, tmp_path, f"audit-for-{role}", b"seen by many")
    with Workspace(home) as workspace:
        made = workspace.admin().create_credential(CredentialRequest(tenant_id=tenant, role=role))
    person = Home(tmp_path / role).prepare()
    (person.root / "config.toml").write_text(f'tenant = "{tenant}"\n[server]\nurl = "{stack.server_url}"\n')
    credential = Credential(made.access_key, str(made.secret_key))
    CredentialStore(person.credentials_file, lambda: b"").set(tenant_entry(tenant), credential)
    with Workspace(person) as theirs:
        shown = dict(dict(ScreenSession(theirs).object(key, "v1").sections)["Audit log"])
    assert any(text.startswith(told) for text in shown.values()), shown
