"""A name of 1,024 bytes in a question, a message or a hint leaves what is to be pressed on the screen."""

from __future__ import annotations

import pytest

from secingest_tui.errors import SecingestError
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.passphrase import PassphraseScreen
from tests.tui.conftest import running, screen_text, settled
from tests.tui.fake import FakeSession
from tests.tui.names import EVIL_NAMES

SIZES = [(80, 24), (60, 20)]
LONG = ("long", "long-wide", "long-escapes")


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "60x20"])
@pytest.mark.parametrize("name", LONG)
async def test_a_question_keeps_its_buttons(name: str, size: tuple[int, int]) -> None:
    session = FakeSession(names=(EVIL_NAMES[name],))
    async with running(session, size, start="metadata") as (app, pilot):
        await pilot.press("d")
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        shown = screen_text(app)
        assert "Delete" in shown
        assert "Keep as it is" in shown
        if name == "long-escapes":  # longer than the window as it is shown
            await pilot.press("shift+tab")  # back into the question, which scrolls
            await pilot.press("pagedown")
            await settled(pilot)
            assert screen_text(app) != shown
            assert "Keep as it is" in screen_text(app)


@pytest.mark.parametrize("name", LONG)
async def test_a_hint_keeps_the_buttons(name: str) -> None:
    async with running(FakeSession()) as (app, pilot):
        await app.push_screen(PassphraseScreen(EVIL_NAMES[name]))
        await settled(pilot)
        assert "Unlock" in screen_text(app)
        assert "Cancel" in screen_text(app)


@pytest.mark.parametrize("name", LONG)
async def test_a_message_leaves_room_for_the_rows_and_the_details_have_it_whole(name: str) -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        session.broken["find_objects"] = session.broken["objects"] = SecingestError(EVIL_NAMES[name])
        await pilot.press("r")
        await settled(pilot)
        assert "0000.tiff" in screen_text(app)
        assert app.last_trouble is not None
        assert app.last_trouble[0].cause == EVIL_NAMES[name]


async def test_a_notice_in_the_corner_stays_there() -> None:
    async with running(FakeSession(), start="metadata") as (app, pilot):
        app.notify("".join(EVIL_NAMES.values()))
        await settled(pilot)
        assert "0000.tiff" in screen_text(app)
        assert "Object key" in screen_text(app)
        assert all("▌" not in line for line in screen_text(app).splitlines()[:8])
