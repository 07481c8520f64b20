"""The checklist and the users at providers on the in-memory session: what the keys do, and evil names."""

from __future__ import annotations

from textual.pilot import Pilot

from secingest_tui.errors import SecingestError
from secingest_tui.models.provisioning import (
    ConnectRequest,
    ProviderAction,
    ProviderChange,
    SecretView,
    StepMark,
    StepNeeds,
)
from secingest_tui.models.transfer import TaskKind
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.screens.onboarding.forms import PasteForm
from secingest_tui.screens.onboarding.screen import OnboardingScreen
from secingest_tui.screens.provisioning.connect import ConnectForm
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import FakeSession
from tests.tui.fake_data import SECRET
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


async def choose(pilot: Pilot[int], name: str) -> None:
    """One of the list that the focused field opens."""
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, PickScreen))
    await pilot.press(*name, "enter")
    await settled(pilot)


async def test_a_backend_is_connected_by_the_form() -> None:
    session = FakeSession()
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.screen, ConnectForm))
        await choose(pilot, "embedded-b")
        await choose(pilot, "iam")
        await pilot.press(*"iam.example.net", "tab")
        await settled(pilot)
        assert "begins with https://" in screen_text(app)
        await pilot.press("shift+tab", "home", *"https://", "tab")
        await pilot.press(*"eu-north-1", "tab", *"OPERATOR", "tab", *SECRET)
        await settled(pilot)
        assert SECRET not in screen_text(app)
        session.broken["connect"] = SecingestError("The key is refused.", hint="Type it again.")
        await pilot.press("enter")
        await settled(pilot)
        assert "The key is refused." in screen_text(app)
        assert "eu-north-1" in screen_text(app)  # what was typed stays
        del session.broken["connect"]
        await pilot.press("enter")
        await settled(pilot)
        assert not isinstance(app.screen, ConnectForm)
    wanted = ConnectRequest(
        "embedded-b", "iam", "", "https://iam.example.net", "eu-north-1", "OPERATOR", SECRET
    )
    assert [call for call in session.calls if call[0] == "connect"] == [("connect", wanted)] * 2
    assert SECRET not in repr(wanted)


async def test_a_portal_s_key_is_pasted_for_a_tenant() -> None:
    session = FakeSession()
    session.provisioning.paste = True
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PasteForm))
        await pilot.press(*"AKPORTAL", "tab", *SECRET)
        await settled(pilot)
        assert SECRET not in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("tab", "enter")
        await settled(pilot)
    [(_, change)] = [call for call in session.calls if call[0] == "act"]
    assert change.pasted == ("AKPORTAL", SECRET)
    assert SECRET not in repr(change)


async def test_the_checklist_takes_what_was_pasted_and_adopts_only_when_told() -> None:
    session = FakeSession()
    onboarding = session.onboarding
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("o", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, OnboardingScreen))
        await settled(pilot)
        onboarding.wants["s0"] = StepNeeds(paste=("embedded-a",))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, PasteForm))
        await pilot.press("escape")
        await settled(pilot)
        assert onboarding.pasted == []
        onboarding.wants["s0"] = StepNeeds(paste=("embedded-a",), adopt=("embedded-b",))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, PasteForm))
        await pilot.press(*"AKPORTAL", "tab", *SECRET, "enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert "already at embedded-b" in screen_text(app)
        await pilot.press("enter")  # the safe answer is the first
        await settled(pilot)
        assert onboarding.pasted == []
        assert ("adopt", "customer42") not in session.calls
        onboarding.wants["s0"] = StepNeeds(adopt=("embedded-b",))
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("tab", "enter")
        await settled(pilot)
        assert ("adopt", "customer42") in session.calls
        assert onboarding.pasted == [{}]


async def test_a_user_of_somebody_else_is_taken_up_only_when_told() -> None:
    session = FakeSession()
    session.provisioning.foreign_user = "tenant-customer42"
    async with running(session, start="provisioning") as (app, pilot):
        for keys, adopted in ((("enter",), False), (("tab", "enter"), True)):
            await pilot.press("m")
            await until(pilot, lambda: isinstance(app.screen, PickScreen))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
            assert "did not make it" in screen_text(app)
            await pilot.press(*keys)
            await settled(pilot)
            assert isinstance(app.screen, ConfirmScreen) is adopted
        await pilot.press("tab", "enter")
        await settled(pilot)
    [(_, change)] = [call for call in session.calls if call[0] == "act"]
    assert change.adopt


async def test_a_mint_that_failed_half_way_is_gone_on_with_or_taken_back() -> None:
    session = FakeSession()
    session.provisioning.half_user = "tenant-customer42"

    async def mint_and_fail(pilot: Pilot[int]) -> None:
        session.broken["act"] = SecingestError("The quota was refused.", hint="Ask the provider.")
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmScreen))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickScreen))
        await settled(pilot)
        assert "Half done: user tenant-customer42" in screen_text(pilot.app)  # type: ignore[arg-type]
        del session.broken["act"]

    async with running(session, start="provisioning") as (app, pilot):
        await mint_and_fail(pilot)
        await pilot.press("enter")  # go on
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        acted = [call[1].action for call in session.calls if call[0] == "act"]
        assert acted == [ProviderAction.MINT] * 2
        await pilot.press("escape")
        await settled(pilot)
        await mint_and_fail(pilot)
        await pilot.press("down", "enter")  # take it back
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await settled(pilot)
        [tenant] = {call[1].tenant for call in session.calls if call[0] == "act"}
        await pilot.press(*tenant, "tab", "tab", "enter")
        await settled(pilot)
        acted = [call[1].action for call in session.calls if call[0] == "act"]
        assert acted == [ProviderAction.MINT] * 3 + [ProviderAction.REMOVE]


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


async def test_what_a_step_made_while_nobody_looked_is_shown_when_the_checklist_opens() -> None:
    session = FakeSession()
    jobs, onboarding = session.jobs_service, session.onboarding
    async with running(session, start="provisioning") as (app, pilot):
        onboarding.at_work = jobs.begin(TaskKind.ONBOARD, "customer42", lambda: None, listed=1, kept="-")
        await pilot.press("o", "down", "enter")
        await until(pilot, lambda: isinstance(app.screen, OnboardingScreen))
        await settled(pilot)
        await pilot.press("a")
        await settled(pilot)
        assert not {"do", "check"} & {call[0] for call in session.calls}, "one thing at a time for a tenant"
        onboarding.made = (SecretView("backend embedded-a", "AKNEW", SECRET),)
        jobs.end(onboarding.at_work)
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await settled(pilot)
        assert "AKNEW" in screen_text(app)
        assert SECRET not in screen_text(app)
        assert ("check", "customer42") in session.calls
    assert SECRET not in repr(jobs.tasks())
