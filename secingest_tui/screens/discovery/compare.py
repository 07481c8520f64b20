"""Providers side by side: a column each, the sources of a line below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from secingest_tui.models.discovery import Cell, CompareLine
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.filtering import Filters
from secingest_tui.text import cell, join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, PagedTable, Row

UNKNOWN = "unknown"
MOST = 4
"""More columns can't be read on 80."""
_STYLES = {"yes": "green", "no": "red", None: "dim"}


class CompareScreen(Filters, Modal[None]):
    """Enter on a line shows each provider's source and date."""

    CSS_PATH = "../common/task.tcss"
    CRUMB: ClassVar[str] = "Compare"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("filter",)
    BINDINGS: ClassVar[list[BindingType]] = bindings("filter")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def __init__(self, provider_ids: Sequence[str]) -> None:
        super().__init__()
        self._ids = tuple(provider_ids)
        self._lines: dict[str, CompareLine] = {}

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield NoticeBox(id="notice")
        yield FilterBox()
        yield PagedTable(id="lines")
        yield Line(
            join(("≠", "bold"), (" they differ · ", "$muted"), UNKNOWN, (": nobody says · ", "$muted"),
                 ("enter", "bold $accent"), (" shows each source and its date", "$muted")),
            classes="hint",
        )  # fmt: skip
        yield KeyBar()

    def on_mount(self) -> None:
        self.query_one("#notice", NoticeBox).say(join(("loading …", "$muted")))
        discovery = self.ours.session.discovery
        self.fetch(
            "Comparing", lambda: discovery.compare(self._ids), self._arrived, self._failed, group="compare"
        )

    def _arrived(self, lines: list[CompareLine]) -> None:
        self.query_one("#notice", NoticeBox).clear()
        self._lines = {line.group + "." + line.name: line for line in lines}
        columns = [Column("Statement", 20, 1), *(Column(name, 10, 2) for name in self._ids)]
        rows = [
            Row(
                key,
                (
                    cell(
                        ("≠ " if line.differs else "  ") + line.name.replace("_", " "),
                        "bold" if line.differs else "",
                    ),
                    *(_shown(line.cells[name]) for name in self._ids),
                ),
            )
            for key, line in self._lines.items()
        ]
        self.query_one("#lines", PagedTable).show(columns, rows)
        self.query_one("#lines", PagedTable).focus()

    def _failed(self, trouble: Trouble) -> None:
        self.query_one("#notice", NoticeBox).trouble(trouble)

    @on(PagedTable.Opened)
    def handle_opened(self, event: PagedTable.Opened) -> None:
        """Where each of them has it from."""
        line = self._lines[event.key]
        items: list[Item] = []
        for name, known in line.cells.items():
            items.append(Item(name, "", heading=True))
            items.append(Item("value", known.value or UNKNOWN))
            items.append(Item("source", known.source or "none was found"))
            items.append(Item("date", known.dated if known.source else ""))
        title = "Sources: " + line.name.replace("_", " ")
        self.app.push_screen(DetailScreen(title, lambda: (items, "")))


def _shown(known: Cell) -> Text:
    return cell(known.value or UNKNOWN, _STYLES.get(known.value, ""))
