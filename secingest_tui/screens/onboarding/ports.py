"""What provisioning and onboarding need from the services; as ``screens.ports``, all of it blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from secingest_tui.models.provisioning import (
    ConnectRequest,
    OnboardingRequest,
    ProviderChange,
    ProviderUserView,
    SecretView,
    StepNeeds,
    StepView,
)


class ProvisioningService(Protocol):
    """Tenants' users at the providers."""

    def kinds(self) -> list[tuple[str, str]]:
        """The ways in: name, and what it is for."""

    def connect(self, request: ConnectRequest) -> str:
        """Say how users are made at a backend, and try it; answers what was seen."""

    def users(self) -> list[ProviderUserView]:
        """Every tenant's user at every connected backend, as the providers have them now."""

    def by_hand(self, backend: str) -> bool:
        """Whether its keys come from a portal, so that a person has to paste them."""

    def foreign(self, change: ProviderChange) -> str:
        """The user of that tenant at that backend, where it exists and was not made here; else nothing."""

    def unfinished(self, change: ProviderChange) -> str:
        """The user, where making it began here and failed half way; else nothing."""

    def plan(self, change: ProviderChange) -> tuple[str, ...]:
        """The exact commands or requests of a change; nothing is done."""

    def act(self, change: ProviderChange) -> tuple[SecretView, ...]:
        """Do it; answers what is shown this once."""


class OnboardingService(Protocol):
    """The checklist of each tenant."""

    def begun(self) -> list[str]:
        """The tenants whose onboarding was begun."""

    def begin(self, request: OnboardingRequest) -> None:
        """Begin one; nothing is made yet."""

    def steps(self, tenant: str) -> tuple[StepView, ...]:
        """The steps in order, not asked yet."""

    def running(self, tenant: str) -> str:
        """The task that is at work for the tenant; else nothing. Does not block."""

    def start_check(self, tenant: str, tell: Callable[[StepView], None]) -> str:
        """Ask about every step, as a task that makes their views; ``tell`` hears each in a thread."""

    def needs(self, tenant: str, step: str) -> StepNeeds:
        """What a person has to give first."""

    def adopt(self, tenant: str) -> None:
        """Users that exist already are the tenant's: give them further keys."""

    def use_key(self, tenant: str, key_id: str) -> None:
        """The key that was made is the tenant's."""

    def start_step(self, tenant: str, step: str, pasted: Mapping[str, tuple[str, str]]) -> str:
        """Do a step (again) and check it, as a task that makes its view."""

    def secrets(self, tenant: str) -> tuple[SecretView, ...]:
        """What steps made that is shown once, and was not shown yet. Does not block."""

    def start_roll_back(self, tenant: str) -> str:
        """Take back what was made, as a task; lines of what was done."""

    def start_report(self, tenant: str) -> str:
        """The report as Markdown, and where it was written, with its JSON beside it; as a task."""
