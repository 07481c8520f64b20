"""Copies on their way to other object stores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.paging import Page
from secingest_tui.models.records import JobRow, JobState
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import bindings
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.text import cell, join, size, when
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Column, Row

ROWS = 500
_ALL = "\x00all"
_STYLES = {
    JobState.QUEUED: ("○", "", "waits for a worker"),
    JobState.LEASED: ("▶", "cyan", "a worker is copying"),
    JobState.RETRYING: ("↻", "yellow", "failed, tried again later"),
    JobState.SUCCEEDED: ("✓", "green", "the copy is there and verified"),
    JobState.DEAD: ("✗", "red", "gave up: needs somebody"),
    JobState.CANCELLED: ("■", "dim", "stopped by somebody"),
    JobState.BLOCKED: ("▲", "magenta", "the policy forbids it"),
}


class ReplicationScreen(ListScreen):
    """Jobs by state, with the word, a sign and a colour."""

    AREA = "replication"
    CSS_PATH = "screen.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("replication", "list")
    BINDINGS: ClassVar[list[BindingType]] = bindings("replication", "list")

    def __init__(self) -> None:
        self._state: JobState | None = None
        super().__init__()

    def views(self) -> tuple[View[Any], ...]:
        return (
            View(
                "jobs", "Jobs", "job",
                (
                    Column("State", 11), Column("Object", 20, 3, tail=True), Column("To", 12, 1),
                    Column("Tries", 5, right=True), Column("Changed", 17), Column("Last error", 20, 2),
                ),
                self._load, _job_row, _job_facts, self._empty, heading=self._heading,
            ),
        )  # fmt: skip

    def _load(self, cursor: str | None) -> Page[JobRow]:
        return self.ours.session.jobs(self._state, cursor, ROWS)

    def _heading(self) -> str:
        return self._state.value + " only" if self._state is not None else ""

    def _empty(self) -> Content:
        if self._state is not None:
            return join(
                "No job is ", (self._state.value, "bold"), ". ", ("f", "bold $accent"), " shows others."
            )
        return join(
            ("Nothing is being copied. ", "bold"),
            ("3", "bold $accent"), " uploads; ", ("Copy to", "bold"), " makes a second copy.",
        )  # fmt: skip

    def can(self, action_id: str) -> bool:
        """Only what the job's state allows."""
        job = self.selected
        if action_id == "replication.retry":
            return isinstance(job, JobRow) and job.can_retry
        if action_id == "replication.cancel":
            return isinstance(job, JobRow) and job.can_cancel
        return super().can(action_id)

    def subject(self, action_id: str) -> str:
        """The copy that would not be made."""
        job = self.selected
        return job.object_key + " to " + job.target if isinstance(job, JobRow) else ""

    def do_state(self) -> None:
        """Choose which jobs are shown."""
        choices = [Choice(_ALL, "every state")]
        choices += [
            Choice(state.value, glyph + " " + state.value, what)
            for state, (glyph, _, what) in _STYLES.items()
        ]

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                self._state = None if values[0] == _ALL else JobState(values[0])
                self.restart()

        self.app.push_screen(PickScreen("Which jobs?", choices), chosen)

    def do_retry(self) -> None:
        """Run it again now."""
        self._change("Retrying the job", self.ours.session.retry_job)

    def do_cancel(self) -> None:
        """Stop it."""
        self._change("Cancelling the job", self.ours.session.cancel_job)

    def _change(self, what: str, call: Callable[[str], JobRow]) -> None:
        job = self.selected
        if not isinstance(job, JobRow):
            return
        job_id = job.id

        def changed(now: JobRow) -> None:
            self.ours.notify("The job is " + now.state.value + " now.")
            self.reload()

        def failed(trouble: Trouble) -> None:
            self.complain(trouble, "the job is as it was")

        self.fetch(what, lambda: call(job_id), changed, failed, group="change")


def state_cell(state: JobState) -> Text:
    """Glyph, word and colour."""
    glyph, style, _ = _STYLES[state]
    return cell(glyph + " " + state.value, style)


def _job_row(job: JobRow) -> Row:
    return Row(
        job.id,
        (
            state_cell(job.state),
            cell(job.object_key, "bold"),
            cell(job.target),
            cell(str(job.attempts), right=True),
            cell(when(job.updated_at, short=True), "dim"),
            cell(job.error, "red"),
        ),
        job.object_key + " to " + job.target,
    )


def _job_facts(job: JobRow) -> Sequence[Item]:
    return (
        Item("job", job.id),
        Item("state", job.state.value + ": " + _STYLES[job.state][2]),
        Item("object key", job.object_key),
        Item("version", job.version),
        Item("from", job.source),
        Item("to", job.target),
        Item("size", size(job.bytes_total)),
        Item("tries", str(job.attempts)),
        Item("changed", when(job.updated_at)),
        Item("next try", when(job.next_attempt_at)),
        Item("last error", job.error or "none"),
    )
