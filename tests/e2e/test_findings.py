"""Each finding of a reconciliation really happens, its next action is carried out, and then it is gone."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from backend_stub.contract.keys import KeyRequest
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.models.registering import DraftRequest
from secingest_tui.models.snapshots import FindingRow
from secingest_tui.paths import Home
from secingest_tui.services.credentials import CredentialStore, backend_entry
from secingest_tui.services.session.session import ScreenSession
from secingest_tui.services.snapshots.reading import WholeSnapshot
from secingest_tui.services.snapshots.reconcile import Reconciliation
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Store
from tests.e2e.conftest import KEY_ID, Cli
from tests.rigs.tasks import ended, made

TENANT = "customer42"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


class Scene:
    """One tenant's bucket, meddled with; what a reconciliation says, and what doing it brings."""

    def __init__(self, cli: Cli, workspace: Workspace, folder: Path) -> None:
        self.cli, self.workspace, self._folder = cli, workspace, folder
        self._files = 0

    @property
    def store(self) -> S3Store:
        return self.workspace.store("local-fi", TENANT)

    def file(self) -> Path:
        self._files += 1
        return self._folder / f"file-{self._files}"

    def ingest(self, name: str, *options: str, backend: str = "local-fi") -> dict[str, Any]:
        path = self.file()
        path.write_text(name * 100)
        key = f"{TENANT}/{name}"
        return self.cli.json("ingest", path, "--as", key, "--backend", backend, *options)

    def sealed(self, name: str, bucket: str) -> str:
        """An object of our own that other software put into ``bucket``; its location."""
        path, bundle = self.file(), self.file()
        path.write_text(name * 100)
        self.cli("encrypt", path, "-o", bundle, "--backend", "local-fi", "--as", f"{TENANT}/{name}",
                 "--object-version", "v1")  # fmt: skip
        key = f"{TENANT}/{name}/v1/{'0' * 16}"
        self.store.put(bucket, key, (bundle / "ciphertext").read_bytes())
        self.store.put(bucket, f"{key}.sig", (bundle / "ciphertext.sig").read_bytes())
        return f"s3://{bucket}/{key}"

    def reconcile(self, backend: str = "local-fi") -> dict[str, dict[str, Any]]:
        """A new snapshot held against what is registered: findings by object, or by key."""
        taken = self.cli.json("snapshot", "take", "--backend", backend)["id"]
        client = self.workspace.tenant(TENANT)
        found = [asdict(item) for item in Reconciliation(WholeSnapshot.open(client, taken)).findings(client)]
        told = lines(self.cli("snapshot", "reconcile", taken, "--json", code=1 if found else 0).stdout)
        assert [item["action"] for item in told if "code" in item] == [item["action"] for item in found]
        return {str(item["object_key"] or item["key"]).removeprefix(f"{TENANT}/"): item for item in found}

    def act(self, finding: dict[str, Any], backend: str = "local-fi") -> None:
        """Run the commands of the finding's action as they stand; placeholders are filled in."""
        names = {"FILE": str(self.file()), "KEY": KEY_ID, "BACKEND": backend}
        commands = re.findall(r"secingest (.*?)(?= makes | shows |, then |, else |$)", finding["action"])
        assert commands, finding
        for text in commands:
            words = [names.get(word, word) for word in shlex.split(text)]
            more = ["--yes"] if words[:2] == ["objects", "erase"] else []
            # verify says by its exit code that there is something to mend.
            self.cli(*words, *more, code=1 if words[0] == "verify" else 0)


@pytest.fixture(scope="module")
def scene(
    cli: Cli, home: Home, stack: EmbeddedStack, tenant: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    with Workspace(home) as workspace:
        made = Scene(cli, workspace, tmp_path_factory.mktemp("files"))
        made.ingest("first")
        made.ingest("near", backend="local-de")  # so that copies may go there
        # A tenant that records its keys: what is sealed for another one is a finding.
        public = workspace.keyring.find(KEY_ID).public.read_text()
        key = KeyRequest(key_id=KEY_ID, key_alg="rsa-oaep", public_key=public)
        workspace.tenant(TENANT).add_key(key)
        yield made


def test_not_in_the_bucket_that_the_rule_gives(scene: Scene, stack: EmbeddedStack) -> None:
    stack.grant_bucket(TENANT, "a-bucket-of-its-own")
    scene.store.ensure_bucket("a-bucket-of-its-own")
    location = scene.sealed("strange", "a-bucket-of-its-own")
    scene.cli(
        "register", f"{TENANT}/strange", "--backend", "local-fi", "--from", location, "--object-version", "v1"
    )
    found = scene.reconcile()
    assert {name: item["code"] for name, item in found.items()} == {"strange": "wrong-bucket"}
    scene.act(found["strange"])
    assert scene.reconcile() == {}


def test_outside_its_residency(scene: Scene, stack: EmbeddedStack, home: Home) -> None:
    """Where a backend lies became known after an object was registered there."""
    own = CredentialStore(home.credentials_file, lambda: b"").get(backend_entry("local-fi", TENANT))
    assert own is not None
    (secret := scene.file()).write_text(f"{own.secret_key}\n")
    add = (
        "backends", "add", "roaming", "--endpoint", stack.s3_endpoint, "--addressing", "path",
        "--tenant", TENANT, "--access-key", own.access_key, "--secret-key-file", secret, "--no-passphrase",
    )  # fmt: skip
    scene.cli(*add)
    bucket = scene.workspace.tenant(TENANT).namespace(
        customer=TENANT, region="us-east-1", logical="data", backend="roaming"
    ).bucket  # fmt: skip
    stack.grant_bucket(TENANT, bucket)
    scene.store.ensure_bucket(bucket)
    location = scene.sealed("far", bucket)
    scene.cli(
        "register", f"{TENANT}/far", "--backend", "roaming", "--from", location, "--object-version", "v1"
    )
    assert scene.reconcile("roaming")["far"]["code"] == "outside-residency"
    scene.cli(*add, "--country", "US")
    found = scene.reconcile("roaming")["far"]
    assert (found["code"], found["detail"]) == (
        "outside-residency", "roaming is in US, the residency is DE,FI",
    )  # fmt: skip
    scene.act(found)
    assert "far" not in scene.reconcile("roaming")
    assert scene.reconcile() == {}


def test_too_few_copies_and_a_copy_that_is_gone(scene: Scene) -> None:
    receipt = scene.ingest("twice", "--replicas", "2")
    found = scene.reconcile()
    assert {name: item["code"] for name, item in found.items()} == {"twice": "too-few-copies"}
    assert found["twice"]["detail"] == "1 of 2 copies are registered"
    scene.act(found["twice"])
    assert scene.reconcile() == {}
    bucket, _, key = receipt["backends"]["local-fi"]["url"].removeprefix("s3://").partition("/")
    scene.store.delete(bucket, key)
    found = scene.reconcile()
    assert {name: item["code"] for name, item in found.items()} == {"twice": "missing"}
    scene.act(found["twice"])
    assert scene.reconcile() == {}
    scene.store.put(bucket, key, b"something else")
    found = scene.reconcile()
    assert found["twice"]["code"] in {"etag-differs", "size-differs"}
    scene.act(found["twice"])
    assert scene.reconcile() == {}


def test_sealed_for_a_key_that_is_not_on_record(scene: Scene) -> None:
    scene.cli("keys", "new", "--key-id", "forgotten", "--type", "p256", "--no-passphrase")
    scene.ingest("locked", "--recipient", "forgotten")
    found = scene.reconcile()
    assert {name: item["code"] for name, item in found.items()} == {"locked": "unknown-key"}
    scene.act(found["locked"])
    assert scene.reconcile() == {}


def test_uploaded_and_never_registered(scene: Scene) -> None:
    location = scene.sealed("lost", scene.store.list_buckets()[-1])
    found = scene.reconcile()
    [(_, item)] = [(name, item) for name, item in found.items() if item["key"] in location]
    assert item["code"] == "unregistered"
    scene.act(item)
    assert "lost" not in str(scene.reconcile())


def test_the_screen_does_the_same(scene: Scene) -> None:
    session = ScreenSession(scene.workspace)

    def findings() -> list[FindingRow]:
        taken = scene.cli.json("snapshot", "take", "--backend", "local-fi")["id"]
        return list(made(session, session.start_check(taken))[0])

    receipt = scene.ingest("screen", "--replicas", "2")
    [found] = findings()
    assert found.mend == "copies"
    assert made(session, session.replication.start_reconcile()) == (1, 0)
    scene.cli("worker", "--once")
    bucket, _, key = receipt["backends"]["local-fi"]["url"].removeprefix("s3://").partition("/")
    scene.store.delete(bucket, key)
    [found] = findings()
    assert found.mend == "repair"
    assert "1 job made" in made(session, session.start_repair(found))
    scene.cli("worker", "--once")
    assert findings() == []
    assert made(session, session.start_repair(found)) == "It is as it was registered."
    before = len(scene.workspace.tenant(TENANT).drills(limit=100).items)
    task = ended(session, session.jobs_service.start_drill(TENANT, found.object_key, found.version))
    assert (task.error, dict(task.result)["verified"]) == (None, "1 of 1")
    assert len(scene.workspace.tenant(TENANT).drills(limit=100).items) == before + 1
    scene.sealed("found", bucket)
    # Its signature beside it is a finding too until the object is registered.
    [found] = [row for row in findings() if row.mend == "register"]
    request = DraftRequest(
        TENANT, found.backend, f"s3://{found.bucket}/{found.key}", found.object_key, found.version
    )
    session.register_payload(TENANT, session.draft(request).payload)
    assert findings() == []


def test_one_copy_is_mended_and_not_its_namesakes(scene: Scene) -> None:
    session = ScreenSession(scene.workspace)
    for name in ("name", "namesake"):
        receipt = scene.ingest(name, "--target", "local-de", "--replicas", "2")
        scene.cli("worker", "--once")
        bucket, _, key = receipt["backends"]["local-fi"]["url"].removeprefix("s3://").partition("/")
        scene.store.delete(bucket, key)
    taken = scene.cli.json("snapshot", "take", "--backend", "local-fi")["id"]
    found = made(session, session.start_check(taken))[0]
    assert sorted(row.object_key for row in found) == [f"{TENANT}/name", f"{TENANT}/namesake"]
    for row in found:
        assert made(session, session.start_repair(row)).startswith("1 job made"), row.object_key
    scene.cli("worker", "--once")
    taken = scene.cli.json("snapshot", "take", "--backend", "local-fi")["id"]
    assert made(session, session.start_check(taken))[0] == []
