"""Unfinished uploads on the screen: gone on with, or removed, at the provider too."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from secingest_tui.app import SecingestApp
from secingest_tui.models.options import Options
from secingest_tui.models.transfer import UnfinishedRow
from secingest_tui.screens.base import AreaScreen
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.upload.unfinished import UnfinishedScreen
from secingest_tui.services.session import open_session
from tests.faults.rig import MIB, PART_SIZE, TENANT, Rig
from tests.faults.test_nonce import killed_mid_part
from tests.tui.conftest import SMALL, running, screen_text, settled, until
from tests.tui.fake import FakeSession

ROW = UnfinishedRow(
    "f00d", "customer42/backup.tar", "v1", "embedded-a", "/srv/backup.tar", 3 * MIB, 12 * MIB,
    "2026-11-24T11:48:00+00:00",
)  # fmt: skip


async def test_the_form_says_what_was_interrupted_and_leads_there() -> None:
    session = FakeSession()
    session.unfinished_rows = [ROW]
    async with running(session) as (app, pilot):
        assert "1 upload interrupted: F12 goes on with them." in screen_text(app)
        await pilot.press("f12")
        await settled(pilot)
        assert isinstance(app.screen, UnfinishedScreen)
        assert "25%" in screen_text(app)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, TaskScreen))
        assert session.jobs_service.resumed == ["f00d"]


async def test_aborting_asks_and_names_the_object() -> None:
    session = FakeSession()
    session.unfinished_rows = [ROW]
    async with running(session) as (app, pilot):
        await pilot.press("f12")
        await settled(pilot)
        await pilot.press("x")
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert "customer42/backup.tar" in screen_text(app)
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert ("abort_upload", "f00d") in session.calls
        assert "No upload was interrupted" in screen_text(app)


async def test_one_that_is_under_way_is_left_to_whoever_is_at_it() -> None:
    session = FakeSession()
    session.unfinished_rows = [
        UnfinishedRow(ROW.id, ROW.object_key, "v1", "b", "/srv/x", 1, 2, ROW.started_at, running=True)
    ]
    async with running(session) as (app, pilot):
        assert "interrupted" not in screen_text(app)
        await pilot.press("f12")
        await settled(pilot)
        assert "under way" in screen_text(app)
        await pilot.press("e", "x")
        await settled(pilot)
        assert isinstance(app.screen, UnfinishedScreen)
        assert session.jobs_service.resumed == []


@pytest.mark.fault
async def test_killed_uploads_on_the_real_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is gone on with to its receipt, the other leaves nothing at the provider."""
    source = tmp_path / "source"
    source.write_bytes(os.urandom(10 * PART_SIZE + 1234))
    with Rig(tmp_path) as rig:
        for name in ("kept", "dropped"):
            killed_mid_part(rig, source, f"{TENANT}/{name}")
        monkeypatch.setenv("SECINGEST_HOME", str(rig.home.root))
        session = open_session(lambda line: None, rig.home)
        app = SecingestApp(lambda report: session, Options(start="upload"))
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: isinstance(app.screen, AreaScreen))
            await settled(pilot)
            await pilot.press("f12")
            await until(pilot, lambda: f"{TENANT}/dropped" in screen_text(app))
            await pilot.press("down", "x")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen) and app.focused is not None)
            assert f"{TENANT}/dropped" in screen_text(app)
            await pilot.press("tab", "enter")
            await until(pilot, lambda: f"{TENANT}/dropped" not in screen_text(app), 60)
            assert len(rig.journals()) == len(rig.multiparts()) == 1
            await pilot.press("e")
            await until(pilot, lambda: isinstance(app.screen, TaskScreen) and not rig.journals(), 60)
            await until(pilot, lambda: rig.versions(f"{TENANT}/kept"), 60)
        session.close()
        assert rig.restored(f"{TENANT}/kept").read_bytes() == source.read_bytes()
        assert (rig.multiparts(), rig.outbox()) == ([], [])
        assert json.loads(rig.run("uploads", "list", "--json")[1] or "[]") == []
