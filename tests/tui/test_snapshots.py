"""Further pictures: views, sizes, themes, roles. ``test_pictures.py`` has every screen in its states."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from secingest_tui.actions import AREAS
from secingest_tui.app import SecingestApp
from secingest_tui.models.overview import Check, Level
from secingest_tui.models.session import Role
from secingest_tui.widgets.field import Field
from tests.tui.conftest import SMALL, WIDE, application, settled, until
from tests.tui.fake import FakeSession

Compare = Callable[..., bool]


def ready(*keys: str) -> Callable[[Pilot[int]], Awaitable[None]]:
    """Open, everything read, then these keys, each with what it sets off."""

    async def run(pilot: Pilot[int]) -> None:
        await until(pilot, lambda: pilot.app.current_mode != "start")
        await settled(pilot)
        for field in pilot.app.screen.query(Field):
            field.cursor_blink = False
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
            for field in pilot.app.screen.query(Field):
                field.cursor_blink = False

    return run


def picture(
    compare: Any,
    app: SecingestApp,
    *keys: str,
    size: tuple[int, int] = SMALL,
    then: Callable[[], None] | None = None,
) -> bool:
    async def before(pilot: Pilot[int]) -> None:
        await ready(*keys)(pilot)
        if then is not None:
            then()
            await until(pilot, lambda: app.feed is not None and bool(app.feed.tasks))
            await settled(pilot)

    return bool(compare(app, terminal_size=size, run_before=before))


@pytest.mark.parametrize("area", AREAS)
def test_wide(snap_compare: Compare, area: str) -> None:
    assert picture(snap_compare, application(FakeSession(), start=area), size=WIDE)


@pytest.mark.parametrize("theme", ["secingest-light", "secingest-contrast", "ansi-dark"])
def test_themes(snap_compare: Compare, theme: str) -> None:
    assert picture(snap_compare, application(FakeSession(), start="replication", theme=theme))


KEYS = {
    "provider": ("discovery", ("l", "enter")),
    "probed-backend": ("discovery", ("enter",)),
    "narrow": ("discovery", ("l", "f")),
    "buckets": ("discovery", ("b",)),
    "probing": ("discovery", ("p", "enter")),
    "at-providers": ("provisioning", ("l", "l")),
    "entries": ("snapshots", ("enter",)),
    "findings": ("snapshots", ("g", "down")),
    "filter": ("metadata", ("/", "s", "c", "a", "n")),
}


@pytest.mark.parametrize(("area", "keys"), KEYS.values(), ids=KEYS)
def test_closer(snap_compare: Compare, area: str, keys: tuple[str, ...]) -> None:
    assert picture(snap_compare, application(FakeSession(), start=area), *keys)


@pytest.mark.parametrize(
    "size", [SMALL, WIDE, (200, 50), (62, 20)], ids=["80x24", "160x45", "200x50", "62x20"]
)
def test_home_with_trouble(snap_compare: Compare, size: tuple[int, int]) -> None:
    session = FakeSession()
    session.outbox = 2
    session.checks = (
        Check("jobs", "Replication", Level.BROKEN, "2 dead", "Look at the reason, then retry", "replication"),
        *session.checks[:2],
        Check("snapshots", "Snapshots", Level.NOTHING, "none yet", "Take one", "snapshots"),
    )
    assert picture(snap_compare, application(session, start="home"), size=size)


@pytest.mark.parametrize("role", [Role.TENANT, Role.AUDITOR])
def test_home_of_a_role(snap_compare: Compare, role: Role) -> None:
    assert picture(snap_compare, application(FakeSession(role=role), start="home"))


def test_production_and_read_only(snap_compare: Compare) -> None:
    app = application(FakeSession(), start="provisioning", environment="production", read_only=True)
    assert picture(snap_compare, app)


def test_the_pictures_hold_no_path_of_this_machine() -> None:
    for path in (Path(__file__).parent / "__snapshots__").rglob("*.svg"):
        assert str(Path.home()) not in path.read_text(), path
