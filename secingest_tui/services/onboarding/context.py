"""What the steps of one onboarding work with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from secingest_tui.errors import Cancelled
from secingest_tui.services.credentials import Credential, backend_entry, tenant_entry
from secingest_tui.services.keyring import StoredKey
from secingest_tui.services.onboarding.plan import OnboardingPlan
from secingest_tui.services.onboarding.state import Evidence, OnboardingState, save_state
from secingest_tui.services.passphrase import read_passphrase_file
from secingest_tui.services.provisioning.portal import Paste
from secingest_tui.services.provisioning.settings import by_hand
from secingest_tui.services.provisioning.tenants import TenantProvisioning
from secingest_tui.services.workspace import Workspace

Shown = Callable[[str, Credential], None]
"""Hears, once, of a key that was made: what it is for, and the pair."""
NewPassphrase = Callable[[str], bytes | None]
"""Asks for the passphrase of a key that is about to be made; None leaves it unprotected."""


def stopped() -> Cancelled:
    """What a stopped step ends with."""
    return Cancelled(
        "Stopped. What was done already stays.", hint="Its checks find it again. Do the step again."
    )


class Context:
    """A workspace, a plan, what was left behind so far, and whom to ask."""

    def __init__(
        self,
        workspace: Workspace,
        state: OnboardingState,
        *,
        paste: Paste | None = None,
        given: Mapping[str, Credential] | None = None,
        new_passphrase: NewPassphrase,
        unlock: Callable[[StoredKey], bytes],
        tell: Callable[[str], None] = lambda text: None,
        show: Shown = lambda what, key: None,
        cancel: threading.Event | None = None,
    ) -> None:
        """``tell`` hears, in a few words, what is being done; ``unlock`` gives a stored key's passphrase.

        ``show`` is told each new key once, also where the step then failed.
        ``given`` holds keys of backends that were pasted already; ``paste`` asks for others.
        """
        self.workspace = workspace
        self.state = state
        self.unlock = unlock
        self._tell = tell
        self._show = show
        self.cancel = cancel or threading.Event()
        self._paste, self._given, self._new_passphrase = paste, given or {}, new_passphrase

    @property
    def plan(self) -> OnboardingPlan:
        return self.state.plan

    @property
    def tenant(self) -> str:
        return self.state.plan.tenant

    def tell(self, text: str) -> None:
        """Say what is done next. Raises Cancelled, so that a stopped step begins nothing more."""
        if self.cancel.is_set():
            raise stopped()
        self._tell(text)

    def say(self, text: str) -> None:
        """Say how it goes, in the middle of what ends by itself when it is to stop."""
        self._tell(text)

    def provisioning(self, backend_id: str | None = None) -> TenantProvisioning:
        """With what was pasted for ``backend_id``, by a person or in the plan."""
        key = self._given.get(backend_id or "")
        pasted = self.plan.pasted.get(backend_id or "")
        if key is None and pasted is not None:
            key = Credential(pasted.access_key, read_passphrase_file(pasted.secret_key_file).decode())
        paste = self._paste if key is None else (lambda _user: key)
        return TenantProvisioning(self.workspace, self.tenant, paste=paste)

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Tell ``show`` of every key that was made meanwhile; one that was pasted is known already."""
        names = {
            f"backend {name}": backend_entry(name, self.tenant)
            for name in self.plan.backends
            if not by_hand(self.workspace, name)
        }
        names["metadata server"] = tenant_entry(self.tenant)
        held = self.workspace.credentials.get
        before = {held(name) for name in names.values()}
        try:
            yield
        finally:
            told = set(before)
            for what, name in names.items():
                if (now := held(name)) is not None and now not in told:
                    told.add(now)
                    self._show(what, now)

    def key_passphrase(self) -> bytes | None:
        """For the tenant's key, which is about to be made."""
        if self.plan.key.unprotected:
            return None
        if self.plan.key.passphrase_file is not None:
            return read_passphrase_file(self.plan.key.passphrase_file)
        return self._new_passphrase(self.plan.key_id)

    def unlock_key(self, key: StoredKey) -> bytes:
        if key.key_id == self.plan.key_id and self.plan.key.passphrase_file is not None:
            return read_passphrase_file(self.plan.key.passphrase_file)
        return self.unlock(key)

    def left(self, step: str) -> Evidence | None:
        """What a step left behind."""
        return self.state.evidence.get(step)

    def leave(self, step: str, **facts: str) -> None:
        """Keep what a step left behind."""
        self.state.evidence[step] = Evidence(at=datetime.now(UTC), facts=facts)
        save_state(self.workspace.home, self.state)
