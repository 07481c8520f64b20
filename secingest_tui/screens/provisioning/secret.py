"""The one time a tenant's secret is shown."""

from __future__ import annotations

from collections.abc import Sequence

from secingest_tui.models.directory import TenantCreated
from secingest_tui.models.naming import stays_in
from secingest_tui.models.provisioning import SecretView
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.widgets.facts import Item


def secret_screen(made: TenantCreated) -> DetailScreen:
    """Masked until revealed by key; after leaving, nobody can show it again."""
    items = (
        Item("tenant", made.view.id),
        Item("residency", stays_in(made.view.residency) or "any country"),
        Item("copies", str(made.view.replicas)),
        Item("access key", made.access_key),
        Item("secret key", made.secret_key, secret=True),
    )
    return DetailScreen(
        "Tenant " + made.view.id + " is registered",
        lambda: (items, ""),
        hint="The server shows the secret key this once. This installation's credentials file keeps it;\n"
        "copy it only if the tenant signs requests with tools of its own. x reveals, c copies, esc goes on.",
    )


def fresh_secrets_screen(tenant: str, secrets: Sequence[SecretView]) -> DetailScreen:
    """What was made just now, shown this once."""
    items: list[Item] = []
    for secret in secrets:
        items += [
            Item("Keys for", secret.what, heading=True),
            Item("access key", secret.access_key),
            Item("secret key", secret.secret_key, secret=True),
        ]
    return DetailScreen(
        "New keys of " + tenant,
        lambda: (items, ""),
        hint="The secrets are shown this once, and kept in this installation. The hand-over file takes "
        "them to the tenant; provider keys never go to the metadata server. "
        "x reveals, c copies, esc goes on.",
    )
