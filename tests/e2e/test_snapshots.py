"""What an auditor does, as commands: take, compare, reconcile, report, verify offline, drill."""

from __future__ import annotations

import csv
import json
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from backend_stub.contract.credentials import CredentialRequest
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.errors import Cancelled, UsageError
from secingest_tui.metadata import AdminClient
from secingest_tui.models.records import SnapshotRow
from secingest_tui.models.snapshots import SnapshotOrder
from secingest_tui.models.transfer import IngestRequest, Phase
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, CredentialStore, tenant_entry
from secingest_tui.services.session.session import ScreenSession
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Store
from tests.e2e.conftest import KEY_ID, Cli
from tests.rigs.tasks import ended, made
from tests.rigs.waiting import wait_for

TENANT = "customer42"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def store(home: Home, stack: EmbeddedStack, tenant: str) -> Iterator[S3Store]:
    with Workspace(home) as workspace:
        yield workspace.store("local-fi", tenant)


@pytest.fixture(scope="module")
def first(cli: Cli, tenant: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Four objects, the last with its signature beside it, and the snapshot that the ingest took."""
    folder = tmp_path_factory.mktemp("files")
    for name in ("a", "b", "c", "d"):
        (folder / f"{name}.txt").write_text(name * (9_000_000 if name == "d" else 1000))
    done = cli(
        "ingest", folder, "--backend", "local-fi", "--prefix", "customer42/docs/", "--snapshot", "--json"
    )
    assert "snapshot: snapshot-" in done.stderr
    [row] = lines(cli("snapshot", "list", "--json").stdout)
    return {"receipts": {Path(r["object_key"]).name: r for r in lines(done.stdout)}, **row}


@pytest.fixture(scope="module")
def second(cli: Cli, first: dict[str, Any], store: S3Store) -> str:
    """After the bucket was meddled with: one object gone, one replaced, a stranger's, one not registered."""
    bucket, key_of = first["receipts"]["a.txt"]["bucket"], {}
    for name, receipt in first["receipts"].items():
        key_of[name] = receipt["backends"]["local-fi"]["url"].removeprefix(f"s3://{bucket}/")
    store.delete(bucket, key_of["a.txt"])
    store.put(bucket, key_of["b.txt"], b"another content")
    store.put(bucket, "=cmd|evil\x1b[31m", b"stranger")
    store.put(bucket, "customer42/lost/v1/0123456789abcdef", b"never registered")
    taken = cli.json("snapshot", "take", "--backend", "local-fi", "--bucket", bucket)
    return str(taken["id"])


def test_an_ingest_takes_its_snapshot(cli: Cli, first: dict[str, Any], home: Home) -> None:
    with Workspace(home) as workspace:
        run = workspace.tenant(TENANT).snapshot(first["id"], limit=1).run
    assert run is not None
    assert {item["object_key"] for item in run["receipts"]} == {
        f"customer42/docs/{name}.txt" for name in "abcd"
    }
    assert run["failures"] == []


def test_failures_are_kept_without_paths(cli: Cli, first: dict[str, Any], tmp_path: Path) -> None:
    gone = tmp_path / "private-folder" / "secret-name.txt"
    gone.parent.mkdir()
    gone.symlink_to(tmp_path / "nowhere")
    (tmp_path / "ok.txt").write_text("x")
    said = cli("ingest", gone, tmp_path / "ok.txt", "--backend", "local-fi", "--prefix", "customer42/f/",
               "--snapshot", code=1)  # fmt: skip
    assert "snapshot: " in said.stderr
    head = lines(cli("snapshot", "list", "--json").stdout)[0]
    with Workspace(Home(cli.root)) as workspace:
        run = workspace.tenant(TENANT).snapshot(head["id"], limit=1).run
    assert run is not None
    assert len(run["failures"]) == 1
    assert "private-folder" not in json.dumps(run)
    assert "secret-name" not in json.dumps(run)


def test_after_every_ingest_if_it_is_configured(cli: Cli, first: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "wished.txt").write_text("x")
    ingest = ("ingest", tmp_path / "wished.txt", "--backend", "local-fi", "--as", "customer42/wished")
    cli("config", "set", "snapshots.after_ingest", "true")
    try:
        assert "snapshot: snapshot-" in cli(*ingest).stderr
        assert "snapshot: " not in cli(*ingest, "--no-snapshot").stderr
    finally:
        cli("config", "unset", "snapshots.after_ingest")
    assert "snapshot: " not in cli(*ingest).stderr


def test_compare(cli: Cli, first: dict[str, Any], second: str) -> None:
    found = lines(cli("snapshot", "compare", first["id"], second, "--json").stdout)
    changes = {(item["change"], item["name"].split("/")[-1] if "sig" in item["name"] else item["name"])
               for item in found if "change" in item}  # fmt: skip
    kinds = [kind for kind, _ in changes]
    assert (kinds.count("removed"), kinds.count("changed")) == (1, 1)
    assert ("added", "=cmd|evil\x1b[31m") in changes
    totals = found[-1]
    assert (totals["removed"], totals["changed"], totals["unchanged"]) == (1, 1, 3)
    folders = {item["folder"]: item for item in found if "folder" in item}
    assert any(name.endswith("/customer42/") for name in folders)
    again = lines(cli("snapshot", "compare", second, second, "--json").stdout)
    assert again[-1]["added"] + again[-1]["removed"] + again[-1]["changed"] == 0


def test_reconcile_names_what_is_wrong_and_what_to_do(cli: Cli, first: dict[str, Any], second: str) -> None:
    clean = lines(cli("snapshot", "reconcile", first["id"], "--json").stdout)
    assert clean[-1]["findings"] == 0
    assert clean[-1]["matched"] == 4
    found = lines(cli("snapshot", "reconcile", second, "--json", code=1).stdout)
    codes = sorted(item["code"] for item in found if "code" in item)
    assert codes == ["etag-differs", "missing", "size-differs", "unregistered", "unregistered"]
    assert all(item["action"] for item in found if "code" in item)
    actions = {item["key"]: item["action"] for item in found if item.get("code") == "unregistered"}
    assert (
        "secingest register customer42/lost --backend local-fi --from s3://"
        in actions["customer42/lost/v1/0123456789abcdef"]
    )
    told = cli("snapshot", "reconcile", second, code=1).stdout
    assert "\x1b" not in told
    assert "next: " in told


@pytest.mark.parametrize("format_", ["html", "md", "json"])
def test_a_report_verifies_offline_and_shows_any_altered_byte(
    cli: Cli, first: dict[str, Any], second: str, tmp_path: Path, format_: str
) -> None:
    path = tmp_path / f"report.{format_}"
    cli("snapshot", "report", second, "--against", first["id"], "--format", format_, "-o", path)
    cli("snapshot", "report", second, "-o", path, code=2)
    key = tmp_path / "server.pem"
    [pin] = cli.root.glob("server-*.pub.pem")
    key.write_bytes(pin.read_bytes())
    elsewhere = {"SECINGEST_HOME": str(tmp_path / "elsewhere")}
    checked = cli.json("audit", "verify", path, "--server-key", key, **elsewhere)
    assert (checked["report"], checked["snapshot"]) == ("valid", second)
    assert cli.json("audit", "verify", path)["chain_head"] == checked["chain_head"]
    cli("audit", "verify", path, code=2, **elsewhere)
    content = path.read_bytes()
    assert b"\x1b" not in content
    chosen = random.Random(7)
    from secingest_tui.errors import SecingestError
    from secingest_tui.services.snapshots.report import verify_report

    fixed = [0, len(content) - 1, content.rindex(b"server-") + 8]  # the last one: who signed
    for position in [*fixed, *(chosen.randrange(len(content)) for _ in range(200))]:
        altered = bytearray(content)
        altered[position] ^= 1 << chosen.randrange(8)
        path.write_bytes(altered)
        with pytest.raises(SecingestError):
            verify_report(path, key.read_bytes())
    for altered in (content + b"\n", content[:-40], content.replace(b"missing", b"present")):
        path.write_bytes(altered)
        with pytest.raises(SecingestError):
            verify_report(path, key.read_bytes())
    other = tmp_path / "other.pem"
    cli(
        "keys",
        "new",
        "--key-id",
        f"other-{format_}",
        "--type",
        "ed25519",
        "--no-passphrase",
        "--out",
        tmp_path,
    )
    other = tmp_path / f"other-{format_}.pub.pem"
    path.write_bytes(content)
    said = cli("audit", "verify", path, "--server-key", other, code=1, **elsewhere)
    assert "not signed by this server" in said.stderr


def test_export(cli: Cli, second: str, tmp_path: Path) -> None:
    shown = lines(cli("snapshot", "show", second, "--json").stdout)
    cli("snapshot", "export", second, "-o", tmp_path / "all.json")
    assert json.loads((tmp_path / "all.json").read_text())["entries"] == shown
    cli("snapshot", "export", second, "-o", tmp_path / "all.json", code=2)
    cli("snapshot", "export", second, "--format", "csv", "-o", tmp_path / "all.csv")
    with (tmp_path / "all.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = [unquote(row["name"]) if row["name_encoding"] else row["name"] for row in rows]
    assert names == [unquote(i["name"]) if i["name_encoding"] else i["name"] for i in shown]
    assert not any(row["name"].startswith(("=", "+", "@")) for row in rows)


def test_browse_and_find(cli: Cli, first: dict[str, Any]) -> None:
    [bucket] = lines(cli("snapshot", "ls", first["id"], "--json").stdout)
    assert bucket["entries"] == 5
    [folder] = lines(cli("snapshot", "ls", first["id"], f"{bucket['name']}/customer42/", "--json").stdout)
    assert (folder["name"], folder["entries"]) == ("docs/", 5)
    found = lines(cli("snapshot", "find", first["id"], "DOCS/D.TXT", "--json").stdout)
    assert len(found) == 2
    assert cli.json("snapshot", "verify", first["id"])["intact"]


def test_what_the_screen_calls(home: Home, first: dict[str, Any], second: str, tmp_path: Path) -> None:
    with Workspace(home) as workspace:
        session = ScreenSession(workspace)
        [row] = [row for row in session.snapshots() if row.id == second]
        assert (row.tenant, row.intact, row.hold) == (TENANT, True, False)
        [bucket] = session.snapshot_folder(second, None, "", None, 200).rows
        top = session.snapshot_folder(second, bucket.name, "", None, 200).rows
        assert [(item.name, item.folder) for item in top] == [
            ("=cmd|evil\x1b[31m", False),
            ("customer42/", True),
        ]
        found = session.find_in_snapshot(second, "d.txt", None, 200).rows
        known = dict(session.snapshot_entry(second, found[0]))
        assert (known["registered"], known["object"]) == ("yes", "customer42/docs/d.txt")
        assert "signature" in dict(session.snapshot_entry(second, found[1]))["registered"]
        stranger = top[0].entry
        assert stranger is not None
        assert "no: nothing" in dict(session.snapshot_entry(second, stranger))["registered"]
        changes, said = made(session, session.start_compare(first["id"], second))
        assert "1 removed, 1 changed" in said
        assert len(changes) >= 4
        findings, said = made(session, session.start_check(second))
        assert len(findings) == 5
        assert made(session, session.start_verify(second)).intact
        assert session.hold_snapshot(second, "case 7").hold_reason == "case 7"
        assert not session.hold_snapshot(second, None).hold
        path = tmp_path / "from-the-screen.md"
        assert made(session, session.start_report(second, str(path))) == str(path)
        assert b"Audit report" in path.read_bytes()
        with pytest.raises(UsageError):
            session.start_report(second, str(path))


def test_the_screen_takes_chosen_buckets_and_versions(home: Home, second: str, store: S3Store) -> None:
    with Workspace(home) as workspace:
        session = ScreenSession(workspace)
        places = session.snapshot_places("local-fi")
        assert [place.bucket for place in places if place.tenant == TENANT] == store.list_buckets()
        chosen = [place for place in places if place.tenant == TENANT][:1]
        order = SnapshotOrder("local-fi", tuple(chosen), True, "chosen")
        task = ended(session, session.start_snapshot(order))
        taken = session.jobs_service.take(task.id)
        assert isinstance(taken, SnapshotRow)
        assert (task.phase, task.items_done) == (Phase.DONE, taken.objects)
        assert dict(task.result)["snapshot"] == taken.id
        assert any("bucket 1 of 1: " + chosen[0].bucket in text for _, text in task.log)
        found = workspace.tenant(TENANT).snapshot(taken.id, limit=1)
        assert ([bucket.name for bucket in found.bucket_list], found.versions, found.label) == (
            [chosen[0].bucket],
            True,
            "chosen",
        )


def test_long_work_with_a_snapshot_stops_when_it_is_told_to(
    home: Home, first: dict[str, Any], second: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is held up where it reads, told to stop, and let go: it says what is kept, and left nothing."""
    with Workspace(home) as workspace:
        session = ScreenSession(workspace)
        newest = session.snapshots()[0].id
        target = tmp_path / "stopped.html"
        held, go_on = threading.Event(), threading.Event()
        for owner, name in ((S3Store, "list_pages"), (AdminClient, "snapshot_chunk")):
            monkeypatch.setattr(owner, name, _holding_up(getattr(owner, name), held, go_on))
        cases: dict[str, Callable[[], str]] = {
            "no snapshot was recorded": lambda: session.start_snapshot(SnapshotOrder("local-fi")),
            "A check changes nothing": lambda: session.start_check(second),
            "A comparison changes nothing": lambda: session.start_compare(first["id"], second),
            "Nothing is said about this snapshot": lambda: session.start_verify(second),
            "No report was written": lambda: session.start_report(second, str(target)),
        }
        for kept, start in cases.items():
            held.clear()
            go_on.clear()
            task_id = start()
            assert held.wait(30), kept
            session.jobs_service.cancel(task_id)
            [view] = [task for task in session.jobs_service.tasks() if task.id == task_id]
            assert view.phase is Phase.CANCELLING
            go_on.set()
            task = ended(session, task_id)
            assert task.phase is Phase.CANCELLED, kept
            assert task.error is not None
            assert kept in task.error.cause
            assert [text for _, text in task.log if text == "asked to stop"]
            with pytest.raises(Cancelled):
                session.jobs_service.take(task_id)
        assert session.snapshots()[0].id == newest
        assert not target.exists()


def _holding_up(
    call: Callable[..., Any], held: threading.Event, go_on: threading.Event
) -> Callable[..., Any]:
    def wait(*given: Any, **named: Any) -> Any:
        held.set()
        assert go_on.wait(30)
        return call(*given, **named)

    return wait


def test_an_upload_on_the_screen_takes_its_snapshot(
    home: Home, first: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "s.txt").write_text("from the screen")
    with Workspace(home) as workspace:
        snapshots = workspace.config.snapshots.model_copy(update={"after_ingest": True})
        workspace.config = workspace.config.model_copy(update={"snapshots": snapshots})
        session = ScreenSession(workspace)
        request = IngestRequest(
            paths=(str(tmp_path / "s.txt"),),
            tenant=TENANT,
            recipients=(KEY_ID,),
            backend="local-fi",
            object_key="customer42/s",
        )
        session.jobs_service.start_ingest(request)
        wait_for(lambda: session.jobs_service.tasks()[0].phase.ended, "the end of the upload")
        [task] = session.jobs_service.tasks()
        assert task.error is None
        taken = dict(task.result)["snapshot"]
        run = workspace.tenant(TENANT).snapshot(taken, limit=1).run
    assert run is not None
    assert [item["object_key"] for item in run["receipts"]] == ["customer42/s"]


def test_drill(cli: Cli, first: dict[str, Any], second: str) -> None:
    good = cli.json("drill", "--object", "customer42/docs/c.txt")
    assert (good["sample"], good["verified"], good["bytes"]) == (1, 1, 1000)
    told = cli("drill", "--sample", "50", "--seed", "3", "--json", code=1)
    result = json.loads(told.stdout)
    assert result["failed"] == 2
    assert "failed: customer42/docs/a.txt" in told.stderr
    listed = lines(cli("drill", "list", "--json").stdout)
    assert [item["failed"] for item in listed] == [2, 0]
    actions = [item["action"] for item in lines(cli("audit", "list", "--json").stdout)]
    assert actions.count("drill.complete") == 2
    cli("drill", code=2)


def test_hold_and_delete(cli: Cli, first: dict[str, Any], tenant: str) -> None:
    taken = cli.json("snapshot", "take", "--backend", "local-de")["id"]
    cli("snapshot", "hold", taken, "--reason", "case 7")
    refused = cli("snapshot", "delete", taken, "--yes", code=1)
    assert "legal hold" in refused.stderr
    assert [row["id"] for row in lines(cli("snapshot", "list", "--held", "--json").stdout)] == [taken]
    cli("snapshot", "release", taken)
    cli("snapshot", "delete", taken, "--yes")
    assert taken not in cli("snapshot", "list").stdout
    cli("snapshot", "hold", taken, "--reason", "two\nlines", code=2)


def test_an_auditor_reads_and_changes_nothing(
    cli: Cli, first: dict[str, Any], second: str, home: Home, stack: EmbeddedStack, tmp_path: Path
) -> None:
    with Workspace(home) as workspace:
        made = workspace.admin().create_credential(CredentialRequest(tenant_id=TENANT, role="auditor"))
    auditor = Cli(tmp_path / "auditor")
    auditor.root.mkdir()
    (auditor.root / "config.toml").write_text(f'tenant = "{TENANT}"\n[server]\nurl = "{stack.server_url}"\n')
    (tmp_path / "secret").write_text(f"{made.secret_key}\n")
    auditor("credentials", "set", f"server/tenant/{TENANT}", "--access-key", made.access_key,
            "--secret-key-file", tmp_path / "secret", "--no-passphrase")  # fmt: skip
    ids = [row["id"] for row in lines(auditor("snapshot", "list", "--json").stdout)]
    assert {first["id"], second} <= set(ids)
    assert auditor.json("snapshot", "verify", second)["intact"]
    auditor("snapshot", "reconcile", second, code=1)
    auditor("snapshot", "report", second, "--against", first["id"], "-o", tmp_path / "report.html")
    told = auditor.json("audit", "verify", tmp_path / "report.html")
    assert told["snapshot"] == second
    for refused in (("delete", second, "--yes"), ("hold", second, "--reason", "x")):
        assert "role" in auditor("snapshot", *refused, code=1).stderr


@pytest.mark.parametrize("configured", ["", "operator", "tenant"])
def test_the_screens_have_the_role_of_the_credential(
    cli: Cli, home: Home, stack: EmbeddedStack, tmp_path: Path, configured: str
) -> None:
    """An auditor's credential gives an auditor's screens, plain mode included, whatever is configured."""
    asked = f'[screens]\nrole = "{configured}"\n' if configured else ""
    text = f'tenant = "{TENANT}"\n[server]\nurl = "{stack.server_url}"\n{asked}'
    with Workspace(home) as workspace:
        for role in ("tenant", "auditor", "worker"):
            made = workspace.admin().create_credential(CredentialRequest(tenant_id=TENANT, role=role))
            person = Home(tmp_path / role).prepare()
            (person.root / "config.toml").write_text(text)
            key = Credential(made.access_key, str(made.secret_key))
            CredentialStore(person.credentials_file, lambda: b"").set(tenant_entry(TENANT), key)
            with Workspace(person) as theirs:
                assert ScreenSession(theirs).status().role == ("tenant" if role == "tenant" else "auditor")
    done = Cli(tmp_path / "auditor")(stdin=b"keys new --key-id k --no-passphrase\nkeys list\n", TERM="dumb")
    assert "read-only mode; only" in done.stderr
    (tmp_path / "tenant" / "config.toml").write_text(
        text.replace(asked, "") + '[screens]\nrole = "auditor"\n'
    )
    with Workspace(Home(tmp_path / "tenant")) as theirs:
        assert ScreenSession(theirs).status().role == "auditor"
