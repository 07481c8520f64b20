"""Snapshots: the server has them, holds them, and reports lie on the disk."""

from __future__ import annotations

import json
import re
import threading
from typing import Any

import pytest

from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.screens.discovery.probe import ProbeForm
from secingest_tui.screens.snapshots.take import TakeScreen
from secingest_tui.storage import S3Store
from tests.tui.acts.conftest import SLOW, World, as_tenant, fill, press, select, still
from tests.tui.acts.proof import proves
from tests.tui.conftest import screen_text, until


@proves("discovery.snapshot", "discovery.probe")
async def test_recording_what_a_backend_has(world: World) -> None:
    before, probed = len(world.snapshots()), set(world.home.probes_dir.rglob("*.json"))
    async with world.app("discovery") as (app, pilot):
        await select(pilot, "local-fi")
        await press(pilot, "b")
        await as_tenant(pilot)
        await until(pilot, lambda: "s3gw-" in screen_text(app), SLOW)
        await press(pilot, "n")
        await until(pilot, lambda: len(world.snapshots()) == before + 1, SLOW)
        await press(pilot, "escape")
        await select(pilot, "local-fi")
        await press(pilot, "p")
        assert isinstance(app.screen, ProbeForm)
        await press(pilot, "enter")
        await until(pilot, lambda: "Every question was asked" in screen_text(app), SLOW)
    [kept] = set(world.home.probes_dir.rglob("*.json")) - probed
    assert json.loads(kept.read_text())["backend"] == "local-fi"
    assert not [key for key in world.bucket() if "probe" in key], "it leaves nothing at the provider"


@proves("snapshots.take", "snapshots.hold", "snapshots.report")
async def test_taking_holding_and_reporting(world: World) -> None:
    before = len(world.snapshots())
    report = world.folder / "report.json"
    async with world.app("snapshots") as (app, pilot):
        await press(pilot, "n", *"local-fi", "enter")
        await until(pilot, lambda: isinstance(app.screen, TakeScreen), SLOW)
        await fill(pilot, label="of the test")
        await press(pilot, "enter")
        await until(pilot, lambda: len(world.snapshots()) > before, SLOW)
        await still(pilot)
        newest = world.snapshots()[0]
        assert newest.label == "of the test"

        await select(pilot, newest.id)
        await press(pilot, "h")
        await fill(pilot, answer="case 7")
        await press(pilot, "enter")
        await until(pilot, lambda: world.snapshots()[0].hold, SLOW)
        assert world.snapshots()[0].hold_reason == "case 7"
        await still(pilot)
        await select(pilot, newest.id)
        await press(pilot, "h")
        await until(pilot, lambda: not world.snapshots()[0].hold, SLOW)
        await still(pilot)
        await select(pilot, newest.id)
        await press(pilot, "p")
        await fill(pilot, answer=str(report))
        await press(pilot, "enter")
        await until(pilot, report.exists, SLOW)
    assert newest.id in report.read_text()


@proves("snapshots.find", "snapshots.compare", "snapshots.reconcile", "snapshots.verify")
async def test_reading_snapshots(world: World) -> None:
    for _ in range(2):
        world.take_snapshot()
    async with world.app("snapshots") as (app, pilot):
        with world.unchanged():
            await press(pilot, "v")
            await until(pilot, lambda: "Intact" in screen_text(app), SLOW)
            await press(pilot, "g")
            await until(pilot, lambda: re.search("copies match|registered", screen_text(app)), SLOW)
            await press(pilot, "escape", "d", "enter")
            await until(pilot, lambda: "the same" in screen_text(app), SLOW)
            await press(pilot, "escape", "s")
            await fill(pilot, answer="first")
            await press(pilot, "enter")
            await until(pilot, lambda: "“first”" in screen_text(app), SLOW)


@proves("snapshots.mend")
async def test_a_finding_is_mended(world: World) -> None:
    """A copy is missing, nobody is at it: the next step makes the job."""
    world.short("to-mend")
    world.take_snapshot()
    async with world.app("snapshots") as (app, pilot):
        await select(pilot, world.snapshots()[0].id)
        await press(pilot, "g")
        await select(pilot, "acme/to-mend")
        await press(pilot, "e")
        await until(pilot, lambda: bool(world.jobs("to-mend")), SLOW)
        await until(pilot, lambda: "made; a worker copies" in screen_text(app), SLOW)
    assert world.state("to-mend") == "queued"
    world.cancel_jobs()


@proves("snapshots.stop")
async def test_a_stopped_capture_records_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(world.snapshots())
    reached, go_on = threading.Event(), threading.Event()
    pages = S3Store.list_pages

    def held_up(self: S3Store, *arguments: Any, **named: Any) -> Any:
        reached.set()
        assert go_on.wait(SLOW)
        return pages(self, *arguments, **named)

    monkeypatch.setattr(S3Store, "list_pages", held_up)
    async with world.app("snapshots") as (app, pilot):
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, PickScreen), SLOW)
        await pilot.press(*"local-fi", "enter")
        await until(pilot, lambda: isinstance(app.screen, TakeScreen), SLOW)
        app.screen.query_one("#do").focus()
        await pilot.press("enter")
        await until(pilot, reached.is_set, SLOW)
        await pilot.press("x")
        await pilot.pause()
        go_on.set()
        await until(pilot, lambda: "no snapshot was recorded" in screen_text(app), SLOW)
    assert len(world.snapshots()) == before
