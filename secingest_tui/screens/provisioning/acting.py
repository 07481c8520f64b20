"""What the Provisioning screen does at the providers: each change is shown as its exact command first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from textual.content import Content

from secingest_tui.models.directory import BackendView, KeyView, TenantView
from secingest_tui.models.provisioning import (
    ProviderAction,
    ProviderChange,
    ProviderUserView,
    SecretView,
)
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.listing import ListScreen
from secingest_tui.screens.onboarding.adopting import adopt_screen
from secingest_tui.screens.onboarding.forms import OnboardingForm, PasteForm
from secingest_tui.screens.onboarding.screen import OnboardingScreen
from secingest_tui.screens.provisioning.connect import ConnectForm, QuotaForm
from secingest_tui.screens.provisioning.secret import fresh_secrets_screen
from secingest_tui.text import join, safe

_ON_USERS = {f"provisioning.{name}" for name in ("rotate", "revoke", "suspend", "quota", "remove")}
_NEW = "\0new"


class ProviderActions(ListScreen):
    """For the list of users, and for the tenant under the cursor."""

    @property
    def _user(self) -> ProviderUserView | None:
        selected: Any = self.selected
        return selected if isinstance(selected, ProviderUserView) and not selected.problem else None

    def can(self, action_id: str) -> bool:
        """Changes need a row; revoking needs a key that is not used here."""
        if action_id == "provisioning.mint":
            return isinstance(self.selected, TenantView) or self._user is not None
        if action_id == "provisioning.revoke":
            return self._user is not None and bool(_older(self._user))
        if action_id in _ON_USERS:
            return self._user is not None
        return super().can(action_id)

    def do_onboard(self) -> None:
        """Begin an onboarding, or go on with one."""
        session = self.ours.session

        def arrived(found: tuple[list[str], list[BackendView], list[KeyView]]) -> None:
            begun, backends, keys = found
            if not begun:
                self._begin(backends, keys)
                return
            choices = [Choice(_NEW, "a new tenant"), *(Choice(name, name, "begun") for name in begun)]

            def chosen(values: tuple[str, ...] | None) -> None:
                if values == (_NEW,):
                    self._begin(backends, keys)
                elif values:
                    self.app.push_screen(OnboardingScreen(values[0]), lambda _none: self.reload())

            self.app.push_screen(PickScreen("Onboarding", choices), chosen)

        self.fetch(
            "Reading what there is",
            lambda: (session.onboarding.begun(), session.backends(), session.keys()),
            arrived,
            self.complain,
            group="act",
        )

    def _begin(self, backends: Sequence[BackendView], keys: Sequence[KeyView]) -> None:
        def begun(tenant: str | None) -> None:
            if tenant is not None:
                self.app.push_screen(OnboardingScreen(tenant), lambda _none: self.reload())

        self.app.push_screen(OnboardingForm(backends, keys), begun)

    def do_connect(self) -> None:
        """Say how users are made at a backend."""
        session = self.ours.session

        def arrived(found: tuple[list[BackendView], list[tuple[str, str]]]) -> None:
            self.app.push_screen(ConnectForm(*found), connected)

        def connected(said: str | None) -> None:
            if said is not None:
                self.ours.notify(said)
                self.reload()

        self.fetch(
            "Reading the backends",
            lambda: (session.backends(), session.provisioning.kinds()),
            arrived,
            self.complain,
            group="act",
        )

    def do_mint(self) -> None:
        """A user for the tenant at a backend of choice."""
        selected: Any = self.selected
        tenant = selected.id if isinstance(selected, TenantView) else selected.tenant

        def arrived(backends: list[BackendView]) -> None:
            choices = [Choice(item.id, item.id, item.endpoint) for item in backends]

            def chosen(values: tuple[str, ...] | None) -> None:
                if values:
                    self._with_key(ProviderChange(ProviderAction.MINT, values[0], tenant))

            self.app.push_screen(PickScreen("Mint keys for " + tenant + " at", choices), chosen)

        self.fetch("Reading the backends", self.ours.session.backends, arrived, self.complain, group="act")

    def do_rotate(self) -> None:
        """A new key beside the old one."""
        if self._user is not None:
            self._with_key(self._change(ProviderAction.ROTATE))

    def do_revoke(self) -> None:
        """One of the keys that are not used here."""
        user = self._user
        if user is None:
            return

        def chosen(values: tuple[str, ...] | None) -> None:
            if values:
                self._propose(self._change(ProviderAction.REVOKE, values[0], user))

        choices = [Choice(key, key, "not used here") for key in _older(user)]
        self.app.push_screen(PickScreen("Revoke which key of " + user.tenant + "?", choices), chosen)

    def do_suspend(self) -> None:
        """Suspend, or take it back."""
        if self._user is not None:
            action = ProviderAction.RESUME if self._user.suspended else ProviderAction.SUSPEND
            self._propose(self._change(action))

    def do_quota(self) -> None:
        """Ask how much, then set it."""
        user = self._user
        if user is None:
            return

        def typed(quota: str | None) -> None:
            if quota is not None:
                self._propose(self._change(ProviderAction.QUOTA, quota, user))

        self.app.push_screen(QuotaForm(user.tenant + " at " + user.backend), typed)

    def do_remove(self) -> None:
        """The user and its keys."""
        if self._user is not None:
            self._propose(self._change(ProviderAction.REMOVE))

    def _change(
        self, action: ProviderAction, value: str = "", user: ProviderUserView | None = None
    ) -> ProviderChange:
        user = user or self._user
        assert user is not None
        return ProviderChange(action, user.backend, user.tenant, value)

    def _with_key(self, change: ProviderChange) -> None:
        """Where the key comes from a portal, ask for it first."""
        service = self.ours.session.provisioning

        def answered(found: tuple[bool, str]) -> None:
            by_hand, foreign = found
            if foreign:
                self.app.push_screen(
                    adopt_screen(change.tenant, (change.backend,)),
                    lambda agreed: self._propose(replace(change, adopt=True)) if agreed else None,
                )
                return
            if not by_hand:
                self._propose(change)
                return

            def pasted(pair: tuple[str, str] | None) -> None:
                if pair is not None:
                    self._propose(replace(change, pasted=pair))

            self.app.push_screen(PasteForm(change.backend, change.tenant), pasted)

        minting = change.action is ProviderAction.MINT
        self.fetch(
            "Looking at " + change.backend,
            lambda: (service.by_hand(change.backend), service.foreign(change) if minting else ""),
            answered,
            self.complain,
            group="act",
        )

    def _propose(self, change: ProviderChange) -> None:
        """Show the exact commands or requests; do them only if the person says so."""
        service = self.ours.session.provisioning

        def planned(steps: Sequence[str]) -> None:
            if not steps:
                self.ours.notify("There is nothing to do: it is so already.")
                return
            shown = [safe(step) for step in steps]
            question = join(
                (change.action.value.capitalize() + " " + change.tenant + " at " + change.backend, "bold"),
                Content("\n\n"), Content("\n").join(shown),
            )  # fmt: skip
            typed = change.tenant if change.action is ProviderAction.REMOVE else None
            screen = ConfirmScreen(question, Content("Do it"), Content("Keep as it is"), typed)
            self.app.push_screen(screen, lambda agreed: self._act(change) if agreed else None)

        self.fetch("Planning", lambda: service.plan(change), planned, self.complain, group="act")

    def _act(self, change: ProviderChange) -> None:
        service = self.ours.session.provisioning
        self.busy(join((change.action.value + " …", "$muted")))

        def done(secrets: Sequence[SecretView]) -> None:
            self.do_refresh()
            if secrets:
                self.app.push_screen(fresh_secrets_screen(change.tenant, secrets))
            else:
                self.ours.notify(
                    "Done: " + change.action.value + " " + change.tenant + " at " + change.backend
                )

        def failed(trouble: Trouble) -> None:
            self.complain(trouble, "what the provider had before stays as the list shows it after r")
            if change.action is ProviderAction.MINT:
                self.fetch(
                    "Looking what exists",
                    lambda: service.unfinished(change),
                    left,
                    self.complain,
                    group="act",
                )

        def left(user: str) -> None:
            if user:
                self._ask_half_done(change, user)

        self.fetch(change.action.value.capitalize(), lambda: service.act(change), done, failed, group="act")

    def _ask_half_done(self, change: ProviderChange, user: str) -> None:
        """Something was made before it failed: go on, or take it back."""

        def chosen(values: tuple[str, ...] | None) -> None:
            if values == ("on",):
                self._act(change)
            elif values == ("back",):
                self._propose(ProviderChange(ProviderAction.REMOVE, change.backend, change.tenant))

        choices = [
            Choice("on", "go on", "try again; what is there is kept"),
            Choice("back", "take it back", "remove " + user),
            Choice("leave", "leave it so", "m goes on later"),
        ]
        title = "Half done: user " + user + " exists at " + change.backend
        self.app.push_screen(PickScreen(title, choices), chosen)


def _older(user: ProviderUserView) -> list[str]:
    return [key for key in user.access_keys if key != user.held]
