"""The checklist and the users at providers on the in-memory session: what the keys do, and evil names."""

from __future__ import annotations

from secingest_tui.errors import SecingestError
from secingest_tui.models.provisioning import ProviderAction, ProviderChange, StepMark
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.screens.onboarding.screen import OnboardingScreen
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import SECRET, FakeSession
from tests.tui.names import EVIL_NAMES


async def test_going_on_stops_where_a_step_fails_and_says_why() -> None:
    session = FakeSession()
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("o", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, OnboardingScreen))
        await settled(pilot)
        session.broken["do"] = SecingestError("The provider refused.", hint="Ask it.")
        await pilot.press("a")
        await settled(pilot)
        assert "The provider refused." in screen_text(app)
        assert "Next: Ask it." in screen_text(app)
        assert set(session.onboarding.marks.values()) == {StepMark.OPEN}
        del session.broken["do"]
        await pilot.press("a")
        await settled(pilot)
        assert set(session.onboarding.marks.values()) == {StepMark.DONE}
        assert "2 of 2 done" in screen_text(app)
        await pilot.press("p")
        await settled(pilot)
        assert isinstance(app.screen, ValueScreen)


async def test_rolling_back_needs_the_name() -> None:
    session = FakeSession()
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("o", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, OnboardingScreen))
        await settled(pilot)
        await pilot.press("b")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press(*"customer4", "tab", "tab", "enter")
        await settled(pilot)
        assert ("roll_back", "customer42") not in session.calls
        await pilot.press("end", "2", "tab", "tab", "enter")
        await settled(pilot)
        assert ("roll_back", "customer42") in session.calls


async def test_a_change_at_a_provider_is_shown_first_and_a_new_secret_is_masked() -> None:
    session = FakeSession()
    change = ProviderChange(ProviderAction.ROTATE, "customer42", "customer42")
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("l", "l")
        await settled(pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert "rotate customer42" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert ("act", change) not in session.calls
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await settled(pilot)
        assert ("act", change) in session.calls
        assert "AKNEW" in screen_text(app)
        assert SECRET not in screen_text(app)


async def test_nothing_can_be_changed_when_read_only() -> None:
    session = FakeSession()
    async with running(session, start="provisioning", read_only=True) as (app, pilot):
        await pilot.press("l", "l", "a", "o", "w", "x")
        await settled(pilot)
        assert not isinstance(app.screen, ConfirmScreen | OnboardingScreen)
        assert not [call for call in session.calls if call[0] in ("act", "connect", "begin")]


async def test_evil_names_are_only_text() -> None:
    session = FakeSession(names=tuple(EVIL_NAMES.values()))
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("l", "l")
        await settled(pilot)
        for _ in range(6):
            await pilot.press("down", "enter")
            await settled(pilot)
            assert "\x1b" not in screen_text(app)
            await pilot.press("escape")
            await settled(pilot)
        await pilot.press("o", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, OnboardingScreen))
        await settled(pilot)
        for _ in range(12):
            await pilot.press("down")
            await pilot.pause()
            assert "\x1b" not in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        assert "\x1b" not in screen_text(app)
