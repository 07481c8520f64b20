"""What home draws: throughput, queue depth, and where the stored bytes lie."""

from __future__ import annotations

from itertools import zip_longest

from textual.content import Content

from secingest_tui.models.overview import Amount, Overview, Stored
from secingest_tui.screens.history import History
from secingest_tui.text import count, join, size
from secingest_tui.widgets.plot import bars, sparkline

_LEAST, _MOST = 3, 8
_SIDE_BY_SIDE = 100
_LEAST_FOR_TWO = 34
"""Columns that a name, a bar and its words take."""


def plots(overview: Overview, stored: Stored | None, history: History, width: int, room: int) -> Content:
    """At most ``room`` lines; the two moving ones first."""
    if room < _LEAST:
        return Content("")
    half = (width - 4) // 2
    line = min(60, (half if width >= _SIDE_BY_SIDE else width) - 24)
    rates, queue = history.rates(), history.queue()
    now = rates[-1] if rates else 0.0
    rows = [
        join(
            (f"{'Throughput':<11}", "bold"), (sparkline(rates, line), "$primary"),
            (f" {size(int(now))}/s", "$muted"),
        ),
        join(
            (f"{'Queue':<11}", "bold"), (sparkline(queue, line), "$primary"),
            (" " + count(overview.queue, "job"), "$muted"),
        ),
    ]  # fmt: skip
    if width >= _SIDE_BY_SIDE:
        rows = [Content("    ").join([rows[0].pad_right(max(0, half - rows[0].cell_length)), rows[1]])]
    if stored is None:
        return Content("\n").join(rows)
    if not stored.by_backend:
        rows.append(join(("Nothing is stored yet.", "$muted")))
        return Content("\n").join(rows)
    shown = min(_MOST, room - len(rows) - 1)
    if shown > 0:
        if half < _LEAST_FOR_TWO:
            rows += _bars("Stored by country", stored.by_country, shown, width)[: room - len(rows)]
            rows += _bars("Stored by backend", stored.by_backend, shown, width)[: room - len(rows)]
            return Content("\n").join(rows)
        left = _bars("Stored by country", stored.by_country, shown, half)
        right = _bars("Stored by backend", stored.by_backend, shown, half)
        for one, other in zip_longest(left, right, fillvalue=Content("")):
            rows.append(Content("    ").join([one.pad_right(max(0, half - one.cell_length)), other]))
    return Content("\n").join(rows)


def _bars(title: str, amounts: tuple[Amount, ...], shown: int, width: int) -> list[Content]:
    """A heading that says where not all are shown, and a bar each of the largest."""
    cut = f", the largest {shown} of {len(amounts)}" if len(amounts) > shown else ""
    rows = [
        (item.name, float(item.bytes or item.copies), f"{size(item.bytes)}, {item.copies:,}")
        for item in amounts[:shown]
    ]
    return [join((title + cut, "bold")), *bars(rows, width)]
