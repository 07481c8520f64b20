"""Tenants with their credentials, and keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.directory import KeyView, TenantCreated, TenantView
from secingest_tui.models.naming import stays_in
from secingest_tui.models.paging import PAGE_LIMIT, Page
from secingest_tui.models.provisioning import ProviderUserView
from secingest_tui.screens.base import bindings
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.screens.provisioning.acting import ProviderActions
from secingest_tui.screens.provisioning.forms import KeyForm, TenantForm
from secingest_tui.screens.provisioning.secret import secret_screen
from secingest_tui.screens.provisioning.users import COLUMNS, no_users, user_facts, user_row
from secingest_tui.text import cell, count, join, when
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Column, Row


class ProvisioningScreen(ProviderActions, ListScreen):
    """Creating a tenant shows its secret once, masked."""

    AREA = "provisioning"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("provisioning", "list", "filter")
    BINDINGS: ClassVar[list[BindingType]] = bindings("provisioning", "list", "filter")

    def views(self) -> tuple[View[Any], ...]:
        return (
            View(
                "tenants", "Tenants", "tenant",
                (
                    Column("Tenant", 22, 1), Column("Residency", 9), Column("Copies", 6, right=True),
                    Column("Credentials", 11), Column("Since", 17),
                ),
                self._load_tenants, _tenant_row, _tenant_facts, _no_tenants,
            ),
            View(
                "keys", "Keys", "key",
                (
                    Column("Key", 20, 1), Column("Kind", 15), Column("Private half", 13),
                    Column("Fingerprint", 16, 2), Column("Since", 17),
                ),
                self._load_keys, _key_row, _key_facts, _no_keys,
            ),
            View("users", "At providers", "user", COLUMNS, self._load_users, user_row, user_facts, no_users),
        )  # fmt: skip

    def _load_tenants(self, _cursor: str | None) -> Page[TenantView]:
        return Page(self.ours.session.tenants()[:PAGE_LIMIT])

    def _load_keys(self, _cursor: str | None) -> Page[KeyView]:
        return Page(self.ours.session.keys()[:PAGE_LIMIT])

    def _load_users(self, _cursor: str | None) -> Page[ProviderUserView]:
        return Page(self.ours.session.provisioning.users()[:PAGE_LIMIT])

    def do_new_tenant(self) -> None:
        """Register a tenant."""
        self.app.push_screen(TenantForm(), self._tenant_made)

    def _tenant_made(self, made: TenantCreated | None) -> None:
        if made is not None:
            self._show_view("tenants")
            self.app.push_screen(secret_screen(made))

    def do_new_key(self) -> None:
        """Make a key pair."""
        self.app.push_screen(KeyForm(), self._key_made)

    def _key_made(self, made: KeyView | None) -> None:
        if made is not None:
            self._show_view("keys")
            self.ours.notify(
                "Key " + made.key_id + " is made. Back it up: without it the data cannot be read."
            )

    def _show_view(self, view_id: str) -> None:
        while self.view.id != view_id:
            self.do_next_view()


def _no_tenants() -> Content:
    return join(("There is no tenant yet. ", "bold"), ("n", "bold $accent"), " registers the first one.")


def _no_keys() -> Content:
    return join(("There is no key yet. ", "bold"), ("k", "bold $accent"), " makes one to encrypt for.")


def _tenant_row(tenant: TenantView) -> Row:
    active = sum(credential.active for credential in tenant.credentials)
    return Row(
        tenant.id,
        (
            cell(tenant.id, "bold"),
            cell(stays_in(tenant.residency) or "any"),
            cell(str(tenant.replicas), right=True),
            cell(count(active, "active", "active") if active else "○ none", "" if active else "yellow"),
            cell(when(tenant.created_at, short=True), "dim"),
        ),
    )


def _tenant_facts(tenant: TenantView) -> Sequence[Item]:
    return (
        Item("tenant", tenant.id),
        Item("residency", stays_in(tenant.residency) or "any country"),
        Item("copies", str(tenant.replicas)),
        Item("since", when(tenant.created_at)),
        Item("Credentials", "secrets were shown once, when they were made", heading=True),
        *(
            Item("access key", credential.access_key + ("" if credential.active else "  (revoked)"))
            for credential in tenant.credentials
        ),
    )


def _key_row(key: KeyView) -> Row:
    return Row(
        key.key_id,
        (
            cell(key.key_id, "bold"),
            cell(key.kind + ("" if key.receives else " (signs)")),
            cell("✓ here", "green") if key.has_private else cell("○ public only", "yellow"),
            cell(key.fingerprint, "dim"),
            cell(when(key.created_at, short=True), "dim"),
        ),
    )


def _key_facts(key: KeyView) -> Sequence[Item]:
    here = "here, in the keys folder"
    return (
        Item("key", key.key_id),
        Item("kind", key.kind),
        Item("used for", "encrypting to it" if key.receives else "signing what is uploaded"),
        Item("fingerprint", key.fingerprint),
        Item("private half", here if key.has_private else "not here: this machine cannot decrypt for it"),
        Item("since", when(key.created_at)),
    )
