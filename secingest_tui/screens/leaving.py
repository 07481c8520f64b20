"""Leaving the application: at once, or after a question where something would be stopped or lost."""

from __future__ import annotations

from textual.content import Content

from secingest_tui.screens.base import Acting, Modal
from secingest_tui.text import count, join


class AsksToLeave(Acting):
    """The part of the application that knows what leaving would cost."""

    def do_quit(self) -> None:
        """Leave; ask first while something is running, or where something typed would be lost."""
        reasons = self._lost_by_leaving()
        if not reasons:
            self.app.exit(0)
            return
        from secingest_tui.screens.common.confirm import ConfirmScreen

        screen = ConfirmScreen(Content("\n").join(reasons), Content("Stop and leave"), Content("Stay"))
        self.app.push_screen(screen, lambda agreed: self.app.exit(0) if agreed else None)

    def do_interrupt(self) -> None:
        """As quit. Where text was selected with the mouse it is copied, as in other programs."""
        selected = self.app.screen.get_selected_text()
        if selected:
            self.app.copy_to_clipboard(selected)
        else:
            self.do_quit()

    def _lost_by_leaving(self) -> list[Content]:
        running = self.ours.feed.running if self.ours.feed is not None else 0
        reasons: list[Content] = []
        if running:
            reasons += [
                join((f"{count(running, 'task')} still running.", "bold")),
                Content("Leaving stops them. Parts that arrived are kept where the provider can resume."),
                Content("Nothing half-done is registered."),
            ]
        if any(isinstance(screen, Modal) and screen.unsaved for screen in self.app.screen_stack):
            reasons.append(join(("What is typed here will be lost.", "bold")))
        return reasons
