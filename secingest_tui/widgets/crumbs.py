"""Where you are: the screens from the area to the one on top, as one line."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from secingest_tui.screens.base import Acting
from secingest_tui.text import join, safe

_SEPARATOR = " › "


class Crumbs(Widget):
    """The last name is always whole where there is room for one; those before it are cut first."""

    def render(self) -> RenderResult:
        stack = self.app.screen_stack
        names = [
            screen.crumb for screen in stack[: stack.index(self.screen) + 1] if isinstance(screen, Acting)
        ]
        names = [name for name in names if name]
        if not names:
            return Content("")
        *before, last = names
        room = self.size.width - 2 - len(last)
        parts: list[Content] = []
        for name in reversed(before):
            room -= len(name) + len(_SEPARATOR)
            if room < 0:
                parts.insert(0, join(("…" + _SEPARATOR, "$muted")))
                break
            parts.insert(0, join((name + _SEPARATOR, "$muted")))
        return Content("").join([*parts, safe(last, "bold", limit=max(10, self.size.width - 4))]).pad_left(1)
