"""The key that filters, for every screen with a list."""

from __future__ import annotations

from secingest_tui.screens.base import Acting
from secingest_tui.widgets.filter import FilterBox


class Filters(Acting):
    """For whoever holds a ``FilterBox`` and a ``PagedTable``."""

    def gate(self, action_id: str) -> bool | None:
        """Whatever the row under the cursor allows: the list can be narrowed."""
        return True if action_id == "list.filter" else super().gate(action_id)

    def do_filter(self) -> None:
        """Type what the rows have to contain."""
        self.query_one(FilterBox).open()

    def do_back(self) -> None:
        """Esc: all rows again, before anything is left."""
        if self.query_one(FilterBox).clear():
            self.rows_changed()
        else:
            super().do_back()

    def rows_changed(self) -> None:
        """Other rows are shown."""
