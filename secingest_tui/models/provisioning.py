"""Tenants at the providers, and an onboarding's steps, as the screens show them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ProviderUserView:
    """A tenant's user at one backend; ``problem`` says why the backend could not be asked."""

    backend: str
    tenant: str
    user: str = ""
    access_keys: tuple[str, ...] = ()
    held: str = ""
    """The access key that this installation works with."""
    suspended: bool = False
    max_bytes: int | None = None
    max_objects: int | None = None
    problem: str = ""
    remedy: str = ""
    limits: bool = True
    """Whether the provider has quotas that can be set this way; else the metadata server's hold."""


@dataclass(frozen=True, slots=True)
class SecretView:
    """A pair that is shown this once."""

    what: str
    access_key: str
    secret_key: str = field(repr=False)


class ProviderAction(StrEnum):
    """What can be done with a user at a provider."""

    MINT = "mint"
    ROTATE = "rotate"
    REVOKE = "revoke"
    SUSPEND = "suspend"
    RESUME = "resume"
    QUOTA = "quota"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class ProviderChange:
    """One action; ``value`` is the access key to revoke, or the quota as typed."""

    action: ProviderAction
    backend: str
    tenant: str
    value: str = ""
    pasted: tuple[str, str] | None = field(default=None, repr=False)
    """Access key and secret, where they come from a provider's portal."""
    adopt: bool = False
    """Take up a user that exists and was not made here."""


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """How users are made at a backend."""

    backend: str
    kind: str
    command: str = ""
    endpoint: str = ""
    """Of the admin or IAM API, where it is not the backend's own; so is ``region``."""
    region: str = ""
    access_key: str = ""
    secret_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OnboardingRequest:
    """What the first form of an onboarding says."""

    tenant: str
    backend: str
    target: str = ""
    residency: str = ""
    quota: str = ""
    recovery: str = ""
    held_by_tenant: bool = False
    seal_for: str = ""


class StepMark(StrEnum):
    """How a step stands; ``UNKNOWN`` until it was asked."""

    DONE = "done"
    OPEN = "open"
    WAITS = "waits"
    FAILED = "failed"
    NOT_NEEDED = "not needed"
    UNKNOWN = "unknown"

    @property
    def settled(self) -> bool:
        return self in {StepMark.DONE, StepMark.NOT_NEEDED}


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as it is now, by provider and server."""

    id: str
    title: str
    why: str
    mark: StepMark = StepMark.UNKNOWN
    facts: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class StepNeeds:
    """What a person has to give before a step can be done."""

    paste: tuple[str, ...] = ()
    """Backends whose keys come from a portal."""
    adopt: tuple[str, ...] = ()
    """Backends that have a user of this name which was not made here."""
    new_key: str = ""
    """The tenant's key that has to be made."""
    locked: tuple[str, ...] = ()
    """Private keys to unlock."""
