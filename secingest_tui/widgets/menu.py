"""The first line: every main screen with its number, the current one marked."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from secingest_tui.actions import AREAS
from secingest_tui.text import join, safe


class Menu(Widget):
    """Always visible; the current screen is marked in reverse, which needs no colour."""

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    def render(self) -> RenderResult:
        wide = self.size.width >= 100
        gap = "  " if wide else ""
        parts = [join((" secingest  ", "bold $primary"))] if wide else []
        for area in AREAS.values():
            here = area.id == self._current
            parts += [
                join((f" {area.number}", "bold reverse" if here else "bold $accent")),
                join((f" {area.title} ", "bold reverse" if here else "")),
                safe(gap),
            ]
        return Content("").join(parts)
