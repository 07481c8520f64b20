"""What the metadata screen asks for, registers, and does with one object or many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STATES = ("active", "deleted", "erased", "all")


@dataclass(frozen=True, slots=True)
class ObjectFilter:
    """What a list of objects is narrowed to; empty is no condition."""

    tenant: str | None = None
    prefix: str = ""
    residency: str | None = None
    backend: str | None = None
    key_id: str | None = None
    state: str = "active"

    @property
    def narrow(self) -> bool:
        """Whether more than tenant and prefix is asked for."""
        return bool(self.residency or self.backend or self.key_id or self.state != "active")

    def words(self) -> str:
        """The conditions beside the tenant, for a heading."""
        parts = [
            f"keys that begin with {self.prefix}" if self.prefix else "",
            f"residency {self.residency}" if self.residency else "",
            f"on {self.backend}" if self.backend else "",
            f"key {self.key_id}" if self.key_id else "",
            f"state {self.state}" if self.state != "active" else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class BucketRow:
    """A copy that does not lie in the bucket that the namespace rule gives, or on no registered backend."""

    key: str
    version: str
    backend: str
    expected: str
    actual: str
    registered: bool

    @property
    def problem(self) -> str:
        """What is wrong with it, in words."""
        if not self.registered:
            return "unknown object store"
        return "another bucket"


@dataclass(frozen=True, slots=True)
class Placed:
    """An object as a bucket lists it; ``location`` is ``s3://bucket/key``."""

    location: str
    size: int


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """Which object to read for a registration; what is ``None`` is what the object says, or the tenant's."""

    tenant: str
    backend: str
    location: str
    object_key: str | None = None
    version: str | None = None
    residency: str | None = None
    replicas: int | None = None
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A registration read from a bucket, not posted yet: exactly what would be sent."""

    tenant: str
    backend: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ManyResult:
    """What an action on many came to: how many are done, and which are not, with the reason."""

    done: int
    failed: tuple[tuple[str, str], ...] = ()
