"""Progress as text: Textual's own bar animates, which costs bytes over SSH."""

from __future__ import annotations

from textual.content import Content

from secingest_tui.text import join

_EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(done: int, total: int | None, width: int) -> Content:
    """A bar of ``width`` columns and the percentage; never full before everything is."""
    if not total:
        return join(("░" * width, "$muted"))
    part = min(max(done / total, 0.0), 1.0)
    eighths = int(part * width * 8)
    whole, rest = divmod(eighths, 8)
    filled = "█" * whole + (_EIGHTHS[rest] if rest else "")
    percent = 100 if done >= total else min(99, int(part * 100))
    rest_of_it = "░" * (width - len(filled))
    return join((filled, "$primary"), (rest_of_it, "$muted"), (f" {percent} %", "bold"))
