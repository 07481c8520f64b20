"""What the embedded store is offered as, and who uses it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class EmbeddedBackend:
    """One of the two backends the embedded store stands for; ``country`` is ISO 3166 alpha-2."""

    id: str
    provider: str
    region: str
    country: str


BACKENDS: Final = (
    EmbeddedBackend("local-fi", "seaweedfs", "eu-north-1", "FI"),
    EmbeddedBackend("local-de", "seaweedfs", "eu-central-1", "DE"),
)


@dataclass(frozen=True, slots=True)
class TenantKey:
    """A tenant's identity at the store."""

    access_key: str
    secret_key: str = field(repr=False)
