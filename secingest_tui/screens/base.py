"""What every screen and modal has in common: actions by the table, and work in threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from secingest_tui.actions import ACTIONS, AREAS, Action, Tier, in_groups
from secingest_tui.models.trouble import Trouble

if TYPE_CHECKING:
    from textual.worker import WorkType

    from secingest_tui.app import SecingestApp

    _Node = DOMNode
else:
    # A node to the type checker only: Textual follows the first node among the bases for style
    # rules, and a second one would cut the screens off from those of Screen.
    _Node = object

T = TypeVar("T")
R = TypeVar("R")


def bindings(*groups: str) -> list[BindingType]:
    """Textual bindings for the actions of these groups."""
    return [
        Binding(key, f"act('{action.id}')", action.label, id=action.id)
        for action in in_groups(groups)
        if not (action.native or action.like)
        for key in action.keys.split(",")
    ]


class Acting(_Node):
    """Runs actions of the table through one gate: role, read-only, possible now, asked for twice."""

    KEY_GROUPS: ClassVar[tuple[str, ...]] = ()
    """The groups of the table that hold here, the most specific first."""

    @property
    def crumb(self) -> str:
        """The screen's name in the line that says where you are; empty if it is no place of its own."""
        return ""

    @property
    def ours(self) -> SecingestApp:
        """The application, as what it is."""
        return cast("SecingestApp", self.app)

    @property
    def leaving(self) -> bool:
        """Whether this is being closed: its widgets go first, while it still is attached itself."""
        return not (self.is_attached and self.display)

    def do_back(self) -> None:
        """Esc."""
        raise NotImplementedError

    def can(self, action_id: str) -> bool:
        """Whether the action makes sense at this moment; screens narrow it."""
        return True

    def subject(self, action_id: str) -> str:
        """The name of what a destructive action is about to act on."""
        raise NotImplementedError(action_id)

    def gate(self, action_id: str) -> bool | None:
        """``True``: go; ``None``: shown dimmed and refused; ``False``: not for this role."""
        action = ACTIONS[action_id]
        if action_id == "app.back":
            return True
        if action_id == "app.details":
            return True if self.ours.last_trouble is not None else None
        if self.ours.role not in action.roles:
            return False
        if (self.ours.options.read_only and action.changes) or not self.can(action_id):
            return None
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Textual's question whether a binding holds."""
        if action == "act" and parameters:
            return self.gate(str(parameters[0]))
        return super().check_action(action, parameters)

    def action_act(self, action_id: str) -> None:
        """Run an action of the table; destructive ones ask first."""
        action = ACTIONS[action_id]
        run = cast("Callable[[], None]", getattr(self, action.method))
        if action.tier is Tier.SAFE:
            run()
            return
        from secingest_tui.screens.common.confirm import ConfirmScreen

        def answered(agreed: bool | None) -> None:
            if agreed:
                run()

        self.app.push_screen(ConfirmScreen.for_action(action, self.subject(action_id)), answered)

    def actions_here(self) -> list[Action]:
        """What this screen's keys do, for the key bar, the help and the palette."""
        return [action for action in in_groups(self.KEY_GROUPS) if self.ours.role in action.roles]

    def fetch(
        self,
        what: str,
        call: Callable[[], T],
        done: Callable[[T], object],
        failed: Callable[[Trouble], None],
        *,
        group: str,
    ) -> None:
        """Call a service in a thread, then go on here. A newer call of the group replaces an older one."""

        async def run() -> None:
            trouble: Trouble | None = None
            try:
                result = await asyncio.to_thread(call)
            except Exception as error:  # noqa: BLE001 - whatever failed is shown, never lost, never fatal
                trouble = Trouble.of(what, error)
            if self.leaving:
                return
            if trouble is not None:
                failed(trouble)
            else:
                done(result)

        # The function, not its coroutine: a screen that is gone never starts it.
        work = cast("WorkType[None]", run)
        self.run_worker(work, group=group, exclusive=True, description=what)


# With priority, because otherwise keys that arrive together with Tab (a slow line sends bursts) still
# go to the field before it: a passphrase would end up in clear in the field above.
_TABS: list[BindingType] = [
    Binding("tab", "app.focus_next", "next field", show=False, priority=True, id="move.next"),
    Binding("shift+tab", "app.focus_previous", "field before", show=False, priority=True, id="move.previous"),
]


class AreaScreen(Acting, Screen[None]):
    """One of the main screens."""

    AREA: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = _TABS

    @property
    def crumb(self) -> str:
        """The area's name."""
        return AREAS[self.AREA].title if self.AREA else ""

    def do_back(self) -> None:
        """Esc: out of the field that takes the letters, else back to where it was gone to from."""
        if isinstance(self.focused, Input):
            self.set_focus(None)
        else:
            self.ours.return_home()


class Modal(Acting, ModalScreen[R]):
    """A question or a closer look on top of a screen; Esc leaves without an answer."""

    CRUMB: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *_TABS,
        *bindings("app"),
    ]
    CLOSED_BY: ClassVar[frozenset[str]] = frozenset()
    """Beside Esc: the action that opens it from anywhere closes it again."""

    @property
    def crumb(self) -> str:
        """What the subclass calls itself."""
        return self.CRUMB

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Leave, once: keys that came in a burst, or an answer that came late, must not act twice.

        Textual's own calls back and takes the topmost screen off, whichever that is, each time it is called.
        """
        stack = self.app.screen_stack
        if self not in stack:
            return AwaitComplete()
        for _ in stack[stack.index(self) + 1 :]:
            self.app.pop_screen()
        return super().dismiss(result)

    def gate(self, action_id: str) -> bool | None:
        """What holds everywhere holds here too, and is the application's."""
        if ACTIONS[action_id].group == "app":
            return self.ours.gate(action_id)
        return super().gate(action_id)

    def action_act(self, action_id: str) -> None:
        """Textual asks no application for keys while a window lies on top: its actions go there from here."""
        if action_id in self.CLOSED_BY:
            self.leave()
        elif ACTIONS[action_id].group == "app" and action_id != "app.back":
            self.ours.action_act(action_id)
        else:
            super().action_act(action_id)

    def actions_here(self) -> list[Action]:
        """Without those of its groups that it does not bind."""
        bound = {binding.id for _, binding in self._bindings}
        return [
            action for action in super().actions_here() if action.native or action.like or action.id in bound
        ]

    @property
    def unsaved(self) -> bool:
        """Whether something was typed that would be lost."""
        return False

    def leave(self, then: Callable[[], object] = lambda: None) -> None:
        """Leave without an answer and go on; ask first where something typed would be lost."""
        if not self.unsaved:
            self.dismiss(None)
            then()
            return
        from secingest_tui.screens.common.confirm import ConfirmScreen

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.dismiss(None)
                then()

        self.app.push_screen(ConfirmScreen.for_typed(), answered)

    def do_back(self) -> None:
        """Leave without an answer."""
        self.leave()
