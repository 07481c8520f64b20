"""What a new snapshot is to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from secingest_tui.models.snapshots import SnapshotOrder, SnapshotPlace
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.screens.common.pick import Choice
from secingest_tui.text import count
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.pick_field import PickField

ALL = "all buckets"
"""No bucket has a space in its name."""
CURRENT, EVERY = "what is current", "every version and delete marker"


class TakeScreen(FormScreen[SnapshotOrder]):
    """Returns what to list; ``None`` after Esc. As it opens it asks for everything that is current."""

    HEADLINE: ClassVar[str] = "A new snapshot"
    DO: ClassVar[str] = "Take"
    MANY: ClassVar[frozenset[str]] = frozenset({"buckets"})

    def __init__(self, backend: str, places: Sequence[SnapshotPlace]) -> None:
        super().__init__()
        self._backend = backend
        self._places = {f"{place.tenant}/{place.bucket}": place for place in places}

    def rows(self) -> Iterable[FormRow]:
        """Where, which versions, and a line to know it by."""
        yield FormRow("Buckets", PickField(placeholder=ALL, id="buckets"), id="row-buckets")
        yield FormRow("Versions", PickField(placeholder=CURRENT, id="versions"), id="row-versions")
        yield FormRow("Label", Field(placeholder="none", id="label"), id="row-label")

    def choices(self, field: PickField) -> tuple[str, list[Choice]]:
        """Each tenant's buckets, or which versions."""
        if field.id == "versions":
            return "Which versions?", [Choice(CURRENT, CURRENT), Choice(EVERY, EVERY)]
        found = [Choice(value, place.bucket, place.tenant) for value, place in self._places.items()]
        return f"Which buckets of {self._backend}?", [Choice(ALL, ALL, count(len(found), "bucket")), *found]

    def check(self) -> bool:
        """Every answer is one."""
        named = self._named()
        tenants = len({place.tenant for place in named or self._places.values()})
        said = count(len(named), "bucket") if named else "every bucket that the credentials see"
        self.row("row-buckets").hint(
            said + (f", a snapshot for each of {tenants} tenants" if tenants > 1 else "")
        )
        return True

    def _named(self) -> list[SnapshotPlace]:
        values = self.query_one("#buckets", PickField).values
        return [] if ALL in values else [self._places[value] for value in values]

    def submit(self) -> None:
        """Give it back."""
        versions = self.picked("versions") == EVERY
        label = self.typed("label").strip()
        self.dismiss(SnapshotOrder(self._backend, tuple(self._named()), versions, label))
