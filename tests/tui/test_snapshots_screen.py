"""The snapshots screen: browse, search, compare, reconcile, verify, hold, report."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from secingest_tui.app import SecingestApp
from secingest_tui.errors import SecingestError
from secingest_tui.models.session import Role
from secingest_tui.models.snapshots import SnapshotOrder, Verified
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.passphrase import PassphraseScreen
from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.common.tasks import TasksScreen
from secingest_tui.screens.metadata.register import RegisterForm
from secingest_tui.screens.snapshots.screen import SnapshotsScreen
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import FakeSession
from tests.tui.test_lists import table
from tests.tui.test_upload import type_in


async def press(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


def names(app: SecingestApp) -> list[str]:
    shown = table(app)
    return [shown.get_row_at(index)[0].plain for index in range(shown.row_count)]


async def test_folders_are_gone_into_and_come_back_out_of() -> None:
    session = FakeSession()
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "enter")
        assert names(app) == ["s3gw-a1b2c3d4e5f60718-embedded"]
        await press(pilot, "enter")
        assert names(app) == ["customer42/", "acme/"]
        assert "12" in screen_text(app)
        await press(pilot, "enter", "enter")
        assert len(names(app)) == 12
        assert "customer42 / reports" in screen_text(app)
        await press(pilot, "escape")
        assert names(app) == ["reports/"]
        await press(pilot, "escape", "escape", "escape")
        assert table(app).row_count == 2
    folders = [call[2:4] for call in session.calls if call[0] == "snapshot_folder"]
    assert folders[:4] == [
        (None, ""),
        ("s3gw-a1b2c3d4e5f60718-embedded", ""),
        ("s3gw-a1b2c3d4e5f60718-embedded", "customer42/"),
        ("s3gw-a1b2c3d4e5f60718-embedded", "customer42/reports/"),
    ]


async def test_an_entry_shows_what_the_server_knows() -> None:
    async with running(FakeSession(), start="snapshots") as (app, pilot):
        await press(pilot, "enter", "enter", "enter", "enter", "enter")
        assert isinstance(app.screen, DetailScreen)
        text = screen_text(app)
        for part in ("server", "registered", "customer42-k1", "2 of 2 wanted"):
            assert part in text


async def test_search_of_the_whole_snapshot() -> None:
    session = FakeSession()
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "s")
        await type_in(pilot, "2024-03")
        await press(pilot, "enter")
        assert names(app) == ["customer42/reports/2024-03.pdf"]
        await press(pilot, "escape", "escape")
        assert table(app).row_count == 2
    assert ("find_in_snapshot", "snap-2", "2024-03", None) in session.calls


async def test_compare_and_reconcile() -> None:
    session = FakeSession()
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "d", "enter")
        assert names(app) == ["+ added", "− removed", "~ changed"]
        assert "37 the same" in screen_text(app)
        await press(pilot, "escape", "g")
        assert "registered, but not there" in screen_text(app)
        await press(pilot, "enter")
        assert "secingest drill --object" in screen_text(app)
    assert ("compare_snapshots", "snap-1", "snap-2") in session.calls
    assert ("reconcile_snapshot", "snap-2") in session.calls


async def test_what_comes_next_about_a_finding_is_done_from_the_list() -> None:
    session = FakeSession()
    session.findings = [("one", mend) for mend in ("copies", "repair", "drill", "register", "")]
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "g", "e")
        await until(pilot, lambda: "3 jobs made; a worker copies" in screen_text(app))
        await press(pilot, "down", "e")
        await until(pilot, lambda: "1 job made" in screen_text(app))
        await press(pilot, "down", "e")
        await until(pilot, lambda: isinstance(app.screen, TaskScreen))
        await press(pilot, "escape", "down", "e")
        await until(pilot, lambda: isinstance(app.screen, RegisterForm))
        await press(pilot, "escape", "down", "e")
        assert isinstance(app.screen, SnapshotsScreen)
    keys = [entry.key for entry in session.entry_rows]
    assert ("repair_copy", keys[1], "embedded-a") in session.calls
    assert session.jobs_service.drills == [("customer42", keys[2], "v1")]
    [asked] = [call[1] for call in session.calls if call[0] == "draft"]
    assert (asked.location, asked.object_key) == (f"s3://{session.entry_rows[3].bucket}/{keys[3]}", keys[3])


async def test_a_drill_asks_for_the_passphrase_of_a_locked_key() -> None:
    session = FakeSession()
    session.findings = [("one", "drill")]
    session.locked = ("customer42-k1",)
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "g", "e")
        await until(pilot, lambda: isinstance(app.screen, PassphraseScreen))
        await press(pilot, "escape")
    assert session.jobs_service.drills == []


async def test_an_auditor_does_nothing_about_a_finding() -> None:
    session = FakeSession(role=Role.AUDITOR)
    session.findings = [("one", "copies")]
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "g", "e")
        assert "do next" not in screen_text(app)
    assert "reconcile" not in {call[0] for call in session.calls}


@pytest.mark.parametrize("intact", [True, False])
async def test_verify(intact: bool) -> None:
    session = FakeSession()
    session.verified = Verified(intact, 40, () if intact else ("bucket b, chunk 0: was altered",))
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "v")
        await until(pilot, lambda: ("Intact" if intact else "chunk 0: was altered") in screen_text(app))


async def test_hold_asks_for_a_reason_and_is_lifted() -> None:
    session = FakeSession()
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "h")
        await type_in(pilot, "case 7")
        await press(pilot, "enter")
        await until(pilot, lambda: "on hold" in screen_text(app))
        await press(pilot, "h")
        await until(pilot, lambda: "on hold" not in screen_text(app))
    assert ("hold_snapshot", "snap-2", "case 7") in session.calls
    assert ("hold_snapshot", "snap-2", None) in session.calls


async def test_a_report_is_written_where_it_is_wanted() -> None:
    session = FakeSession()
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "p", "enter")
        await until(pilot, lambda: "Written: audit-embedded-a-" in screen_text(app))


async def test_everything_that_is_current_is_taken_without_choosing() -> None:
    session = FakeSession()
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "n", "enter")
        assert "every bucket that the credentials see" in screen_text(app)
        await press(pilot, "enter", "escape", "down", "down", "enter")
        await until(pilot, lambda: "Recorded: 3 objects at embedded-a." in screen_text(app))
        assert table(app).row_count == 3
    assert ("take_snapshot", SnapshotOrder("embedded-a")) in session.calls


async def test_buckets_and_versions_are_chosen() -> None:
    session = FakeSession()
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "n", "enter", "enter", "down", "enter")
        assert "1 bucket" in screen_text(app)
        await press(pilot, "enter", "down", "enter")
        await type_in(pilot, "before the move")
        await press(pilot, "enter")
        await until(pilot, lambda: "Recorded: 3 objects" in screen_text(app))
    [place, _] = session.snapshot_places("embedded-a")
    wanted = SnapshotOrder("embedded-a", (place,), True, "before the move")
    assert ("take_snapshot", wanted) in session.calls


async def test_leaving_the_question_takes_nothing() -> None:
    session = FakeSession()
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "n", "enter", "escape")
        assert "looking for buckets" not in screen_text(app)
        assert table(app).row_count == 2
    assert "take_snapshot" not in {call[0] for call in session.calls}


async def test_a_snapshot_shows_how_far_it_is_and_is_stopped() -> None:
    session = FakeSession()
    session.listing = 31_000
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "n", "enter", "down", "down")
        await pilot.press("enter")
        await until(pilot, lambda: "31,000 objects" in screen_text(app))
        await pilot.press("x")
        await until(pilot, lambda: "no snapshot was recorded" in screen_text(app))
        assert table(app).row_count == 2
        await press(pilot, "n")
        assert isinstance(app.screen, PickScreen)


@pytest.mark.parametrize("call", ["snapshot_places", "take_snapshot"])
async def test_a_snapshot_that_cannot_be_taken_says_why(call: str) -> None:
    session = FakeSession()
    session.broken[call] = SecingestError("The store refused: AccessDenied.", hint="Check its key.")
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "n", "enter")
        if call == "take_snapshot":
            await press(pilot, "down", "down", "enter")
        await until(pilot, lambda: "AccessDenied" in screen_text(app))
        assert table(app).row_count == 2


async def test_an_auditor_changes_nothing() -> None:
    session = FakeSession(role=Role.AUDITOR)
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "n", "h")
        await press(pilot, "enter", "enter")
        assert table(app).row_count == 2
    assert not {call[0] for call in session.calls} & {"take_snapshot", "hold_snapshot"}


async def test_what_was_altered_says_so_and_stays_on_the_list() -> None:
    session = FakeSession()
    session.broken["snapshot_folder"] = SecingestError(
        "A part of this snapshot was altered.", hint="Ask the server's operator."
    )
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "enter")
        assert "was altered" in screen_text(app)
        await press(pilot, "escape")
        assert table(app).row_count == 2


async def test_a_listing_outlives_its_screen_and_quitting_asks() -> None:
    session = FakeSession()
    session.listing = 31_000
    async with running(session, start="snapshots") as (app, pilot):
        await press(pilot, "n", "enter", "down", "down", "enter")
        await until(pilot, lambda: "31,000 objects" in screen_text(app))
        await press(pilot, "v")
        assert "verify_snapshot" not in {call[0] for call in session.calls}, "one thing at a time from here"
        await press(pilot, "0", "t")
        assert isinstance(app.screen, TasksScreen)
        assert "31,000" in screen_text(app)
        await press(pilot, "enter")
        assert "Snapshot of embedded-a" in screen_text(app)
        assert "time left" not in screen_text(app), "nobody knows how many there are"
        await press(pilot, "escape", "escape", "q")
        assert "1 task still running" in screen_text(app)
        await press(pilot, "escape", "t", "x", "tab", "enter")
        await until(pilot, lambda: "cancelled" in screen_text(app))
        await press(pilot, "escape", "6")
        assert "no snapshot was recorded" in screen_text(app)
        await press(pilot, "q")
    assert app.return_code == 0
