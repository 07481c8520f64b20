"""Driving the application: conditions are waited for, nothing sleeps for a guessed time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from secingest_tui.app import SecingestApp
from secingest_tui.models.options import Options
from secingest_tui.screens.base import AreaScreen
from tests.tui.fake import FakeSession
from tests.tui.fake_data import NOW

WIDE, SMALL = (160, 45), (80, 24)


async def until(pilot: Pilot[int], condition: Callable[[], object], seconds: float = 60) -> None:
    """Let the application work until the condition holds."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():
                await pilot.pause(0.01)
    except TimeoutError:
        shown = screen_text(pilot.app)  # type: ignore[arg-type]
        raise AssertionError(f"waited in vain; the screen is:\n{shown}") from None


async def settled(pilot: Pilot[int]) -> None:
    """Every worker has ended, what tasks reported was told, and every message was handled."""

    def calm() -> bool:
        feed = pilot.app.feed  # type: ignore[attr-defined]
        return all(worker.is_finished for worker in pilot.app.workers) and not (feed and feed.pending)

    await pilot.pause()
    while not calm():
        await until(pilot, calm)
        await pilot.pause()


def application(session: FakeSession, **options: object) -> SecingestApp:
    options.setdefault("start", "upload")
    return SecingestApp(lambda report: session, Options(**options), now=lambda: NOW)  # type: ignore[arg-type]


@asynccontextmanager
async def running(
    session: FakeSession, size: tuple[int, int] = SMALL, **options: object
) -> AsyncIterator[tuple[SecingestApp, Pilot[int]]]:
    """The application, open on its first area with everything read."""
    app = application(session, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, AreaScreen))
        await settled(pilot)
        yield app, pilot


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A file to upload."""
    path = tmp_path / "report.pdf"
    path.write_bytes(b"x" * 5000)
    return path


def screen_text(app: SecingestApp) -> str:
    """What is on the screen, line by line, as a person would read it."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run ``async def`` tests in a loop of their own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True
