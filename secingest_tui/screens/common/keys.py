"""Every key of the application in one list: what it does, where it holds, and how to change it."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from secingest_tui.actions import ACTIONS, GROUP_TITLES, Action, in_groups, key_name, keymap_problems, keys_of
from secingest_tui.models.settings import Saved
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.filtering import Filters
from secingest_tui.text import cell, join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, PagedTable, Row

_COLUMNS = (
    Column("Key", 12), Column("Does", 16), Column("Where", 12), Column("What", 24, 1), Column("Name", 24),
)  # fmt: skip


class KeysScreen(Filters, Modal[None]):
    """Only what this role can do. Enter takes another key for the action, d gives it its own back."""

    CRUMB = "Keys"
    CLOSED_BY = frozenset({"app.keys"})
    CSS_PATH = "modal.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("keys", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("keys", "filter")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield NoticeBox(id="notice")
        yield FilterBox()
        yield PagedTable(id="keys")
        yield Line(id="about", classes="hint")
        yield KeyBar()

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        actions = [action for action in in_groups(GROUP_TITLES) if self.ours.role in action.roles]
        self.query_one("#keys", PagedTable).show(_COLUMNS, [self._row(action) for action in actions])

    def _row(self, action: Action) -> Row:
        keymap = self.ours.options.keymap
        keys = "  ".join(key_name(key) for key in keys_of(action, keymap))
        own = (action.like or action.id) in keymap
        cells = (
            cell(keys + (" (yours)" if own else ""), "bold" if own else ""),
            cell(action.label),
            cell(GROUP_TITLES[action.group], "dim"),
            cell(action.help),
            cell(action.id, "dim"),
        )
        return Row(action.id, cells)

    @property
    def _current(self) -> Action | None:
        """The one whose key would change."""
        action = ACTIONS.get(self.query_one("#keys", PagedTable).current)
        return ACTIONS[action.like] if action is not None and action.like else action

    @on(PagedTable.Moved)
    def handle_moved(self) -> None:
        """Below the list stand in full what it does and its name, for which a narrow list has no room."""
        action = ACTIONS.get(self.query_one("#keys", PagedTable).current)
        about = join((action.id + ": ", "bold"), action.help) if action is not None else join("")
        self.query_one("#about", Line).show(about)
        self.refresh_bindings()

    def can(self, action_id: str) -> bool:
        """Not where settings cannot be changed."""
        action = self._current
        if action is None or self.ours.options.kiosk or self.ours.options.read_only:
            return False
        return action.id in self.ours.options.keymap if action_id == "keys.default" else True

    @on(PagedTable.Opened)
    def handle_opened(self) -> None:
        """Enter: press the new key."""
        action = self._current
        if action is not None and self.can("keys.change"):
            self.app.push_screen(PressScreen(action), lambda key: self._set(action, key) if key else None)

    def do_change(self) -> None:
        """As Enter."""
        self.handle_opened()

    def do_default(self) -> None:
        """Give the action its own key back."""
        action = self._current
        if action is not None:
            self._set(action, "")

    def _set(self, action: Action, key: str) -> None:
        keymap = {name: own for name, own in self.ours.options.keymap.items() if name != action.id}
        if key:
            keymap[action.id] = key
        problems = keymap_problems(keymap)
        if problems:
            trouble = Trouble("The key was not changed", problems[0], "Press another one.")
            self.query_one("#notice", NoticeBox).trouble(trouble)
            return
        session = self.ours.session

        def saved(_saved: Saved) -> None:
            self.query_one("#notice", NoticeBox).clear()
            self.ours.remap(keymap)
            self._draw()

        self.fetch(
            "Writing the configuration", lambda: session.save_setting("screens.keymap." + action.id, key),
            saved, self.query_one("#notice", NoticeBox).trouble, group="save",
        )  # fmt: skip


class PressScreen(Modal[str]):
    """Takes the next key, whatever it is; Esc leaves."""

    CSS_PATH = "modal.tcss"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, action: Action) -> None:
        super().__init__()
        self._action = action

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Line(join(("Press the key for: ", "$muted"), (self._action.label, "bold")))
            yield Line(join(("esc leave", "$muted")), classes="hint")

    def on_key(self, event: events.Key) -> None:
        """The key itself is the answer."""
        event.stop()
        event.prevent_default()
        self.dismiss(None if event.key == "escape" else event.key)
