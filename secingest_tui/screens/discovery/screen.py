"""Which object stores there are, what is known about providers, what they really do, and what lies there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from secingest_tui.actions import Action
from secingest_tui.models.directory import ProviderView
from secingest_tui.models.discovery import (
    SORT_KEYS,
    BucketFound,
    Choices,
    ObjectFound,
    ProbeRow,
    SortKey,
    Wanted,
)
from secingest_tui.models.paging import PAGE_LIMIT, Page
from secingest_tui.models.records import SnapshotRow
from secingest_tui.screens.base import bindings
from secingest_tui.screens.common.follow import Ends, Follower
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.common.task_words import at_work
from secingest_tui.screens.discovery import rows
from secingest_tui.screens.discovery.compare import MOST, CompareScreen
from secingest_tui.screens.discovery.narrow import as_choices, as_wanted, in_words
from secingest_tui.screens.discovery.probe import ProbeForm
from secingest_tui.screens.discovery.rows import Known
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.text import count, join, visible

_LAST = {"list.open": 1, "list.filter": 2, "list.refresh": 3}
_OWN = "\x00own"
BACKENDS, CATALOGUE, PROBES, BUCKETS, OBJECTS = range(5)


class DiscoveryScreen(ListScreen):
    """Backends, the catalogue and kept probes; from a backend into its buckets, and into a bucket."""

    AREA = "discovery"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("discovery", "list", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("discovery", "list", "filter")

    def __init__(self) -> None:
        self._wanted, self._sort, self._or_unknown = Wanted(), SORT_KEYS[0], False
        self._perhaps = 0
        self._backend = ""
        self._tenant: str | None = None
        self._bucket = ""
        self._versions = False
        super().__init__()

    def views(self) -> tuple[View[Any], ...]:
        return (
            View(
                "backends", "Backends", "backend", rows.BACKEND_COLUMNS,
                self._load_backends, rows.backend_row, rows.backend_facts, _no_backends,
            ),
            View(
                "catalogue", "Provider catalogue", "provider", rows.PROVIDER_COLUMNS,
                self._load_providers, rows.provider_row, rows.provider_facts, self._no_providers,
                heading=self._narrowed,
            ),
            View(
                "probes", "Probes", "probe", rows.PROBE_COLUMNS,
                self._load_probes, rows.probe_row, rows.probe_facts, _no_probes,
            ),
            View(
                "buckets", "Buckets", "bucket", rows.BUCKET_COLUMNS,
                self._load_buckets, rows.bucket_row, rows.bucket_facts, _no_buckets,
                heading=self._where, tab=False, alone=True,
            ),
            View(
                "objects", "Objects", "object", rows.OBJECT_COLUMNS,
                self._load_objects, rows.object_row, rows.object_facts, _no_objects,
                heading=self._where, tab=False, alone=True,
            ),
        )  # fmt: skip

    def on_mount(self) -> None:
        self._follower = Follower(self)
        super().on_mount()

    # Reading

    def _load_backends(self, _cursor: str | None) -> Page[Known]:
        session = self.ours.session
        newest: dict[str, ProbeRow] = {}
        for probe in reversed(session.discovery.probes()):
            newest[probe.backend] = probe
        return Page(
            [
                Known(
                    backend,
                    newest.get(backend.id),
                    tuple(session.discovery.settings(backend.id)),
                    session.discovery.operator_key(backend.id),
                )
                for backend in session.backends()[:PAGE_LIMIT]
            ]
        )

    def _load_providers(self, _cursor: str | None) -> Page[ProviderView]:
        found, self._perhaps = self.ours.session.discovery.search(self._wanted, self._sort, self._or_unknown)
        return Page(found[:PAGE_LIMIT])

    def _load_probes(self, _cursor: str | None) -> Page[ProbeRow]:
        return Page(self.ours.session.discovery.probes()[:PAGE_LIMIT])

    def _load_buckets(self, _cursor: str | None) -> Page[BucketFound]:
        found = self.ours.session.discovery.buckets(self._backend, self._tenant, self._versions)
        return Page(found[:PAGE_LIMIT])

    def _load_objects(self, cursor: str | None) -> Page[ObjectFound]:
        return self.ours.session.discovery.bucket_objects(
            self._backend, self._tenant, self._bucket, self._versions, cursor
        )

    def _narrowed(self) -> str:
        words = in_words(self._wanted, self._or_unknown)
        more = f", {self._perhaps} more unknown" if words and self._perhaps and not self._or_unknown else ""
        order = f" by {self._sort}" if self._sort != SORT_KEYS[0] else ""
        return (words + more + order).strip()

    def _where(self) -> str:
        # Short: how many there are, and the way to the next page, stand behind it.
        place = self._backend if self._index == BUCKETS else visible(self._bucket, 20)
        return place + (" +versions" if self._versions else "")

    # Moving

    def actions_here(self) -> list[Action]:
        """The key to the other lists before those that everybody knows: not all fit on 80 columns."""
        return sorted(super().actions_here(), key=lambda action: _LAST.get(action.id, 0))

    def can(self, action_id: str) -> bool:
        """What the list and its row allow."""
        selected, inside = self.selected, self._index in (BUCKETS, OBJECTS)
        if action_id == "discovery.probe":
            return isinstance(selected, Known) and (selected.backend.has_credentials or selected.operator)
        if action_id == "discovery.buckets":
            return isinstance(selected, Known) and selected.backend.has_credentials
        if action_id in ("discovery.versions", "discovery.snapshot"):
            return inside
        if action_id in ("discovery.narrow", "discovery.sort", "discovery.compare"):
            return self._index == CATALOGUE
        if action_id == "list.next_view":
            return not inside
        return super().can(action_id)

    def do_next_view(self) -> None:
        """Backends, catalogue, probes, and round."""
        self._show((self._index + 1) % BUCKETS)

    def open(self, item: Any) -> None:
        """Enter: into a bucket, or everything about the row."""
        if isinstance(item, BucketFound) and not item.problem:
            self._bucket = item.name
            self._show(OBJECTS)
        else:
            super().open(item)

    def step_out(self) -> bool:
        """Esc: out of the bucket, then out of the backend."""
        inside = self._index in (BUCKETS, OBJECTS)
        if inside:
            self._show(BUCKETS if self._index == OBJECTS else BACKENDS)
        return inside

    def _show(self, index: int) -> None:
        self._index = index
        self.restart()

    # Probing

    def do_probe(self) -> None:
        """Ask as whom and where, then watch it."""
        known = self.selected
        if not isinstance(known, Known):
            return
        backend, discovery, operator = known.backend.id, self.ours.session.discovery, known.operator

        def started(task_id: str | None) -> None:
            if task_id is not None:
                self.app.push_screen(TaskScreen(task_id))

        def arrived(identities: list[str | None]) -> None:
            self.app.push_screen(ProbeForm(backend, identities, operator=operator), started)

        self.fetch(
            "Reading whose credentials are here",
            lambda: discovery.identities(backend), arrived, self.complain, group="probe",
        )  # fmt: skip

    def _as_whom(self, question: str, then: Callable[[str, str | None], None]) -> None:
        """Go on with an identity of the selected backend: the only one, or the one that is chosen."""
        known = self.selected
        if not isinstance(known, Known):
            return
        backend, discovery = known.backend.id, self.ours.session.discovery

        def arrived(identities: list[str | None]) -> None:
            if len(identities) == 1:
                then(backend, identities[0])
                return
            choices = [
                Choice(_OWN, "this profile") if name is None else Choice(name, name, "tenant")
                for name in identities
            ]

            def chosen(values: tuple[str, ...] | None) -> None:
                if values:
                    then(backend, None if values[0] == _OWN else values[0])

            self.app.push_screen(PickScreen(question, choices, empty="No credentials are here."), chosen)

        self.fetch(
            "Reading whose credentials are here",
            lambda: discovery.identities(backend), arrived, self.complain, group="probe",
        )  # fmt: skip

    # What lies there

    def do_buckets(self) -> None:
        """Into the backend."""

        def go(backend: str, tenant: str | None) -> None:
            self._backend, self._tenant = backend, tenant
            self._show(BUCKETS)

        self._as_whom("See with whose credentials?", go)

    def do_versions(self) -> None:
        """With older versions, or without."""
        self._versions = not self._versions
        self.restart()

    def do_snapshot(self) -> None:
        """Record what is there, for later and for auditors."""
        discovery, backend, tenant, versions = (
            self.ours.session.discovery, self._backend, self._tenant, self._versions,
        )  # fmt: skip
        bucket = self._bucket if self._index == OBJECTS else None

        def told(progress: str) -> None:
            self.busy(at_work("recording " + backend, progress))

        def taken(row: SnapshotRow) -> None:
            self.ours.notify(
                "Recorded: " + count(row.objects, "object") + " at " + row.backend + ". 6 shows it."
            )
            self.do_refresh()

        told("")
        self._follower.start(
            lambda: discovery.start_snapshot(backend, tenant, bucket, versions),
            Ends("Taking the snapshot", taken, self.complain, lambda text: self.busy(join(text)), told),
            group="take",
        )

    # The catalogue

    def do_narrow(self) -> None:
        """Choose what to ask for; several with Tab."""

        def arrived(known: Choices) -> None:
            screen = PickScreen("Providers with … (tab marks several)", as_choices(known), many=True)
            self.app.push_screen(screen, chosen)

        def chosen(values: tuple[str, ...] | None) -> None:
            if values is not None:
                self._wanted, self._or_unknown = as_wanted(values)
                self.restart()

        self.fetch(
            "Reading the catalogue",
            self.ours.session.discovery.choices,
            arrived,
            self.complain,
            group="narrow",
        )

    def do_sort(self) -> None:
        """Another order."""

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                self._sort = _sort_key(values[0])
                self.restart()

        choices = [
            Choice(key, key, "" if key in ("name", "id", "jurisdiction") else "the most first")
            for key in SORT_KEYS
        ]
        self.app.push_screen(PickScreen("Providers in the order of", choices), chosen)

    def do_compare(self) -> None:
        """Choose who is laid beside the selected one."""
        here = self.selected
        choices = [Choice(item.id, item.name, rows.law(item)) for item in self._items]
        marked = (here.id,) if isinstance(here, ProviderView) else ()

        def chosen(values: tuple[str, ...] | None) -> None:
            if values is None:
                return
            wanted = list(dict.fromkeys([*marked, *values]))
            if len(wanted) < 2:
                self.ours.notify("Mark at least one other provider with Tab.", severity="warning")
                return
            if len(wanted) > MOST:
                self.ours.notify(f"Only the first {MOST} fit side by side; the command line shows more.")
            self.app.push_screen(CompareScreen(wanted[:MOST]))

        title = "Compare with … (tab marks several)"
        self.app.push_screen(PickScreen(title, choices, chosen=marked, many=True), chosen)

    def _no_providers(self) -> Content:
        if not in_words(self._wanted, self._or_unknown):
            return join(
                "The catalogue is empty. This installation is incomplete: ",
                ("secingest doctor", "bold $accent"),
            )
        perhaps = f"Of {count(self._perhaps, 'provider')} something is unknown: " if self._perhaps else ""
        return join(
            "No provider is known to have all of that. ",
            perhaps, ("f", "bold $accent"), " asks for something else",
            " or for unknown too." if perhaps else ".",
        )  # fmt: skip


def _sort_key(value: str) -> SortKey:
    return next(key for key in SORT_KEYS if key == value)


def _no_backends() -> Content:
    return join(
        ("No object store is configured. ", "bold"),
        "Add one with: ",
        ("secingest backends add", "bold $accent"),
    )


def _no_probes() -> Content:
    return join(
        ("Nothing was probed yet. ", "bold"),
        "In the list of backends, ",
        ("p", "bold $accent"),
        " probes one.",
    )


def _no_buckets() -> Content:
    return join("These credentials see no bucket here. The first upload makes one. Esc goes back.")


def _no_objects() -> Content:
    return join("Nothing is in this bucket. Esc goes back.")
