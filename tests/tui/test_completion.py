"""Forms offer what is known: paths that lie there, names of keys and tenants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from secingest_tui.app import SecingestApp
from secingest_tui.screens.common.form import FormScreen
from tests.tui.conftest import running, settled, until
from tests.tui.fake import FakeSession

PATHS = {
    "restore": ("metadata", ("o",), "#target"),
    "register many": ("metadata", ("b",), "#file"),
    "report": ("snapshots", ("p",), "#answer"),
    "probe": ("discovery", ("p",), "#ca"),
}


@pytest.mark.parametrize(("area", "keys", "field"), PATHS.values(), ids=PATHS)
async def test_a_path_is_completed(area: str, keys: tuple[str, ...], field: str, sample: Path) -> None:
    session = FakeSession()
    async with running(session, start=area, size=(120, 40)) as (app, pilot):
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        assert isinstance(app.screen, FormScreen)
        await take(app, pilot, field, str(sample)[:-4], lambda value: value == str(sample))


async def take(
    app: SecingestApp, pilot: Pilot[int], field: str, typed: str, wanted: Callable[[str], bool]
) -> None:
    """Type the beginning; take what is offered."""
    box = app.screen.query_one(field, Input)
    box.focus()
    box.value, box.cursor_position = typed[:-1], len(typed) - 1
    await pilot.press(typed[-1])
    await until(pilot, lambda: bool(box._suggestion))
    await pilot.press("right")
    assert wanted(box.value)


async def test_keys_and_tenants_are_offered_to_narrow_by() -> None:
    session = FakeSession()
    async with running(session, start="metadata", size=(120, 40)) as (app, pilot):
        await pilot.press("w")
        await settled(pilot)
        key, tenant = session.key_rows[0].key_id, session.tenant_rows[0].id
        await take(app, pilot, "#key", key[:3], lambda value: value.startswith(key[:3]) and len(value) > 3)
        await take(app, pilot, "#prefix", tenant[:3], lambda value: value == tenant + "/")
