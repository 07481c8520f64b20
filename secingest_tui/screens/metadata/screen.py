"""What has been recorded, and restoring it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.directory import TenantView
from secingest_tui.models.naming import country
from secingest_tui.models.paging import Page
from secingest_tui.models.records import ObjectDetail, ObjectRow
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting, bindings
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.common.restore import ask_restore
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.text import cell, join, size, when
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.table import Column, Row

ROWS = 500
_ALL = "\x00all"


class MetadataScreen(ListScreen):
    """One list, by tenant and by prefix; Enter shows everything, o restores."""

    AREA = "metadata"
    CSS_PATH = "screen.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("metadata", "list")
    BINDINGS: ClassVar[list[BindingType]] = bindings("metadata", "list")

    def __init__(self) -> None:
        self._tenant: str | None = None
        self._prefix = ""
        super().__init__()

    def views(self) -> tuple[View[Any], ...]:
        return (
            View(
                "objects", "Objects", "object",
                (
                    Column("Object key", 28, 1, tail=True), Column("Version", 7),
                    Column("Size", 9, right=True), Column("Copies", 6), Column("Recorded", 17),
                    Column("Residency", 9),
                ),
                self._load, _object_row, _object_facts, self._empty, self._detail, self._heading,
            ),
        )  # fmt: skip

    def _load(self, cursor: str | None) -> Page[ObjectRow]:
        return self.ours.session.objects(self._tenant, self._prefix, cursor, ROWS)

    def _detail(self, row: ObjectRow) -> tuple[Sequence[Item], str]:
        detail = self.ours.session.object(row.key, row.version)
        return _detail_items(detail), detail.receipt.as_json + "\n" if detail.receipt is not None else ""

    def _heading(self) -> str:
        who = "tenant " + self._tenant if self._tenant else "all tenants"
        return who + (", keys that begin with " + self._prefix if self._prefix else "")

    def _empty(self) -> Content:
        if self._prefix or self._tenant:
            return join(
                ("Nothing is recorded here. ", "bold"), ("f", "bold $accent"), " chooses another tenant."
            )
        return join(
            ("Nothing is recorded yet. ", "bold"), ("3", "bold $accent"), " uploads the first object."
        )

    def can(self, action_id: str) -> bool:
        """Restoring needs an object."""
        if action_id == "metadata.restore":
            return self.selected is not None
        return super().can(action_id)

    def do_tenant(self) -> None:
        """Choose whose objects are shown."""
        session = self.ours.session

        def arrived(tenants: list[TenantView]) -> None:
            choices = [Choice(_ALL, "all tenants"), *(Choice(tenant.id, tenant.id) for tenant in tenants)]
            self.app.push_screen(PickScreen("Whose objects?", choices), chosen)

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                self._tenant, self._prefix = None if values[0] == _ALL else values[0], ""
                self.restart()

        def failed(trouble: Trouble) -> None:
            self.complain(trouble)

        self.fetch("Reading the tenants", session.tenants, arrived, failed, group="tenants")

    @on(Field.Submitted, "#filter")
    def handle_prefix(self, event: Field.Submitted) -> None:
        """Enter in the filter asks the server for every key that begins with it, not only this page."""
        if "/" in event.value:
            self._prefix = event.value
            self.restart()

    def do_back(self) -> None:
        """Esc takes the prefix away too."""
        had = self._prefix
        super().do_back()
        if had:
            self._prefix = ""
            self.restart()

    def do_restore(self) -> None:
        """Into a file."""
        row = self.selected
        if isinstance(row, ObjectRow):
            ask_restore(self, row.key, row.version, _show_task)


def _show_task(screen: Acting, task_id: str) -> None:
    screen.app.push_screen(TaskScreen(task_id))


def _object_row(row: ObjectRow) -> Row:
    short = row.replicas < row.replicas_wanted
    copies = str(row.replicas) + "/" + str(row.replicas_wanted)
    return Row(
        row.key + "\x00" + row.version,
        (
            cell(row.key, "bold"),
            cell(row.version),
            cell(size(row.size), right=True),
            cell(("▲ " if short else "✓ ") + copies, "yellow" if short else "green"),
            cell(when(row.recorded_at, short=True), "dim"),
            cell(country(row.residency) or "any"),
        ),
        row.key + ", version " + row.version,
    )


def _object_facts(row: ObjectRow) -> Sequence[Item]:
    return (
        Item("object key", row.key),
        Item("version", row.version),
        Item("size", size(row.size)),
        Item("stored at", ", ".join(row.backends)),
        Item("copies", str(row.replicas) + " of " + str(row.replicas_wanted)),
        Item("residency", country(row.residency) or "any country"),
        Item("key", row.key_id),
        Item("recorded", when(row.recorded_at)),
    )


def _detail_items(detail: ObjectDetail) -> list[Item]:
    items = [
        *_object_facts(detail.row),
        Item("key algorithm", detail.key_alg),
        Item("wrapped key", detail.encrypted_key),
        Item("all versions", ", ".join(detail.versions)),
        Item("Copies", "", heading=True),
    ]
    for replica in detail.replicas:
        items += [
            Item(replica.backend, replica.url),
            Item("  etag", replica.etag),
            Item("  state", (replica.state or "recorded") + ", verified " + when(replica.verified_at)),
        ]
    if detail.policy:
        items.append(Item("Policy", "", heading=True))
        items += [Item(name, value) for name, value in detail.policy]
    if detail.receipt is not None:
        items.append(Item("Receipt", "", heading=True))
        items += [Item(name, value) for name, value in detail.receipt.fields]
    return items
