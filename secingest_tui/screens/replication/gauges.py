"""The lines above the table: totals, and sparklines as text (a widget that animates costs bytes)."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from secingest_tui.models.records import JobState
from secingest_tui.screens.replication.feed import MonitorFeed
from secingest_tui.screens.replication.states import STYLES
from secingest_tui.text import duration, join, size

_BARS = "▁▂▃▄▅▆▇█"
_ORDER = (
    JobState.DEAD, JobState.BLOCKED, JobState.RETRYING, JobState.LEASED, JobState.QUEUED,
    JobState.SUCCEEDED, JobState.CANCELLED,
)  # fmt: skip


def sparkline(values: Iterable[float], width: int) -> str:
    """The last ``width`` values as bars; the tallest is the greatest."""
    shown = list(values)[-width:]
    top = max(shown, default=0.0)
    if top <= 0:
        return _BARS[0] * len(shown)
    return "".join(_BARS[min(7, int(value / top * 7.999))] for value in shown)


def totals_line(feed: MonitorFeed | None) -> Content:
    """Jobs by state, with sign, word and colour."""
    totals = feed.totals if feed is not None else None
    if feed is None or totals is None:
        return join((" waiting for the server's numbers …", "$muted"))
    parts: list[str | Content | tuple[str, str]] = []
    # What needs somebody comes first: on 80 columns the end of the line may be cut.
    for state in _ORDER:
        number = totals.counts.get(state, 0)
        if number:
            sign, style, _ = STYLES[state]
            # As in the rows, which Rich draws; to Textual bare names are web colours, with a dark green.
            shown = style if style in {"", "dim"} else "ansi_" + style
            parts.append((f" {sign} {number:,} {state.value}", f"bold {shown}".strip()))
    return join(*(parts or [(" no jobs yet ", "$muted")]))


def gauges_line(feed: MonitorFeed | None, width: int) -> Content:
    """Throughput, depth and lag over the last minute, and how the numbers come."""
    if feed is None or feed.totals is None:
        return Content("")
    bars = max(6, min(30, (width - 62) // 3))
    samples, totals = feed.samples, feed.totals
    rate = samples.bytes[-1] if samples.bytes else 0.0
    objects = samples.objects[-1] if samples.objects else 0.0
    how = (" ● live", "$success") if feed.live else (" ○ polling", "bold $warning")
    return join(
        how,
        (f"  {objects:.0f}/s {size(int(rate))}/s ", "bold"), (sparkline(samples.bytes, bars), "$primary"),
        (f"  depth {totals.depth:,} ", "bold"), (sparkline(samples.depth, bars), "$primary"),
        (f"  lag {duration(totals.lag) if totals.lag is not None else 'none'} ", "bold"),
        (sparkline(samples.lag, bars), "$primary"),
    )  # fmt: skip
