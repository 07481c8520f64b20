"""The last line: what the keys do here, now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import RenderResult
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from secingest_tui.actions import ACTIONS, Action, in_groups, is_typed, key_name, keys_of
from secingest_tui.screens.base import Acting
from secingest_tui.text import join

if TYPE_CHECKING:
    from secingest_tui.app import SecingestApp


class KeyBar(Widget):
    """Drops what does not fit from the middle; help and quit always stay."""

    _shown: Content | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[object]) -> None:
        # Asked after at every row the cursor passes; a line that is the same is not sent again.
        if self._content() != self._shown:
            self.refresh()

    def render(self) -> RenderResult:
        self._shown = self._content()
        return self._shown

    def _content(self) -> Content:
        screen = self.screen
        if not isinstance(screen, Acting):
            return Content("")
        typing = isinstance(screen.focused, Input)
        here = [self._entry(screen, action, typing) for action in screen.actions_here() if action.shown]
        everywhere = [self._entry(screen, action, typing) for action in self._always(screen, typing)]
        fixed = [entry for entry in everywhere if entry is not None]
        room = self.size.width - sum(entry.cell_length + 2 for entry in fixed)
        entries: list[Content] = []
        for entry in here:
            if entry is not None and entry.cell_length + 2 <= room:
                room -= entry.cell_length + 2
                entries.append(entry)
        return Content("  ").join([*entries, *fixed]).pad_left(1)

    @staticmethod
    def _always(screen: Acting, typing: bool) -> list[Action]:
        if not isinstance(screen, Screen) or screen.is_modal:
            return [ACTIONS["app.back"], ACTIONS["app.help"]]
        actions = [action for action in in_groups(["app"]) if action.shown]
        return [ACTIONS["app.back"], *actions] if typing else actions

    @staticmethod
    def _entry(screen: Acting, action: Action, typing: bool) -> Content | None:
        app: SecingestApp = screen.ours
        keys = keys_of(action, app.options.keymap)
        if typing:
            # A field takes every printable key; only these still reach the screen.
            keys = () if action.native or action.like else tuple(key for key in keys if not is_typed(key))
        owner: Acting | SecingestApp = app if action.group == "app" else screen
        state = owner.gate(action.id)
        refused = app.options.read_only and action.changes
        if not keys or state is False or (state is None and not refused):
            return None
        label = "leave field" if typing and action.id == "app.back" else action.label
        style = "bold $accent" if state else "dim"
        return join((key_name(keys[0]), style), (" " + label, "" if state else "dim"))
