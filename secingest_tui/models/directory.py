"""Tenants, keys, backends and the provider catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CredentialView:
    """One SigV4 credential of a tenant; the secret is never part of it."""

    access_key: str
    created_at: datetime | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class TenantView:
    """A tenant as the metadata server knows it."""

    id: str
    residency: str | None
    replicas: int
    created_at: datetime | None = None
    credentials: tuple[CredentialView, ...] = ()


@dataclass(frozen=True, slots=True)
class TenantCreated:
    """The one answer that holds the secret."""

    view: TenantView
    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BackendView:
    """An object store this installation can reach."""

    id: str
    provider: str
    region: str
    country: str | None
    endpoint: str
    has_credentials: bool


SIGNING_KINDS = frozenset({"ed25519"})
RECIPIENT_KINDS = ("rsa-3072", "rsa-4096", "p256", "p384", "p521", "mlkem768-x25519")


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key pair, or only its public half."""

    key_id: str
    kind: str
    fingerprint: str
    has_private: bool
    created_at: datetime | None = None

    @property
    def receives(self) -> bool:
        """Whether objects can be encrypted for this key."""
        return self.kind not in SIGNING_KINDS


@dataclass(frozen=True, slots=True)
class Fact:
    """One researched statement; ``value`` is ``None`` where nothing was found, which is never "no"."""

    label: str
    value: str | None
    source: str = ""
    date: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class RegionView:
    """One region of a provider."""

    id: str
    country: str | None
    endpoint: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderView:
    """A row of the catalogue."""

    id: str
    name: str
    kind: str
    jurisdiction: str | None
    parent: str | None = None
    """Where the parent company sits, when that is another country."""
    regions: tuple[RegionView, ...] = ()
    features: tuple[Fact, ...] = ()
    certifications: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
