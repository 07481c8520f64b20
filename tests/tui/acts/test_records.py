"""Objects, the outbox, unfinished uploads, tasks: what server, bucket and disk have afterwards."""

from __future__ import annotations

import asyncio
import json

import pytest

from secingest_tui.errors import Cancelled
from secingest_tui.metadata import ServerRefused
from secingest_tui.models.transfer import TaskKind
from secingest_tui.screens.common.log import LogScreen
from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.screens.common.restore import RestoreForm
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.metadata.payload import PayloadScreen
from secingest_tui.screens.metadata.policy import PolicyForm
from secingest_tui.screens.metadata.register import RegisterForm
from secingest_tui.services.outbox import FlushResult, Outbox
from tests.tui.acts.conftest import INTERRUPTED, KEY_ID, SLOW, TENANT, World, agree, fill, pick, press, select
from tests.tui.acts.proof import proves
from tests.tui.conftest import screen_text, until


@proves("home.flush")
async def test_registering_what_waits_from_home(world: World) -> None:
    async with world.app("home") as (app, pilot):
        world.outbox("flushed-from-home")
        await press(pilot, "r", "f")
        await until(pilot, lambda: not world.waiting(), SLOW)
        [task] = app.session.jobs_service.tasks()
        assert (task.kind, task.items_total) == (TaskKind.FLUSH, 1)
    assert world.record("flushed-from-home")


async def test_what_is_not_tried_when_registering_is_stopped_stays(world: World) -> None:
    names = [f"stopped-{number}" for number in range(3)]
    world.waits(*names)

    def stop(so_far: FlushResult) -> None:
        assert len(so_far.registered) == 1
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        Outbox(world.workspace).flush(told=stop)
    assert len(world.waiting()) == 2
    assert len(Outbox(world.workspace).flush().registered) == 2
    assert all(world.record(name) for name in names)


@proves("outbox.flush", "outbox.discard")
async def test_the_outbox(world: World) -> None:
    async with world.app("home") as (_, pilot):
        world.outbox("forgotten")
        before = world.bucket()
        await press(pilot, "o")
        await select(pilot, "acme/forgotten")
        await press(pilot, "d")
        await agree(pilot)
        await until(pilot, lambda: not world.waiting(), SLOW)
        with pytest.raises(ServerRefused):
            world.record("forgotten")
        world.outbox("flushed")
        await press(pilot, "escape", "o")
        await press(pilot, "f")
        await until(pilot, lambda: not world.waiting(), SLOW)
    assert world.record("flushed")
    assert before.items() <= world.bucket().items()


@proves("unfinished.open", "unfinished.abort", "unfinished.resume", "task.receipt", "task.log")
async def test_what_was_interrupted(world: World) -> None:
    """Two uploads stopped on their way: one removed at the provider, one gone on with to its receipt."""
    for name in ("dropped", "kept"):
        world.interrupted(name)
    parts = world.unfinished()
    assert len(parts) == 2
    async with world.app("upload") as (app, pilot):
        await press(pilot, "f12")
        await select(pilot, "acme/dropped")
        await press(pilot, "enter")
        assert "acme/dropped" in app.screen.crumb
        await press(pilot, "escape", "x")
        await agree(pilot)
        await until(pilot, lambda: len(world.unfinished()) == 1, SLOW)
        await select(pilot, "acme/kept")
        await press(pilot, "e")
        await until(pilot, lambda: "receipt_id" in screen_text(app), SLOW)
        assert not world.unfinished()
        assert world.record("kept").registration.size == INTERRUPTED
        with world.unchanged():
            await press(pilot, "l")
            assert isinstance(app.screen, LogScreen)
            assert "done" in screen_text(app)
            await press(pilot, "escape", "escape", "escape", "escape", "t", "enter")
            assert isinstance(app.screen, TaskScreen)
            assert world.record("kept").receipt_id in screen_text(app)


@proves("task.cancel")
async def test_stopping_a_transfer(world: World) -> None:
    path = world.folder / "stopped"
    with path.open("wb") as stream:
        stream.truncate(4 << 30)
    async with world.app("upload") as (app, pilot):
        await fill(pilot, path=str(path))
        await pick(pilot, tenant=TENANT, recipients=KEY_ID)
        await press(pilot, "f9")
        await until(pilot, lambda: "Ready to upload 1 file" in screen_text(app), SLOW)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TaskScreen) and bool(world.unfinished()), SLOW)
        async with asyncio.timeout(SLOW):
            # The key holds from the moment on in which the screen has heard that the work began.
            while not app.screen.query("#yes"):
                await pilot.press("x")
                await pilot.pause(0.05)
        await agree(pilot)
        await until(pilot, lambda: "Stopped" in screen_text(app), SLOW)
    path.unlink()
    with pytest.raises(ServerRefused):
        world.record("stopped")
    world.abort_all()


@proves("metadata.restore")
async def test_restoring(world: World) -> None:
    target = world.folder / "back"
    async with world.app("metadata") as (app, pilot):
        await select(pilot, "acme/first")
        await press(pilot, "o")
        await until(pilot, lambda: isinstance(app.screen, RestoreForm), SLOW)
        await fill(pilot, target=str(target))
        await press(pilot, "enter")
        await until(pilot, lambda: target.exists() and "done" in screen_text(app), SLOW)
    assert target.read_bytes() == (world.folder / "first").read_bytes()
    target.unlink()


@proves("objects.register", "objects.batch")
async def test_registering_what_other_software_uploaded(world: World) -> None:
    before = world.bucket()
    where = world.uploaded_elsewhere("by-form")
    world.uploaded_elsewhere("by-file")
    file = world.folder / "pointers.jsonl"
    file.write_text(json.dumps({"object_key": f"{TENANT}/by-file", "backend": "local-fi"}) + "\n")
    async with world.app("metadata") as (app, pilot):
        await press(pilot, "b")
        await fill(pilot, file=str(file))
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, TaskScreen), SLOW)
        await until(pilot, lambda: "done" in screen_text(app), SLOW)
        assert world.record("by-file")
        await press(pilot, "escape", "n")
        for answer in (TENANT, "local-fi", "by-form"):
            if not isinstance(app.screen, PickScreen):
                continue
            await press(pilot, *answer, "enter")
        assert isinstance(app.screen, RegisterForm)
        app.screen.query_one("#do").focus()
        await press(pilot, "enter")
        assert isinstance(app.screen, PayloadScreen)
        await press(pilot, "enter")
        await until(pilot, lambda: world.has("by-form"), SLOW)
    assert f"{world.record('by-form').replicas[0].url}/{TENANT}/by-form" == where
    assert before.items() <= world.bucket().items()


@proves("objects.copy_to")
async def test_asking_for_a_copy(world: World) -> None:
    world.ingest("to-copy")
    async with world.app("metadata") as (_, pilot):
        await select(pilot, "acme/to-copy")
        await press(pilot, "p", *"local-de", "enter")
        await until(pilot, lambda: bool(world.jobs("to-copy")), SLOW)
    [job] = world.jobs("to-copy")
    assert (job.source, job.target, job.state) == ("local-fi", "local-de", "queued")


@proves("objects.policy")
async def test_another_policy(world: World) -> None:
    before = world.ingest("narrowed")
    assert (before.residency, before.replica_count) != ("FI", 3)
    async with world.app("metadata") as (app, pilot):
        await select(pilot, "acme/narrowed")
        await press(pilot, "y")
        assert isinstance(app.screen, PolicyForm)
        await fill(pilot, residency="FI", copies="3")
        await press(pilot, "enter")
        await until(pilot, lambda: world.record("narrowed").replica_count == 3, SLOW)
    assert world.record("narrowed").residency == "FI"


@proves("objects.delete")
async def test_deleting_keeps_the_ciphertext(world: World) -> None:
    world.ingest("to-delete")
    before = world.bucket()
    async with world.app("metadata") as (_, pilot):
        await select(pilot, "acme/to-delete")
        await press(pilot, "d")
        await agree(pilot)
        await until(pilot, lambda: world.record("to-delete").state == "deleted", SLOW)
    assert world.bucket() == before


@proves("objects.erase")
async def test_erasing_leaves_nothing_at_the_provider(world: World) -> None:
    before = world.bucket()
    world.ingest("to-erase")
    assert world.bucket() != before
    async with world.app("metadata") as (app, pilot):
        await select(pilot, "acme/to-erase")
        await press(pilot, "e")
        await fill(pilot, typed=f"{TENANT}/to-erase")
        app.screen.query_one("#yes").focus()
        await press(pilot, "enter")
        await until(pilot, lambda: world.bucket() == before, SLOW)
        await until(pilot, lambda: "erased at local-fi" in screen_text(app), SLOW)
    assert world.client.erasures(object_key=f"{TENANT}/to-erase"), "the server has the signed proof"
