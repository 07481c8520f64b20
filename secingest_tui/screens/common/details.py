"""Everything about one thing: names and values, each to be copied or seen in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from secingest_tui.clipboard import send
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting, Modal, bindings
from secingest_tui.screens.common.value import ValueScreen
from secingest_tui.text import join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.facts import FactsTable, Item
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox


class FactsActions(Acting):
    """The actions of the group ``facts`` for whoever holds a ``FactsTable``."""

    copy_whole: str = ""
    """What "copy all" sends; empty where there is nothing whole to copy."""

    @property
    def facts(self) -> FactsTable:
        """The table."""
        return self.query_one(FactsTable)

    def can(self, action_id: str) -> bool:
        """Copy needs a value, reveal a secret."""
        if action_id == "facts.reveal":
            return self.facts.has_secrets
        if action_id == "facts.copy_all":
            return bool(self.copy_whole)
        if action_id.startswith("facts."):
            item = self.facts.item
            return item is not None and not item.heading and bool(item.value)
        return super().can(action_id)

    def do_copy(self) -> None:
        """Send the value under the cursor to the terminal."""
        item = self.facts.item
        if item is not None:
            self.ours.notify(send(self.app, item.value, item.label))

    def do_copy_all(self) -> None:
        """Send the whole record."""
        self.ours.notify(send(self.app, self.copy_whole, "The whole record"))

    def do_full(self) -> None:
        """Show the value alone."""
        item = self.facts.item
        if item is not None:
            self.app.push_screen(ValueScreen(item.label, item.value))

    def do_reveal(self) -> None:
        """Show or mask the secrets."""
        self.facts.toggle_secrets()

    # By name, not by @on: Textual collects decorated handlers from nodes only, and this is a mixin.
    def on_paged_table_opened(self, event: FactsTable.Opened) -> None:
        """Enter on a value is "full value"."""
        event.stop()
        if self.can("facts.full"):
            self.do_full()

    def on_paged_table_moved(self, event: FactsTable.Moved) -> None:
        """What can be done depends on the row."""
        event.stop()
        self.screen.refresh_bindings()


class DetailScreen(FactsActions, Modal[None]):
    """Loads in the background; until then, and if it fails, it says so."""

    CSS_PATH = "modal.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("facts",)
    BINDINGS: ClassVar[list[BindingType]] = bindings("facts")
    AUTO_FOCUS: ClassVar[str | None] = "FactsTable"

    def __init__(
        self,
        title: str,
        load: Callable[[], tuple[Sequence[Item], str]],
        *,
        hint: str = "",
    ) -> None:
        """``load`` runs in a thread and returns the items and what "copy all" sends."""
        super().__init__()
        self._title, self._load, self._hint_text = title, load, hint

    @property
    def crumb(self) -> str:
        """What it is about."""
        return self._title

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield NoticeBox(id="notice")
        yield FactsTable()
        if self._hint_text:
            yield Line(join((self._hint_text, "$muted")), classes="hint")
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#notice", NoticeBox).say(join(("loading …", "$muted")))
        self.fetch("Reading the details", self._load, self._arrived, self._failed, group="detail")

    def _arrived(self, loaded: tuple[Sequence[Item], str]) -> None:
        items, self.copy_whole = loaded
        self.query_one("#notice", NoticeBox).clear()
        self.facts.present(items)
        if len(items) > 1 and items[0].heading:
            self.facts.move_cursor(row=1)  # where there is something to copy
        self.facts.focus()

    def _failed(self, trouble: Trouble) -> None:
        self.query_one("#notice", NoticeBox).trouble(trouble)
