"""Restoring an object: where to, then the task."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from secingest_tui.models.transfer import RestorePlan, RestoreRequest, Source
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting
from secingest_tui.screens.common.completion import PathSuggester
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.screens.common.passphrase import unlock_then
from secingest_tui.text import join, size
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.notice import NoticeBox


class RestoreForm(FormScreen[str]):
    """Returns the id of the task it started."""

    HEADLINE: ClassVar[str] = "Restore"
    DO: ClassVar[str] = "Restore"

    def __init__(self, object_key: str, version: str, plan: RestorePlan) -> None:
        super().__init__()
        self._key, self._version, self._plan = object_key, version, plan
        self._looked: tuple[str, Source | None] = ("", None)

    def rows(self) -> Iterable[FormRow]:
        yield FormRow(
            "Into file",
            Field(self._plan.suggestion, suggester=PathSuggester(self.ours.session), id="target"),
            id="row-target",
        )

    def on_mount(self) -> None:
        notice = self.query_one("#notice", NoticeBox)
        about = ", version " + self._version + ", " + size(self._plan.size) + ". " + self._origin()
        notice.say(join((self._key, "bold"), about))
        super().on_mount()

    def _origin(self) -> str:
        if self._plan.signed_by is None:
            return "Nobody signed it: its origin cannot be verified."
        return "Signed by " + self._plan.signed_by + ". Nothing unverified is written."

    def check(self) -> bool:
        """A file that does not exist yet, in a folder that does."""
        target = self.typed("target")
        row = self.row("row-target")
        if not target:
            row.wrong("needs a file name")
            return False
        path, source = self._looked
        if path != target:
            self._looked = (target, None)
            self._look(target)
        if path != target or source is None:
            row.hint("looking …")
            return False
        if source.exists:
            row.wrong(source.problem or "exists already; nothing is ever overwritten")
            return False
        row.good("a new file")
        return True

    def _look(self, target: str) -> None:
        session = self.ours.session

        def arrived(source: Source) -> None:
            if self.typed("target") == target:
                self._looked = (target, source)
                self._refresh()

        def failed(trouble: Trouble) -> None:
            self.row("row-target").wrong(trouble.cause)

        self.fetch("Looking at the target", lambda: session.source(target), arrived, failed, group="target")

    def submit(self) -> None:
        request = RestoreRequest(
            self._key, self._version, self.typed("target"), allow_unsigned=self._plan.signed_by is None
        )
        jobs = self.ours.session.jobs_service
        unlock_then(
            self,
            self._plan.locked_keys,
            lambda: self.attempt("Starting", lambda: jobs.start_restore(request), self.dismiss),
        )


def ask_restore(
    screen: Acting, object_key: str, version: str, started: Callable[[Acting, str], None]
) -> None:
    """Look at what restoring takes, ask where to, start it, and call ``started`` with the task's id."""
    session = screen.ours.session

    def planned(plan: RestorePlan) -> None:
        if plan.problems:
            problem = plan.problems[0]
            screen.ours.complain(Trouble("It cannot be restored", problem.message + ".", problem.hint))
            return

        def answered(task_id: str | None) -> None:
            if task_id is not None:
                started(screen, task_id)

        screen.app.push_screen(RestoreForm(object_key, version, plan), answered)

    def failed(trouble: Trouble) -> None:
        screen.ours.complain(trouble)

    screen.fetch(
        "Looking at the object",
        lambda: session.plan_restore(object_key, version),
        planned,
        failed,
        group="restore",
    )
