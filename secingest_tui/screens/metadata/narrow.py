"""Which objects the list shows: prefix, residency, object store, key, state."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from secingest_tui.models.directory import BackendView
from secingest_tui.models.naming import residency_problem, stays_in
from secingest_tui.models.registering import STATES, ObjectFilter
from secingest_tui.screens.common.completion import KnownNames
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.screens.common.pick import Choice
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.pick_field import PickField

_ANY = "any"
_STATE_NOTES = {
    "active": "what can be restored",
    "deleted": "marked by a tombstone; the ciphertext may still be there",
    "erased": "removed at every provider, with a signed proof",
    "all": "all of them",
}


class NarrowForm(FormScreen[ObjectFilter]):
    """The server narrows; an empty field is no condition."""

    HEADLINE: ClassVar[str] = "Which objects?"
    DO: ClassVar[str] = "Show"
    MINDS: ClassVar[bool] = False

    def __init__(
        self, now: ObjectFilter, backends: Sequence[BackendView], keys: Iterable[str], tenants: Iterable[str]
    ) -> None:
        super().__init__()
        self._now, self._backends = now, tuple(backends)
        self._keys, self._tenants = tuple(keys), tuple(tenants)

    def rows(self) -> Iterable[FormRow]:
        now, keys = self._now, KnownNames(self._keys)
        prefixes = KnownNames(name + "/" for name in self._tenants)
        yield FormRow(
            "Prefix",
            Field(now.prefix, placeholder="customer42/reports/", suggester=prefixes, id="prefix"),
            id="row-prefix",
        )
        yield FormRow(
            "Residency", Field(now.residency or "", placeholder="any", id="residency"), id="row-residency"
        )
        yield FormRow("Object store", PickField(placeholder="any", id="backend"), id="row-backend")
        yield FormRow(
            "Key", Field(now.key_id or "", placeholder="any", suggester=keys, id="key"), id="row-key"
        )
        yield FormRow("State", PickField(placeholder="active", id="state"), id="row-state")

    def on_mount(self) -> None:
        self.query_one("#backend", PickField).values = (self._now.backend,) if self._now.backend else ()
        self.query_one("#state", PickField).values = (self._now.state,)
        super().on_mount()

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        if field.id == "state":
            return "Which state?", [Choice(state, state, _STATE_NOTES[state]) for state in STATES]
        stores = [Choice(item.id, item.id, item.country or "") for item in self._backends]
        return "With a copy where?", [Choice(_ANY, "any", "wherever it lies"), *stores]

    def check(self) -> bool:
        """Only a residency can be wrong."""
        problem = residency_problem(self.typed("residency"))
        row = self.row("row-residency")
        if problem:
            row.wrong(problem)
        else:
            row.hint("as it was registered: a country, a list, EU or EEA")
        self.row("row-prefix").hint("how the keys begin; → completes a tenant")
        self.row("row-key").hint("the whole name of the key they are encrypted for; → completes")
        return not problem

    def submit(self) -> None:
        backend = self.picked("backend")
        self.dismiss(
            replace(
                self._now,
                prefix=self.typed("prefix"),
                residency=stays_in(self.typed("residency")),
                backend=None if backend in {"", _ANY} else backend,
                key_id=self.typed("key") or None,
                state=self.picked("state") or "active",
            )
        )
