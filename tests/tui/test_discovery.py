"""The discovery screen: narrowing, comparing, probing, and walking into a backend."""

from __future__ import annotations

from dataclasses import replace

from textual.pilot import Pilot

from secingest_tui.errors import SecingestError
from secingest_tui.models.discovery import ProbeRequest, Wanted
from secingest_tui.models.session import Role
from secingest_tui.models.transfer import Phase, TaskError
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.discovery.compare import CompareScreen
from secingest_tui.screens.discovery.probe import ProbeForm
from secingest_tui.screens.discovery.screen import DiscoveryScreen
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import FakeSession
from tests.tui.test_lists import table
from tests.tui.test_upload import type_in


async def test_a_backend_says_how_it_is_used_and_why() -> None:
    async with running(FakeSession(), start="discovery") as (app, pilot):
        assert "✓ 2026-11-24" in screen_text(app)
        assert "○ never" in screen_text(app)
        await pilot.press("enter")
        await settled(pilot)
        text = screen_text(app)
        assert "md5 (probe of 2026-11-24)" in text
        assert "path (set by you)" in text
        assert "✗ conditional complete" in text
        assert "could not tell" in text
        assert "no there, yes here" in text


async def test_the_catalogue_is_narrowed_by_what_is_marked() -> None:
    session = FakeSession()
    async with running(session, start="discovery") as (app, pilot):
        await pilot.press("l", "f")
        await settled(pilot)
        assert isinstance(app.screen, PickScreen)
        await type_in(pilot, "iso")
        await pilot.press("tab")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert session.discovery.searches[-1] == (Wanted(certifications=("iso27001",)), "name", False)
        assert table(app).row_count == 1
        assert "1 more unknown" in screen_text(app)
        await pilot.press("s")
        await settled(pilot)
        await type_in(pilot, "certifications")
        await pilot.press("enter")
        await settled(pilot)
        assert session.discovery.searches[-1] == (
            Wanted(certifications=("iso27001",)),
            "certifications",
            False,
        )
        await pilot.press("f")
        await settled(pilot)
        await type_in(pilot, "every provider")
        await pilot.press("enter")
        await settled(pilot)
        assert session.discovery.searches[-1][0] == Wanted()


async def test_nothing_that_matches_says_what_to_do() -> None:
    session = FakeSession()
    session.provider_rows = []
    async with running(session, start="discovery") as (app, pilot):
        await pilot.press("l", "f")
        await settled(pilot)
        await type_in(pilot, "object lock")
        await pilot.press("enter")
        await settled(pilot)
        assert "No provider is known to have all of that" in screen_text(app)


async def test_providers_are_laid_side_by_side_with_their_sources() -> None:
    session = FakeSession()
    async with running(session, start="discovery") as (app, pilot):
        await pilot.press("l", "c")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, DiscoveryScreen)
        assert "Mark at least one other provider" in screen_text(app)
        await pilot.press("c")
        await settled(pilot)
        await pilot.press("down", "tab")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, CompareScreen)
        assert ("compare", ("provider-0", "provider-1")) in session.calls
        assert "≠ object lock" in screen_text(app)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert isinstance(app.screen, DetailScreen)
        assert "https://vendor.example/lock" in screen_text(app)
        assert "2026-05-11" in screen_text(app)


async def probe(pilot: Pilot[int]) -> None:
    """With what is suggested."""
    await pilot.press("p")
    await until(pilot, lambda: isinstance(pilot.app.screen, ProbeForm))
    await settled(pilot)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, TaskScreen))


async def test_a_probe_is_started_and_its_answers_come_live() -> None:
    session = FakeSession()
    async with running(session, start="discovery") as (app, pilot):
        await probe(pilot)
        assert ("start_probe", ProbeRequest("embedded-a", "customer42")) in session.calls
        session.jobs_service.advance(
            "t1", items_done=2, items_total=23,
            result=(("✓ reachable", "yes: connected in 3 ms"), ("✗ tls", "no: plain HTTP")),
        )  # fmt: skip
        await until(pilot, lambda: "✗ tls" in screen_text(app))
        assert "2 of 23 questions" in screen_text(app)
        assert "Probe embedded-a" in screen_text(app)
        await pilot.press("x")
        await settled(pilot)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: session.jobs_service.cancelled == ["t1"])


async def test_a_probe_that_found_a_problem_says_the_cause_and_keeps_the_answers() -> None:
    session = FakeSession()
    async with running(session, start="discovery") as (app, pilot):
        await probe(pilot)
        session.jobs_service.advance(
            "t1", phase=Phase.FAILED, items_done=23, items_total=23, result=(("✗ clock", "no: ahead"),),
            error=TaskError("This backend can't be used so", "3600 s ahead of the provider's", "Set it."),
        )  # fmt: skip
        await until(pilot, lambda: "3600 s ahead of the provider's" in screen_text(app))
        assert "✗ clock" in screen_text(app)
        assert "Set it." in screen_text(app)


async def test_whose_credentials_is_asked_where_there_are_several() -> None:
    session = FakeSession()
    session.discovery.identity_rows = ["acme", "customer42"]
    async with running(session, start="discovery") as (app, pilot):
        await pilot.press("p")
        await until(pilot, lambda: isinstance(app.screen, ProbeForm))
        await settled(pilot)
        await pilot.press("tab", "enter")  # round to the first field
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        await type_in(pilot, "customer42")
        await pilot.press("enter")
        await settled(pilot)
        assert "the same as the one who probes" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PickScreen))
        assert "should be refused" in screen_text(app)
        await type_in(pilot, "acme")
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press(*"our-bucket", "tab", *"/etc/ca.pem", "enter")
        await until(pilot, lambda: isinstance(app.screen, TaskScreen))
        wanted = ProbeRequest("embedded-a", "customer42", "acme", "our-bucket", "/etc/ca.pem")
        assert ("start_probe", wanted) in session.calls


async def test_the_operator_s_key_probes_where_no_other_is_here() -> None:
    session = FakeSession()
    session.backend_rows = [replace(row, has_credentials=False) for row in session.backend_rows]
    session.discovery.identity_rows = []
    async with running(session, start="discovery") as (_, pilot):
        await pilot.press("p")
        await settled(pilot)
        assert not any(call[0] == "start_probe" for call in session.calls)
    session.discovery.operator = True
    async with running(session, start="discovery") as (_, pilot):
        await probe(pilot)
        assert ("start_probe", ProbeRequest("embedded-a", operator=True)) in session.calls


async def test_into_a_backend_into_a_bucket_and_out_again() -> None:
    session = FakeSession()
    async with running(session, start="discovery") as (app, pilot):
        await pilot.press("b")
        await settled(pilot)
        assert ("buckets", "embedded-a", "customer42", False) in session.calls
        assert "s3gw-a1b2c3d4e5f60718-embedded" in screen_text(app)
        assert "✗ failed" in screen_text(app)
        await pilot.press("v")
        await settled(pilot)
        assert ("buckets", "embedded-a", "customer42", True) in session.calls
        await pilot.press("enter")
        await settled(pilot)
        assert "page 1 · > for more" in screen_text(app), screen_text(app).splitlines()[2]
        await pilot.press("greater_than_sign")
        await settled(pilot)
        assert table(app).row_count == 15
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("down", "down", "enter")
        await settled(pilot)
        assert "this identity may not list here" in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        assert ("snapshot", "embedded-a", "customer42", None, True) in session.calls
        await pilot.press("escape")
        await settled(pilot)
        assert "Credentials" in screen_text(app)


async def test_an_error_on_the_way_into_a_backend_keeps_the_screen() -> None:
    session = FakeSession()
    session.broken["buckets"] = SecingestError("The endpoint does not answer.", hint="Probe it: p.")
    async with running(session, start="discovery") as (app, pilot):
        await pilot.press("b")
        await settled(pilot)
        assert "The endpoint does not answer." in screen_text(app)
        assert "Probe it: p." in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "Credentials" in screen_text(app)


async def test_an_auditor_probes_nothing_and_a_reader_neither() -> None:
    for options, role in (({}, Role.AUDITOR), ({"read_only": True}, Role.OPERATOR)):
        session = FakeSession(role=role)
        async with running(session, start="discovery", **options) as (_, pilot):
            await pilot.press("p")
            await settled(pilot)
            assert not any(call[0] == "start_probe" for call in session.calls)
