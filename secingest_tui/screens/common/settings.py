"""Every setting, drawn from the models that validate the configuration file; changed one at a time."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from secingest_tui.models.settings import Kind, Saved, SettingView
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Modal, bindings
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.filtering import Filters
from secingest_tui.text import cell, join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.filter import FilterBox
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.table import Column, PagedTable, Row

_COLUMNS = (
    Column("Setting", 30), Column("Value", 14, 1), Column("Default", 8), Column("What it does", 20, 4),
)  # fmt: skip
DEFAULT = "\x00default"
"""The choice that takes a setting out of the file; no value can be this."""


class SettingsScreen(Filters, Modal[None]):
    """Enter changes one; what was written in the file by hand stays."""

    CRUMB = "Settings"
    CLOSED_BY = frozenset({"app.settings"})
    CSS_PATH = "modal.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("settings", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("settings", "filter")
    AUTO_FOCUS: ClassVar[str | None] = "PagedTable"

    def __init__(self) -> None:
        super().__init__()
        self._settings: dict[str, SettingView] = {}

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield NoticeBox(id="notice")
        yield FilterBox()
        yield PagedTable(id="settings")
        yield Line(id="about", classes="hint")
        yield KeyBar()

    def on_mount(self) -> None:
        self._reload()

    def _reload(self) -> None:
        if not self._settings:
            self.query_one("#notice", NoticeBox).say(join(("loading …", "$muted")))
        self.fetch(
            "Reading the configuration",
            self.ours.session.settings,
            self._arrived,
            self._failed,
            group="settings",
        )

    def _arrived(self, found: list[SettingView]) -> None:
        if not self._settings:
            self._say_where()
        self._settings = {item.name: item for item in found}
        self.query_one("#settings", PagedTable).show(_COLUMNS, [_row(item) for item in found])

    def _say_where(self) -> None:
        """The file, and the commands for what is no setting."""
        self.query_one("#notice", NoticeBox).say(
            join(
                self.ours.session.config_path(), (". Homes beside it: ", "$muted"), "secingest profiles",
                (". From AWS profiles and rclone: ", "$muted"), "secingest import",
                (". A tenant's: ", "$muted"),
                "secingest config set tenants.NAME.residency FI",
            )
        )  # fmt: skip

    def _failed(self, trouble: Trouble) -> None:
        self.query_one("#notice", NoticeBox).trouble(trouble, "the file as it was")

    @property
    def _current(self) -> SettingView | None:
        return self._settings.get(self.query_one("#settings", PagedTable).current)

    @on(PagedTable.Moved)
    def handle_moved(self) -> None:
        """Below the list stands in full what the setting does."""
        item = self._current
        about = join("")
        if item is not None:
            where = ("  Changed " + item.elsewhere + ".", "bold") if item.elsewhere else ""
            about = join((item.name + ": ", "bold"), item.help or "no more to say", where)
        self.query_one("#about", Line).show(about)
        self.refresh_bindings()

    @on(PagedTable.Opened)
    def handle_opened(self) -> None:
        """Enter changes it: by choosing where there are few values, else by typing."""
        item = self._current
        if item is None or not self.can("settings.change"):
            return
        if item.kind is Kind.YES_NO or item.choices:
            values = item.choices or ("yes", "no")
            choices = [Choice(DEFAULT, "as by default", item.default or "not set")]
            choices += [Choice(value, value) for value in values]
            self.app.push_screen(
                PickScreen(item.name, choices, chosen=(item.value,)),
                lambda chosen: (
                    self._save(item, "" if chosen[0] == DEFAULT else chosen[0]) if chosen else None
                ),
            )
        else:
            self.app.push_screen(EditScreen(item), self._saved)

    def can(self, action_id: str) -> bool:
        """Not in read-only mode; a default needs something that is set."""
        item = self._current
        if self.ours.options.read_only or item is None:
            return False
        if item.elsewhere:
            return False
        return item.own if action_id == "settings.default" else True

    def do_change(self) -> None:
        """As Enter."""
        self.handle_opened()

    def do_default(self) -> None:
        """Take it out of the file."""
        item = self._current
        if item is not None:
            self._save(item, "")

    def _save(self, item: SettingView, typed: str) -> None:
        session = self.ours.session
        self.fetch(
            "Writing the configuration", lambda: session.save_setting(item.name, typed),
            self._saved, self._failed, group="save",
        )  # fmt: skip

    def _saved(self, saved: Saved | None) -> None:
        if saved is None:
            return
        self.query_one("#notice", NoticeBox).clear()
        lost = (
            f" Its comments could not be kept; as it was: {saved.path}.before" if saved.comments_lost else ""
        )
        self.ours.notify(f"Written to {saved.path}; it holds from the next start.{lost}", timeout=10)
        self._reload()


class EditScreen(Modal[Saved]):
    """One value, checked with the whole file as it is typed."""

    CSS_PATH = "modal.tcss"
    AUTO_FOCUS: ClassVar[str | None] = "Field"

    def __init__(self, item: SettingView) -> None:
        super().__init__()
        self._item = item

    def compose(self) -> ComposeResult:
        item = self._item
        with Vertical(classes="dialog"):
            yield Line(join((item.name, "bold"), ("  " + item.help, "$muted")))
            yield Field(item.value, placeholder=item.default or "not set", id="value")
            yield Line(id="said", classes="hint")
            how = "separated by commas · " if item.kind is Kind.LIST else ""
            yield Line(
                join((how + "empty: as by default · enter save · esc leave", "$muted")), classes="hint"
            )

    @on(Field.Changed, "#value")
    def handle_changed(self, event: Field.Changed) -> None:
        """Say beside it whether it is fine."""
        session, name, typed = self.ours.session, self._item.name, event.value

        def fine(_none: None) -> None:
            self.query_one("#said", Line).show(join(("✓ fine", "$success")))

        self.fetch("Checking", lambda: session.check_setting(name, typed), fine, self._wrong, group="check")

    def _wrong(self, trouble: Trouble) -> None:
        self.query_one("#said", Line).show(join(("✗ ", "bold $error"), trouble.cause))

    @on(Field.Submitted, "#value")
    def handle_submitted(self, event: Field.Submitted) -> None:
        """Write it; what is wrong stays as it was typed."""
        session, name, typed = self.ours.session, self._item.name, event.value
        self.fetch(
            "Writing", lambda: session.save_setting(name, typed), self.dismiss, self._wrong, group="save"
        )


def _row(item: SettingView) -> Row:
    value = cell(item.value or "not set", "bold" if item.own else "dim")
    return Row(item.name, (cell(item.name), value, cell(item.default, "dim"), cell(item.help, "dim")))
