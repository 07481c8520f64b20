"""Rows and details of jobs, causes and backends."""

from __future__ import annotations

from collections.abc import Sequence

from secingest_tui.models.monitor import BackendHealthRow, CauseRow, JobStory
from secingest_tui.models.records import JobRow
from secingest_tui.screens.replication.states import BREAKERS, STYLES, job_state_cell, state_cell
from secingest_tui.text import cell, size, when
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Column, Row

JOB_COLUMNS = (
    Column("State", 12), Column("Object", 20, 3, tail=True), Column("To", 12, 1),
    Column("Tries", 5, right=True), Column("Done", 5, right=True), Column("Changed", 17),
    Column("Last error", 20, 2, by_need=True),
)  # fmt: skip
CAUSE_COLUMNS = (
    Column("Jobs", 7, right=True), Column("State", 11), Column("Cause", 22, 1), Column("To", 12, 1),
    Column("Last", 17), Column("For example", 20, 3),
)  # fmt: skip
HEALTH_COLUMNS = (
    Column("Backend", 14, 1), Column("Breaker", 11), Column("Now", 4, right=True),
    Column("Waiting", 7, right=True), Column("Copied", 9, right=True), Column("Failed", 7, right=True),
    Column("Limits", 14), Column("Last error", 20, 3, by_need=True),
)  # fmt: skip


def job_row(job: JobRow, *, marked: bool = False) -> Row:
    return Row(
        job.id,
        (
            job_state_cell(job, marked=marked),
            cell(job.object_key, "bold"),
            cell(job.target),
            cell(str(job.attempts), right=True),
            cell(_done(job), right=True),
            cell(when(job.updated_at, short=True), "dim"),
            cell(job.error, "red"),
        ),
        job.object_key + " to " + job.target,
    )


def _done(job: JobRow) -> str:
    if job.state.value == "succeeded":
        return "100%"
    if not job.bytes_total or not job.bytes_done:
        return ""
    return f"{min(99, job.bytes_done * 100 // job.bytes_total)}%"


def job_facts(job: JobRow) -> Sequence[Item]:
    return (
        Item("job", job.id),
        Item("state", job.state.value + ": " + STYLES[job.state][2] + (", paused" if job.paused else "")),
        Item("object key", job.object_key),
        Item("version", job.version),
        Item("from", job.source),
        Item("to", job.target),
        Item("size", size(job.bytes_total)),
        Item("tries", str(job.attempts)),
        Item("changed", when(job.updated_at)),
        Item("next try", when(job.next_attempt_at)),
        Item("cause", job.cause or "none"),
        Item("last error", job.error or "none"),
    )


def story_facts(story: JobStory) -> Sequence[Item]:
    """Everything about a job: itself, each attempt, and where the copies are."""
    items = [
        *job_facts(story.job),
        Item("kind", story.kind),
        Item("priority", str(story.priority)),
        Item("made", when(story.created_at)),
        Item("worker", story.worker or "none"),
        Item("lease until", when(story.lease_expires_at)),
        Item("bytes", f"{story.bytes_done:,} of {story.job.bytes_total or 0:,}"),
        Item("Attempts", "", heading=True),
    ]
    for one in story.attempts:
        told = f"{one.outcome}, {when(one.started_at)} to {when(one.ended_at)}"
        if one.bytes_done:
            # None were counted where the provider copied by itself, or it was done before the first report.
            told += f", {one.bytes_done:,} bytes"
        error = f": {one.error}" if one.error else ""
        items.append(Item(f"attempt {one.number}", f"{told}, {one.worker}{error}"))
    if not story.attempts:
        items.append(Item("attempts", "no worker has had it yet"))
    items.append(Item("Copies", "", heading=True))
    items += [Item(one.backend, f"{one.state}, {when(one.verified_at)}, {one.url}") for one in story.replicas]
    return items


def cause_row(one: CauseRow) -> Row:
    return Row(
        one.key,
        (
            cell(f"{one.count:,}", "bold", right=True),
            state_cell(one.state),
            cell(one.cause, "bold"),
            cell(one.target),
            cell(when(one.last_at, short=True), "dim"),
            cell(one.example, "red"),
        ),
        f"{one.cause} at {one.target}",
    )


def cause_facts(one: CauseRow) -> Sequence[Item]:
    return (
        Item("cause", one.cause),
        Item("state", one.state.value + ": " + STYLES[one.state][2]),
        Item("to", one.target),
        Item("jobs", f"{one.count:,}"),
        Item("first", when(one.first_at)),
        Item("last", when(one.last_at)),
        Item("for example", one.example or "none"),
    )


def health_row(one: BackendHealthRow) -> Row:
    sign, style = BREAKERS.get(one.breaker, ("?", ""))
    breaker = cell("‖ paused", "yellow") if one.paused else cell(sign + " " + one.breaker, style)
    return Row(
        one.id,
        (
            cell(one.id, "bold"),
            breaker,
            cell(str(one.leased), right=True),
            cell(f"{one.waiting:,}", right=True),
            cell(f"{one.copied_objects:,}", right=True),
            cell(f"{one.failures:,}", right=True),
            cell(_limits(one), "dim"),
            cell(one.last_error, "red"),
        ),
    )


def _limits(one: BackendHealthRow) -> str:
    parts = [f"{one.max_concurrent} at once" if one.max_concurrent else ""]
    parts.append(f"{size(one.max_bytes_per_second)}/s" if one.max_bytes_per_second else "")
    return ", ".join(part for part in parts if part) or "none"


def health_facts(one: BackendHealthRow) -> Sequence[Item]:
    return (
        Item("backend", one.id),
        Item("paused", f"yes: {one.reason or 'no reason given'}" if one.paused else "no"),
        Item("breaker", one.breaker + (f", until {when(one.broken_until)}" if one.broken_until else "")),
        Item("copies now", str(one.leased)),
        Item("waiting", f"{one.waiting:,}"),
        Item("copied", f"{one.copied_objects:,} objects, {size(one.copied_bytes)}"),
        Item("failures", f"{one.failures:,}"),
        Item("limits", _limits(one)),
        Item("last success", when(one.last_success_at)),
        Item("last failure", when(one.last_failure_at)),
        Item("last error", one.last_error or "none"),
    )
