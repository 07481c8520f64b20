"""What would happen, before anything is sent."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from secingest_tui.models.transfer import IngestPlan, IngestRequest
from secingest_tui.screens.base import Modal
from secingest_tui.text import cell, count, join, size
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.native import Button
from secingest_tui.widgets.table import Column, PagedTable, Row


class PlanScreen(Modal[bool]):
    """``True`` to start. With problems there is only the way back."""

    CSS_PATH = "screen.tcss"
    AUTO_FOCUS: ClassVar[str | None] = ""

    def __init__(self, request: IngestRequest, plan: IngestPlan) -> None:
        super().__init__()
        self._request, self._plan = request, plan

    def compose(self) -> ComposeResult:
        plan = self._plan
        fine = not plan.problems
        head = "Ready to upload " if fine else "Cannot start yet: "
        what = count(plan.item_count, "file") + ", " + size(plan.total_bytes)
        yield Line(
            join((" " + head, "bold"), (what if fine else count(len(plan.problems), "problem"), "bold")),
            classes="title",
        )
        yield Line(self._story(), id="story")
        yield PagedTable(id="items")
        with Horizontal(classes="buttons"):
            yield Button(Content("Back to the form"), id="back", compact=True)
            if fine:
                yield Button(Content("Start upload"), id="start", variant="primary", compact=True)
        yield KeyBar()

    def on_mount(self) -> None:
        table = self.query_one("#items", PagedTable)
        items = self._plan.items
        rows = [
            Row(
                str(index), (cell(item.path), cell(item.object_key), cell(size(item.size), "dim", right=True))
            )
            for index, item in enumerate(items)
        ]
        columns = (
            Column("File", 20, 1, tail=True),
            Column("Recorded as", 20, 1, tail=True),
            Column("Size", 9, right=True),
        )
        table.show(columns, rows)
        table.can_focus = len(rows) > 1
        # Nothing is lost by starting, and it is what the person came for.
        self.query_one("#back" if self._plan.problems else "#start", Button).focus()

    def _story(self) -> Content:
        request, plan = self._request, self._plan
        lines = [
            join(
                ("✗ ", "bold $error"),
                problem.message,
                (" " + problem.hint if problem.hint else "", "$muted"),
            )
            for problem in plan.problems
        ]
        lines += [
            join(("Encrypt  ", "$muted"), "here, for ", (", ".join(request.recipients), "bold")),
            join(("Upload   ", "$muted"), "ciphertext to ", (request.backend, "bold")),
            join(
                ("Register ", "$muted"),
                "for tenant ",
                (request.tenant, "bold"),
                ", version ",
                request.version,
            ),
        ]
        if request.targets:
            lines.append(join(("Copy     ", "$muted"), "to ", (", ".join(request.targets), "bold")))
        if request.residency:
            lines.append(join(("Stays in ", "$muted"), (request.residency, "bold")))
        lines += [join(("▲ ", "$warning"), note) for note in plan.notes]
        if plan.item_count > len(plan.items):
            lines.append(join(("The list shows the first ", "$muted"), count(len(plan.items), "file"), "."))
        return Content("\n").join(lines)

    @on(Button.Pressed)
    def handle_button(self, event: Button.Pressed) -> None:
        """Start or back."""
        self.dismiss(event.button.id == "start")
