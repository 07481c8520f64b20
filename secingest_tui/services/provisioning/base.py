"""The one interface to whatever makes users and keys at a provider.

A tenant is one user there. Reads always happen; with ``dry_run`` a change is only written down, as the
exact command or request, and answered with made-up values. Secrets are in no command and no request line.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.credentials import Credential


class ProvisioningError(SecingestError):
    """The provider's way in failed, refused, or answered what cannot be understood."""


class UserExists(ProvisioningError):
    """There is a user of this name already; nothing was changed."""


class Unsupported(UsageError):
    """This way in cannot do that; ``hint`` says who can."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Upper limits at the provider: ``bytes`` stored and number of ``objects``; None is no limit."""

    bytes: int | None = None
    objects: int | None = None

    def __bool__(self) -> bool:
        return self.bytes is not None or self.objects is not None


@dataclass(frozen=True, slots=True)
class ProviderUser:
    """A user as the provider has it now; never with a secret."""

    name: str
    access_keys: tuple[str, ...]
    suspended: bool
    quota: Quota = field(default_factory=Quota)


DRY = Credential("(made by the provider)", "(made by the provider)")
"""What a dry run answers where a provider would answer with a new key."""


class Provisioner(ABC):
    """One way in at one provider. Every failure is a ProvisioningError, a StorageError or a UsageError."""

    kind: ClassVar[str]
    has_quota: ClassVar[bool] = True
    limits_objects: ClassVar[bool] = True
    """Whether a quota can limit the number of objects, besides bytes."""
    by_hand: ClassVar[bool] = False
    """Whether keys are typed in by a person, so that they may be wrong."""
    grants_buckets: ClassVar[bool] = False
    """Whether a user may use only the buckets that ``grant`` names."""

    def __init__(self, place: str, *, dry_run: bool = False) -> None:
        """``place`` says in words where it goes, for messages."""
        self.place = place
        self.dry_run = dry_run
        self.planned: list[str] = []
        """With ``dry_run``: what would have been done, in order, as commands or requests."""

    @abstractmethod
    def find(self, user: str) -> ProviderUser | None:
        """The user, or None where there is none."""

    @abstractmethod
    def users(self) -> list[str]:
        """The names of all users there, sorted."""

    @abstractmethod
    def create(self, user: str, title: str) -> Credential:
        """Make the user with a first key. Raises UserExists."""

    @abstractmethod
    def add_key(self, user: str) -> Credential:
        """A further key; those there are stay valid."""

    @abstractmethod
    def remove_key(self, user: str, access_key: str) -> None:
        """Make one key invalid at once."""

    @abstractmethod
    def suspend(self, user: str) -> None:
        """Refuse every request of the user; nothing is lost."""

    @abstractmethod
    def resume(self, user: str) -> None:
        """Take ``suspend`` back."""

    @abstractmethod
    def remove(self, user: str) -> None:
        """Remove the user and its keys, never its data. Raises ProvisioningError where data forbid that."""

    def set_quota(self, user: str, quota: Quota, buckets: Sequence[str]) -> None:
        """Limit the user as a whole, or each of ``buckets`` where the provider has no other limit."""
        raise Unsupported(
            f"{self.place} has no quotas that can be set this way ({self.kind}).",
            hint="Set the tenant's quota at the metadata server, or in the provider's portal.",
            field="--quota-bytes",
        )

    def grant(self, user: str, buckets: Sequence[str]) -> None:  # noqa: B027 - most need no grant
        """Let the user make and use exactly these buckets (and those granted before)."""

    def close(self) -> None:  # noqa: B027 - most hold nothing open
        """Let go of connections."""

    def _plan(self, step: str) -> bool:
        """Write a change down; whether it is to be left at that."""
        if self.dry_run:
            self.planned.append(step)
        return self.dry_run


def the_new_key(pairs: Sequence[tuple[str, str]], before: Sequence[str], place: str) -> Credential:
    """Of all keys of a user, the one that was not there before. Raises ProvisioningError."""
    new = [pair for pair in pairs if pair[0] not in before]
    if len(new) != 1 or not all(new[0]):
        raise ProvisioningError(
            f"{place} answered {len(new)} new keys where one was asked for.",
            hint="Look at the user's keys there before trying again.",
        )
    return Credential(*new[0])
