"""The application in a process of its own, on the in-memory session: what the pty tests start.

Arguments: ``full``, ``evil``, ``everywhere``, ``asking``, ``refusing``, ``failing``, ``working``, ``bare`` or
``million``; the screen to start on; which answers are left as they are. ``SCREENS_SEEN`` names a file for
the names of the screens made and the calls refused, ``ANSWERS`` a pipe on which it says that it has dealt
with the keys before F13.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from secingest_tui.errors import SecingestError
from secingest_tui.models.directory import BackendView, CredentialView, KeyView, TenantView
from secingest_tui.models.options import Options
from secingest_tui.models.overview import Check, Level
from secingest_tui.models.paging import Page
from secingest_tui.models.provisioning import StepNeeds
from secingest_tui.models.records import ObjectRow, OutboxRow
from secingest_tui.models.registering import Draft, DraftRequest
from secingest_tui.models.snapshots import SnapshotOrder
from secingest_tui.models.transfer import IngestRequest, Phase, Source, TaskError, UnfinishedRow
from secingest_tui.screens.ports import Report
from secingest_tui.tui import run
from tests.tui.everywhere import Everywhere, Failing, Refusing
from tests.tui.fake import FakeSession
from tests.tui.fake_data import NOW, receipt
from tests.tui.fake_jobs import FakeJobs
from tests.tui.names import EVIL_NAMES

CALM = 3
"""So often in a row nothing is to do: what was changed is drawn by then."""


def evil() -> FakeSession:
    """Every text that others write is one of the corpus."""
    names = tuple(EVIL_NAMES.values())
    session = FakeSession(names=names)
    session.tenant_rows = [TenantView(name, name[:20], 1, NOW, (CredentialView(name),)) for name in names]
    session.key_rows = [KeyView(name, name, name, True, NOW) for name in names]
    session.backend_rows = [BackendView(name, name, name, name, name, True) for name in names]
    session.checks = tuple(
        Check(name, name, list(Level)[index % 4], name, name, "") for index, name in enumerate(names)
    )
    session.outbox = 2
    jobs = session.jobs_service
    for name in names:
        task = jobs.start_ingest(IngestRequest(("/x",), "t", ("k",), "b", object_key=name))
        jobs.advance(
            task, phase=Phase.DONE, receipts=(receipt(name),), error=TaskError(name, name, name, name)
        )
    return session


def working() -> FakeSession:
    """Eight uploads on their way."""
    session = FakeSession()
    for number in range(8):
        request = IngestRequest(("/x",), "t", ("k",), "b", object_key=f"customer42/{number}")
        session.jobs_service.start_ingest(request)
    threading.Thread(target=progress, args=(session.jobs_service,), daemon=True).start()
    return session


def progress(jobs: FakeJobs) -> None:
    """Sixty reports a second of each upload, as fast parts on a fast line make them."""
    for done in itertools.count(1 << 20, 12345):
        for task in jobs.tasks():
            jobs.advance(
                task.id,
                phase=Phase.TRANSFER,
                bytes_done=done,
                bytes_total=1 << 30,
                rate=done / 7,
                eta=3e5 / done,
            )
        time.sleep(1 / 60)


class Million(FakeSession):
    """A million objects, of which a page is made when it is asked for."""

    def objects(self, tenant: str | None, prefix: str, cursor: str | None, limit: int) -> Page[ObjectRow]:
        start = int(cursor or 0)
        end = min(start + limit, 1_000_000)
        rows = [
            ObjectRow(
                f"acme/scans/{number:07}.tiff", "v1", number * 977, ("embedded-a",), "FI", 1, 1, "k1", NOW
            )
            for number in range(start, end)
        ]
        return Page(rows, str(end) if end < 1_000_000 else None, 1_000_000)


class Defective(FakeSession):
    """Has a defect where paths are completed."""

    def complete_path(self, typed: str) -> str | None:
        raise ZeroDivisionError(typed)


class Asking(FakeSession):
    """Asks for everything that can be asked for: pasted keys, passphrases, users that others made."""

    def __init__(self) -> None:
        super().__init__()
        self.tenant_rows, self.key_rows = self.tenant_rows[:1], self.key_rows[:1]
        self.outbox = 2
        began = "2026-11-24T11:48:00+00:00"
        self.unfinished_rows = [
            UnfinishedRow("1", "customer42/a", "v1", "embedded-a", "/srv/a", 3, 12, began)
        ]
        self.jobs_service.start_ingest(IngestRequest(("/x",), "t", ("k",), "b", object_key="customer42/x"))
        self.locked = ("customer42-k1",)
        self.findings = [("another ETag than registered", "repair"), ("not readable", "drill")]
        self.provisioning.paste = True
        self.provisioning.foreign_user = self.provisioning.half_user = "".join(EVIL_NAMES.values())
        names = tuple(EVIL_NAMES.values())
        self.onboarding.wants = {
            "s0": StepNeeds(names[:1], names, locked=self.locked), "s1": StepNeeds(new_key=names[0]),
        }  # fmt: skip

    def draft(self, request: DraftRequest) -> Draft:
        """What the form takes; read again, it has every name in it."""
        draft = super().draft(request)
        if request.object_key is None:
            return draft
        return Draft("".join(EVIL_NAMES.values()), draft.backend, {**draft.payload, **EVIL_NAMES})


class Unlucky(FakeSession):
    """Fails with the worst texts when something is changed."""

    def source(self, path: str) -> Source:
        return (
            Source(False, problem="".join(EVIL_NAMES.values())) if "trouble" in path else super().source(path)
        )

    def waiting(self) -> list[OutboxRow]:
        return [OutboxRow(name, name, name, True, 1, name, name) for name in EVIL_NAMES.values()]

    def start_snapshot(self, order: SnapshotOrder) -> str:
        raise SecingestError("".join(EVIL_NAMES.values()), hint="".join(EVIL_NAMES.values()))


def note_screens(path: str) -> None:
    """Write the name of every kind of screen that is made into a file."""
    # Not above: what the environment says to Textual has to be taken out before it is imported.
    from textual.screen import Screen

    made = Screen.__init__

    def noted(self: Screen[object], *given: object, **named: object) -> None:
        with Path(path).open("a") as file:
            file.write(type(self).__name__ + "\n")
        made(self, *given, **named)  # type: ignore[arg-type]

    Screen.__init__ = noted  # type: ignore[method-assign,assignment]


def note(refused: str) -> None:
    """Write what was refused where the names of the screens are."""
    with Path(os.environ["SCREENS_SEEN"]).open("a") as file:
        file.write(refused + "\n")


def bare() -> int:
    """Textual's own table, with nothing around it: what ours is measured by."""
    from textual.app import App, ComposeResult
    from textual.widgets import DataTable

    class Bare(App[None]):
        ENABLE_COMMAND_PALETTE = False

        def compose(self) -> ComposeResult:
            yield DataTable(cursor_type="row")

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            table.add_columns(*(f"column {number}" for number in range(5)))
            table.add_rows([[f"row {row} cell {cell}" for cell in range(5)] for row in range(1000)])

    Bare().run()
    return 0


def answer(path: str) -> None:
    """After F13, once everything that came before it is dealt with and drawn, write a byte into a pipe."""
    import asyncio

    from textual import events
    from textual.app import App

    pipe = os.open(path, os.O_WRONLY)
    on_event = App.on_event
    asked: set[asyncio.Task[None]] = set()

    async def settle(app: App[object]) -> None:
        calm = 0
        while calm < CALM:
            await asyncio.sleep(1 / 60)  # as often as a screen is drawn
            told = (feed := getattr(app, "feed", None)) is None or not feed.pending
            still = told and all(worker.is_finished for worker in app.workers)
            calm = calm + 1 if still and not any(node._message_queue.qsize() for node in nodes(app)) else 0
        os.write(pipe, b".")

    def nodes(app: App[object]) -> list[Any]:
        return [app, *app.screen_stack, *app.screen.walk_children()]

    async def noted(self: App[object], event: events.Event) -> None:
        if isinstance(event, events.Key) and event.key == "f13":
            task = asyncio.create_task(settle(self))
            asked.add(task)
            task.add_done_callback(asked.discard)
        else:
            await on_event(self, event)

    App.on_event = noted  # type: ignore[method-assign]


def main() -> int:
    kind = sys.argv[1]
    if kind == "bare":
        answer(os.environ["ANSWERS"])
        return bare()
    made = {
        "full": FakeSession,
        "working": working,
        "million": Million,
        "asking": Asking,
        "refusing": Asking,
    }.get(kind, evil)()
    session: Any = made
    if kind == "evil":
        made.__class__ = Unlucky
    elif kind == "refusing":
        session = Refusing(made, frozenset(sys.argv[3:]), note)
    elif kind in {"everywhere", "asking"}:
        session = Everywhere(made, frozenset(sys.argv[3:]))
    elif kind == "failing":
        session = Failing(made)
    elif kind == "defect":
        session = Defective()
    if "ANSWERS" in os.environ:
        answer(os.environ["ANSWERS"])
    if "SCREENS_SEEN" in os.environ:
        note_screens(os.environ["SCREENS_SEEN"])

    def factory(report: Report) -> Any:
        report("\x1b]0;evil\x07 opening")
        return session

    return run(factory, Options(start=sys.argv[2] if len(sys.argv) > 2 else "upload"))


if __name__ == "__main__":
    sys.exit(main())
