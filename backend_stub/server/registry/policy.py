"""Where an object may lie: the tenant's policy, residency, and the namespace rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from backend_stub.contract.namespace import UNKNOWN_REGION, namespace_bucket
from backend_stub.contract.objects import NamespaceCheck
from backend_stub.contract.residency import allowed_countries, residency_allows

from ..problems import ProblemError, invalid
from ..settings import Settings
from ..store.schema import namespaces
from ..store.values import load
from .tenants import find_backend


@dataclass
class Place:
    """A backend as the policy sees it: what is registered about it, and the bucket the rule gives."""

    backend: str
    registered: bool
    region: str
    country: str | None
    bucket: str
    counter: int
    # Whether the mapping to this bucket is in the database.
    recorded: bool

    def check(self, actual: str) -> NamespaceCheck:
        """The rule's bucket beside the one in use."""
        return NamespaceCheck(
            expected=self.bucket,
            actual=actual,
            matches=self.bucket == actual,
            registered=self.registered,
            region=self.region,
            counter=self.counter,
        )


def place(connection: Connection, settings: Settings, tenant_id: str, logical: str, backend_id: str) -> Place:
    """Where a tenant's data goes on a backend. The counter rises past names mapped to something else."""
    backend = find_backend(connection, backend_id)
    region = backend["region"] if backend else UNKNOWN_REGION
    slug = (backend["provider"] if backend else None) or ""
    bucket, counter, recorded = bucket_of(connection, settings, tenant_id, region, logical, backend_id, slug)
    country = backend["country"] if backend else None
    return Place(backend_id, backend is not None, region, country, bucket, counter, recorded)


class Places:
    """`place` for many objects of one transaction, each looked up once."""

    def __init__(self, connection: Connection, settings: Settings) -> None:
        self._connection, self._settings = connection, settings
        self._found: dict[tuple[str, str, str], Place] = {}

    def of(self, tenant_id: str, logical: str, backend_id: str) -> Place:
        key = (tenant_id, logical, backend_id)
        if key not in self._found:
            self._found[key] = place(self._connection, self._settings, *key)
        return self._found[key]


def record_mapping(connection: Connection, tenant_id: str, logical: str, where: Place, now: int) -> None:
    """Keep a mapping for good, so that the name is the same whatever is registered later."""
    if where.recorded:
        return
    connection.execute(
        insert(namespaces).values(
            bucket=where.bucket,
            tenant_id=tenant_id,
            region=where.region,
            logical=logical,
            backend=where.backend,
            counter=where.counter,
            recorded_at=now,
        )
    )
    where.recorded = True


def bucket_of(
    connection: Connection,
    settings: Settings,
    tenant_id: str,
    region: str,
    logical: str,
    backend_id: str,
    slug: str,
) -> tuple[str, int, bool]:
    """Bucket, counter, and whether this mapping is recorded already."""
    mine = {"tenant_id": tenant_id, "region": region, "logical": logical, "backend": backend_id}
    found = connection.execute(select(namespaces).filter_by(**mine)).mappings().one_or_none()
    if found is not None:
        return found["bucket"], found["counter"], True
    counter = 0
    while True:
        bucket = namespace_bucket(
            tenant_id, region, logical, backend_id, slug, counter, settings.namespace_length
        )
        taken = select(namespaces.c.bucket).where(namespaces.c.bucket == bucket)
        if connection.execute(taken).one_or_none() is None:
            return bucket, counter, False
        counter += 1


def object_residency(tenant: RowMapping, asked: str | None) -> str:
    """The object's residency: as asked, within the tenant's. Raises ProblemError 422."""
    residency: str = asked or tenant["residency"]
    outer = allowed_countries(tenant["residency"])
    inner = allowed_countries(residency)
    if outer is not None and (inner is None or not inner <= outer):
        raise invalid(
            "residency",
            f"{residency} is wider than the tenant's residency {tenant['residency']}",
            f"choose within {tenant['residency']}",
            "residency",
        )
    return residency


def check_allowed(tenant: RowMapping, field: str, backend_id: str) -> None:
    """Raises ProblemError 422 where the tenant may not use this backend."""
    allowed: list[str] | None = (
        None if tenant["allowed_backends"] is None else load(tenant["allowed_backends"])
    )
    if allowed is not None and backend_id not in allowed:
        raise invalid(
            field,
            f"the tenant may not use the backend {backend_id}",
            f"use one of {', '.join(allowed) or '(none)'}, or ask the operator",
            "backend-not-allowed",
        )


def check_residency(field: str, residency: str, where: Place) -> None:
    """Raises ProblemError 422 where a registered backend lies outside; an unknown country is no proof."""
    if not where.registered or where.country is None or residency_allows(residency, where.country):
        return
    raise _outside(
        field, f"the backend {where.backend} is in {where.country}, outside the residency {residency}"
    )


def check_target(field: str, residency: str, where: Place) -> None:
    """A target must be known, and known to lie inside. Raises ProblemError 422."""
    if not where.registered:
        raise invalid(
            field,
            f"the backend {where.backend} is not registered",
            "register it at POST /proxy/backends first",
            "backend-unregistered",
        )
    if where.country is None and not residency_allows(residency, None):
        raise _outside(
            field, f"the country of the backend {where.backend} is unknown, the residency is {residency}"
        )
    check_residency(field, residency, where)


def check_bucket(settings: Settings, field: str, check: NamespaceCheck, backend_id: str) -> None:
    """Under NAMESPACE_POLICY=enforce: raises ProblemError 422 for what `record` only warns about."""
    if settings.namespace_policy != "enforce":
        return
    if not check.registered:
        raise invalid(
            field,
            f"the backend {backend_id} is not registered",
            "register it at POST /proxy/backends first",
            "backend-unregistered",
        )
    if not check.matches:
        raise invalid(
            field,
            f"the bucket on {backend_id} must be {check.expected}",
            "use the bucket of GET /proxy/namespace",
            "bucket-differs",
        )


def _outside(field: str, reason: str) -> ProblemError:
    return invalid(field, reason, "choose a backend inside the residency", "residency")


def warnings_about(
    check: NamespaceCheck, backend_id: str, residency: str, country: str | None
) -> list[dict[str, Any]]:
    """What a receipt says of a place that was accepted but not proven."""
    found = []
    if not check.registered:
        text = f"The backend {backend_id} is not registered: its region and country are unknown."
        found.append({"code": "backend-unregistered", "message": text})
    if not check.matches:
        text = f"The bucket on {backend_id} is {check.actual}; the namespace rule gives {check.expected}."
        found.append({"code": "bucket-differs", "message": text})
    if check.registered and country is None and not residency_allows(residency, None):
        text = f"The country of {backend_id} is unknown: residency {residency} is not verified."
        found.append({"code": "residency-unverified", "message": text})
    return [{**warning, "backend": backend_id} for warning in found]
