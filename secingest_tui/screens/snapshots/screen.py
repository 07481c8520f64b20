"""What lay at an object store at one moment: browsed, searched, compared, reconciled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.binding import BindingType

from secingest_tui.models.directory import BackendView
from secingest_tui.models.paging import PAGE_LIMIT, Page
from secingest_tui.models.records import SnapshotEntry, SnapshotRow
from secingest_tui.models.snapshots import (
    ChangeRow,
    FindingRow,
    FolderRow,
    SnapshotOrder,
    SnapshotPlace,
    Verified,
)
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import bindings
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.screens.common.follow import Ends, Follower
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.common.task_words import at_work
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.screens.snapshots import rows
from secingest_tui.screens.snapshots.asking import AskScreen
from secingest_tui.screens.snapshots.mending import Mending, mend
from secingest_tui.screens.snapshots.take import TakeScreen
from secingest_tui.text import count, join, when
from secingest_tui.widgets.facts import Item

ROWS = 200
SNAPSHOTS, FOLDER, FOUND, CHANGES, FINDINGS = range(5)
_LONG = frozenset(
    f"snapshots.{name}" for name in ("take", "compare", "reconcile", "verify", "report", "mend")
)
"""One of them at a time from here: the line above the list is about one."""


class SnapshotsScreen(ListScreen):
    """Enter goes into a snapshot and its folders, Esc comes back out."""

    AREA = "snapshots"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("snapshots", "list", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("snapshots", "list", "filter")

    def __init__(self) -> None:
        self._inside: SnapshotRow | None = None
        self._bucket: str | None = None
        self._folders: list[FolderRow] = []
        """The folders gone into, the outermost first; the first is the bucket."""
        self._wanted = ""
        self._other: SnapshotRow | None = None
        self._follower: Follower | None = None
        self._rows: list[Any] = []
        """What a task found: changes or findings."""
        self._said = ""
        super().__init__()

    def views(self) -> tuple[View[Any], ...]:
        return (
            View("snapshots", "Snapshots", "snapshot", rows.SNAPSHOTS, self._load, rows.snapshot_row,
                 rows.snapshot_facts, rows.none_yet),
            View("folder", "Folder", "item", rows.FOLDER, self._load_folder, rows.folder_row,
                 rows.folder_facts, rows.nothing_here, heading=self._where, tab=False),
            View("found", "Found", "object", rows.ENTRIES, self._load_found, rows.entry_row,
                 rows.entry_facts, rows.nothing_found, heading=self._sought, tab=False),
            View("changes", "Changes", "change", rows.CHANGES, self._load_rows, rows.change_row,
                 rows.change_facts, rows.no_change, heading=lambda: self._said, tab=False),
            View("findings", "Findings", "finding", rows.FINDINGS, self._load_rows, rows.finding_row,
                 rows.finding_facts, rows.no_finding, heading=lambda: self._said, tab=False),
        )  # fmt: skip

    def on_mount(self) -> None:
        super().on_mount()
        self._follower = Follower(self)

    def _load(self, _cursor: str | None) -> Page[SnapshotRow]:
        return Page(self.ours.session.snapshots()[:PAGE_LIMIT])

    def _load_folder(self, cursor: str | None) -> Page[FolderRow]:
        assert self._inside is not None, "folders are shown only inside a snapshot"
        prefix = self._folders[-1].path if len(self._folders) > 1 else ""
        return self.ours.session.snapshot_folder(self._inside.id, self._bucket, prefix, cursor, ROWS)

    def _load_found(self, cursor: str | None) -> Page[SnapshotEntry]:
        assert self._inside is not None, "a search is of one snapshot"
        return self.ours.session.find_in_snapshot(self._inside.id, self._wanted, cursor, ROWS)

    def _load_rows(self, _cursor: str | None) -> Page[Any]:
        return Page(self._rows)

    def _where(self) -> str:
        inside = self._inside
        if inside is None:
            return ""
        if self._folders:
            return " / ".join(self._names()[-2:])
        return inside.backend + ", " + when(inside.taken_at, short=True)

    def _names(self) -> list[str]:
        return [folder.name.rstrip("/") or "/" for folder in self._folders]

    def _sought(self) -> str:
        return "“" + self._wanted + "”"

    def _go(self, view: int) -> None:
        self._index = view
        self._said = ""
        self.restart()

    @property
    def _working(self) -> bool:
        """Something that this screen began is under way."""
        return self._follower is not None and bool(self._follower.current)

    @property
    def _snapshot(self) -> SnapshotRow | None:
        """The one that an action is about: gone into, or under the cursor."""
        if self._index != SNAPSHOTS:
            return self._inside
        return self.selected if isinstance(self.selected, SnapshotRow) else None

    def can(self, action_id: str) -> bool:
        """Switching lists is Enter and Esc here; most actions need a snapshot."""
        if action_id == "snapshots.stop":
            return self._working
        if self._working and action_id in _LONG:
            return False
        if action_id == "snapshots.mend":
            return isinstance(self.selected, FindingRow) and bool(self.selected.mend)
        if action_id == "snapshots.compare":
            return self._snapshot is not None and (self._index != SNAPSHOTS or len(self._items) > 1)
        if action_id.startswith("snapshots."):
            return self._snapshot is not None
        return super().can(action_id)

    def open(self, item: Any) -> None:
        """Enter: into the snapshot or folder, or everything about an entry."""
        if isinstance(item, SnapshotRow):
            self._inside, self._bucket, self._folders = item, None, []
            self._go(FOLDER)
        elif isinstance(item, FolderRow) and item.folder:
            if not self._folders:
                self._bucket = item.name
            self._folders.append(item)
            self._go(FOLDER)
        elif isinstance(item, FolderRow) and item.entry is not None:
            self._show_entry(item.entry)
        elif isinstance(item, SnapshotEntry):
            self._show_entry(item)
        else:
            super().open(item)

    def _show_entry(self, entry: SnapshotEntry) -> None:
        inside, session = self._inside, self.ours.session
        assert inside is not None, "entries are shown only inside a snapshot"

        def load() -> tuple[list[Item], str]:
            known = session.snapshot_entry(inside.id, entry)
            items = [Item("snapshot", heading=True), *rows.entry_facts(entry)]
            items += [Item("server", heading=True)]
            items += [Item(name, value, style="red" if "DIFFERENT" in value else "") for name, value in known]
            return items, ""

        self.app.push_screen(DetailScreen("Entry " + entry.key.rsplit("/", 1)[-1], load))

    def step_out(self) -> bool:
        """Esc: out of the folder, then out of the snapshot."""
        if self._index == SNAPSHOTS:
            return False
        if self._index == FOLDER and self._folders:
            self._folders.pop()
            if not self._folders:
                self._bucket = None
            self._go(FOLDER)
        elif self._index == FOUND:
            self._go(FOLDER)
        else:
            self._inside, self._bucket, self._folders = None, None, []
            self._go(SNAPSHOTS)
        return True

    def do_find(self) -> None:
        """Ask for what, then show every key that contains it."""
        inside = self._snapshot

        def typed(text: str | None) -> None:
            if text and inside is not None:
                self._inside, self._wanted = inside, text
                self._go(FOUND)

        self.app.push_screen(
            AskScreen("Search the whole snapshot", "Key contains", "Search", value=self._wanted), typed
        )

    def do_compare(self) -> None:
        """Choose another snapshot, then show what differs from it."""
        one, session = self._snapshot, self.ours.session
        assert one is not None, "can() saw one"

        def arrived(every: list[SnapshotRow]) -> None:
            choices = [
                Choice(row.id, when(row.taken_at) + "  " + row.backend, count(row.objects, "object"))
                for row in every
                if row.id != one.id
            ]

            def chosen(values: tuple[str, ...] | None) -> None:
                if values:
                    self._other = next(row for row in every if row.id == values[0])
                    self._inside = one
                    self._compare()

            empty = "There is no other snapshot yet."
            self.app.push_screen(
                PickScreen("What differs from which snapshot?", choices, empty=empty), chosen
            )

        self.fetch("Reading the snapshots", session.snapshots, arrived, self._not_done, group="compare")

    def _compare(self) -> None:
        one, other, session = self._inside, self._other, self.ours.session
        assert one is not None, "a comparison is of two snapshots"
        assert other is not None, "a comparison is of two snapshots"

        def compared(found: tuple[list[ChangeRow], str]) -> None:
            self._inside = one
            self._show_rows(CHANGES, *found)

        self._begin("Comparing", "comparing", lambda: session.start_compare(other.id, one.id), compared)

    def do_reconcile(self) -> None:
        """Hold it against what is registered, then show what does not fit."""
        one, session = self._snapshot, self.ours.session
        assert one is not None, "can() saw one"

        def checked(found: tuple[list[FindingRow], str]) -> None:
            self._inside = one
            self._show_rows(FINDINGS, *found)

        self._begin("Checking", "checking", lambda: session.start_check(one.id), checked)

    def do_mend(self) -> None:
        """Do what comes next about the finding under the cursor."""
        finding = self.selected
        assert isinstance(finding, FindingRow), "can() saw one"

        def said(text: str) -> None:
            self.busy(join(text, (" A new snapshot shows it.", "$muted")))

        def begin(what: str, doing: str, start: Callable[[], str], words: Callable[[Any], str]) -> None:
            self._begin(what, doing, start, lambda value: said(words(value)))

        self.busy(join(("looking …", "$muted")))
        mend(self, finding, Mending(begin, said, self._not_done))

    def do_verify(self) -> None:
        """Read every byte of it."""
        one, session = self._snapshot, self.ours.session
        assert one is not None, "can() saw one"

        def verified(found: Verified) -> None:
            if found.intact:
                said = ("✓ ", "bold $success"), "Intact: every byte of "
                self.busy(join(*said, count(found.entries, "entry", "entries"), " is what was recorded."))
            else:
                self.complain(
                    Trouble(
                        "This snapshot was altered.",
                        "; ".join(found.problems[:3]),
                        "Ask the server's operator; restore its database from a backup.",
                    )
                )

        self._begin("Verifying", "reading every byte", lambda: session.start_verify(one.id), verified)

    def do_report(self) -> None:
        """Ask where to, and write it."""
        one, session = self._snapshot, self.ours.session
        assert one is not None, "can() saw one"

        def typed(path: str | None) -> None:
            if path:
                self._begin(
                    "Writing the report", "report", lambda: session.start_report(one.id, path), written
                )

        def written(path: str) -> None:
            self.busy(join("Written: ", (path, "bold"), ". Anybody verifies it: secingest audit verify FILE"))

        stamp = one.taken_at.strftime("%Y%m%d-%H%M") if one.taken_at else "report"
        name = f"audit-{one.backend}-{stamp}.html"
        self.app.push_screen(
            AskScreen("Audit report (.html, .md or .json)", "File", "Write", value=name, path=True), typed
        )

    def do_hold(self) -> None:
        """Ask why, and hold; a held one is released."""
        one, session = self._snapshot, self.ours.session
        assert one is not None, "can() saw one"

        def change(reason: str | None) -> None:
            self.fetch("Changing the hold", lambda: session.hold_snapshot(one.id, reason), changed,
                       self._not_done, group="hold")  # fmt: skip

        def changed(row: SnapshotRow) -> None:
            self.ours.notify("On legal hold." if row.hold else "The legal hold was lifted.")
            self.reload()

        def typed(reason: str | None) -> None:
            if reason:
                change(reason)

        if one.hold:
            change(None)
        else:
            self.app.push_screen(AskScreen("Put this snapshot on legal hold", "Reason", "Hold"), typed)

    def do_take(self) -> None:
        """Choose a backend, buckets and versions, and list them."""
        session = self.ours.session

        def arrived(backends: list[BackendView]) -> None:
            choices = [
                Choice(known.id, known.id, known.country or "", known.has_credentials) for known in backends
            ]
            empty = "There is no backend yet. Add one with: secingest backends add"
            self.app.push_screen(PickScreen("A snapshot of which backend?", choices, empty=empty), chosen)

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                self.busy(join(("looking for buckets …", "$muted")))
                self.fetch("Looking for buckets", lambda: session.snapshot_places(values[0]),
                           lambda places: ask(values[0], places), self._not_done, group="take")  # fmt: skip

        def ask(backend: str, places: list[SnapshotPlace]) -> None:
            self.idle()
            self.app.push_screen(TakeScreen(backend, places), ordered)

        def ordered(order: SnapshotOrder | None) -> None:
            if order is not None:
                self._take(order)

        self.fetch("Reading the backends", session.backends, arrived, self._not_done, group="take")

    def _take(self, order: SnapshotOrder) -> None:
        session = self.ours.session

        def taken(row: SnapshotRow) -> None:
            self.ours.notify("Recorded: " + count(row.objects, "object") + " at " + row.backend + ".")
            self._inside, self._bucket, self._folders = None, None, []
            self._go(SNAPSHOTS)

        doing = "listing " + order.backend
        self._begin("Taking the snapshot", doing, lambda: session.start_snapshot(order), taken)

    def _begin(self, what: str, doing: str, start: Callable[[], str], done: Callable[[Any], object]) -> None:
        """Start a task; this screen shows how far it is, and what came of it."""

        def told(progress: str) -> None:
            self.busy(at_work(doing, progress, keys="x stops it, t: all tasks"))

        def ended(value: Any) -> None:
            self.idle()
            done(value)
            self.refresh_bindings()

        def stopped(text: str) -> None:
            self.busy(join(text))
            self.refresh_bindings()

        told("")
        ends = Ends(what, ended, self._not_done, stopped, told)
        assert self._follower is not None, "keys come once it is mounted"
        self._follower.start(start, ends, group="begin", begun=self.refresh_bindings)

    def _show_rows(self, view: int, rows: list[Any], said: str) -> None:
        """What a task found, as a list; its counts in the title."""
        self._index, self._rows, self._said = view, rows, said
        self.restart()

    def do_refresh(self) -> None:
        """Read the list again; what a task found is found again."""
        if self._index == FINDINGS:
            self.do_reconcile()
        elif self._index == CHANGES:
            self._compare()
        else:
            super().do_refresh()

    def do_stop(self) -> None:
        """Ask it to stop; it says itself when it has."""
        self.busy(join(("asked to stop …", "$muted")))
        if self._follower is not None:
            self._follower.stop(self._not_done)

    def _not_done(self, trouble: Trouble) -> None:
        self.complain(trouble, "earlier snapshots")
        self.refresh_bindings()
