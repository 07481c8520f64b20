"""Upload, from an empty home to a restored file, by keys alone; and everything that can go wrong."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import pytest
from textual.events import Key, Paste
from textual.pilot import Pilot

from secingest_tui.errors import SecingestError
from secingest_tui.models.transfer import IngestRequest, Phase, TaskError, TaskView
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.passphrase import PassphraseScreen
from secingest_tui.screens.common.restore import RestoreForm
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.screens.provisioning.forms import KeyForm, TenantForm
from secingest_tui.screens.upload.browse import BrowseScreen
from secingest_tui.screens.upload.plan import PlanScreen
from secingest_tui.screens.upload.screen import UploadScreen
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.pick_field import PickField
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import FakeSession
from tests.tui.fake_data import PASSPHRASE, SECRET, receipt

REQUEST = IngestRequest(
    ("/x",), "customer42", ("customer42-k1",), "embedded-a", object_key="customer42/report.pdf"
)


def one_of_each() -> FakeSession:
    """One tenant and one key: nothing has to be chosen."""
    session = FakeSession()
    session.tenant_rows, session.key_rows = session.tenant_rows[:1], session.key_rows[:1]
    return session


async def type_in(pilot: Pilot[int], text: str) -> None:
    """As a paste arrives: at once."""
    assert pilot.app.focused is not None
    pilot.app.focused.post_message(Paste(text))
    await settled(pilot)


async def start(pilot: Pilot[int], sample: Path) -> None:
    """From the path field to a running transfer."""
    await type_in(pilot, str(sample))
    await pilot.press("f9")
    await until(pilot, lambda: isinstance(pilot.app.screen, PlanScreen))
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, TaskScreen))
    await settled(pilot)


async def test_from_an_empty_home_to_a_restored_file_by_keys(sample: Path) -> None:
    session = FakeSession(full=False)
    jobs = session.jobs_service
    async with running(session) as (app, pilot):
        shown = screen_text(app)
        assert shown.count("none yet: Enter makes one") == 2
        await type_in(pilot, str(sample))
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.focused, PickField)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, TenantForm)
        await type_in(pilot, "acme")
        await pilot.press("enter")
        await type_in(pilot, "fi")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, DetailScreen))
        await settled(pilot)
        assert ("create_tenant", "acme", "FI", 1) in session.calls
        assert SECRET not in screen_text(app)
        await pilot.press("x")
        await settled(pilot)
        assert SECRET in screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, UploadScreen)
        app.screen.query_one("#recipients", PickField).focus()
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(app.screen, KeyForm)
        assert app.screen.typed("key") == "acme-k1"
        await pilot.press("tab", "tab", "tab")
        await type_in(pilot, PASSPHRASE)
        await pilot.press("enter")
        await type_in(pilot, PASSPHRASE)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, UploadScreen))
        assert ("create_key", "acme-k1", "rsa-3072", PASSPHRASE) in session.calls
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        assert "Ready to upload 1 file, 4.9 KiB" in screen_text(app)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TaskScreen))
        assert jobs.ingests == [
            IngestRequest(
                (str(sample),), "acme", ("acme-k1",), "embedded-a", "FI", 1, (), "acme/report.pdf", None, "v1"
            )
        ]
        jobs.advance(
            "t1",
            phase=Phase.TRANSFER,
            bytes_done=3 << 20,
            bytes_total=12 << 20,
            rate=2 << 20,
            eta=4.5,
            items_total=1,
        )
        await until(
            pilot, lambda: "3.0 MiB of 12.0 MiB · 2.0 MiB/s · 4 s left · 0 of 1 file" in screen_text(app)
        )
        assert "✓ scan" in screen_text(app)
        assert "▶ encrypt+upload" in screen_text(app)
        jobs.advance("t1", phase=Phase.DONE, bytes_done=12 << 20, receipts=(receipt("acme/report.pdf"),))
        await until(pilot, lambda: "rcp-01JD8Z" in screen_text(app))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, RestoreForm) and "a new file" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: len(jobs.restores) == 1)
        assert jobs.restores[0].object_key == "acme/report.pdf"
        await until(pilot, lambda: "Restore acme/report.pdf" in screen_text(app))
        jobs.advance(
            "t2", phase=Phase.DONE, result=(("path", "/tmp/restored.bin"), ("signed by", "acme-sign"))
        )
        await until(pilot, lambda: "/tmp/restored.bin" in screen_text(app))


async def test_fields_say_beside_them_what_is_wrong_while_typing(tmp_path: Path) -> None:
    async with running(one_of_each()) as (app, pilot):
        await type_in(pilot, str(tmp_path / "missing"))
        assert "there is nothing of this name" in screen_text(app)
        for field, text, message in (
            ("residency", "FIN", "such as FI, or FI,SE"),
            ("replicas", "0", "a number from 1 to 16"),
            ("object-key", "other/x", "must begin with customer42/"),
            ("version", "a/b", "a word such as v1"),
        ):
            box = app.screen.query_one(f"#{field}", Field)
            box.value = ""
            box.focus()
            await settled(pilot)
            await type_in(pilot, text)
            assert message in screen_text(app), field


async def test_a_backend_abroad_is_refused_before_anything_is_sent(sample: Path) -> None:
    session = one_of_each()
    async with running(session) as (app, pilot):
        app.screen.query_one("#backend", PickField).focus()
        await pilot.press("enter")
        await settled(pilot)
        await type_in(pilot, "ded-b")
        await pilot.press("enter")
        await settled(pilot)
        assert "embedded-b is in DE, not in FI" in screen_text(app)
        await pilot.press("f9")
        await settled(pilot)
        assert not [call for call in session.calls if call[0] == "plan_ingest"]


async def test_several_keys_and_targets_are_marked_with_tab(sample: Path) -> None:
    session = FakeSession()
    async with running(session) as (app, pilot):
        app.screen.query_one("#recipients", PickField).focus()
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("down", "tab", "tab", "enter")
        await settled(pilot)
        assert app.screen.query_one("#recipients", PickField).values == ("customer42-k1", "recovery")
        app.screen.query_one("#targets", PickField).focus()
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert app.screen.query_one("#targets", PickField).values == ("embedded-b",)


async def test_checking_an_incomplete_form_goes_to_the_first_wrong_field() -> None:
    async with running(FakeSession()) as (app, pilot):
        app.screen.query_one("#version", Field).focus()
        await pilot.press("f9")
        await settled(pilot)
        assert app.focused is app.screen.query_one("#path")
        assert "✗ choose a file or a folder" in screen_text(app)


async def test_the_server_refuses_a_plan_beside_the_field(sample: Path) -> None:
    session = one_of_each()
    async with running(session) as (app, pilot):
        await type_in(pilot, str(sample))
        app.screen.query_one("#object-key", Field).value = "customer42/reports/2024-01.pdf"
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        assert "Cannot start yet" in screen_text(app)
        assert not app.screen.query("#start")
        await pilot.press("enter")
        await settled(pilot)
        assert "✗ customer42/reports/2024-01.pdf has a version v1." in screen_text(app)
        assert app.screen.query_one("#path", Field).value == str(sample)


async def test_a_failing_check_keeps_what_was_typed(sample: Path) -> None:
    session = one_of_each()
    session.broken["plan_ingest"] = SecingestError("The server does not answer.", hint="Start it, then F9.")
    async with running(session) as (app, pilot):
        await type_in(pilot, str(sample))
        await pilot.press("f9")
        await until(pilot, lambda: "The server does not answer." in screen_text(app))
        await until(pilot, lambda: "Start it, then F9." in screen_text(app))
        assert app.screen.query_one("#path", Field).value == str(sample)


async def test_a_folder_takes_a_prefix(sample: Path) -> None:
    session = one_of_each()
    async with running(session) as (app, pilot):
        await type_in(pilot, str(sample.parent))
        assert app.screen.query_one("#object-key", Field).value == f"customer42/{sample.parent.name}/"
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        await pilot.press("enter")
        await until(pilot, lambda: bool(session.jobs_service.ingests))
        request = session.jobs_service.ingests[0]
        assert request.object_key is None
        assert request.prefix == f"customer42/{sample.parent.name}/"


async def test_right_arrow_takes_the_completion(sample: Path) -> None:
    async with running(one_of_each()) as (app, pilot):
        await type_in(pilot, f"{sample.parent}/rep")
        field = app.screen.query_one("#path", Field)
        await until(pilot, lambda: field._suggestion == str(sample))
        await pilot.press("right")
        assert field.value == str(sample)


async def test_browsing_by_keys_takes_a_file(sample: Path) -> None:
    (sample.parent / "inner").mkdir()
    async with running(one_of_each()) as (app, pilot):
        app.screen.query_one("#path", Field).value = str(sample.parent)
        await settled(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, BrowseScreen))
        await settled(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert "This folder is empty." in screen_text(app)
        await pilot.press("backspace")
        await settled(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert app.screen.query_one("#path", Field).value == str(sample)


async def test_browsing_takes_a_whole_folder(sample: Path) -> None:
    async with running(one_of_each()) as (app, pilot):
        app.screen.query_one("#path", Field).value = str(sample.parent)
        await settled(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: isinstance(app.screen, BrowseScreen))
        await settled(pilot)
        await pilot.press("w")
        await settled(pilot)
        assert app.screen.query_one("#path", Field).value == str(sample.parent)


async def test_cancel_asks_drains_and_is_done(sample: Path) -> None:
    session = one_of_each()
    jobs = session.jobs_service
    async with running(session) as (app, pilot):
        await start(pilot, sample)
        await pilot.press("x")
        await settled(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert "customer42/report.pdf" in screen_text(app)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: jobs.cancelled == ["t1"])
        await until(pilot, lambda: "stopping: what is under way is let go" in screen_text(app))
        assert "cancelled" not in screen_text(app)
        jobs.advance("t1", phase=Phase.CANCELLED)
        await until(pilot, lambda: "Nothing half-done was registered" in screen_text(app))


async def test_a_cancel_that_fails_says_that_it_goes_on(sample: Path) -> None:
    session = one_of_each()
    session.jobs_service.fail_cancel = True
    async with running(session) as (app, pilot):
        await start(pilot, sample)
        await pilot.press("x")
        await settled(pilot)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "already registered" in screen_text(app))
        assert "it goes on" in screen_text(app)
        screen = app.screen
        assert isinstance(screen, TaskScreen)
        assert screen.gate("task.cancel") is True


async def test_a_failed_transfer_says_what_was_kept_and_what_to_do(sample: Path) -> None:
    session = one_of_each()
    error = TaskError(
        "Upload failed", "The store refused: disk full.", "Free space, then upload again.", "3 of 4 parts"
    )
    async with running(session) as (app, pilot):
        await start(pilot, sample)
        session.jobs_service.advance("t1", phase=Phase.FAILED, error=error)
        await until(pilot, lambda: "disk full" in screen_text(app))
        shown = screen_text(app)
        assert "3 of 4 parts" in shown
        assert "Free space, then upload again." in shown
        await pilot.press("y")
        await settled(pilot)
        assert "disk full" in app.clipboard


async def test_leaving_the_screen_does_not_stop_the_transfer(sample: Path) -> None:
    session = one_of_each()
    async with running(session) as (app, pilot):
        await start(pilot, sample)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("escape", "5")
        await settled(pilot)
        assert session.jobs_service.cancelled == []
        session.jobs_service.advance("t1", phase=Phase.DONE, receipts=(receipt("customer42/report.pdf"),))
        await pilot.press("t")
        await until(pilot, lambda: "✓ done" in screen_text(app))
        await pilot.press("enter")
        await until(pilot, lambda: "rcp-01JD8Z" in screen_text(app))


async def test_receipt_fields_are_copied_and_shown_in_full(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = one_of_each()
    promised = receipt("customer42/report.pdf")
    async with running(session) as (app, pilot):
        await start(pilot, sample)
        session.jobs_service.advance("t1", phase=Phase.DONE, receipts=(promised,))
        await until(pilot, lambda: "rcp-01JD8Z" in screen_text(app))
        written: list[str] = []
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", written.append)
        await pilot.press(*["down"] * 4, "c")
        await settled(pilot)
        etag = dict(promised.fields)["etag"]
        assert f"\x1b]52;c;{base64.b64encode(etag.encode()).decode()}\a" in written
        assert "etag sent to the terminal" in screen_text(app)
        await pilot.press(*["down"] * 6, "v")
        await settled(pilot)
        assert isinstance(app.screen, ValueScreen)
        assert dict(promised.fields)["encrypted_key"] in screen_text(app).replace("\n", "").replace(" ", "")
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("y")
        await settled(pilot)
        assert app.clipboard == promised.as_json + "\n"


async def test_locked_keys_are_unlocked_before_the_start(sample: Path) -> None:
    session = one_of_each()
    session.locked = ("customer42-sign",)
    async with running(session) as (app, pilot):
        await type_in(pilot, str(sample))
        await pilot.press("f9")
        await until(pilot, lambda: isinstance(app.screen, PlanScreen))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PassphraseScreen))
        await pilot.press(*"wrong")
        await pilot.press("enter")
        await until(pilot, lambda: "The passphrase is wrong." in screen_text(app))
        assert "wrong\n" not in screen_text(app)
        app.screen.query_one("#passphrase", Field).value = PASSPHRASE
        await settled(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: bool(session.jobs_service.ingests))
        assert session.unlocked == {"customer42-sign"}


async def test_a_restore_never_overwrites(sample: Path) -> None:
    session = one_of_each()
    async with running(session, start="metadata") as (app, pilot):
        await pilot.press("o")
        await until(pilot, lambda: isinstance(app.screen, RestoreForm))
        app.screen.query_one("#target", Field).value = str(sample)
        await until(pilot, lambda: "exists already; nothing is ever overwritten" in screen_text(app))
        await pilot.press("enter")
        await settled(pilot)
        assert session.jobs_service.restores == []


async def test_a_new_upload_keeps_what_is_rarely_another(sample: Path) -> None:
    async with running(one_of_each()) as (app, pilot):
        await type_in(pilot, str(sample))
        await pilot.press("escape", "n")
        await settled(pilot)
        assert app.screen.query_one("#path", Field).value == ""
        assert app.screen.query_one("#tenant", PickField).value == "customer42"
        assert app.screen.query_one("#object-key", Field).value == "customer42/"


async def test_progress_is_drawn_four_times_a_second_at_most(sample: Path) -> None:
    session = one_of_each()
    drawn: list[tuple[TaskView, ...]] = []
    async with running(session) as (app, pilot):
        app.tasks_signal.subscribe(app, drawn.append)
        session.jobs_service.start_ingest(IngestRequest(("/x",), "t", ("k",), "b", object_key="t/x"))
        for done in range(2000):
            session.jobs_service.advance("t1", phase=Phase.TRANSFER, bytes_done=done, bytes_total=2000)
        await until(pilot, lambda: bool(drawn) and drawn[-1][0].bytes_done == 1999)
    assert len(drawn) < 20


async def test_what_will_happen_is_told_beside_the_form_on_wide_terminals(sample: Path) -> None:
    async with running(one_of_each(), size=(160, 45)) as (app, pilot):
        assert "Still missing" in screen_text(app)
        await type_in(pilot, str(sample))
        shown = screen_text(app)
        assert "What will happen" in shown
        assert "✓ Ready." in shown


async def test_what_is_typed_right_after_tab_goes_to_the_next_field() -> None:
    """Keys arrive in bursts over a slow line; a passphrase must not end up in the field above."""
    async with running(FakeSession(), start="provisioning") as (app, pilot):
        await pilot.press("k")
        await settled(pilot)
        form = app.screen
        for key in ("k", "9", "tab", "tab", "tab", "s", "e", "c"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await settled(pilot)
        assert form.query_one("#key", Field).value == "k9"
        assert form.query_one("#passphrase", Field).value == "sec"


async def test_what_the_server_warns_of_stands_out(sample: Path) -> None:
    session = one_of_each()
    jobs = session.jobs_service
    async with running(session) as (app, pilot):
        await start(pilot, sample)
        warned = replace(receipt("customer42/report.pdf", "v1"), warnings=("1 copy, the policy asks for 2",))
        jobs.advance("t1", phase=Phase.DONE, receipts=(warned,))
        await until(pilot, lambda: "Recorded, but: 1 copy, the policy asks for 2" in screen_text(app))
        assert "▲ warning" in screen_text(app)
