"""The checklist of one tenant. No key ticks a step: a tick is what its check found at provider and server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.directory import KeyView
from secingest_tui.models.provisioning import StepMark, StepNeeds, StepView
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.follow import Ends, Follower
from secingest_tui.screens.common.passphrase import unlock_then
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.screens.filtering import Filters
from secingest_tui.screens.onboarding.adopting import adopt_screen
from secingest_tui.screens.onboarding.forms import PasteForm
from secingest_tui.screens.provisioning.forms import KeyForm
from secingest_tui.screens.provisioning.secret import fresh_secrets_screen
from secingest_tui.text import cell, join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, PagedTable, Row

_MARKS = {
    StepMark.DONE: ("✓ done", "green"),
    StepMark.OPEN: ("○ open", ""),
    StepMark.WAITS: ("◷ waits", "yellow"),
    StepMark.FAILED: ("✗ failed", "bold red"),
    StepMark.NOT_NEEDED: ("– not needed", "dim"),
    StepMark.UNKNOWN: ("… asking", "dim"),
}
_COLUMNS = (Column("Step", 25), Column("State", 12), Column("Found", 20, 1))


class OnboardingScreen(Filters, Modal[None]):
    """Leaving it loses nothing: what is done is found again."""

    CRUMB = "Onboarding"
    CSS_PATH = "screen.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("onboarding", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("onboarding", "filter")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def __init__(self, tenant: str) -> None:
        super().__init__()
        self._tenant = tenant
        self._steps: list[StepView] = []
        self._busy = False

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield Line(classes="title", id="head")
        yield NoticeBox(id="notice")
        yield FilterBox()
        yield PagedTable(id="steps")
        yield Line(id="why")
        yield KeyBar()

    def on_mount(self) -> None:
        service, tenant = self.ours.session.onboarding, self._tenant
        self._follower = Follower(self)

        def arrived(steps: Sequence[StepView]) -> None:
            self._steps = list(steps)
            self._draw()
            if task_id := service.running(tenant):
                self._busy = True
                self._follower.follow(task_id, self._ends("Waiting", lambda _value: self.do_check()))
            else:
                self.do_check()

        self.fetch("Reading the steps", lambda: service.steps(tenant), arrived, self._failed, group="step")

    @property
    def _current(self) -> StepView | None:
        key = self.query_one("#steps", PagedTable).current
        return next((step for step in self._steps if step.id == key), None)

    def _draw(self) -> None:
        done = sum(step.mark.settled for step in self._steps)
        said = f"{done} of {len(self._steps)} done"
        complete = bool(self._steps) and done == len(self._steps)
        self.query_one("#head", Line).show(
            join(" ", (self._tenant, "bold"), "   ", (said, "bold $success" if complete else "bold"))
        )
        rows = [_row(number, step) for number, step in enumerate(self._steps, start=1)]
        self.query_one("#steps", PagedTable).show(_COLUMNS, rows)
        self._explain()
        self.refresh_bindings()

    def _explain(self) -> None:
        step = self._current
        if step is None:
            return
        parts = [join(("Why: ", "bold"), step.why)]
        if step.problem:
            parts += [Content("\n"), join((step.problem, "$warning"))]
        if step.remedy:
            parts += [Content("\n"), join(("Next: ", "bold"), step.remedy)]
        self.query_one("#why", Line).show(join(*parts))

    def _replace(self, found: StepView) -> None:
        if self.leaving:  # told from a thread that may outlive the screen
            return
        self._steps = [found if step.id == found.id else step for step in self._steps]
        self._draw()

    def _say(self, text: str) -> None:
        if not self.leaving:
            self.query_one("#notice", NoticeBox).say(join((text, "$muted")))

    def _failed(self, trouble: Trouble) -> None:
        self._busy = False
        self.query_one("#notice", NoticeBox).trouble(trouble)
        self.refresh_bindings()

    def _ends(self, what: str, done: Callable[[Any], object]) -> Ends:
        """What is at work is said as it goes; what was made already is shown however it ends."""

        def ended(value: Any) -> None:
            self._busy = False
            self.query_one("#notice", NoticeBox).clear()
            done(value)

        def failed(trouble: Trouble) -> None:
            self._failed(trouble)
            self._show_secrets(lambda: None)

        def stopped(text: str) -> None:
            self._stop()
            self._say(text)
            self._show_secrets(lambda: None)

        return Ends(what, ended, failed, stopped, lambda text: self._say(text + "  (t: all tasks)"))

    def _begin(self, what: str, start: Callable[[], str], done: Callable[[Any], object]) -> None:
        self._busy = True
        self.refresh_bindings()
        self._follower.start(start, self._ends(what, done), group="step")

    def _show_secrets(self, then: Callable[[], None]) -> None:
        """What steps made, once; also what a step made while nobody looked."""
        secrets = self.ours.session.onboarding.secrets(self._tenant)
        if secrets:
            self.app.push_screen(fresh_secrets_screen(self._tenant, secrets), lambda _none: then())
        else:
            then()

    @on(PagedTable.Moved)
    def handle_moved(self) -> None:
        """The sentence below is about the step under the cursor."""
        self._explain()
        self.refresh_bindings()

    @on(PagedTable.Opened)
    def handle_opened(self) -> None:
        """Enter shows everything the check found."""
        step = self._current
        if step is None:
            return
        items = [Item("state", step.mark.value), Item("why", step.why)]
        items += [Item(name, value) for name, value in step.facts]
        items += [Item("problem", step.problem)] if step.problem else []
        items += [Item("next step", step.remedy)] if step.remedy else []
        self.app.push_screen(DetailScreen(step.title, lambda: (items, "")))

    def can(self, action_id: str) -> bool:
        """One thing at a time."""
        if action_id == "app.back":
            return True
        return bool(self._steps) and not self._busy

    def subject(self, action_id: str) -> str:
        """What would be rolled back."""
        return self._tenant

    def do_check(self) -> None:
        """Ask about every step; each shows as it is known."""
        service, tenant = self.ours.session.onboarding, self._tenant
        self._say("asking provider and server …")

        def tell(found: StepView) -> None:
            self.app.call_from_thread(self._replace, found)

        def arrived(steps: Sequence[StepView]) -> None:
            self._steps = list(steps)
            self._select_next()
            self._show_secrets(lambda: None)

        self._begin("Checking", lambda: service.start_check(tenant, tell), arrived)

    def do_do(self) -> None:
        """The step under the cursor."""
        step = self._current
        if step is not None:
            self._do(step.id, lambda: None)

    def do_next(self) -> None:
        """The first step that is not done, and so on."""
        step = next((step for step in self._steps if not step.mark.settled), None)
        if step is None:
            self._say("Every step is done. p writes the report.")
            return
        self._do(step.id, self.do_next)

    def _do(self, step_id: str, then: Callable[[], None]) -> None:
        """Ask what the step needs, do it, show what is shown once, go on."""
        service, tenant = self.ours.session.onboarding, self._tenant
        self._busy = True
        self.query_one("#steps", PagedTable).move_cursor(row=self._index(step_id))
        self._say("doing it …")

        def asked(needs: StepNeeds) -> None:
            self._ask_pasted(needs, {}, lambda pasted: self._work(step_id, pasted, then))

        self.fetch(
            "Looking at the step", lambda: service.needs(tenant, step_id), asked, self._failed, group="step"
        )

    def _ask_pasted(
        self,
        needs: StepNeeds,
        pasted: dict[str, tuple[str, str]],
        go: Callable[[dict[str, tuple[str, str]]], None],
    ) -> None:
        left = [name for name in needs.paste if name not in pasted]
        if left:

            def answered(pair: tuple[str, str] | None) -> None:
                if pair is None:
                    self._stop()
                else:
                    self._ask_pasted(needs, {**pasted, left[0]: pair}, go)

            self.app.push_screen(PasteForm(left[0], self._tenant), answered)
        elif needs.adopt:
            self._ask_adopt(needs, lambda: self._ask_pasted(replace(needs, adopt=()), pasted, go))
        elif needs.new_key:
            self._ask_key(needs.new_key, lambda: go(pasted))
        else:
            self._busy = False  # leaving the passphrase asks nothing more
            unlock_then(self, needs.locked, lambda: go(pasted))

    def _ask_adopt(self, needs: StepNeeds, go: Callable[[], None]) -> None:
        """Somebody else made a user of this name: it is taken up only if a person says so."""
        service, tenant = self.ours.session.onboarding, self._tenant

        def agreed(yes: bool | None) -> None:
            if not yes:
                self._stop()
                return
            self.fetch(
                "Taking it up", lambda: service.adopt(tenant), lambda _none: go(), self._failed, group="step"
            )

        self.app.push_screen(adopt_screen(tenant, needs.adopt), agreed)

    def _ask_key(self, key_id: str, go: Callable[[], None]) -> None:
        service, tenant = self.ours.session.onboarding, self._tenant

        def made(key: KeyView | None) -> None:
            if key is None:
                self._stop()
                return
            name = key.key_id
            self.fetch(
                "Taking the key", lambda: service.use_key(tenant, name), lambda _none: go(), self._failed,
                group="step",
            )  # fmt: skip

        self.app.push_screen(KeyForm(key_id), made)

    def _work(self, step_id: str, pasted: dict[str, tuple[str, str]], then: Callable[[], None]) -> None:
        service, tenant = self.ours.session.onboarding, self._tenant

        def done(found: StepView) -> None:
            self._replace(found)
            self._show_secrets(then if found.mark.settled else self._stop)

        title = next(step.title for step in self._steps if step.id == step_id)
        self._begin(title, lambda: service.start_step(tenant, step_id, pasted), done)

    def _stop(self) -> None:
        self._busy = False
        self.query_one("#notice", NoticeBox).clear()
        self._draw()

    def _index(self, step_id: str) -> int:
        return next(index for index, step in enumerate(self._steps) if step.id == step_id)

    def _select_next(self) -> None:
        self._draw()
        step = next((step for step in self._steps if not step.mark.settled), None)
        if step is not None:
            self.query_one("#steps", PagedTable).move_cursor(row=self._index(step.id))
        self._explain()

    def do_report(self) -> None:
        """Check, write and show it."""
        service, tenant = self.ours.session.onboarding, self._tenant
        self._say("checking for the report …")

        def written(answer: tuple[str, str]) -> None:
            text, path = answer
            self._stop()
            self.ours.notify("Written to " + path + ", and as JSON beside it.")
            self.app.push_screen(ValueScreen("Report", text))

        self._begin("Writing the report", lambda: service.start_report(tenant), written)

    def do_roll_back(self) -> None:
        """Take back what was made, and say what."""
        service, tenant = self.ours.session.onboarding, self._tenant
        self._say("taking back …")

        def done(lines: Sequence[str]) -> None:
            self.ours.notify("\n".join(lines) or "There was nothing to take back.", timeout=15)
            self.do_check()

        self._begin("Rolling back", lambda: service.start_roll_back(tenant), done)


def _row(number: int, step: StepView) -> Row:
    glyph, style = _MARKS[step.mark]
    found = step.problem or "; ".join(f"{name}: {value}" for name, value in step.facts)
    return Row(
        step.id, (cell(f"{number:>2} {step.title}"), cell(glyph, style), cell(found, "dim")), step.title
    )
