"""What comes next about a finding, done from the list of findings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from secingest_tui.models.records import Receipt
from secingest_tui.models.registering import Draft, DraftRequest
from secingest_tui.models.snapshots import FindingRow
from secingest_tui.models.transfer import RestorePlan
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting
from secingest_tui.screens.common.passphrase import unlock_then
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.metadata.register import RegisterForm
from secingest_tui.text import count


@dataclass(frozen=True, slots=True)
class Mending:
    """What the screen does with it."""

    begin: Callable[[str, str, Callable[[], str], Callable[[Any], str]], None]
    """Start a task: what it is called, what it does, how to start it, its value in words."""
    said: Callable[[str], None]
    """What came of what ends at once."""
    failed: Callable[[Trouble], None]


def mend(screen: Acting, finding: FindingRow, mending: Mending) -> None:
    """Begin it."""
    _WAYS[finding.mend](screen, finding, mending)


def _register(screen: Acting, finding: FindingRow, mending: Mending) -> None:
    session = screen.ours.session
    location = f"s3://{finding.bucket}/{finding.key}"
    request = DraftRequest(
        finding.tenant, finding.backend, location, finding.object_key, finding.version or None
    )

    def sent(receipt: Receipt | None) -> None:
        if receipt is not None:
            mending.said("Registered: " + receipt.object_key + ".")

    def read(draft: Draft) -> None:
        screen.app.push_screen(RegisterForm(request, draft), sent)

    screen.fetch("Reading the object", lambda: session.draft(request), read, mending.failed, group="mend")


def _copies(screen: Acting, _finding: FindingRow, mending: Mending) -> None:
    def words(numbers: tuple[int, int]) -> str:
        jobs, short = numbers
        text = f"{count(jobs, 'job')} made; a worker copies: secingest worker --once."
        return text + (f" No job can be made for {count(short, 'object')}; 5 says why." if short else "")

    replication = screen.ours.session.replication
    mending.begin("Making the jobs", "making jobs", replication.start_reconcile, words)


def _repair(screen: Acting, finding: FindingRow, mending: Mending) -> None:
    session = screen.ours.session
    mending.begin("Looking at the copy", "reading the copy", lambda: session.start_repair(finding), str)


def _drill(screen: Acting, finding: FindingRow, mending: Mending) -> None:
    session = screen.ours.session

    def start() -> str:
        return session.jobs_service.start_drill(finding.tenant, finding.object_key, finding.version)

    def started(task_id: str) -> None:
        screen.app.push_screen(TaskScreen(task_id))

    def planned(plan: RestorePlan) -> None:
        if plan.problems:
            problem = plan.problems[0]
            mending.failed(Trouble("No drill.", problem.message, problem.hint))
            return
        unlock_then(
            screen,
            plan.locked_keys,
            lambda: screen.fetch("Starting the drill", start, started, mending.failed, group="mend"),
        )

    screen.fetch(
        "Looking at the object",
        lambda: session.plan_restore(finding.object_key, finding.version),
        planned,
        mending.failed,
        group="mend",
    )


_WAYS = {"register": _register, "copies": _copies, "repair": _repair, "drill": _drill}
