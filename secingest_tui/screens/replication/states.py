"""States of jobs and breakers, each with a sign, a colour and a sentence."""

from __future__ import annotations

from rich.text import Text

from secingest_tui.models.records import JobRow, JobState
from secingest_tui.text import cell

STYLES = {
    JobState.QUEUED: ("○", "", "waits for a worker"),
    JobState.LEASED: ("▶", "cyan", "a worker is copying"),
    JobState.RETRYING: ("↻", "yellow", "failed, tried again later"),
    JobState.SUCCEEDED: ("✓", "green", "the copy is there and verified"),
    JobState.DEAD: ("✗", "red", "gave up: needs somebody"),
    JobState.CANCELLED: ("■", "dim", "stopped by somebody"),
    JobState.BLOCKED: ("▲", "magenta", "the policy forbids it"),
}
BREAKERS = {"closed": ("✓", "green"), "half-open": ("↻", "yellow"), "open": ("✗", "red")}


def state_cell(state: JobState) -> Text:
    """Sign, word and colour."""
    sign, style, _ = STYLES[state]
    return cell(sign + " " + state.value, style)


def job_state_cell(job: JobRow, *, marked: bool = False) -> Text:
    """As ``state_cell``; a paused job says so instead, and a marked one has a star."""
    star = "*" if marked else ""
    if job.paused:
        return cell(star + "‖ paused", "yellow")
    sign, style, _ = STYLES[job.state]
    return cell(star + sign + " " + job.state.value, style)
