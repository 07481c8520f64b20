"""Tenants and the policy of their data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, Line, TenantId
from .residency import ANY, Residency

Tombstones = Literal["keep", "replicate"]


class Quotas(Submission):
    """Upper limits; null is no limit. `bytes` counts ciphertext, where its size was registered."""

    objects: Annotated[int, Field(ge=0)] | None = None
    bytes: Bytes | None = None


class TenantRequest(Submission):
    """A tenant. `replicas` counts all copies, the first included. `allowed_backends` null allows all.

    `tombstones`: whether deleting a version also removes its copies at the providers (`replicate`).
    """

    id: TenantId
    name: Line | None = None
    residency: Residency = ANY
    replicas: Annotated[int, Field(ge=1, le=16)] = 1
    allowed_backends: Annotated[list[BackendId], Field(max_length=200)] | None = None
    quotas: Quotas = Quotas()
    tombstones: Tombstones = "keep"


class Tenant(Answer):
    id: TenantId
    name: str | None = None
    residency: Residency
    replicas: int
    allowed_backends: list[BackendId] | None = None
    quotas: Quotas
    tombstones: Tombstones = "keep"
    created_at: Timestamp
    updated_at: Timestamp


class TenantPage(Answer):
    items: list[Tenant]
    next: str | None = None
