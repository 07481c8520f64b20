"""Checking a registration against every policy, and working out what will be written for it.

Nothing is written here but namespace mappings, so that a refused item leaves no trace and needs no savepoint.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, literal, select, update

from backend_stub.contract.objects import NamespaceCheck, ObjectRegistration, Warning
from backend_stub.contract.problems import FieldError

from ..auth.principal import Principal
from ..problems import ProblemError, invalid
from ..services import Services
from ..store.schema import public_keys, tenants
from ..store.values import dump, from_micros, new_id
from . import policy
from .jobs import new_job
from .tenants import find_tenant

# A quota is used up until somebody acts, so there is no telling when: not at once, and not never.
_QUOTA_SECONDS = "3600"


@dataclass
class Outcome:
    """The answer to one registration: 201 or 200 with the receipt's JSON text."""

    status: int
    receipt: str


@dataclass
class Planned:
    """An accepted registration: rows of `objects`, `replicas` and `jobs`, its receipt so far. What needs the
    object's id or the audit entry has them once they are known."""

    item: ObjectRegistration
    row: dict[str, Any]
    copies: list[dict[str, Any]]
    jobs: list[dict[str, Any]]
    receipt: dict[str, Any]
    outcomes: list[Outcome] = field(default_factory=lambda: [Outcome(201, "")])


@dataclass
class _Usage:
    """What this transaction adds to a tenant's counts."""

    objects: int = 0
    bytes: int = 0


class Planner:
    """Plans the items of one transaction; what several items share is read once."""

    def __init__(self, connection: Connection, services: Services, principal: Principal, now: int) -> None:
        self._connection = connection
        self._settings = services.settings
        self._principal = principal
        self._now = now
        self._tenants: dict[str, RowMapping] = {}
        self._places = policy.Places(connection, services.settings)
        self._keys: dict[tuple[str, str], bool] = {}
        self._usage: dict[str, _Usage] = {}

    def tenant_of(self, item: ObjectRegistration) -> RowMapping:
        """The tenant that the object key names. Raises ProblemError 403 where it is not the caller's."""
        tenant_id = item.object_key.partition("/")[0]
        if tenant_id not in self._tenants:
            row = find_tenant(self._connection, tenant_id) if self._principal.sees(tenant_id) else None
            if row is None:
                raise self._wrong_tenant()
            if row["quota_objects"] is not None or row["quota_bytes"] is not None:
                # Locked, so that two writers do not both take what is left.
                locked = select(tenants).where(tenants.c.id == tenant_id).with_for_update()
                row = self._connection.execute(locked).mappings().one()
            self._tenants[tenant_id] = row
        return self._tenants[tenant_id]

    def _wrong_tenant(self) -> ProblemError:
        mine = " or ".join(sorted(self._principal.tenants or ()))
        error = FieldError(
            field="object_key", message="the first segment is not your tenant", fix=f"begin it with {mine}/"
        )
        detail = f"object_key: its first segment must be your tenant's id, as in {mine}/name"
        return ProblemError(403, "wrong-tenant", "Refused", detail, errors=[error])

    def plan(self, item: ObjectRegistration, tenant: RowMapping) -> Planned:
        """Everything to be written for an item. Raises ProblemError 422 where a policy refuses it."""
        residency = policy.object_residency(tenant, item.residency)
        places: dict[str, policy.Place] = {}
        checks: dict[str, NamespaceCheck] = {}
        warnings: list[dict[str, Any]] = []
        for backend_id, location in item.backends.items():
            name = f"backends.{backend_id}"
            policy.check_allowed(tenant, name, backend_id)
            where = self._places.of(tenant["id"], item.logical, backend_id)
            policy.check_residency(name, residency, where)
            check = where.check(location.bucket)
            policy.check_bucket(self._settings, name, check, backend_id)
            warnings += policy.warnings_about(check, backend_id, residency, where.country)
            places[backend_id], checks[backend_id] = where, check
        for target in item.targets:
            policy.check_allowed(tenant, "targets", target)
            where = self._places.of(tenant["id"], item.logical, target)
            policy.check_target("targets", residency, where)
            places[target] = where
        self._use_quota(tenant, item)
        warnings += _count_warnings(tenant, item) + self._key_warnings(tenant["id"], item.key_id)
        for where in places.values():
            policy.record_mapping(self._connection, tenant["id"], item.logical, where, self._now)
        return self._planned(item, tenant["id"], residency, places, checks, warnings)

    def _planned(
        self,
        item: ObjectRegistration,
        tenant_id: str,
        residency: str,
        places: dict[str, policy.Place],
        checks: dict[str, NamespaceCheck],
        warnings: list[dict[str, Any]],
    ) -> Planned:
        fields = item.model_dump(mode="json", include={"backends", "ciphertext_checksum"})
        submission = item.model_dump(mode="json", exclude_defaults=True)
        shared = {
            "tenant_id": tenant_id,
            "object_key": item.object_key,
            "version": item.version,
            "residency": residency,
            "key_id": item.key_id,
            "key_alg": item.key_alg,
            "replica_count": item.replica_count,
            "size": item.size,
            "ciphertext_size": item.ciphertext_size,
            "receipt_id": new_id("receipt"),
        }
        row = {
            **shared,
            "state": "active",
            "recorded_at": self._now,
            "recorded_by": self._principal.actor.name,
            # Not canonical: the order of `backends` says which is the primary.
            "submission": item.model_dump_json(exclude_defaults=True),
        }
        jobs = [new_job(row, item.primary, target, self._now) for target in item.targets]
        receipt = {
            **shared,
            "recorded_at": from_micros(self._now).isoformat().replace("+00:00", "Z"),
            "backend": item.primary,
            "bucket": checks[item.primary].expected,
            "etag": item.backends[item.primary].etag,
            "backends": fields["backends"],
            "namespace": {name: check.model_dump(mode="json") for name, check in checks.items()},
            "logical": item.logical,
            "ciphertext_checksum": fields["ciphertext_checksum"],
            "encrypted_key": item.encrypted_key,
            "targets": item.targets,
            "jobs": [{name: job[name] for name in ("id", "target", "state")} for job in jobs],
            "warnings": [Warning(**warning).model_dump(mode="json") for warning in warnings],
            "payload_sha256": hashlib.sha256(dump(submission).encode()).hexdigest(),
        }
        copies = [
            {
                "backend": backend_id,
                "position": position,
                "url": location.url,
                "etag": location.etag,
                "version_id": location.version_id,
                "country": places[backend_id].country,
                "source": "registered",
            }
            for position, (backend_id, location) in enumerate(item.backends.items())
        ]
        return Planned(item, row, copies, jobs, receipt)

    def _key_warnings(self, tenant_id: str, key_id: str) -> list[dict[str, Any]]:
        key = (tenant_id, key_id)
        if key not in self._keys:
            mine = select(literal(1)).where(public_keys.c.tenant_id == tenant_id)
            this = mine.where(public_keys.c.key_id == key_id)
            # A tenant that records no keys at all does not want to be told so with each object.
            unknown = select(exists(mine) & ~exists(this))
            self._keys[key] = bool(self._connection.execute(unknown).scalar_one())
        if not self._keys[key]:
            return []
        text = f"The tenant has public keys recorded, but none with the id {key_id}."
        return [{"code": "key-unknown", "message": text}]

    def _use_quota(self, tenant: RowMapping, item: ObjectRegistration) -> None:
        """Count the version. Raises ProblemError 422 where a quota is used up."""
        usage = self._usage.setdefault(tenant["id"], _Usage())
        size = item.ciphertext_size or 0
        for name, count, quota in (
            ("object_key", tenant["object_count"] + usage.objects + 1, tenant["quota_objects"]),
            ("ciphertext_size", tenant["byte_count"] + usage.bytes + size, tenant["quota_bytes"]),
        ):
            if quota is not None and count > quota:
                fix = "delete versions or ask the operator"
                refused = invalid(name, "the tenant's quota is used up", fix, "quota")
                refused.headers = {"Retry-After": _QUOTA_SECONDS}
                raise refused
        usage.objects += 1
        usage.bytes += size

    def count_usage(self) -> None:
        """Write what the planned items add to their tenants' counts."""
        for tenant_id, usage in sorted(self._usage.items()):
            self._connection.execute(
                update(tenants)
                .where(tenants.c.id == tenant_id)
                .values(
                    object_count=tenants.c.object_count + usage.objects,
                    byte_count=tenants.c.byte_count + usage.bytes,
                )
            )


def _count_warnings(tenant: RowMapping, item: ObjectRegistration) -> list[dict[str, Any]]:
    planned = len(item.backends) + len(item.targets)
    found = []
    if planned != item.replica_count:
        text = (
            f"replica_count is {item.replica_count}, but {len(item.backends)} registered and "
            f"{len(item.targets)} requested copies make {planned}."
        )
        found.append({"code": "replica-count-differs", "message": text})
    if planned < tenant["replicas"]:
        text = f"The tenant's policy asks for {tenant['replicas']} copies, {planned} are planned."
        found.append({"code": "replicas-below-policy", "message": text})
    return found
