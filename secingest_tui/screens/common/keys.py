"""Every key of the application in one list: what it does, where it holds, and whether it is your own."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from secingest_tui.actions import GROUP_TITLES, Action, in_groups, key_name, keys_of
from secingest_tui.screens.base import Modal
from secingest_tui.text import cell, join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.table import Column, PagedTable, Row

_COLUMNS = (
    Column("Key", 12),
    Column("Does", 16),
    Column("Where", 12),
    Column("What", 24, 1),
    Column("Name", 24),
)


class KeysScreen(Modal[None]):
    """Only what this role can do."""

    CRUMB = "Keys"
    CSS_PATH = "modal.tcss"
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield PagedTable(id="keys")
        yield Line(
            join(("Change one in config.toml: ", "$muted"), '[screens.keymap]  "app.quit" = "f12"'),
            classes="hint",
        )
        yield KeyBar()

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        actions = [action for action in in_groups(GROUP_TITLES) if self.ours.role in action.roles]
        self.query_one("#keys", PagedTable).show(_COLUMNS, [self._row(action) for action in actions])

    def _row(self, action: Action) -> Row:
        keymap = self.ours.options.keymap
        keys = "  ".join(key_name(key) for key in keys_of(action, keymap))
        own = action.id in keymap
        return Row(
            action.id,
            (
                cell(keys + (" (yours)" if own else ""), "bold" if own else ""),
                cell(action.label),
                cell(GROUP_TITLES[action.group], "dim"),
                cell(action.help),
                cell(action.id, "dim"),
            ),
        )
