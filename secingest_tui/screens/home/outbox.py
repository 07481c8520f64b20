"""What waits to be registered: uploads that are safe at the provider and unknown to the server yet."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from secingest_tui.models.records import OutboxRow
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.text import cell, count, join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, PagedTable, Row

_COLUMNS = (
    Column("State", 9), Column("Object key", 24, 2, tail=True), Column("Tries", 5, right=True),
    Column("Why", 24, 3),
)  # fmt: skip


class OutboxScreen(Modal[None]):
    """Register now, or forget one."""

    CRUMB = "Outbox"
    CSS_PATH = "../common/task.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("outbox",)
    BINDINGS: ClassVar[list[BindingType]] = bindings("outbox")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, OutboxRow] = {}

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield NoticeBox(id="notice")
        yield PagedTable(id="outbox")
        yield KeyBar()

    def on_mount(self) -> None:
        self._reload()

    def _reload(self) -> None:
        self.fetch(
            "Reading the outbox", self.ours.session.waiting, self._arrived, self._failed, group="outbox"
        )

    def _arrived(self, rows: list[OutboxRow]) -> None:
        self._rows = {row.id: row for row in rows}
        notice = self.query_one("#notice", NoticeBox)
        if rows:
            notice.clear()
        else:
            notice.say(join("Everything that was uploaded is registered."))
        self.query_one("#outbox", PagedTable).show(_COLUMNS, [_row(row) for row in rows])
        self.ours.refresh_status()
        self.refresh_bindings()

    def _failed(self, trouble: Trouble) -> None:
        self.query_one("#notice", NoticeBox).trouble(trouble, "every registration below")

    @property
    def _current(self) -> OutboxRow | None:
        return self._rows.get(self.query_one("#outbox", PagedTable).current)

    @on(PagedTable.Moved)
    def handle_moved(self) -> None:
        """What can be done depends on the row."""
        self.refresh_bindings()

    @on(PagedTable.Opened)
    def handle_opened(self) -> None:
        """Enter shows why it waits, in full."""
        row = self._current
        if row is not None:
            items = (
                Item("object key", row.object_key), Item("version", row.version),
                Item("state", "refused by the server" if row.refused else "waiting"),
                Item("tries", str(row.attempts)), Item("why", row.error or "not tried yet"),
                Item("since", row.queued_at), Item("id", row.id),
            )  # fmt: skip
            self.app.push_screen(DetailScreen("Registration " + row.object_key, lambda: (items, "")))

    def can(self, action_id: str) -> bool:
        """There has to be something."""
        return bool(self._rows) if action_id == "outbox.flush" else self._current is not None

    def subject(self, action_id: str) -> str:
        """What would be forgotten."""
        row = self._current
        return row.object_key if row is not None else ""

    def do_flush(self) -> None:
        """Register everything now."""
        self.query_one("#notice", NoticeBox).say(join(("registering …", "$muted")))

        def done(left: int) -> None:
            said = f"{count(left, 'registration')} still waiting." if left else "Everything is registered."
            self.ours.notify(said)
            self._reload()

        self.fetch("Registering", self.ours.session.flush_outbox, done, self._failed, group="flush")

    def do_discard(self) -> None:
        """Forget the one under the cursor."""
        row, session = self._current, self.ours.session
        if row is not None:
            entry_id = row.id
            self.fetch(
                "Discarding", lambda: session.discard(entry_id), lambda _none: self._reload(), self._failed,
                group="discard",
            )  # fmt: skip


def _row(row: OutboxRow) -> Row:
    state = cell("✗ refused", "bold red") if row.refused else cell("▲ waits", "yellow")
    return Row(
        row.id, (state, cell(row.object_key), cell(str(row.attempts), right=True), cell(row.error, "dim"))
    )
