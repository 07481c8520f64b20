"""A provider without a way in for programs: a person makes the keys in its portal and pastes them here."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NoReturn

from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.base import ProviderUser, Provisioner, Unsupported

Paste = Callable[[str], Credential]
"""Asks for a key pair of the named user; raises UsageError where nobody can be asked."""


class Portal(Provisioner):
    """``paste`` asks; ``held`` tells the access key that is kept here. Only the provider knows more."""

    kind: ClassVar[str] = "portal"
    has_quota: ClassVar[bool] = False
    by_hand: ClassVar[bool] = True

    def __init__(
        self, place: str, paste: Paste, held: Callable[[], list[tuple[str, str]]], *, dry_run: bool = False
    ) -> None:
        """``held`` answers (user, access key) of what was pasted before and is kept in this profile."""
        super().__init__(f"the portal of {place}", dry_run=dry_run)
        self._paste, self._held = paste, held

    def find(self, user: str) -> ProviderUser | None:
        keys = tuple(key for name, key in self._held() if name == user)
        return ProviderUser(user, keys, suspended=False) if keys else None

    def users(self) -> list[str]:
        return sorted({name for name, _ in self._held()})

    def create(self, user: str, title: str) -> Credential:
        if self._plan(
            f"by hand: make a user for {title} in {self.place}, then paste its access key and secret"
        ):
            return Credential("(pasted)", "(pasted)")
        return self._paste(user)

    def add_key(self, user: str) -> Credential:
        if self._plan(f"by hand: make a second key of this user in {self.place}, then paste it"):
            return Credential("(pasted)", "(pasted)")
        return self._paste(user)

    def remove_key(self, user: str, access_key: str) -> None:
        self._by_hand(f"Remove the key {access_key}")

    def suspend(self, user: str) -> None:
        self._by_hand("Suspend the user")

    def resume(self, user: str) -> None:
        self._by_hand("Take the suspension back")

    def remove(self, user: str) -> None:
        keys = ", ".join(key for name, key in self._held() if name == user)
        if not self._plan(f"by hand: remove the key {keys} in {self.place}; here it is only forgotten"):
            self._by_hand("Remove the user")

    def _by_hand(self, what: str) -> NoReturn:
        raise Unsupported(
            f"{what} in {self.place}: there is no way in for programs.",
            hint="Do it there; then forget the key here: secingest credentials remove backend/B/tenant/T",
        )
