"""Tenants at the providers: the list, and what can be done with one of its rows."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from secingest_tui.models.provisioning import ProviderUserView
from secingest_tui.text import cell, count, join, size
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Column, Row

COLUMNS = (
    Column("Tenant", 18, 1), Column("Backend", 12, 1), Column("State", 11), Column("Keys", 6),
    Column("Quota", 11), Column("User", 20, 1),
)  # fmt: skip


def no_users() -> Content:
    return join(
        ("No tenant has a user at a provider yet. ", "bold"), ("o", "bold $accent"), " onboards one, ",
        ("w", "bold $accent"), " says how users are made at a backend.",
    )  # fmt: skip


def user_row(user: ProviderUserView) -> Row:
    key = f"{user.backend}/{user.user}"
    if user.problem:
        return Row(key, (cell("?"), cell(user.backend), cell("✗ " + user.problem, "bold red")), user.backend)
    state = cell("■ suspended", "yellow") if user.suspended else cell("✓ active", "green")
    none = "none" if user.limits else "server's"
    limit = size(user.max_bytes) if user.max_bytes is not None else none
    return Row(
        key,
        (
            cell(user.tenant, "bold"), cell(user.backend), state, cell(count(len(user.access_keys), "key")),
            cell(limit), cell(user.user, "dim"),
        ),
        f"{user.tenant} at {user.backend}",
    )  # fmt: skip


def user_facts(user: ProviderUserView) -> Sequence[Item]:
    if user.problem:
        return (Item("backend", user.backend), Item("problem", user.problem), Item("next step", user.remedy))
    none = "no limit" if user.limits else "this provider has no quotas: the metadata server's holds"
    objects = str(user.max_objects) if user.max_objects is not None else none
    return (
        Item("tenant", user.tenant),
        Item("backend", user.backend),
        Item("user", user.user),
        Item("state", "suspended" if user.suspended else "active"),
        Item("most bytes", size(user.max_bytes) if user.max_bytes is not None else none),
        Item("most objects", objects),
        Item("Keys", "as the provider has them now; secrets were shown once", heading=True),
        *(
            Item("access key", key + ("  (used here)" if key == user.held else "  (not used here)"))
            for key in user.access_keys
        ),
    )
