"""One action on many jobs, batch by batch, with progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from backend_stub.contract.jobs import MAX_SELECTED, JobActionName, JobFilter, JobsAction

if TYPE_CHECKING:
    from secingest_tui.metadata import AdminClient, TenantClient


@dataclass(slots=True)
class Changed:
    """How many jobs were changed, and how many the action does not apply to."""

    changed: int = 0
    skipped: int = 0


def change_all(
    client: AdminClient | TenantClient,
    action: str,
    wanted: JobFilter,
    *,
    priority: int | None = None,
) -> Changed:
    """Act on every job that matches. What was changed stays so where a later batch fails."""
    done = Changed()
    _change(client, action, priority, done, filter=wanted)
    return done


def change_named(
    client: AdminClient | TenantClient, action: str, ids: list[str], *, priority: int | None = None
) -> Changed:
    """Act on the named jobs; one that is not there, or that the action does not apply to, is skipped."""
    done = Changed()
    for at in range(0, len(ids), MAX_SELECTED):
        _change(client, action, priority, done, ids=ids[at : at + MAX_SELECTED])
    return done


def _change(
    client: AdminClient | TenantClient, action: str, priority: int | None, done: Changed, **which: Any
) -> None:
    """Batch after batch, added to ``done``; ``which`` is a filter or ids."""
    after: str | None = None
    while True:
        request = JobsAction(action=cast("JobActionName", action), priority=priority, after=after, **which)
        answer = client.change_jobs(request)
        done.changed += answer.changed
        done.skipped += answer.skipped
        if answer.next is None:
            return
        after = answer.next
