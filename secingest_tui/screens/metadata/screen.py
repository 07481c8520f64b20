"""What has been recorded, and restoring it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.directory import BackendView, TenantView
from secingest_tui.models.paging import Page
from secingest_tui.models.records import ObjectRow, Receipt
from secingest_tui.models.registering import BucketRow, ManyResult, ObjectFilter
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting, bindings
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.common.restore import ask_restore
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.screens.metadata.narrow import NarrowForm
from secingest_tui.screens.metadata.policy import PolicyForm, Wanted
from secingest_tui.screens.metadata.register import BatchForm, ask_register
from secingest_tui.screens.metadata.rows import (
    bucket_facts,
    bucket_row,
    detail_items,
    object_facts,
    object_row,
    row_key,
)
from secingest_tui.text import count, join
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.table import Column, PagedTable, Row

ROWS = 500
OBJECTS, MISPLACED = range(2)
_ALL = "\x00all"


class MetadataScreen(ListScreen):
    """One list, narrowed by the server; Enter shows everything. Actions take the marked rows, or the one."""

    AREA = "metadata"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("metadata", "objects", "list", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("metadata", "objects", "list", "filter")

    def __init__(self) -> None:
        self._wanted = ObjectFilter()
        self._marked: dict[str, ObjectRow] = {}
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
                self._load, self._row, object_facts, self._empty, self._detail, self._heading,
            ),
            View(
                "misplaced", "Buckets", "replica",
                (
                    Column("Object key", 24, 1, tail=True), Column("Version", 7), Column("Store", 10),
                    Column("Problem", 22), Column("Bucket in use", 24),
                ),
                self._load_misplaced, bucket_row, bucket_facts, self._none_misplaced,
                heading=self._heading, tab=False,
            ),
        )  # fmt: skip

    def _load(self, cursor: str | None) -> Page[ObjectRow]:
        wanted, session = self._wanted, self.ours.session
        if wanted.narrow:
            return session.find_objects(wanted, cursor, ROWS)
        return session.objects(wanted.tenant, wanted.prefix, cursor, ROWS)

    def _load_misplaced(self, cursor: str | None) -> Page[BucketRow]:
        return self.ours.session.misplaced(self._wanted, cursor, ROWS)

    def _none_misplaced(self) -> Content:
        return join(
            ("Every copy lies in the bucket that the rule gives. ", "bold"),
            ("Esc", "bold $accent"), " shows the objects again.",
        )  # fmt: skip

    def _row(self, row: ObjectRow) -> Row:
        return object_row(row, marked=row_key(row) in self._marked)

    def _detail(self, row: ObjectRow) -> tuple[Sequence[Item], str]:
        detail = self.ours.session.object(row.key, row.version)
        return detail_items(detail), detail.receipt.as_json + "\n" if detail.receipt is not None else ""

    def _heading(self) -> str:
        wanted = self._wanted
        parts = ["tenant " + wanted.tenant if wanted.tenant else "all tenants", wanted.words()]
        parts.append(f"{len(self._marked)} marked" if self._marked else "")
        return ", ".join(part for part in parts if part)

    def _empty(self) -> Content:
        if self._wanted != ObjectFilter():
            return join(
                ("Nothing is recorded here. ", "bold"),
                ("f", "bold $accent"), " chooses another tenant, ",
                ("w", "bold $accent"), " other conditions.",
            )  # fmt: skip
        return join(
            ("Nothing is recorded yet. ", "bold"),
            ("3", "bold $accent"), " uploads the first object, ",
            ("n", "bold $accent"), " registers what other software uploaded.",
        )  # fmt: skip

    @property
    def chosen(self) -> list[ObjectRow]:
        """What an action is for: the marked rows, else the one under the cursor."""
        if self._marked:
            return list(self._marked.values())
        return [self.selected] if isinstance(self.selected, ObjectRow) else []

    def can(self, action_id: str) -> bool:
        """Most need an object; what is erased cannot be copied, deleted or restored."""
        if action_id in {"metadata.restore", "objects.mark"}:
            return isinstance(self.selected, ObjectRow)
        if action_id in {"objects.copy_to", "objects.delete", "objects.policy"}:
            return bool(self.chosen) and all(row.state == "active" for row in self.chosen)
        if action_id == "objects.erase":
            return bool(self.chosen)
        if action_id == "objects.mark_all":
            return bool(self._by_key) and self._index == OBJECTS
        return super().can(action_id)

    def subject(self, action_id: str) -> str:
        """One object by its name, many by their number."""
        rows = self.chosen
        return rows[0].key if len(rows) == 1 else f"{len(rows)} objects"

    def restart(self) -> None:
        """Another list: marks of rows that are not in it would be acted on unseen."""
        self._marked.clear()
        super().restart()

    def do_tenant(self) -> None:
        """Choose whose objects are shown."""
        session = self.ours.session

        def arrived(tenants: list[TenantView]) -> None:
            choices = [Choice(_ALL, "all tenants"), *(Choice(tenant.id, tenant.id) for tenant in tenants)]
            self.app.push_screen(PickScreen("Whose objects?", choices), chosen)

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                self._wanted = replace(
                    self._wanted, tenant=None if values[0] == _ALL else values[0], prefix=""
                )
                self.restart()

        def failed(trouble: Trouble) -> None:
            self.complain(trouble)

        self.fetch("Reading the tenants", session.tenants, arrived, failed, group="tenants")

    @on(Field.Submitted, "#filter")
    def handle_prefix(self, event: Field.Submitted) -> None:
        """Enter in the filter asks the server for every key that begins with it, not only this page."""
        if "/" in event.value:
            self._wanted = replace(self._wanted, prefix=event.value)
            self.restart()

    def step_out(self) -> bool:
        """Esc takes marks away, then the conditions."""
        if self._index != OBJECTS:
            self._index = OBJECTS
            self.restart()
        elif self._marked:
            self._marked.clear()
            self._draw()
        elif self._wanted != ObjectFilter(tenant=self._wanted.tenant):
            self._wanted = ObjectFilter(tenant=self._wanted.tenant)
            self.restart()
        else:
            return False
        return True

    def do_buckets(self) -> None:
        """Copies that do not lie where the rule says."""
        self._index = MISPLACED
        self.restart()

    def do_narrow(self) -> None:
        """By prefix, residency, object store, key and state."""

        def narrowed(wanted: ObjectFilter | None) -> None:
            if wanted is not None:
                self._wanted = wanted
                self.restart()

        session = self.ours.session

        def read() -> tuple[list[BackendView], list[str], list[str]]:
            keys, tenants = session.keys(), session.tenants()
            return session.backends(), [one.key_id for one in keys], [one.id for one in tenants]

        def arrived(known: tuple[list[BackendView], list[str], list[str]]) -> None:
            self.app.push_screen(NarrowForm(self._wanted, *known), narrowed)

        self.fetch("Reading what is known", read, arrived, self.complain, group="change")

    def do_mark(self) -> None:
        """Mark or unmark the row, and go to the next."""
        row = self.selected
        if isinstance(row, ObjectRow):
            if self._marked.pop(row_key(row), None) is None:
                self._marked[row_key(row)] = row
            self._draw()
            self.query_one("#table", PagedTable).action_cursor_down()

    def do_mark_all(self) -> None:
        """Every row that is shown, or none."""
        if self._by_key.keys() <= self._marked.keys():
            self._marked.clear()
        else:
            self._marked |= self._by_key
        self._draw()

    def do_register(self) -> None:
        """Choose an object in a bucket; see the exact payload; send it."""

        def done(receipt: Receipt) -> None:
            self.ours.notify(f"Registered: {receipt.object_key} {receipt.version}")
            self.reload()

        ask_register(self, self._wanted.tenant, self.complain, done)

    def do_batch(self) -> None:
        """A file of pointers, as a task."""

        def started(task_id: str | None) -> None:
            if task_id is not None:
                _show_task(self, task_id)

        def arrived(backends: list[BackendView]) -> None:
            self.app.push_screen(BatchForm(backends), started)

        self.fetch(
            "Reading the object stores", self.ours.session.backends, arrived, self.complain, group="batch"
        )

    def do_copy_to(self) -> None:
        """A further copy of each, at one object store."""
        rows, session = self.chosen, self.ours.session

        def arrived(backends: list[BackendView]) -> None:
            choices = [Choice(item.id, item.id, item.country or "") for item in backends]
            self.app.push_screen(PickScreen("A copy where?", choices), chosen)

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                target = values[0]
                self._many("Asking for copies", "asked for", lambda: session.request_copies(rows, target))

        self.fetch("Reading the object stores", session.backends, arrived, self.complain, group="copy")

    def do_policy(self) -> None:
        """A narrower residency, another number of copies."""
        rows, session = self.chosen, self.ours.session

        def wanted(change: Wanted | None) -> None:
            if change is not None:
                residency, copies = change
                self._many(
                    "Changing the policy", "changed",
                    lambda: session.change_policy(rows, residency, copies),
                )  # fmt: skip

        self.app.push_screen(PolicyForm(rows), wanted)

    def do_delete(self) -> None:
        """A tombstone for each."""
        rows, session = self.chosen, self.ours.session
        self._many("Deleting", "marked as deleted", lambda: session.delete_objects(rows))

    def do_erase(self) -> None:
        """Gone at every provider, as a task."""
        jobs, rows = self.ours.session.jobs_service, self.chosen

        def started(task_id: str) -> None:
            self._marked.clear()
            _show_task(self, task_id)

        self.fetch("Erasing", lambda: jobs.start_erase(rows), started, self.complain, group="change")

    def _many(self, what: str, done: str, call: Callable[[], ManyResult]) -> None:
        def changed(result: ManyResult) -> None:
            self._marked.clear()
            self.ours.notify(f"{count(result.done, 'object')} {done}.")
            if result.failed:
                name, why = result.failed[0]
                more = f" and {len(result.failed) - 1} more" if len(result.failed) > 1 else ""
                trouble = Trouble(
                    f"{what} failed for {name}{more}", why, "Mend the cause and try these again."
                )
                self.complain(trouble, f"{result.done} are done")
            self.reload()

        def failed(trouble: Trouble) -> None:
            self.complain(trouble, "nothing was changed")

        self.fetch(what, call, changed, failed, group="change")

    def do_restore(self) -> None:
        """Into a file."""
        row = self.selected
        if isinstance(row, ObjectRow):
            ask_restore(self, row.key, row.version, _show_task)


def _show_task(screen: Acting, task_id: str) -> None:
    screen.app.push_screen(TaskScreen(task_id))
