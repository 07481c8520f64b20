"""Another policy for recorded objects: a narrower residency, more or fewer copies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from secingest_tui.models.naming import number_problem, residency_problem, stays_in
from secingest_tui.models.records import ObjectRow
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.text import count
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow

Wanted = tuple[str | None, int | None]


class PolicyForm(FormScreen[Wanted]):
    """An empty field leaves what is. The server refuses what copies that exist would break."""

    HEADLINE: ClassVar[str] = "Which policy?"
    DO: ClassVar[str] = "Change"

    def __init__(self, rows: Sequence[ObjectRow]) -> None:
        super().__init__()
        self._rows = tuple(rows)

    def rows(self) -> Iterable[FormRow]:
        first = self._rows[0]
        residency, copies = ("as it is",) * 2
        if len(self._rows) == 1:
            residency, copies = stays_in(first.residency or "") or "any", str(first.replicas_wanted)
        yield FormRow("Residency", Field("", placeholder=residency, id="residency"), id="row-residency")
        yield FormRow("Copies", Field("", placeholder=copies, id="copies"), id="row-copies")

    def check(self) -> bool:
        """Something is to change, and the server would understand it."""
        residency, copies = self.typed("residency"), self.typed("copies")
        problem = residency_problem(residency) if residency else ""
        if problem:
            self.row("row-residency").wrong(problem)
        else:
            self.row("row-residency").hint("only narrower: a country, a list, EU or EEA")
        wrong = number_problem(copies) if copies else ""
        if wrong:
            self.row("row-copies").wrong(wrong)
        else:
            self.row("row-copies").hint(f"of {count(len(self._rows), 'object')}, the first copy included")
        return not problem and not wrong and bool(residency or copies)

    def submit(self) -> None:
        copies = self.typed("copies")
        self.dismiss((stays_in(self.typed("residency")), int(copies) if copies else None))
