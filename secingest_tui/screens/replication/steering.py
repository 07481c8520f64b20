"""What the monitor's keys do to jobs and backends: to one, to the marked ones, to all that are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content

from secingest_tui.models.monitor import BackendHealthRow, CauseRow, JobQuery
from secingest_tui.models.records import JobRow
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.follow import Ends, Follower
from secingest_tui.screens.common.task_words import at_work
from secingest_tui.screens.replication.ports import ReplicationService
from secingest_tui.text import count, join, safe

if TYPE_CHECKING:
    from secingest_tui.screens.listing import ListScreen

    _Base = ListScreen
else:
    _Base = object

_VERBS = {"retry": "Retry", "cancel": "Cancel", "pause": "Pause", "resume": "Resume"}
_ONE = frozenset({f"replication.{name}" for name in _VERBS})
_ALL = frozenset({f"replication.{name}_all" for name in _VERBS})
_JOBS_ONLY = frozenset({"replication.mark", "replication.sort", "replication.state"}) | _ALL


class Steering(_Base):
    """The part of the monitor that changes something."""

    query_now: JobQuery
    marked: set[str]
    follower: Follower

    @property
    def service(self) -> ReplicationService:
        return self.ours.session.replication

    def can(self, action_id: str) -> bool:
        """Only what the row, or the rows that are marked, allow."""
        selected: Any = self.selected
        if action_id in _JOBS_ONLY:
            return self.view.id == "jobs" and (action_id != "replication.mark" or selected is not None)
        if action_id == "replication.close_breaker":
            return isinstance(selected, BackendHealthRow) and selected.breaker != "closed"
        if action_id in _ONE:
            return self._possible(action_id.partition(".")[2], selected)
        return super().can(action_id)

    def _possible(self, name: str, selected: Any) -> bool:
        if isinstance(selected, BackendHealthRow):
            return name == ("resume" if selected.paused else "pause")
        if isinstance(selected, CauseRow):
            return True
        if self.marked and self.view.id == "jobs":
            return True
        if not isinstance(selected, JobRow):
            return False
        return {
            "retry": selected.can_retry, "cancel": selected.can_cancel,
            "pause": selected.can_pause, "resume": selected.paused,
        }[name]  # fmt: skip

    def subject(self, action_id: str) -> str:
        """What would be changed, in words."""
        if action_id in _ALL:
            return self.query_now.words() or "every job there is"
        selected: Any = self.selected
        if isinstance(selected, CauseRow):
            return count(selected.count, "job") + f" ({selected.cause} at {selected.target})"
        if isinstance(selected, BackendHealthRow):
            return "all replication with " + selected.id
        if self.marked and self.view.id == "jobs":
            return count(len(self.marked), "marked job")
        return selected.object_key + " to " + selected.target if isinstance(selected, JobRow) else ""

    def do_mark(self) -> None:
        """Mark or unmark the row."""
        job = self.selected
        if isinstance(job, JobRow):
            self.marked ^= {job.id}
            self._draw()
            self.query_one("#table").action_cursor_down()  # type: ignore[attr-defined]

    def do_retry(self) -> None:
        """Run again now; asks where it is more than one."""
        self._steer("retry", ask=self._many())

    def do_cancel(self) -> None:
        """Stop."""
        self._steer("cancel")

    def do_pause(self) -> None:
        """Keep from the workers; asks where it is more than one."""
        self._steer("pause", ask=self._many())

    def do_resume(self) -> None:
        """Go on; asks where it is more than one."""
        self._steer("resume", ask=self._many())

    def do_retry_all(self) -> None:
        """Every job that is shown, on all pages."""
        self._change("retry", self.query_now)

    def do_cancel_all(self) -> None:
        """Every job that is shown, on all pages."""
        self._change("cancel", self.query_now)

    def do_pause_all(self) -> None:
        """Every job that is shown, on all pages."""
        self._change("pause", self.query_now)

    def do_resume_all(self) -> None:
        """Every job that is shown, on all pages."""
        self._change("resume", self.query_now)

    def do_reconcile(self) -> None:
        """Ask the policy for jobs."""
        self.busy(at_work("asking the policy", ""))

        def done(made: tuple[int, int]) -> None:
            short = f"; {count(made[1], 'object')} stay short: secingest reconcile" if made[1] else ""
            self._told(f"{count(made[0], 'job')} made{short}.")

        def told(progress: str) -> None:
            self.busy(at_work("asking the policy", progress))

        ends = Ends("Reconciling", done, self._not_changed, lambda text: self.busy(join(text)), told)
        self.follower.start(self.service.start_reconcile, ends, group="change")

    def do_close_breaker(self) -> None:
        """Try the backend again now."""
        row = self.selected
        if isinstance(row, BackendHealthRow):
            self.fetch(
                "Closing the breaker", lambda: self.service.close_breaker(row.id),
                lambda _: self._told(row.id + " is tried again."), self._not_changed, group="change",
            )  # fmt: skip

    def _many(self) -> bool:
        return not isinstance(self.selected, JobRow) or bool(self.marked)

    def _steer(self, name: str, *, ask: bool = False) -> None:
        selected: Any = self.selected
        if not ask:
            self._run(name, selected)
            return
        question = join((_VERBS[name] + ": ", "bold"), self.subject("replication." + name), Content("\n"))

        def answered(agreed: bool | None) -> None:
            if agreed:
                self._run(name, selected)

        screen = ConfirmScreen(question, safe(_VERBS[name]), Content("Keep as it is"))
        self.app.push_screen(screen, answered)

    def _run(self, name: str, selected: Any) -> None:
        if isinstance(selected, BackendHealthRow):
            paused = name == "pause"
            self.fetch(
                _VERBS[name] + " the backend", lambda: self.service.pause_backend(selected.id, paused),
                lambda _: self._told(selected.id + (" is paused." if paused else " goes on.")),
                self._not_changed, group="change",
            )  # fmt: skip
        elif isinstance(selected, CauseRow):
            self._change(name, JobQuery(state=selected.state, cause=selected.cause, backend=selected.target))
        elif self.marked:
            self._change(name, sorted(self.marked))
        elif isinstance(selected, JobRow):
            self._change(name, [selected.id])

    def _change(self, name: str, which: JobQuery | list[str]) -> None:
        service = self.service
        self.busy(join((_VERBS[name].lower() + " …", "$muted")))

        def call() -> tuple[int, int]:
            if isinstance(which, JobQuery):
                return service.change_all(name, which)
            return service.change(name, which)

        def done(result: tuple[int, int]) -> None:
            changed, skipped = result
            self.marked.clear()
            rest = f"; {skipped:,} are in a state that has no {name}" if skipped else ""
            self._told(f"{_VERBS[name]}: {count(changed, 'job')}{rest}.")

        self.fetch(_VERBS[name] + " jobs", call, done, self._not_changed, group="change")

    def _told(self, text: str) -> None:
        self.ours.notify(text)
        self.do_refresh()

    def _not_changed(self, trouble: Trouble) -> None:
        self.complain(trouble, "what was not changed is as it was")
