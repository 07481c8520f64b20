"""Who a request comes from, and what that one may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..audit import Actor

Kind = Literal["operator", "tenant", "worker", "auditor"]


@dataclass(frozen=True)
class Asked:
    """Which signed request this is: its signature, the id that its sender gave it, and what it asks for.

    `digest` is the SHA-256 (hex) of method, path, query and payload.
    """

    signature: str
    request_id: str | None
    digest: str

    @property
    def name(self) -> str:
        """What a repeat has in common with it, and no other request of the same credential."""
        return self.signature if self.request_id is None else f"id:{self.request_id}"


@dataclass(frozen=True)
class Principal:
    """An authenticated caller. `tenants` are those it may see; None is all of them (operators)."""

    kind: Kind
    name: str
    tenants: frozenset[str] | None
    request_id: str
    # The tenant that the credential was made for; an operator has none.
    own_tenant: str = ""
    # None where the request is not signed, or the credential was only remembered.
    asked: Asked | None = None
    # Whoever has ADMIN_API_KEY: makes named operators, who make none.
    first_operator: bool = False
    # The credential's row where it was remembered, not read: `known.confirm` has to look again.
    unconfirmed: Mapping[str, Any] | None = field(default=None, repr=False, compare=False)

    @property
    def actor(self) -> Actor:
        """The caller as the audit log names it."""
        return Actor("operator" if self.first_operator else f"{self.kind}:{self.name}", self.request_id)

    def sees(self, tenant_id: str) -> bool:
        return self.tenants is None or tenant_id in self.tenants
