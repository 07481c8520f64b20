"""An application whose defects end in one line: Textual's page shows every local variable, secrets too."""

from __future__ import annotations

from textual.app import App


class QuietApp(App[int]):
    """Ends at a defect without printing it; ``defect`` is what ``tui.run`` then raises."""

    @property
    def defect(self) -> Exception | None:
        """What went wrong, if anything did."""
        return self._exception

    def _fatal_error(self) -> None:
        self.bell()
        self._close_messages_no_wait()
