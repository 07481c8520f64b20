"""What lay at an object store at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.directory import BackendView
from secingest_tui.models.paging import PAGE_LIMIT, Page
from secingest_tui.models.records import SnapshotEntry, SnapshotRow
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import bindings
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.text import cell, count, join, size, when
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Column, Row

ROWS = 500


class SnapshotsScreen(ListScreen):
    """Enter goes into a snapshot, Esc comes back out."""

    AREA = "snapshots"
    CSS_PATH = "screen.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("snapshots", "list")
    BINDINGS: ClassVar[list[BindingType]] = bindings("snapshots", "list")

    def __init__(self) -> None:
        self._inside: SnapshotRow | None = None
        super().__init__()

    def views(self) -> tuple[View[Any], ...]:
        return (
            View(
                "snapshots", "Snapshots", "snapshot",
                (
                    Column("Taken", 17), Column("Backend", 14, 1), Column("Complete", 11),
                    Column("Objects", 9, right=True), Column("Size", 9, right=True),
                    Column("Buckets", 7, right=True),
                ),
                self._load, _snapshot_row, _snapshot_facts, _none_yet,
            ),
            View(
                "entries", "Entries", "object",
                (
                    Column("Key", 28, 2, tail=True), Column("Size", 9, right=True), Column("Changed", 17),
                    Column("Bucket", 16, 1),
                ),
                self._load_entries, _entry_row, _entry_facts, _nothing_inside,
                heading=self._heading, tab=False,
            ),
        )  # fmt: skip

    def _load(self, _cursor: str | None) -> Page[SnapshotRow]:
        return Page(self.ours.session.snapshots()[:PAGE_LIMIT])

    def _load_entries(self, cursor: str | None) -> Page[SnapshotEntry]:
        assert self._inside is not None, "entries are shown only inside a snapshot"
        return self.ours.session.snapshot_entries(self._inside.id, "", cursor, ROWS)

    def _heading(self) -> str:
        inside = self._inside
        return "" if inside is None else inside.backend + ", " + when(inside.taken_at)

    def can(self, action_id: str) -> bool:
        """Switching lists is Enter and Esc here."""
        if action_id == "list.next_view":
            return False
        return super().can(action_id)

    def open(self, item: Any) -> None:
        """Enter: into the snapshot, or everything about an entry."""
        if isinstance(item, SnapshotRow):
            self._inside = item
            self._index = 1
            self.restart()
        else:
            super().open(item)

    def do_back(self) -> None:
        """Esc: out of the filter first, then out of the snapshot."""
        filtered = bool(self._filter)
        super().do_back()
        if not filtered and self._inside is not None:
            self._inside = None
            self._index = 0
            self.restart()

    def do_take(self) -> None:
        """Choose a backend and list it."""
        session = self.ours.session

        def arrived(backends: list[BackendView]) -> None:
            choices = [
                Choice(known.id, known.id, known.country or "", known.has_credentials) for known in backends
            ]
            empty = "There is no backend yet. Add one with: secingest backends add"
            self.app.push_screen(PickScreen("A snapshot of which backend?", choices, empty=empty), chosen)

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                self._take(values[0])

        self.fetch("Reading the backends", session.backends, arrived, self._not_taken, group="take")

    def _take(self, backend: str) -> None:
        session = self.ours.session
        self.busy(join(("listing ", "$muted"), backend, (" …", "$muted")))

        def taken(row: SnapshotRow) -> None:
            self.ours.notify("Recorded: " + count(row.objects, "object") + " at " + row.backend + ".")
            self._inside = None
            self._index = 0
            self.restart()

        self.fetch(
            "Taking the snapshot",
            lambda: session.take_snapshot(backend),
            taken,
            self._not_taken,
            group="take",
        )

    def _not_taken(self, trouble: Trouble) -> None:
        self.complain(trouble, "earlier snapshots")


def _none_yet() -> Content:
    return join(
        ("There is no snapshot yet. ", "bold"), ("n", "bold $accent"),
        " lists what lies at a backend, to compare later and to recover by.",
    )  # fmt: skip


def _nothing_inside() -> Content:
    return join("This backend held nothing when it was listed. Esc goes back.")


def _snapshot_row(row: SnapshotRow) -> Row:
    return Row(
        row.id,
        (
            cell(when(row.taken_at, short=True), "bold"),
            cell(row.backend),
            cell("▲ cut short", "yellow") if row.truncated else cell("✓ complete", "green"),
            cell(format(row.objects, ","), right=True),
            cell(size(row.bytes_total), right=True),
            cell(str(row.buckets), right=True),
        ),
        row.backend + ", " + when(row.taken_at),
    )


def _snapshot_facts(row: SnapshotRow) -> Sequence[Item]:
    return (
        Item("snapshot", row.id),
        Item("backend", row.backend),
        Item("taken", when(row.taken_at)),
        Item("buckets", str(row.buckets)),
        Item("objects", format(row.objects, ",")),
        Item("size", size(row.bytes_total)),
        Item("complete", "no: the limits cut it short" if row.truncated else "yes"),
    )


def _entry_row(entry: SnapshotEntry) -> Row:
    return Row(
        entry.bucket + "/" + entry.key,
        (
            cell(entry.key, "bold"),
            cell(size(entry.size), right=True),
            cell(when(entry.modified_at, short=True), "dim"),
            cell(entry.bucket, "dim"),
        ),
    )


def _entry_facts(entry: SnapshotEntry) -> Sequence[Item]:
    return (
        Item("key", entry.key),
        Item("bucket", entry.bucket),
        Item("size", size(entry.size) + "  (" + format(entry.size, ",") + " bytes)"),
        Item("etag", entry.etag),
        Item("changed", when(entry.modified_at)),
    )
