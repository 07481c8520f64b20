"""Every screen in every state it can be in, in pictures; what has no picture says why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from secingest_tui.app import SecingestApp
from secingest_tui.widgets.field import Field
from tests.tui.conftest import application, screen_text, settled, until
from tests.tui.pictures import AWAY, SHOWN, STATES, Way
from tests.tui.screens import screens_there_are

NARROW = (60, 20)
FRAME = {"28c840", "febc2e", "ff5f57"}
"""What every picture is framed with: the buttons of a window."""
FILLS = re.compile(r"(?:fill|stroke)[=:]\s*[\"']?#([0-9a-f]{6})")
PICTURES = {
    f"{name}-{state}": (name, way)
    for name, shown in SHOWN.items()
    for state in STATES
    if isinstance(way := shown.way(state), Way)
}


def coloured(fill: str) -> bool:
    """Whether it is more than a grey; those of pictures have a tinge that no terminal sees."""
    channels = [int(fill[at : at + 2], 16) for at in (0, 2, 4)]
    return max(channels) - min(channels) > 4


def test_every_screen_is_in_the_catalogue() -> None:
    assert set(SHOWN) == screens_there_are() | {"TooSmallScreen"}
    for name, shown in SHOWN.items():
        for state in STATES:
            assert shown.way(state), f"{name}: neither a picture nor a reason for {state}"


def show(
    compare: Any,
    name: str,
    way: Way,
    size: tuple[int, int],
    look: Callable[[SecingestApp], None] = lambda app: None,
) -> bool:
    """Bring the screen there and compare; what is held is let go afterwards."""
    session = way.session()
    way.before(session)
    app = application(session, start=way.area)
    leave = app.exit

    def let_go(*given: Any, **named: Any) -> None:
        session.let_go.set()
        leave(*given, **named)

    app.exit = let_go  # type: ignore[method-assign]

    def trouble() -> None:
        if way.held:
            session.held.add(way.held)
        if way.broken:
            session.broken[way.broken] = AWAY

    async def act(pilot: Pilot[int], key: str) -> None:
        if key.startswith("="):
            assert app.focused is not None
            app.focused.post_message(Paste(key[1:]))
        elif key.startswith("@"):
            app.screen.query_one("#" + key[1:]).focus()
        else:
            await pilot.press(key)

    async def calm(pilot: Pilot[int], *, last: bool) -> None:
        if last and way.held:
            await until(pilot, lambda: way.held in {call[0] for call in session.calls})
            await until(pilot, lambda: type(app.screen).__name__ == name)
            await pilot.pause()
        elif app.session_or_none is not None:
            await settled(pilot)
        for field in app.screen.query(Field):
            field.cursor_blink = False

    async def before(pilot: Pilot[int]) -> None:
        if name != "StartScreen" and not (way.held and not way.keys):
            await until(pilot, lambda: app.current_mode != "start")
        await calm(pilot, last=not way.keys)
        for at, key in enumerate(way.keys, 1):
            last = at == len(way.keys)
            if last:
                trouble()
            await act(pilot, key)
            await calm(pilot, last=last)
        await until(pilot, lambda: type(app.screen).__name__ == name)
        look(app)

    if not way.keys:
        trouble()
    return bool(compare(app, terminal_size=size, run_before=before))


@pytest.mark.parametrize("picture", PICTURES)
def test_state(snap_compare: Callable[..., bool], picture: str) -> None:
    name, way = PICTURES[picture]
    wrong = picture.endswith("-error") and name != "ConfirmScreen"  # which keeps its button shut

    def said(app: SecingestApp) -> None:
        assert not wrong or re.search("[✗▲]", screen_text(app)), screen_text(app)

    assert show(snap_compare, name, way, way.size, said)


@pytest.mark.parametrize("name", [name for name in SHOWN if name != "TooSmallScreen"])
def test_narrow_and_without_colour(
    snap_compare: Callable[..., bool], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As small as it may be, and no colour but greys anywhere in the picture."""
    monkeypatch.setenv("NO_COLOR", "1")
    drawn: list[str] = []

    def compare(app: Any, **how: Any) -> bool:
        export = app.export_screenshot

        def kept(**named: Any) -> str:
            drawn.append(export(**named))
            return drawn[-1]

        app.export_screenshot = kept
        return snap_compare(app, **how)

    assert show(compare, name, SHOWN[name].bare, NARROW)
    fills = set(FILLS.findall(drawn[-1])) - FRAME
    assert not {fill for fill in fills if coloured(fill)}
