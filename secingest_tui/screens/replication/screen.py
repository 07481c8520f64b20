"""The monitor: copies on their way to other object stores, live, and how to steer them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from time import monotonic
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.monitor import CauseRow, JobQuery
from secingest_tui.models.paging import Page
from secingest_tui.models.records import JobRow, JobState
from secingest_tui.screens.base import bindings
from secingest_tui.screens.common.follow import Follower
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.screens.replication import rows
from secingest_tui.screens.replication.feed import MonitorFeed
from secingest_tui.screens.replication.gauges import gauges_line, totals_line
from secingest_tui.screens.replication.states import STYLES
from secingest_tui.screens.replication.steering import Steering
from secingest_tui.text import join
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox

ROWS = 500
REREAD_SECONDS = 3.0
MOST_FRESH = 999
"""New jobs beyond the page that are counted."""
_ALL = "\x00all"
_SORTS = {
    "newest": "the last made first", "oldest": "the first made first",
    "changed": "the last changed first", "priority": "the most urgent first",
}  # fmt: skip


class ReplicationScreen(Steering, ListScreen):
    """Jobs, dead letters by cause, and backends; rows stay where they are while they change."""

    AREA = "replication"
    CSS_PATH = "screen.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("replication", "list", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("replication", "list", "filter")

    def __init__(self) -> None:
        self.query_now = JobQuery()
        self.marked: set[str] = set()
        self._feed: MonitorFeed | None = None
        self._stop: Callable[[], None] | None = None
        self._fresh: set[str] = set()
        self._read_at = 0.0
        self._told_polling = False
        super().__init__()

    def views(self) -> tuple[View[Any], ...]:
        return (
            View(
                "jobs", "Jobs", "job", rows.JOB_COLUMNS, self._load,
                lambda job: rows.job_row(job, marked=job.id in self.marked), rows.job_facts, self._empty,
                detail=self._story, heading=self._heading,
            ),
            View(
                "causes", "Dead letters", "cause", rows.CAUSE_COLUMNS,
                lambda cursor: Page(tuple(self.service.causes())), rows.cause_row, rows.cause_facts,
                lambda: join(("No job has failed. ", "bold"), "What fails is listed here by its cause."),
            ),
            View(
                "backends", "Backends", "backend", rows.HEALTH_COLUMNS,
                lambda cursor: Page(tuple(self.service.health())), rows.health_row, rows.health_facts,
                lambda: join(("No backend is registered. ", "bold"), "secingest backends add"),
            ),
        )  # fmt: skip

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            if widget.id == "views":
                yield Line(id="totals", classes="gauge")
                yield Line(id="gauges", classes="gauge")
            yield widget

    def on_mount(self) -> None:
        self.follower = Follower(self)
        super().on_mount()

    # Reading

    def _load(self, cursor: str | None) -> Page[JobRow]:
        return self.service.jobs(self.query_now, cursor, ROWS)

    def _story(self, job: JobRow) -> Any:
        story = self.service.story(job.id)
        return rows.story_facts(story), story.as_json

    def _heading(self) -> str:
        parts = [self.query_now.words()]
        parts.append(f"{len(self.marked)} marked" if self.marked else "")
        more = "+" if len(self._fresh) >= MOST_FRESH else ""
        parts.append(f"{len(self._fresh)}{more} new, r shows them" if self._fresh else "")
        return " · ".join(part for part in parts if part)

    def _empty(self) -> Content:
        if words := self.query_now.words():
            return join("No job is ", (words, "bold"), ". ", ("f", "bold $accent"), " shows others.")
        return join(
            ("Nothing is being copied. ", "bold"),
            ("3", "bold $accent"), " uploads; ", ("Copy to", "bold"), " makes a second copy; ",
            ("m", "bold $accent"), " asks the policy.",
        )  # fmt: skip

    def reload(self) -> None:
        """Ask for the page again."""
        self._fresh.clear()
        self._read_at = monotonic()
        super().reload()

    def open(self, item: Any) -> None:
        """A cause opens its jobs, everything else its details."""
        if isinstance(item, CauseRow):
            self.ask(JobQuery(state=item.state, cause=item.cause, backend=item.target))
        else:
            super().open(item)

    def ask(self, query: JobQuery) -> None:
        """Show these jobs."""
        self.query_now = query
        self.marked.clear()
        self._index = 0
        self.restart()

    # Live

    @property
    def waiting(self) -> bool:
        """Whether the server's numbers are still to come."""
        return self._feed is None or self._feed.totals is None

    def on_screen_resume(self) -> None:
        """Listen while the screen is seen."""
        super().on_screen_resume()
        if self._feed is None:
            self._feed = MonitorFeed(self._flushed)
        feed = self._feed
        if self._stop is None:
            self.fetch(
                "Watching the jobs", lambda: self.service.watch(feed.take), self._watching,
                lambda trouble: None, group="watch",
            )  # fmt: skip
        self._draw_gauges()

    def _watching(self, stop: Callable[[], None]) -> None:
        self._stop = stop

    def on_screen_suspend(self) -> None:
        """Nobody looks: the line is left to others."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    def on_unmount(self) -> None:
        self.on_screen_suspend()
        if self._feed is not None:
            self._feed.close()

    def _draw_gauges(self) -> None:
        self.query_one("#totals", Line).show(totals_line(self._feed))
        self.query_one("#gauges", Line).show(gauges_line(self._feed, self.size.width))

    def _flushed(self, changed: dict[str, JobRow]) -> None:
        """Changes of the last half second, each job once."""
        if self.leaving or not self.is_mounted or not self.is_current:
            return
        self._draw_gauges()
        self._say_how()
        if self._loaded_at is None or not changed:
            return
        if self.view.id != "jobs":
            if monotonic() - self._read_at >= REREAD_SECONDS:
                self.reload()
            return
        known = {job.id for job in self._items}
        if here := known & changed.keys():
            self._items = [changed.get(job.id, job) for job in self._items]
            self._draw_changed({job_id: changed[job_id] for job_id in here})
        unknown = {job.id for job in changed.values() if job.id not in known and self._belongs(job)}
        if not unknown or len(self._cursors) > 1:
            return
        if len(self._items) < ROWS and monotonic() - self._read_at >= REREAD_SECONDS:
            self.reload()
        else:
            # An hour of a busy queue must not be held here to be counted.
            self._fresh.update(islice(unknown, max(0, MOST_FRESH - len(self._fresh))))
            self._draw_title()

    def _belongs(self, job: JobRow) -> bool:
        """Whether reading the first page again would show it."""
        sort = self.query_now.sort
        if not self._fits(job):
            return False
        if len(self._items) < ROWS or sort == "changed":
            return True
        last: JobRow = self._items[-1]
        if sort == "priority":
            return (-job.priority, job.id) < (-last.priority, last.id)
        return job.id > last.id if sort == "newest" else job.id < last.id

    def _fits(self, job: JobRow) -> bool:
        query = self.query_now
        return (
            query.state in {None, job.state}
            and query.backend in {None, job.source, job.target}
            and query.cause in {None, job.cause}
            and query.search.lower() in job.object_key.lower()
        )

    def _say_how(self) -> None:
        feed = self._feed
        if feed is None or self._held or feed.live == (not self._told_polling):
            return
        notice = self.query_one("#notice", NoticeBox)
        self._told_polling = not feed.live
        if feed.live:
            notice.clear()
        else:
            text = (feed.why or "the server sends no events", "$muted")
            notice.say(join(("○ Not live: ", "bold $warning"), "asking every few seconds. ", text))

    # Narrowing

    def do_state(self) -> None:
        """Choose which jobs are shown."""
        choices = [Choice(_ALL, "every state")]
        choices += [
            Choice(state.value, sign + " " + state.value, what) for state, (sign, _, what) in STYLES.items()
        ]

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                state = None if values[0] == _ALL else JobState(values[0])
                self.ask(replace(self.query_now, state=state, cause=None))

        self.app.push_screen(PickScreen("Which jobs?", choices), chosen)

    def do_sort(self) -> None:
        """Choose the order of the jobs."""

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                self.ask(replace(self.query_now, sort=values[0]))

        choices = [Choice(name, name, what) for name, what in _SORTS.items()]
        self.app.push_screen(PickScreen("In which order?", choices), chosen)

    @on(Field.Submitted, "#filter")
    def handle_filter_done(self) -> None:
        """Enter: ask the server, which has more rows than this page."""
        if self.view.id == "jobs":
            self.ask(replace(self.query_now, search=self._filter.strip()))

    def step_out(self) -> bool:
        """Esc: all jobs again."""
        narrowed = self.view.id == "jobs" and bool(self.query_now.words() or self.marked)
        if narrowed:
            self.ask(JobQuery())
        return narrowed
