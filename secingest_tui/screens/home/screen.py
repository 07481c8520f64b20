"""Home: is everything all right, and what needs me. The first line answers, the rest says why."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from secingest_tui.actions import AREAS, areas_of
from secingest_tui.models.overview import Check, Level, Overview, Stored
from secingest_tui.models.transfer import TaskView
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import AreaScreen, bindings
from secingest_tui.screens.common.follow import Follower
from secingest_tui.screens.filtering import Filters
from secingest_tui.screens.home.flushing import Flushes
from secingest_tui.screens.home.outbox import OutboxScreen
from secingest_tui.screens.home.plots import plots
from secingest_tui.text import cell, count, join
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.menu import Menu
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.status_bar import StatusBar
from secingest_tui.widgets.table import Column, PagedTable, Row

AGAIN_SECONDS = 30.0
_MARKS = {
    Level.BROKEN: ("✗ broken", "bold red"),
    Level.ATTENTION: ("▲ look", "bold yellow"),
    Level.NOTHING: ("· none yet", "dim"),
    Level.FINE: ("✓ fine", "green"),
}
_COLUMNS = (Column("State", 10), Column("What", 16), Column("How it is", 24, 3), Column("Next step", 24, 2))


class HomeScreen(Flushes, Filters, AreaScreen):
    """Asks again every half minute while it is looked at; Enter goes to what looks after a row."""

    AREA = "home"
    CSS_PATH = "screen.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("home", "filter")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"
    BINDINGS: ClassVar[list[BindingType]] = bindings("home", "filter")

    def __init__(self) -> None:
        super().__init__()
        self._overview: Overview | None = None
        self._stored: Stored | None = None
        self._asked_at: datetime | None = None

    def compose(self) -> ComposeResult:
        yield Menu(self.AREA)
        yield StatusBar()
        yield Line(join(("  looking …", "$muted")), id="verdict")
        yield NoticeBox(id="notice")
        with Vertical(id="body"):
            yield FilterBox()
            yield PagedTable(id="table")
            yield Line(id="next")
            yield Line(id="plots")
        yield KeyBar()

    def on_mount(self) -> None:
        self.follower = Follower(self)
        self.ours.tasks_signal.subscribe(self, self._tasks_changed)
        self.set_interval(AGAIN_SECONDS, self._again)
        self.reload()

    def on_screen_resume(self) -> None:
        """Coming back shows what is true now."""
        if self._asked_at is not None:
            self.reload()

    def _again(self) -> None:
        if self.app.screen is self:
            self.reload()

    def reload(self) -> None:
        """Ask everything again; what is shown stays until the answers are here."""
        session = self.ours.session
        self.fetch(
            "Looking after everything", session.overview, self._arrived, self._failed, group="overview"
        )
        self.fetch("Reading what is stored", session.stored, self._counted, self._not_counted, group="stored")

    def _arrived(self, found: Overview) -> None:
        self._overview, self._asked_at = found, self.ours.now()
        self.ours.history.queued(found.queue)
        self.query_one("#notice", NoticeBox).clear()
        self.query_one("#table", PagedTable).show(_columns(found), [_row(check) for check in found.checks])
        self._draw_verdict(found)
        self._draw_plots()
        self.refresh_bindings()

    def _failed(self, trouble: Trouble) -> None:
        kept = "what was found before is still below" if self._overview is not None else ""
        self.query_one("#notice", NoticeBox).trouble(trouble, kept)
        if self._overview is None:
            self.query_one("#verdict", Line).show(join(("  ✗ ", "bold $error"), ("Nobody knows", "bold")))

    def _counted(self, found: Stored) -> None:
        self._stored = found
        self._draw_plots()

    def _not_counted(self, _trouble: Trouble) -> None:
        """The row of the metadata server says so; what was counted before stays."""

    def _tasks_changed(self, _tasks: tuple[TaskView, ...]) -> None:
        if self.app.screen is self:
            self._draw_plots()

    def _draw_verdict(self, found: Overview) -> None:
        if found.needing:
            worst = found.checks[0].level is Level.BROKEN
            said = count(found.needing, "thing needs", "things need") + " you"
            line = join(
                ("  ✗ " if worst else "  ▲ ", "bold $error" if worst else "bold $warning"), (said, "bold")
            )
        elif any(
            check.level is Level.NOTHING and check.id in {"credentials", "keys"} for check in found.checks
        ):
            line = join(("  · ", "bold"), ("All is ready. ", "bold"), self._first_step())
        else:
            line = join(("  ✓ ", "bold $success"), ("Everything is all right", "bold"))
        self.query_one("#verdict", Line).show(line)

    def _first_step(self) -> Content:
        if "upload" in areas_of(self.ours.role):
            return join(("3", "bold $accent"), " uploads a file, and makes tenant and key on the way.")
        return join("Nothing was recorded yet.")

    def on_resize(self, _event: events.Resize) -> None:
        """Plots are as wide as there is room."""
        self.call_after_refresh(self._draw_plots)

    def _draw_plots(self) -> None:
        if self._overview is None:
            return
        width, height = self.app.size
        room = height - self.query_one("#table", PagedTable).row_count - 7
        shown = plots(self._overview, self._stored, self.ours.history, width - 4, room)
        self.query_one("#plots", Line).show(shown)

    @property
    def selected(self) -> Check | None:
        """The check under the cursor."""
        key = self.query_one("#table", PagedTable).current
        checks = self._overview.checks if self._overview is not None else ()
        return next((check for check in checks if check.id == key), None)

    @on(PagedTable.Moved, "#table")
    def handle_moved(self) -> None:
        """Below the table stands in full what may be cut in it."""
        check = self.selected
        text = Content("")
        if check is not None:
            step = self._step(check)
            text = join(
                (check.title + ": ", "bold"), check.text, *((("  →  ", "$muted"), step) if step else ())
            )
        self.query_one("#next", Line).show(text)
        self.refresh_bindings()

    def _step(self, check: Check) -> str:
        area = AREAS.get(check.area)
        there = area is not None and area.id != "home" and area.id in areas_of(self.ours.role)
        where = f"enter: {area.title}" if there and area is not None else ""
        return " · ".join(part for part in (check.remedy, where) if part)

    @on(PagedTable.Opened, "#table")
    def handle_opened(self) -> None:
        """Enter: to the screen that looks after it, or its own list."""
        check = self.selected
        if check is None:
            return
        if check.id == "outbox" and self.gate("home.outbox"):
            self.do_outbox()
        elif check.area in areas_of(self.ours.role) and check.area != "home":
            self.ours.go_from_home(check.area)
        else:
            self.ours.notify(check.remedy or check.text, timeout=10)

    def can(self, action_id: str) -> bool:
        """Registering needs something that waits, and is done once at a time."""
        if action_id == "home.flush":
            return not self.flushing and self.ours.status is not None and self.ours.status.outbox_count > 0
        if action_id == "home.open":
            return self.selected is not None
        return super().can(action_id)

    def do_open(self) -> None:
        """As Enter in the table."""
        self.handle_opened()

    def do_refresh(self) -> None:
        """Ask again."""
        self.query_one("#verdict", Line).show(join(("  looking …", "$muted")))
        # What waits to be registered decides what can be done here.
        self.ours.refresh_status()
        self.reload()

    def do_outbox(self) -> None:
        """What waits to be registered."""
        self.app.push_screen(OutboxScreen(), lambda _none: self.reload())


def _columns(found: Overview) -> tuple[Column, ...]:
    """No column for steps that nobody has to take: what there is to say gets the room."""
    return _COLUMNS if any(check.remedy for check in found.checks) else _COLUMNS[:-1]


def _row(check: Check) -> Row:
    word, style = _MARKS[check.level]
    quiet = check.level in {Level.FINE, Level.NOTHING}
    cells = (cell(word, style), cell(check.title, "" if quiet else "bold"), cell(check.text, limit=120),
             cell(check.remedy, "dim" if quiet else ""))  # fmt: skip
    return Row(check.id, cells, name=check.title)
