"""The one time a tenant's secret is shown."""

from __future__ import annotations

from secingest_tui.models.directory import TenantCreated
from secingest_tui.models.naming import country
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.widgets.facts import Item


def secret_screen(made: TenantCreated) -> DetailScreen:
    """Masked until revealed by key; after leaving, nobody can show it again."""
    items = (
        Item("tenant", made.view.id),
        Item("residency", country(made.view.residency) or "any country"),
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
