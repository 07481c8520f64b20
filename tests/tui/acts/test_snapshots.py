"""Snapshots: the server has them, holds them, and reports lie on the disk."""

from __future__ import annotations

import json
import threading
import tomllib
from typing import Any

import pytest

from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.storage import S3Store
from tests.tui.acts.conftest import SLOW, World, as_tenant, fill, press, select
from tests.tui.acts.proof import proves
from tests.tui.conftest import screen_text, until


@proves("discovery.snapshot", "discovery.probe")
async def test_recording_what_a_backend_has(world: World) -> None:
    before = len(world.snapshots())
    async with world.app("discovery") as (app, pilot):
        await select(pilot, "local-fi")
        await press(pilot, "n")
        await as_tenant(pilot)
        await until(pilot, lambda: len(world.snapshots()) == before + 1, SLOW)
        await press(pilot, "escape")
        await select(pilot, "local-fi")
        await press(pilot, "p")
        await as_tenant(pilot)
        await until(pilot, lambda: "Every question was asked" in screen_text(app), SLOW)
    assert any("local-fi" in path.name for path in world.home.probes_dir.rglob("*.json"))


@proves("snapshots.take", "snapshots.hold", "snapshots.report")
async def test_taking_holding_and_reporting(world: World) -> None:
    before = len(world.snapshots())
    report = world.folder / "report"
    async with world.app("snapshots") as (app, pilot):
        await press(pilot, "n")
        await press(pilot, *"local-fi", "enter")
        await until(pilot, lambda: len(world.snapshots()) == before + 1, SLOW)
        newest = world.snapshots()[0].id

        await select(pilot, newest)
        await press(pilot, "h")
        await fill(pilot, answer="case 7")
        await press(pilot, "enter")
        await until(pilot, lambda: world.snapshots()[0].hold, SLOW)
        assert world.snapshots()[0].hold_reason == "case 7"
        await select(pilot, newest)
        await press(pilot, "h")
        await until(pilot, lambda: not world.snapshots()[0].hold, SLOW)
        await select(pilot, newest)
        await press(pilot, "p")
        await fill(pilot, answer=str(report))
        await press(pilot, "enter")
        await until(pilot, lambda: "Written" in screen_text(app), SLOW)
    written = [
        path
        for path in [report, *world.folder.glob("report*/*"), *world.folder.glob("report.*")]
        if path.is_file()
    ]
    assert any(newest in path.read_text(errors="replace") for path in written)


@proves("snapshots.find", "snapshots.compare", "snapshots.reconcile", "snapshots.verify")
async def test_reading_snapshots(world: World) -> None:
    for _ in range(2):
        world.take_snapshot()
    async with world.app("snapshots") as (app, pilot):
        with world.unchanged():
            await press(pilot, "v")
            await until(pilot, lambda: "Intact" in screen_text(app), SLOW)
            await press(pilot, "g")
            await until(pilot, lambda: "registered" in screen_text(app), SLOW)
            await press(pilot, "escape", "d", "enter")
            await until(pilot, lambda: "the same" in screen_text(app), SLOW)
            await press(pilot, "escape", "s")
            await fill(pilot, answer="first")
            await press(pilot, "enter")
            await until(pilot, lambda: "“first”" in screen_text(app), SLOW)


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
        await until(pilot, reached.is_set, SLOW)
        await pilot.press("x")
        await pilot.pause()
        go_on.set()
        await until(pilot, lambda: "no snapshot was recorded" in screen_text(app), SLOW)
    assert len(world.snapshots()) == before


@proves("settings.change", "settings.default", "keys.change", "keys.default")
async def test_the_configuration_file(world: World) -> None:
    def written() -> dict[str, object]:
        return tomllib.loads(world.home.config_file.read_text()) if world.home.config_file.exists() else {}

    async with world.app("home") as (_, pilot):
        await press(pilot, "comma")
        await select(pilot, "transfer.jobs")
        await press(pilot, "enter", "backspace", "7", "enter")
        await until(pilot, lambda: written().get("transfer") == {"jobs": 7}, SLOW)
        await select(pilot, "transfer.jobs")
        await press(pilot, "d")
        await until(pilot, lambda: not written().get("transfer"), SLOW)
        await press(pilot, "escape", "K")
        await select(pilot, "app.tasks")
        await press(pilot, "enter", "f12")
        await until(pilot, lambda: "f12" in json.dumps(written()), SLOW)
        await select(pilot, "app.tasks")
        await press(pilot, "d")
        await until(pilot, lambda: "f12" not in json.dumps(written()), SLOW)
