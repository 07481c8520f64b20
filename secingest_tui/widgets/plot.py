"""Plots as text: a line of blocks for what changes, a bar a name for what is compared."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from secingest_tui.text import join, visible

_LEVELS = "▁▂▃▄▅▆▇█"
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")


def sparkline(values: Sequence[float], width: int) -> str:
    """The last ``width`` values, oldest first, scaled to the highest; nothing at all is a flat line.

    Only an exact zero is drawn as the lowest block, so that a little traffic never looks like none.
    """
    shown = list(values)[-width:]
    shown = [0.0] * (width - len(shown)) + shown
    top = max(shown, default=0.0)
    if top <= 0:
        return _LEVELS[0] * width
    last = len(_LEVELS) - 1
    return "".join(
        _LEVELS[0] if value <= 0 else _LEVELS[max(1, round(value / top * last))] for value in shown
    )


def bars(rows: Sequence[tuple[str, float, str]], width: int, *, style: str = "$primary") -> list[Content]:
    """A line for each (name, value, words): a bar, and the words, so that nothing is said by length alone."""
    if not rows:
        return []
    label = min(14, max(len(visible(name, 14)) for name, _, _ in rows))
    room = max(4, width - label - max(len(words) for _, _, words in rows) - 3)
    top = max(value for _, value, _ in rows) or 1
    made = []
    for name, value, words in rows:
        eighths = max(1, round(value / top * room * 8)) if value > 0 else 0
        bar = "█" * (eighths // 8) + _EIGHTHS[eighths % 8]
        made.append(join(f"{visible(name, 14):<{label}} ", (bar.ljust(room), style), (f" {words}", "$muted")))
    return made
