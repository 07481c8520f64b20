"""Who a request comes from, as the server sees it."""

from __future__ import annotations

from typing import Literal

from .base import Answer
from .ids import TenantId


class Identity(Answer):
    """`name` is the access key, or an operator's name. `tenants` are those it may see; null is all."""

    role: Literal["operator", "tenant", "worker", "auditor"]
    name: str
    tenant_id: TenantId | None = None
    tenants: list[TenantId] | None = None
