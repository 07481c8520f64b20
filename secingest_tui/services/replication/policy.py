"""The pass that turns policy into jobs, as the command runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from backend_stub.contract.replication import PlannedJob, ReconcileRequest, Shortfall

if TYPE_CHECKING:
    from secingest_tui.metadata import AdminClient, TenantClient


@dataclass(slots=True)
class Reconciled:
    """``short`` versions were below their policy; each has jobs, or a shortfall that says why not."""

    short: int = 0
    jobs: list[PlannedJob] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)


def reconcile(
    client: AdminClient | TenantClient,
    tenant: str | None = None,
    *,
    dry_run: bool = False,
    told: Callable[[Reconciled], None] = lambda so_far: None,
) -> Reconciled:
    """All pages of it; ``told`` hears after each, and stops it by what it raises."""
    found, after = Reconciled(), 0
    while True:
        answer = client.reconcile(ReconcileRequest(tenant=tenant, dry_run=dry_run, after=after))
        found.short += answer.short
        found.jobs += answer.jobs
        found.shortfalls += answer.shortfalls
        told(found)
        if answer.next is None:
            return found
        after = answer.next
