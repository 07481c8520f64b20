"""What comes next about a finding, done from the list of findings."""

from __future__ import annotations

from collections.abc import Callable

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


def mend(
    screen: Acting, finding: FindingRow, said: Callable[[str], None], failed: Callable[[Trouble], None]
) -> None:
    """Begin it; ``said`` is told what came of what ends at once."""
    _WAYS[finding.mend](screen, finding, said, failed)


def _register(
    screen: Acting, finding: FindingRow, said: Callable[[str], None], failed: Callable[[Trouble], None]
) -> None:
    session = screen.ours.session
    location = f"s3://{finding.bucket}/{finding.key}"
    request = DraftRequest(
        finding.tenant, finding.backend, location, finding.object_key, finding.version or None
    )

    def sent(receipt: Receipt | None) -> None:
        if receipt is not None:
            said("Registered: " + receipt.object_key + ".")

    def read(draft: Draft) -> None:
        screen.app.push_screen(RegisterForm(request, draft), sent)

    screen.fetch("Reading the object", lambda: session.draft(request), read, failed, group="mend")


def _copies(
    screen: Acting, _finding: FindingRow, said: Callable[[str], None], failed: Callable[[Trouble], None]
) -> None:
    def made(numbers: tuple[int, int]) -> None:
        jobs, short = numbers
        text = f"{count(jobs, 'job')} made; a worker copies: secingest worker --once."
        said(text + (f" No job can be made for {count(short, 'object')}; 5 says why." if short else ""))

    replication = screen.ours.session.replication
    screen.fetch("Making the jobs", replication.reconcile, made, failed, group="mend")


def _repair(
    screen: Acting, finding: FindingRow, said: Callable[[str], None], failed: Callable[[Trouble], None]
) -> None:
    session = screen.ours.session
    screen.fetch("Looking at the copy", lambda: session.repair_copy(finding), said, failed, group="mend")


def _drill(
    screen: Acting, finding: FindingRow, _said: Callable[[str], None], failed: Callable[[Trouble], None]
) -> None:
    session = screen.ours.session

    def start() -> str:
        return session.jobs_service.start_drill(finding.tenant, finding.object_key, finding.version)

    def started(task_id: str) -> None:
        screen.app.push_screen(TaskScreen(task_id))

    def planned(plan: RestorePlan) -> None:
        if plan.problems:
            problem = plan.problems[0]
            failed(Trouble("No drill.", problem.message, problem.hint))
            return
        unlock_then(
            screen,
            plan.locked_keys,
            lambda: screen.fetch("Starting the drill", start, started, failed, group="mend"),
        )

    screen.fetch(
        "Looking at the object",
        lambda: session.plan_restore(finding.object_key, finding.version),
        planned,
        failed,
        group="mend",
    )


_WAYS = {"register": _register, "copies": _copies, "repair": _repair, "drill": _drill}
