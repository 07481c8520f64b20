"""Objects: registration, records, receipts, tombstones."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import Query, Response
from starlette.concurrency import run_in_threadpool

from backend_stub.contract.backends import NamespaceAnswer
from backend_stub.contract.base import Timestamp
from backend_stub.contract.ids import BackendId, KeyId, Label, TenantId, Version
from backend_stub.contract.namespace import DEFAULT_LOGICAL
from backend_stub.contract.objects import (
    Batch,
    BatchAnswer,
    CompliancePage,
    Deletion,
    ObjectPage,
    ObjectRegistration,
    ObjectVersions,
    PolicyChange,
    Receipt,
    VersionPolicy,
)
from backend_stub.contract.recipients import FurtherKeys, RecipientsSubmission
from backend_stub.contract.residency import Residency

from ..problems import ProblemError, invalid
from ..registry import batches, listing, objectpolicy, policy, records
from ..registry.compliance import compliance
from ..registry.recipients import put_recipients
from ..registry.registration import register_confirmed
from ..registry.tenants import find_backend
from ..store.values import to_micros
from ..web.paging import Cursor, Limit
from ..web.repeats import once
from ..web.route import Anybody, CurrentServices, Writer
from ..web.straight import straight
from .common import created, guarded_router

router = guarded_router("objects")
ObjectKeyQuery = Annotated[str | None, Query(max_length=1024, description="exactly this object")]
VersionQuery = Annotated[Version | None, Query(description="only this version")]


@router.post(
    "/proxy/objects",
    status_code=201,
    response_model=Receipt,
    responses={200: {"model": Receipt, "description": "Recorded before: the same receipt."}},
)
@straight(ObjectRegistration, "tenant")
async def register_object(body: ObjectRegistration, caller: Writer, services: CurrentServices) -> Response:
    """Record one version: 201, or 200 with the same receipt for a repeat; 409 where the payload differs."""
    one = partial(register_confirmed, services=services, principal=caller, items=[body])
    [answer] = await services.grouped.write(one)
    if isinstance(answer, ProblemError):
        raise answer
    return Response(answer.receipt, answer.status, media_type="application/json")


@router.post("/proxy/objects/batch", response_model=BatchAnswer)
@straight(Batch, "tenant")
async def register_batch(body: Batch, caller: Writer, services: CurrentServices) -> Response:
    """Record up to 1000 versions; each answer is what a single POST would have answered."""
    # Long enough to be worth a thread.
    text = await run_in_threadpool(batches.record, services, caller, body)
    return Response(text, media_type="application/json")


@router.post(
    "/proxy/objects/recipients",
    status_code=201,
    responses={200: {"model": FurtherKeys, "description": "Recorded before: the same list."}},
)
def add_recipients(
    body: RecipientsSubmission, caller: Writer, services: CurrentServices, response: Response
) -> FurtherKeys:
    """Record a version's further wrapped keys: 201, or 200 for a repeat; 409 where its revision is not the
    next one."""
    keys, new = services.database.write(lambda connection: put_recipients(connection, caller, body))
    created(response, new)
    return keys


@router.post("/proxy/objects/policy")
@once()
def change_policy(body: PolicyChange, caller: Writer, services: CurrentServices) -> VersionPolicy:
    """Narrow a version's residency, or change how many copies it has; its receipt stays. 409 where the policy
    is not what `before` says."""
    return services.database.write(
        lambda connection: objectpolicy.change_policy(connection, services, caller, body)
    )


@router.get("/proxy/objects")
def list_objects(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    object_key: ObjectKeyQuery = None,
    prefix: Annotated[str | None, Query(max_length=1024)] = None,
    residency: Residency | None = None,
    backend: BackendId | None = None,
    key_id: KeyId | None = None,
    recorded_from: Timestamp | None = None,
    recorded_before: Timestamp | None = None,
    state: Literal["active", "deleted", "erased", "all"] = "active",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ObjectPage:
    """Versions by object key, then newest first."""
    wanted = listing.Filter(
        tenant=tenant,
        object_key=object_key,
        prefix=prefix,
        residency=residency,
        backend=backend,
        key_id=key_id,
        recorded_from=None if recorded_from is None else to_micros(recorded_from),
        recorded_before=None if recorded_before is None else to_micros(recorded_before),
        state=None if state == "all" else state,
    )
    with services.database.read() as connection:
        return listing.list_objects(connection, caller, wanted, limit, cursor)


@router.delete("/proxy/objects")
@once(named=False)
def delete_object_by_query(
    caller: Writer,
    services: CurrentServices,
    object_key: Annotated[str, Query(max_length=1024)],
    version: VersionQuery = None,
) -> Deletion:
    """As `DELETE /proxy/objects/{object_key}`, for clients that would rather encode a query."""
    return services.database.write(
        lambda connection: records.delete_versions(connection, caller, object_key, version)
    )


@router.get("/proxy/objects/{object_key:path}")
def get_object(
    object_key: str, caller: Anybody, services: CurrentServices, version: VersionQuery = None
) -> ObjectVersions:
    """Every version of an object, or one; deleted ones too, with their state."""
    with services.database.read() as connection:
        return records.get_versions(connection, services, caller, object_key, version)


@router.delete("/proxy/objects/{object_key:path}")
@once(named=False)
def delete_object(
    object_key: str, caller: Writer, services: CurrentServices, version: VersionQuery = None
) -> Deletion:
    """Tombstones for one version or all; nothing is erased at a provider. Repeating it changes nothing."""
    return services.database.write(
        lambda connection: records.delete_versions(connection, caller, object_key, version)
    )


@router.get("/proxy/receipts/{receipt_id}", response_model=Receipt)
def get_receipt(receipt_id: str, caller: Anybody, services: CurrentServices) -> Response:
    """A receipt as it was signed at registration."""
    with services.database.read() as connection:
        text = records.stored_receipt(connection, caller, receipt_id)
    return Response(text, media_type="application/json")


@router.get("/proxy/namespace/compliance")
def get_compliance(
    caller: Anybody,
    services: CurrentServices,
    tenant: TenantId | None = None,
    prefix: Annotated[str | None, Query(max_length=1024)] = None,
    backend: BackendId | None = None,
    differs: Annotated[
        bool, Query(description="only copies that lie elsewhere, or on no known backend")
    ] = False,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> CompliancePage:
    """The bucket the rule gives for each copy, beside the one it lies in. `limit` counts objects."""
    wanted = listing.Filter(tenant=tenant, prefix=prefix, backend=backend)
    with services.database.read() as connection:
        return compliance(connection, services, caller, wanted, differs, limit, cursor)


@router.get("/proxy/namespace")
def get_namespace(
    caller: Anybody,
    services: CurrentServices,
    customer: TenantId,
    backend: BackendId,
    region: Label | None = None,
    logical: Label = DEFAULT_LOGICAL,
) -> NamespaceAnswer:
    """The bucket of a tenant on a backend. `region` defaults to the backend's."""
    if not caller.sees(customer):
        raise ProblemError(
            403, "wrong-tenant", "Refused", "customer: ask for your own tenant's buckets only."
        )
    with services.database.read() as connection:
        known = find_backend(connection, backend)
        if region is None:
            if known is None:
                raise invalid("region", "the backend is not registered", "name its region")
            region = known["region"]
        slug = (known["provider"] if known else None) or ""
        bucket, counter, recorded = policy.bucket_of(
            connection, services.settings, customer, region, logical, backend, slug
        )
    return NamespaceAnswer(
        customer=customer,
        region=region,
        logical=logical,
        backend=backend,
        bucket=bucket,
        counter=counter,
        recorded=recorded,
    )
