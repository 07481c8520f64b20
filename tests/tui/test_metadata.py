"""The metadata screen: narrowing, marks, registering with the exact payload shown, actions on many."""

from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Button, Input

from secingest_tui.app import SecingestApp
from secingest_tui.models.registering import BucketRow, DraftRequest, ObjectFilter
from secingest_tui.models.transfer import Phase
from secingest_tui.screens.common.pick import PickScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.metadata.payload import PayloadScreen
from secingest_tui.screens.metadata.policy import PolicyForm
from secingest_tui.screens.metadata.register import BatchForm, RegisterForm
from secingest_tui.screens.metadata.screen import MetadataScreen
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.pick_field import PickField
from secingest_tui.widgets.table import PagedTable
from tests.tui.conftest import running, settled, until
from tests.tui.fake import FakeSession
from tests.tui.fake_records import PAYLOAD
from tests.tui.test_lists import screen_text


def calls(session: FakeSession, name: str) -> list[tuple[object, ...]]:
    return [call[1:] for call in session.calls if call[0] == name]


async def fill(app: SecingestApp, pilot: Pilot[int], field: str, text: str) -> None:
    app.screen.query_one(field, Input).value = text
    await settled(pilot)


async def press(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def test_the_list_is_narrowed_by_the_server() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        await press(pilot, "w")
        await fill(app, pilot, "#residency", "Atlantis")
        assert app.screen.query_one("#do", Button).disabled
        await fill(app, pilot, "#residency", "FI")
        await fill(app, pilot, "#prefix", "customer42/")
        app.screen.query_one("#do", Button).press()
        await settled(pilot)
        [(wanted,)] = calls(session, "find_objects")
        assert wanted == ObjectFilter(prefix="customer42/", residency="FI")
        assert "residency FI" in screen_text(app)
        await press(pilot, "escape")
        assert "residency FI" not in screen_text(app)


async def test_an_object_is_registered_with_the_payload_that_was_shown() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        await press(pilot, "n", "enter", "enter")
        assert isinstance(app.screen, PickScreen)
        await press(pilot, "down", "enter")
        assert isinstance(app.screen, RegisterForm)
        form = app.screen
        for field, wrong, said in (
            ("#key", "customer42", "first segment"),
            ("#key", "another/theirs.bin", "begins with"),
            ("#version", "a b", "match"),
            ("#copies", "0", "greater"),
            ("#copies", "two", "integer"),
            ("#residency", "XX9", ""),
        ):
            before = form.query_one(field, Input).value
            await fill(app, pilot, field, wrong)
            assert form.query_one("#do", Button).disabled, (field, wrong)
            assert said in "".join(row.said.plain for row in form.query(FormRow)), (field, wrong)
            await fill(app, pilot, field, before)
            assert not form.query_one("#do", Button).disabled
        await fill(app, pilot, "#copies", "2")
        form.query_one("#targets", PickField).focus()
        await press(pilot, "enter")
        assert "embedded-a" not in screen_text(app), "it lies there already"
        await press(pilot, *"embedded-b", "tab", "enter")
        form.query_one("#do", Button).press()
        await settled(pilot)
        assert isinstance(app.screen, PayloadScreen)
        assert '"targets"' in screen_text(app)
        assert calls(session, "register_payload") == []
        await press(pilot, "enter")
        expected = {**PAYLOAD, "replica_count": 2, "targets": ["embedded-b"]}
        assert calls(session, "register_payload") == [("acme", expected)] or calls(
            session, "register_payload"
        ) == [("customer42", expected)]
        assert isinstance(app.screen, MetadataScreen)
        request = calls(session, "draft")[-1][0]
        assert isinstance(request, DraftRequest)
        assert request.location == "s3://bucket/customer42/theirs.bin"


async def test_a_refusal_keeps_the_payload_and_says_why() -> None:
    session = FakeSession()
    session.broken["register_payload"] = OSError("no route")
    async with running(session, start="metadata") as (app, pilot):
        await press(pilot, "n", "enter", "enter", "down", "enter")
        app.screen.query_one("#do", Button).press()
        await settled(pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, PayloadScreen)
        assert "nothing was registered" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, RegisterForm)


async def test_actions_take_the_marked_rows() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        first, second = (row.key for row in session.object_rows[:2])
        await press(pilot, "space", "space")
        assert "2 marked" in screen_text(app)
        await press(pilot, "p")
        await press(pilot, "down", "enter")
        assert calls(session, "request_copies") == [([first, second], "embedded-b")]
        assert "it is there already" in screen_text(app)
        await press(pilot, "space", "d")
        await press(pilot, "tab", "enter")
        assert len(calls(session, "delete_objects")) == 1
        await press(pilot, "a")
        every = f"{app.screen.query_one(PagedTable).row_count} marked"
        assert every in screen_text(app)
        await press(pilot, "escape")
        assert every not in screen_text(app)


async def test_erasing_asks_for_the_name_and_goes_on_as_a_task() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        row = session.object_rows[0]
        await press(pilot, "e")
        yes = app.screen.query_one("#yes", Button)
        assert yes.disabled
        await fill(app, pilot, "#typed", row.key)
        yes.press()
        await settled(pilot)
        assert session.jobs_service.erased == [row.key]
        assert isinstance(app.screen, TaskScreen)
        session.jobs_service.advance(
            "e1", phase=Phase.DONE, items_done=1, items_total=1, result=((row.key, "erased at embedded-a"),)
        )
        await until(pilot, lambda: "erased at embedded-a" in screen_text(app))


async def test_a_file_is_registered_as_a_task(tmp_path: Path) -> None:
    session = FakeSession()
    path = tmp_path / "pointers.csv"
    path.write_text("object_key\n")
    async with running(session, start="metadata") as (app, pilot):
        await press(pilot, "b")
        form = app.screen
        assert isinstance(form, BatchForm)
        await fill(app, pilot, "#file", "pointers.txt")
        assert form.query_one("#do", Button).disabled
        await fill(app, pilot, "#file", str(path))
        form.query_one("#do", Button).press()
        await settled(pilot)
        assert session.jobs_service.batches == [(str(path), None)]
        session.jobs_service.advance("r1", phase=Phase.REGISTER, items_done=30, items_total=100)
        await until(pilot, lambda: "30 of 100 lines" in screen_text(app))


async def test_read_only_changes_nothing() -> None:
    session = FakeSession()
    async with running(session, start="metadata", read_only=True) as (app, pilot):
        await press(pilot, "d", "e", "n", "b", "p")
        assert isinstance(app.screen, MetadataScreen)
        assert not calls(session, "delete_objects")


async def test_copies_in_another_bucket_are_listed() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        await press(pilot, "u")
        assert "Every copy lies in the bucket" in screen_text(app)
        session.misplaced_rows = (
            BucketRow("customer42/[red]x", "v1", "embedded-a", "s3gw-1234-a", "theirs", True),
            BucketRow("customer42/y", "v1", "elsewhere", "s3gw-5678-b", "theirs", False),
        )
        await press(pilot, "r")
        text = screen_text(app)
        assert "customer42/[red]x" in text
        assert "another bucket" in text
        assert "unknown object store" in text
        for action in ("objects.mark", "objects.delete", "objects.mark_all", "metadata.restore"):
            assert not app.screen.can(action), action  # type: ignore[attr-defined]
        await press(pilot, "enter")
        assert "s3gw-1234-a" in screen_text(app)
        await press(pilot, "escape", "escape")
        assert "customer42/[red]x" not in screen_text(app)
        assert isinstance(app.screen, MetadataScreen)
        assert app.screen.can("objects.mark")


async def test_a_policy_is_changed_for_the_marked() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        await press(pilot, "space", "space", "y")
        assert isinstance(app.screen, PolicyForm)
        assert app.screen.query_one("#do", Button).disabled, "nothing is to be changed yet"
        for field, wrong in (
            ("#residency", "Atlantis"),
            ("#copies", "0"),
            ("#copies", "17"),
            ("#copies", "two"),
        ):
            await fill(app, pilot, field, wrong)
            assert app.screen.query_one("#do", Button).disabled, (field, wrong)
            await fill(app, pilot, field, "")
        await fill(app, pilot, "#residency", "FI")
        await fill(app, pilot, "#copies", "3")
        app.screen.query_one("#do", Button).press()
        await settled(pilot)
        [(keys, residency, copies)] = calls(session, "change_policy")
        assert len(keys) == 2  # type: ignore[arg-type]
        assert (residency, copies) == ("FI", 3)
