"""One real stack for all of them: a tenant with keys, objects, copies to come, snapshots."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from backend_stub.contract.jobs import Fail, Job, JobFilter, LeaseRequest, Release
from backend_stub.contract.objects import ObjectPolicy, ObjectRecord, PolicyChange
from backend_stub.contract.snapshots import Snapshot
from secingest_tui.app import SecingestApp
from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.errors import Cancelled
from secingest_tui.metadata import AdminClient, ServerRefused, TenantClient
from secingest_tui.models.options import Options
from secingest_tui.paths import Home
from secingest_tui.screens.base import Acting, AreaScreen
from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.services.ingest.plan import IngestRequest
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.ingest.run import Ingest
from secingest_tui.services.outbox import Outbox
from secingest_tui.services.replication.steering import change_all
from secingest_tui.services.session import open_session
from secingest_tui.services.snapshots.capture import take_snapshot
from secingest_tui.services.tenants import create_tenant
from secingest_tui.services.upload.unfinished import abort_upload, unfinished_uploads
from secingest_tui.services.workspace import Workspace
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.pick_field import PickField
from secingest_tui.widgets.table import PagedTable
from tests.rigs import homes
from tests.tui.acts.proof import RAN
from tests.tui.conftest import settled, until

TENANT, KEY_ID = "acme", "acme-k1"
SLOW = 45.0
SIZE = (120, 34)
INTERRUPTED = 24 << 20
"""Bytes of an upload that is interrupted: several parts."""


@dataclass
class World:
    """What the tests look at beside the screens."""

    home: Home
    workspace: Workspace
    folder: Path
    """For files to upload, and to restore into."""

    @property
    def admin(self) -> AdminClient:
        return self.workspace.admin()

    @property
    def client(self) -> TenantClient:
        return self.workspace.tenant(TENANT)

    def ingest(self, name: str, *, targets: tuple[str, ...] = ()) -> ObjectRecord:
        """One object of a few bytes."""
        path = self.folder / name
        path.write_bytes(name.encode() * 500)
        key = f"{TENANT}/{name}"
        request = IngestRequest(
            paths=(str(path),), tenant=TENANT, backend="local-fi", recipients=(KEY_ID,), object_key=key,
            version="v1", targets=targets, replicas=1 + len(targets),
        )  # fmt: skip
        assert not Ingest(self.workspace, request).run().failed
        return self.record(name)

    def record(self, name: str) -> ObjectRecord:
        return self.client.object(f"{TENANT}/{name}", "v1")

    def has(self, name: str) -> bool:
        """Whether the server has it, deleted or not."""
        try:
            return bool(self.record(name))
        except ServerRefused:
            return False

    def job(self, name: str, *, dead: bool = False) -> Job:
        """A copy that waits, or one that was given up."""
        self.ingest(name, targets=("local-de",))
        if dead:
            self.fail(name, retry=False)
        [job] = self.jobs(name)
        return job

    def short(self, name: str) -> None:
        """An object that has one copy and should have two, and no job for it."""
        self.job(f"{name}-beside")  # so that the server knows of the other store
        before = ObjectPolicy(residency=self.ingest(name).residency, replica_count=1)
        self.client.change_policy(
            PolicyChange(object_key=f"{TENANT}/{name}", version="v1", before=before, replica_count=2)
        )

    def jobs(self, name: str) -> list[Job]:
        return self.client.jobs(object_key=f"{TENANT}/{name}").items

    def state(self, name: str) -> str:
        [job] = self.jobs(name)
        return "paused" if job.paused_at else job.state

    def fail(self, name: str, **how: Any) -> None:
        """Lease what waits as a worker does, fail the one copy, give the others back."""
        asked = LeaseRequest(worker="test", backends=["local-fi", "local-de"], limit=100)
        for lease in self.client.lease(asked):
            if lease.job.object_key == f"{TENANT}/{name}":
                self.client.fail(lease.job.id, Fail(token=lease.token, error="no", **how))
            else:
                self.client.release(lease.job.id, Release(token=lease.token))

    def outbox(self, name: str) -> str:
        """A registration that waits, of an object that really lies there; the entry's id."""
        return self.waits(name)[0]

    def waits(self, *names: str) -> list[str]:
        """Several of one object: an upload registers what waited before it."""
        copy = self.ingest(f"{names[0]}-source").registration.model_dump(mode="json", exclude_none=True)
        outbox = Outbox(self.workspace)
        return [outbox.put(TENANT, {**copy, "object_key": f"{TENANT}/{name}"}).id for name in names]

    def waiting(self) -> list[str]:
        return [entry.id for entry in Outbox(self.workspace).entries()]

    def forget(self, entry: str) -> None:
        Outbox(self.workspace).discard(entry)

    def bucket(self) -> dict[str, str]:
        """Every object at the provider and its etag."""
        store = self.workspace.store("local-fi", TENANT)
        return {
            f"{bucket}/{item.key}": item.etag or ""
            for bucket in store.list_buckets()
            for item in store.list_objects(bucket)
        }

    def files(self) -> dict[str, str]:
        """What lies in the home, but for the stack's own and logs."""
        found = {}
        for path in sorted(self.home.root.rglob("*")):
            ours = {"stack", "log", "credentials.lock"} & set(path.relative_to(self.home.root).parts)
            pinned = path.name.startswith("server-")  # the server's key, at the first look at it
            if path.is_file() and not ours and not pinned:
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def interrupted(self, name: str) -> None:
        """An upload of several parts that was stopped after its first arrived, and can be gone on with."""
        path = self.folder / name
        path.write_bytes(os.urandom(INTERRUPTED))
        request = IngestRequest(
            paths=(str(path),), tenant=TENANT, backend="local-fi", recipients=(KEY_ID,),
            object_key=f"{TENANT}/{name}", version="v1", jobs=1, bandwidth_limit=8 << 20,
        )  # fmt: skip
        progress, cancel, ended = TransferProgress(), threading.Event(), threading.Event()

        def stop() -> None:
            while progress.view().bytes_done < 8 << 20 and not ended.wait(0.01):
                pass
            cancel.set()

        watcher = threading.Thread(target=stop)
        watcher.start()
        try:
            with pytest.raises(Cancelled):
                Ingest(self.workspace, request, progress=progress, cancel=cancel).run()
        finally:
            ended.set()
            watcher.join()

    def unfinished(self) -> list[str]:
        """Keys of the uploads of which the provider holds parts."""
        store = self.workspace.store("local-fi", TENANT)
        return [upload.key for bucket in store.list_buckets() for upload in store.list_multiparts(bucket)]

    def abort_all(self) -> None:
        for item in unfinished_uploads(self.workspace):
            abort_upload(self.workspace, item)

    def uploaded_elsewhere(self, name: str) -> str:
        """A ciphertext under its own key, not registered; its location."""
        source, folder = self.folder / f"{name}.source", self.folder / f"{name}.bundle"
        source.write_bytes(name.encode() * 100)
        key = f"{TENANT}/{name}"
        subprocess.run(
            [sys.executable, "-m", "secingest_tui", "encrypt", str(source), "-o", str(folder), "--backend",
             "local-fi", "--tenant", TENANT, "--as", key, "--object-version", "v1", "--recipient", KEY_ID],
            check=True, env={**os.environ, "SECINGEST_HOME": str(self.home.root)}, capture_output=True,
        )  # fmt: skip
        bucket = self.record("first").replicas[0].url.split("/")[2]
        store = self.workspace.store("local-fi", TENANT)
        store.put(bucket, key, (folder / "ciphertext").read_bytes())
        store.put(bucket, key + ".sig", (folder / "ciphertext.sig").read_bytes())
        return f"s3://{bucket}/{key}"

    def snapshots(self) -> list[Snapshot]:
        """The newest first."""
        return self.admin.snapshots(limit=100).items

    def take_snapshot(self) -> None:
        take_snapshot(self.workspace, TENANT, "local-fi")

    def cancel_jobs(self) -> None:
        """Nothing waits to be copied."""
        for state in ("queued", "retrying", "blocked"):
            change_all(self.client, "cancel", JobFilter(state=state))

    def breaker(self, backend: str) -> str:
        [health] = [one for one in self.admin.backend_health() if one.backend == backend]
        return health.breaker

    def trip(self, name: str, backend: str) -> None:
        """Blame a backend until its breaker opens."""
        self.job(name)
        while self.breaker(backend) != "open":
            [job] = self.jobs(name)
            if job.state == "retrying":
                self.client.retry_job(job.id)
            self.fail(name, unavailable=backend)

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Server, bucket and files are afterwards what they were."""

        def everything() -> tuple[object, ...]:
            chain = self.admin.call("GET", "/audit/verify").json()
            return chain, self.bucket(), self.files()

        before = everything()
        yield
        assert everything() == before

    @asynccontextmanager
    async def app(self, start: str, **options: Any) -> AsyncIterator[tuple[SecingestApp, Pilot[int]]]:
        """The application as it is, on this stack."""
        session = open_session(lambda line: None, self.home)
        app = SecingestApp(lambda report: session, Options(start=start, **options))
        try:
            async with app.run_test(size=SIZE, notifications=True) as pilot:
                await until(pilot, lambda: isinstance(app.screen, AreaScreen), SLOW)
                await still(pilot)
                yield app, pilot
        finally:
            session.close()


async def still(pilot: Pilot[int]) -> None:
    """Every worker has ended, as ``settled``; with the patience that a real stack needs."""
    await pilot.pause()
    await until(pilot, lambda: all(worker.is_finished for worker in pilot.app.workers), SLOW)
    await settled(pilot)


async def idle(pilot: Pilot[int]) -> None:
    """No task is under way, and the screens know."""
    app = pilot.app
    assert isinstance(app, SecingestApp)
    await still(pilot)
    await until(pilot, lambda: app.feed is not None and not app.feed.running, SLOW)
    await still(pilot)


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Keys one by one, each with what it sets off."""
    for key in keys:
        await pilot.press(key)
        await still(pilot)


async def fill(pilot: Pilot[int], **fields: str) -> None:
    """Put texts into the fields of these ids."""
    for name, value in fields.items():
        field = pilot.app.screen.query_one(f"#{name}", Field)
        field.focus()
        field.value = value
        await still(pilot)


async def select(pilot: Pilot[int], wanted: str) -> None:
    """The cursor onto the row that shows this text."""
    table = pilot.app.screen.query_one(PagedTable)

    def row() -> int | None:
        return next(
            (at for at, one in enumerate(table._all) if one.contains(wanted) or wanted in one.key), None
        )

    await until(pilot, lambda: row() is not None, SLOW)
    at = row()
    assert at is not None
    table.move_cursor(row=at)
    table.focus()
    await still(pilot)


async def pick(pilot: Pilot[int], **fields: str) -> None:
    """Open the lists of these fields and choose."""
    for name, wanted in fields.items():
        pilot.app.screen.query_one(f"#{name}", PickField).focus()
        await press(pilot, "enter", *wanted, "enter")


async def as_tenant(pilot: Pilot[int]) -> None:
    """Where it is asked with whose credentials: the tenant's."""
    if isinstance(pilot.app.screen, PickScreen):
        await press(pilot, *TENANT, "enter")


async def agree(pilot: Pilot[int]) -> None:
    """Yes to the question; no is where the focus is."""
    await until(pilot, lambda: bool(pilot.app.screen.query("#yes")), SLOW)
    await press(pilot, "tab", "enter")


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("acts")
    home = Home(folder / "home").prepare()
    files = folder / "files"
    files.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECINGEST_LINGER", "0.1")
        with Workspace(home) as workspace, EmbeddedStack.join(home):
            create_tenant(workspace, TENANT, residency="FI,DE")
            workspace.keyring.create(KEY_ID, KeyType.P256, None, signer_id="signer")
            made = World(home, workspace, files)
            made.ingest("first")
            yield made
    homes.clear(home)


@pytest.fixture(autouse=True)
def _what_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note every action that goes through the gate of the screens."""
    RAN.clear()
    act = Acting.action_act

    def noted(self: Acting, action_id: str) -> None:
        RAN.add(action_id)
        act(self, action_id)

    monkeypatch.setattr(Acting, "action_act", noted)
