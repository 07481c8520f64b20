"""What waits to be registered: uploads that are safe at the provider and unknown to the server yet."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from secingest_tui.models.records import OutboxRow
from secingest_tui.screens.base import bindings
from secingest_tui.screens.common.follow import Follower
from secingest_tui.screens.common.rows import RowsScreen
from secingest_tui.screens.home.flushing import Flushes
from secingest_tui.text import cell, join
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, Row

_COLUMNS = (
    Column("State", 9), Column("Object key", 24, 2, tail=True), Column("Tries", 5, right=True),
    Column("Why", 24, 3),
)  # fmt: skip


class OutboxScreen(Flushes, RowsScreen[OutboxRow]):
    """Register now, or forget one."""

    CRUMB = "Outbox"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("outbox", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("outbox", "filter")
    COLUMNS = _COLUMNS
    NOUN, READING, KEPT = "Registration", "Reading the outbox", "every registration below"

    def on_mount(self) -> None:
        self.follower = Follower(self)

    def read_rows(self) -> list[OutboxRow]:
        return self.ours.session.waiting()

    def as_row(self, item: OutboxRow) -> Row:
        return _row(item)

    def facts_of(self, item: OutboxRow) -> tuple[Item, ...]:
        return (
            Item("object key", item.object_key), Item("version", item.version),
            Item("state", "refused by the server" if item.refused else "waiting"),
            Item("tries", str(item.attempts)), Item("why", item.error or "not tried yet"),
            Item("since", item.queued_at), Item("id", item.id),
        )  # fmt: skip

    def tell(self, notice: NoticeBox) -> None:
        if self._rows:
            notice.clear()
        else:
            notice.say(join("Everything that was uploaded is registered."))

    def arrived(self, rows: list[OutboxRow]) -> None:
        super().arrived(rows)
        self.ours.refresh_status()

    def can(self, action_id: str) -> bool:
        """There has to be something, and nothing under way with it."""
        if action_id == "outbox.flush":
            return bool(self._rows) and not self.flushing
        return self.current_row is not None

    def do_discard(self) -> None:
        """Forget the one under the cursor."""
        row, session = self.current_row, self.ours.session
        if row is not None:
            entry_id = row.id
            self.fetch(
                "Discarding", lambda: session.discard(entry_id), lambda _none: self.reload(), self.failed,
                group="discard",
            )  # fmt: skip


def _row(row: OutboxRow) -> Row:
    state = cell("✗ refused", "bold red") if row.refused else cell("▲ waits", "yellow")
    return Row(
        row.id, (state, cell(row.object_key), cell(str(row.attempts), right=True), cell(row.error, "dim"))
    )
