"""A screen of lists: pages of rows, a filter, details on Enter, the age of what is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from secingest_tui.models.paging import Page
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import AreaScreen
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.filtering import Filters
from secingest_tui.text import count, duration, join
from secingest_tui.widgets.facts import FactsTable, Item
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.menu import Menu
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.status_bar import StatusBar
from secingest_tui.widgets.table import Column, PagedTable, Row

T = TypeVar("T")
SIDE_BY_SIDE = 140


@dataclass(slots=True)
class View(Generic[T]):
    """One list of a screen: how to get it, how to show it, what to say when it is empty."""

    id: str
    title: str
    one: str
    columns: tuple[Column, ...]
    load: Callable[[str | None], Page[T]]
    """Runs in a thread; takes the cursor of the page."""
    row: Callable[[T], Row]
    facts: Callable[[T], Sequence[Item]]
    """From what the row already holds: for the side panel and, without ``detail``, for Enter."""
    empty: Callable[[], Content]
    detail: Callable[[T], tuple[Sequence[Item], str]] | None = None
    """Runs in a thread; more than the row holds."""
    heading: Callable[[], str] = field(default=lambda: "")
    """What narrows the list, such as a tenant."""
    tab: bool = True
    """Reached by its name in the title; otherwise by Enter from another list."""
    alone: bool = False
    """The title has room for this list's name only."""


class ListScreen(Filters, AreaScreen):
    """Subclasses define ``views`` and their own actions."""

    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def __init__(self) -> None:
        super().__init__()
        self._views: tuple[View[Any], ...] = self.views()
        self._index = 0
        self._items: list[Any] = []
        self._by_key: dict[str, Any] = {}
        self._cursors: list[str | None] = [None]
        self._page: Page[Any] | None = None
        self._loaded_at: datetime | None = None
        self._to_open = ""
        """The key of a row to open once the list is read."""
        self._held = False
        """The notice speaks of an action: reading the list again must not wipe it away."""

    def views(self) -> tuple[View[Any], ...]:
        """The lists of this screen, the most wanted first."""
        raise NotImplementedError

    @property
    def crumb(self) -> str:
        """The area, and which of its lists."""
        heading = self.view.heading()
        return super().crumb + " › " + self.view.title + (", " + heading if heading else "")

    @property
    def view(self) -> View[Any]:
        """The list shown."""
        return self._views[self._index]

    @property
    def selected(self) -> Any:
        """What the row under the cursor stands for; ``None`` if there is none."""
        return self._by_key.get(self.query_one("#table", PagedTable).current)

    @property
    def _filter(self) -> str:
        return self.query_one(FilterBox).text

    def compose(self) -> ComposeResult:
        yield Menu(self.AREA)
        yield StatusBar()
        yield Line(id="views", classes="title")
        yield FilterBox()
        yield NoticeBox(id="notice")
        with Horizontal(id="body"):
            yield PagedTable(id="table")
            with Vertical(id="side"):
                yield FactsTable(id="facts")
        yield KeyBar()

    def on_mount(self) -> None:
        side = self.query_one("#facts", FactsTable)
        side.can_focus = side.show_cursor = False
        # The age in the title is read, not watched: ten seconds are exact enough and cost nothing.
        self.set_interval(10, self._draw_title)
        self._draw_title()
        self.reload()

    def on_screen_resume(self) -> None:
        """Coming back shows what is true now, and keeps the row."""
        if self._loaded_at is not None:
            self.reload()

    def on_resize(self, event: events.Resize) -> None:
        """Details beside the list where there is room."""
        self.set_class(event.size.width >= SIDE_BY_SIDE, "-side")
        if self._page is not None:
            self.handle_moved()

    def reload(self) -> None:
        """Ask for the current page again; what is shown stays until the answer is here."""
        view, cursor = self.view, self._cursors[-1]
        if self._loaded_at is None:
            self.query_one("#notice", NoticeBox).say(join(("loading …", "$muted")))
        what = f"Reading {view.title.lower()}"
        self.fetch(what, lambda: view.load(cursor), self._arrived, self._failed, group="list")

    def _arrived(self, page: Page[Any]) -> None:
        self._page = page
        self._loaded_at = self.ours.now()
        self._items = list(page.rows)
        if not self._held:
            self.query_one("#notice", NoticeBox).clear()
        self._draw()
        self._open_asked()

    def _failed(self, trouble: Trouble) -> None:
        kept = f"what was read {self._age()} ago is still below" if self._loaded_at is not None else ""
        self.query_one("#notice", NoticeBox).trouble(trouble, kept)

    def busy(self, content: Content) -> None:
        """An action is under way."""
        self._held = True
        self.query_one("#notice", NoticeBox).say(content)

    def idle(self) -> None:
        """The action is over, and there is nothing to say of it."""
        self._held = False
        self.query_one("#notice", NoticeBox).clear()

    def complain(self, trouble: Trouble, kept: str = "") -> None:
        """An action failed; said until the list is refreshed by hand."""
        self._held = True
        self.query_one("#notice", NoticeBox).trouble(trouble, kept)

    def _age(self) -> str:
        return duration((self.ours.now() - self._loaded_at).total_seconds()) if self._loaded_at else "?"

    def _draw(self) -> None:
        view = self.view
        rows = [(item, view.row(item)) for item in self._items]
        table = self.query_one("#table", PagedTable)
        table.show(view.columns, [row for _, row in rows])
        shown = set(table.keys)
        self._by_key = {row.key: item for item, row in rows if row.key in shown}
        if not self._held:
            self._say_if_empty(bool(shown))
        self._draw_title(len(shown))
        self.refresh_bindings()

    def _draw_changed(self, items: Mapping[str, Any]) -> None:
        """Items that are shown, changed where they are: nothing else is made or sent again."""
        if self._filter:
            self._draw()
            return
        self._by_key |= items
        table = self.query_one("#table", PagedTable)
        table.change({key: self.view.row(item) for key, item in items.items()})
        if table.current in items:
            self.handle_moved()

    def _say_if_empty(self, any_rows: bool) -> None:
        notice = self.query_one("#notice", NoticeBox)
        if not any_rows and not notice.has_class("-trouble"):
            filtered = join("No row contains ", (self._filter, "bold"), ". Esc shows all rows.")
            notice.say(filtered if self._items else self.view.empty())
        elif notice.has_class("-calm"):
            notice.clear()

    def _draw_title(self, shown: int | None = None) -> None:
        tabs: list[Content] = []
        for index, view in enumerate(self._views):
            here = index == self._index
            if not (view.tab or here) or (self.view.alone and not here):
                continue
            tabs.append(join(" ", (view.title, "bold underline" if here else "$muted"), " "))
        parts = [Content("").join(tabs)]
        if self.view.heading():
            parts.append(join((" · ", "$muted"), self.view.heading()))
        if self._page is not None:
            parts.append(join((self._counts(len(self._by_key) if shown is None else shown), "$muted")))
        self.query_one("#views", Line).show(Content("").join(parts))

    def _counts(self, shown: int) -> str:
        assert self._page is not None
        all_rows = len(self._items)
        what = f"  {count(all_rows, self.view.one)}"
        if self._filter:
            what = f"  {shown:,} of {count(all_rows, self.view.one)}"
        if self._page.next_cursor is not None or len(self._cursors) > 1:
            total = f" of {self._page.total:,}" if self._page.total is not None else ""
            what += f"{total} · page {len(self._cursors)}"
            what += " · > for more" if self._page.next_cursor is not None else " · the last"
        return f"{what} · {self._age()} ago"

    @on(PagedTable.Moved, "#table")
    def handle_moved(self) -> None:
        """The side panel follows the cursor; what can be done depends on the row."""
        selected = self.selected
        if self.has_class("-side"):
            items = self.view.facts(selected) if selected is not None else ()
            self.query_one("#facts", FactsTable).present(items)
        self.refresh_bindings()

    @on(PagedTable.Opened, "#table")
    def handle_opened(self) -> None:
        """Enter shows everything about the row."""
        if self.selected is not None:
            self.open(self.selected)

    def show_key(self, view_id: str, key: str) -> None:
        """From elsewhere, such as the palette: the list it belongs to, and once it is read, the row."""
        index = next((at for at, view in enumerate(self._views) if view.id == view_id), None)
        if index is not None:
            self._to_open, self._index = key, index
            self.restart()

    def _open_asked(self) -> None:
        wanted, self._to_open = self._to_open, ""
        if not wanted:
            return
        keys = list(self._by_key)
        if wanted in keys:
            self.query_one("#table", PagedTable).move_cursor(row=keys.index(wanted))
            self.open(self._by_key[wanted])
        else:
            self.ours.notify(
                f"{wanted} is not on the first page of this list; filter or page on.", timeout=10
            )

    def open(self, item: Any) -> None:
        """Show everything about an item."""
        view = self.view
        detail = view.detail
        row = view.row(item)
        title = f"{self.view.one.capitalize()} {row.name or row.key}"
        if detail is not None:
            self.app.push_screen(DetailScreen(title, lambda: detail(item)))
        else:
            self.app.push_screen(DetailScreen(title, lambda: (view.facts(item), "")))

    def can(self, action_id: str) -> bool:
        """Paging needs pages, switching needs lists."""
        if action_id == "list.next_page":
            return self._page is not None and self._page.next_cursor is not None
        if action_id == "list.previous_page":
            return len(self._cursors) > 1
        if action_id == "list.next_view":
            return sum(view.tab for view in self._views) > 1
        if action_id == "list.open":
            return self.selected is not None
        return super().can(action_id)

    def do_refresh(self) -> None:
        """Ask again."""
        self._held = False
        self.reload()

    def do_next_view(self) -> None:
        """The next list, from its first page."""
        self._index = (self._index + 1) % len(self._views)
        self.restart()

    def restart(self) -> None:
        """Forget what is shown and read the list from its beginning."""
        self._cursors, self._page, self._items, self._loaded_at = [None], None, [], None
        self._by_key, self._held = {}, False
        self.query_one(FilterBox).clear()
        self.query_one("#table", PagedTable).show(self.view.columns, ())
        self._draw_title()
        self.reload()

    def do_next_page(self) -> None:
        """Ask for the page after this one."""
        if self._page is not None and self._page.next_cursor is not None:
            self._cursors.append(self._page.next_cursor)
            self.reload()

    def do_previous_page(self) -> None:
        """Ask for the page before this one."""
        if len(self._cursors) > 1:
            self._cursors.pop()
            self.reload()

    def do_open(self) -> None:
        """From the palette: as Enter in the table."""
        self.handle_opened()

    def do_back(self) -> None:
        """Esc: out of the filter, then out of the drilled-in list, then back to where it was gone to from."""
        if self.query_one(FilterBox).display or not self.step_out():
            super().do_back()
        self.query_one("#table", PagedTable).focus()

    def step_out(self) -> bool:
        """Leave what was gone into last, or take back what narrows the list; whether there was anything."""
        return False

    @on(FilterBox.Narrowed)
    def rows_changed(self) -> None:
        """The filter left other rows."""
        self._draw()
