"""Steering replication, and watching it: health, pauses, limits, reconciling, checks of replicas."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from backend_stub.contract.ids import BackendId, TenantId
from backend_stub.contract.jobs import JobFilter, JobState
from backend_stub.contract.replication import (
    BackendControl,
    BackendHealth,
    BackendHealthPage,
    CausePage,
    JobTotals,
    ReconcileAnswer,
    ReconcileRequest,
    ReplicaChecks,
    ReplicaChecksAnswer,
    TenantControl,
    TenantControlState,
)

from ..registry import checks, controls, reconcile, totals
from ..web.repeats import once
from ..web.route import Anybody, CurrentServices, JobsWriter, Operator, Worker
from . import watching
from .common import check_streams, guarded_router

router = guarded_router("replication", "/proxy/replication")


@router.get("/backends")
def list_health(caller: Anybody, services: CurrentServices) -> BackendHealthPage:
    """Every backend's pause, limits, circuit breaker and counts."""
    with services.database.read() as connection:
        return BackendHealthPage(items=controls.health(connection, caller))


@router.patch("/backends/{backend}")
def change_backend(
    backend: BackendId, body: BackendControl, caller: Operator, services: CurrentServices
) -> BackendHealth:
    """Pause, resume, limit, or close the breaker of a backend; jobs under way end as they would."""
    return services.database.write(lambda connection: controls.set_backend(connection, caller, backend, body))


@router.get("/tenants/{tenant}")
def get_tenant(tenant: TenantId, caller: Anybody, services: CurrentServices) -> TenantControlState:
    """Whether a tenant's replication is paused."""
    with services.database.read() as connection:
        return controls.tenant_state(connection, caller, tenant)


@router.put("/tenants/{tenant}")
@once()
def change_tenant(
    tenant: TenantId, body: TenantControl, caller: JobsWriter, services: CurrentServices
) -> TenantControlState:
    """Pause or resume all replication of a tenant."""
    return services.database.write(lambda connection: controls.set_tenant(connection, caller, tenant, body))


@router.get("/totals")
def get_totals(caller: Anybody, services: CurrentServices, tenant: TenantId | None = None) -> JobTotals:
    """Jobs by state, lag, and what was copied so far."""
    with services.database.read() as connection:
        return totals.totals(connection, caller, tenant)


@router.get("/causes")
def list_causes(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    state: JobState | None = None,
    target: BackendId | None = None,
) -> CausePage:
    """Dead, blocked and retrying jobs grouped by cause and target, the largest group first."""
    with services.database.read() as connection:
        wanted = JobFilter(tenant=tenant, state=state, target=target)
        return totals.causes(connection, caller, wanted)


@router.post("/reconcile")
@once()
def reconcile_policy(
    body: ReconcileRequest, caller: JobsWriter, services: CurrentServices
) -> ReconcileAnswer:
    """Make jobs for versions with fewer good copies than their policy asks, a page of them a request."""
    seen = reconcile.seen_by(caller)
    return services.database.write(
        lambda connection: reconcile.reconcile(connection, services, caller.actor, seen, body)
    )


@router.post("/checks")
@once()
def record_checks(body: ReplicaChecks, caller: Worker, services: CurrentServices) -> ReplicaChecksAnswer:
    """Record what was found at replicas; what is missing or rotten gets repair jobs from a good copy."""
    return services.database.write(
        lambda connection: checks.record_checks(connection, services, caller, body)
    )


@router.get(
    "/watch", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}}
)
async def watch(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    state: JobState | None = None,
    backend: BackendId | None = None,
    search: Annotated[str | None, Query(max_length=1024)] = None,
) -> StreamingResponse:
    """Server-sent events: `jobs` with the jobs that changed (`JobsChanged`), `totals` (`JobTotals`).

    Changes are gathered for half a second, each job is sent once with its latest state. There is nothing to
    resume from: read the list first, then watch; after a break, read it again.
    """
    check_streams(services)
    wanted = JobFilter(tenant=tenant, state=state, backend=backend, search=search)
    return StreamingResponse(watching.stream(caller, services, wanted), media_type="text/event-stream")
