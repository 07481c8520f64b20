"""The first line: every main screen with its number, the current one marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from secingest_tui.actions import AREAS, areas_of
from secingest_tui.text import join, safe

if TYPE_CHECKING:
    from secingest_tui.app import SecingestApp


class Menu(Widget):
    """Always visible; the current screen is marked in reverse, which needs no colour."""

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    def render(self) -> RenderResult:
        app = cast("SecingestApp", self.app)
        width = self.size.width
        shown = [AREAS[area] for area in areas_of(app.role)]
        gap = "  " if width >= 110 else ""
        # On less than 80 columns only the screen that is open has its name; the numbers go on working.
        named = sum(len(area.title) + 3 for area in shown) <= width
        parts = [join((" secingest  ", "bold $primary"))] if width >= 110 else []
        for area in shown:
            here = area.id == self._current
            parts.append(join((f" {area.number}", "bold reverse" if here else "bold $accent")))
            if named or here:
                parts.append(join((f" {area.title}", "bold reverse" if here else "")))
            parts.append(safe(gap))
        return Content("").join(parts)
