"""Pictures of every screen in its states, compared with the ones agreed on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from secingest_tui.actions import AREAS
from secingest_tui.app import SecingestApp
from secingest_tui.errors import SecingestError
from secingest_tui.models.overview import Check, Level
from secingest_tui.models.session import Role
from secingest_tui.models.transfer import Phase, UnfinishedRow
from secingest_tui.widgets.field import Field
from tests.tui.conftest import SMALL, WIDE, application, settled, until
from tests.tui.fake import FakeSession
from tests.tui.fake_data import receipt
from tests.tui.test_lists import READS
from tests.tui.test_upload import REQUEST, one_of_each

SIZES = {"80x24": SMALL, "160x45": WIDE}
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


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("area", AREAS)
def test_full(snap_compare: Compare, area: str, size: tuple[int, int]) -> None:
    assert picture(snap_compare, application(FakeSession(), start=area), size=size)


@pytest.mark.parametrize("area", AREAS)
def test_empty(snap_compare: Compare, area: str) -> None:
    session = FakeSession(full=False)
    session.backend_rows = []
    assert picture(snap_compare, application(session, start=area))


@pytest.mark.parametrize("area", READS)
def test_error(snap_compare: Compare, area: str) -> None:
    session = FakeSession()
    session.broken[READS[area]] = SecingestError(
        "The server at 127.0.0.1:4711 does not answer.", hint="Start it with secingest serve, then r."
    )
    assert picture(snap_compare, application(session, start=area))


@pytest.mark.parametrize("theme", ["secingest-light", "secingest-contrast", "ansi-dark"])
def test_themes(snap_compare: Compare, theme: str) -> None:
    assert picture(snap_compare, application(FakeSession(), start="replication", theme=theme))


KEYS = {
    "keys": ("metadata", ("K",)),
    "settings": ("metadata", ("comma",)),
    "setting": ("metadata", ("comma", "enter")),
    "jump": ("metadata", ("ctrl+o",)),
    "help": ("metadata", ("?",)),
    "palette": ("metadata", (":",)),
    "object": ("metadata", ("enter",)),
    "provider": ("discovery", ("l", "enter")),
    "probed-backend": ("discovery", ("enter",)),
    "narrow": ("discovery", ("l", "f")),
    "compare": ("discovery", ("l", "c", "down", "tab", "enter")),
    "buckets": ("discovery", ("b",)),
    "probe-form": ("discovery", ("p",)),
    "probing": ("discovery", ("p", "enter")),
    "new-tenant": ("provisioning", ("n",)),
    "new-key": ("provisioning", ("k",)),
    "at-providers": ("provisioning", ("l", "l")),
    "connect": ("provisioning", ("w",)),
    "onboarding": ("provisioning", ("o", "down", "enter")),
    "onboard-form": ("provisioning", ("o", "enter")),
    "confirm": ("replication", ("x",)),
    "entries": ("snapshots", ("enter",)),
    "take-snapshot": ("snapshots", ("n", "enter")),
    "findings": ("snapshots", ("g", "down")),
    "pick-keys": ("upload", ("tab", "tab", "enter")),
    "tasks-empty": ("metadata", ("t",)),
    "filter": ("metadata", ("/", "s", "c", "a", "n")),
}


@pytest.mark.parametrize(("area", "keys"), KEYS.values(), ids=KEYS)
def test_closer(snap_compare: Compare, area: str, keys: tuple[str, ...]) -> None:
    assert picture(snap_compare, application(FakeSession(), start=area), *keys)


PHASES: dict[str, dict[str, Any]] = {
    "running": {
        "phase": Phase.TRANSFER,
        "bytes_done": 3 << 20,
        "bytes_total": 12 << 20,
        "rate": 2e6,
        "eta": 4.5,
    },
    "cancelling": {"phase": Phase.CANCELLING, "bytes_done": 3 << 20, "bytes_total": 12 << 20},
    "done": {"phase": Phase.DONE, "bytes_done": 12 << 20, "receipts": (receipt("customer42/report.pdf"),)},
}


@pytest.mark.parametrize("state", PHASES)
def test_task(snap_compare: Compare, state: str) -> None:
    session = one_of_each()
    session.jobs_service.start_ingest(REQUEST)
    session.jobs_service.advance("t1", **PHASES[state])
    assert picture(snap_compare, application(session, start="metadata"), "t", "enter")


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


def test_outbox(snap_compare: Compare) -> None:
    session = FakeSession()
    session.outbox = 2
    assert picture(snap_compare, application(session, start="home"), "o")


def test_unfinished_uploads(snap_compare: Compare) -> None:
    session = FakeSession()
    began = "2026-11-24T11:48:00+00:00"
    session.unfinished_rows = [
        UnfinishedRow("1", "customer42/backup.tar", "v1", "embedded-a", "/srv/backup.tar", 3, 12, began),
        UnfinishedRow("2", "customer42/films/a.mkv", "v1", "embedded-b", "/srv/a.mkv", 1, 9, began, True),
    ]
    assert picture(snap_compare, application(session), "f12")


def test_production_and_read_only(snap_compare: Compare) -> None:
    app = application(FakeSession(), start="provisioning", environment="production", read_only=True)
    assert picture(snap_compare, app)


def test_the_pictures_hold_no_path_of_this_machine() -> None:
    for path in (Path(__file__).parent / "__snapshots__").rglob("*.svg"):
        assert str(Path.home()) not in path.read_text(), path
