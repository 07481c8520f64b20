"""The last failure that was shown: remembered, so that its details can be asked for anywhere."""

from __future__ import annotations

from datetime import datetime

from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import Acting


class TellsTroubles(Acting):
    """The part of the application that knows of failures."""

    last_trouble: tuple[Trouble, str, datetime] | None = None
    """What it was, what was kept, and when."""

    def remember(self, trouble: Trouble, kept: str = "") -> None:
        """For whoever asks for the details of what went wrong."""
        self.last_trouble = trouble, kept, self.ours.now()

    def complain(self, trouble: Trouble, before: str = "") -> None:
        """A failure that has no place of its own on the screen."""
        self.remember(trouble)
        self.ours.notify(before + trouble.cause + " " + trouble.remedy, severity="error", timeout=15)

    def do_details(self) -> None:
        """Everything about it."""
        from secingest_tui.screens.common.trouble import trouble_screen

        if self.last_trouble is not None:
            self.app.push_screen(trouble_screen(*self.last_trouble))
