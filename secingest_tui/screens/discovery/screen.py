"""Which object stores there are, and what is known about providers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from secingest_tui.models.directory import BackendView, Fact, ProviderView
from secingest_tui.models.paging import PAGE_LIMIT, Page
from secingest_tui.screens.base import bindings
from secingest_tui.screens.listing import ListScreen, View
from secingest_tui.text import cell, join
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Column, Row

UNKNOWN = "unknown"


class DiscoveryScreen(ListScreen):
    """Two lists: the backends of this installation, and the catalogue."""

    AREA = "discovery"
    CSS_PATH = "screen.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("list",)
    BINDINGS: ClassVar[list[BindingType]] = bindings("list")

    def views(self) -> tuple[View[Any], ...]:
        return (
            View(
                "backends", "Backends", "backend",
                (
                    Column("Backend", 18, 1), Column("Country", 7), Column("Region", 12, 1),
                    Column("Credentials", 11), Column("Endpoint", 21, 2),
                ),
                self._load_backends, _backend_row, _backend_facts, _no_backends,
            ),
            View(
                "catalogue", "Provider catalogue", "provider",
                (
                    Column("Provider", 26, 2), Column("Law", 9, 1), Column("Kind", 11),
                    Column("Regions", 8, 2), Column("Certificates", 15, 3),
                ),
                self._load_providers, _provider_row, _provider_facts, _no_providers,
            ),
        )  # fmt: skip

    def _load_backends(self, _cursor: str | None) -> Page[BackendView]:
        return Page(self.ours.session.backends()[:PAGE_LIMIT])

    def _load_providers(self, _cursor: str | None) -> Page[ProviderView]:
        return Page(self.ours.session.providers()[:PAGE_LIMIT])


def _no_backends() -> Content:
    return join(
        ("No object store is configured. ", "bold"),
        "Add one with: ",
        ("secingest backends add", "bold $accent"),
    )


def _no_providers() -> Content:
    return join(
        "The catalogue is empty. This installation is incomplete: ", ("secingest doctor", "bold $accent")
    )


def _backend_row(backend: BackendView) -> Row:
    return Row(
        backend.id,
        (
            cell(backend.id, "bold"),
            cell(backend.country or UNKNOWN),
            cell(backend.region),
            cell("✓ present", "green") if backend.has_credentials else cell("○ none", "yellow"),
            cell(backend.endpoint, "dim"),
        ),
    )


def _backend_facts(backend: BackendView) -> Sequence[Item]:
    have = "present in this installation; never shown"
    return (
        Item("backend", backend.id),
        Item("provider", backend.provider),
        Item("region", backend.region),
        Item("country", backend.country or "unknown: treated as outside of every country"),
        Item("endpoint", backend.endpoint),
        Item("credentials", have if backend.has_credentials else "none: add with secingest backends add"),
    )


def _provider_row(provider: ProviderView) -> Row:
    countries = sorted({region.country for region in provider.regions if region.country})
    known = [fact.label for fact in provider.certifications if fact.value]
    return Row(
        provider.id,
        (
            cell(provider.name, "bold"),
            cell(_law(provider)),
            cell(provider.kind),
            cell(", ".join(countries) or str(len(provider.regions))),
            cell(", ".join(known) or UNKNOWN, "" if known else "dim"),
        ),
    )


def _law(provider: ProviderView) -> str:
    """Where it sits, and its parent where that is elsewhere; nothing known is said as such."""
    law = provider.jurisdiction or UNKNOWN
    return law + " (" + provider.parent + ")" if provider.parent and provider.parent != law else law


def _provider_facts(provider: ProviderView) -> Sequence[Item]:
    items = [
        Item("provider", provider.name),
        Item("id", provider.id),
        Item("kind", provider.kind),
        Item("jurisdiction", provider.jurisdiction or UNKNOWN),
        Item("parent company", provider.parent or UNKNOWN),
        Item("Certificates", "as found on the date; each holds for its scope only", heading=True),
        *(_fact(fact) for fact in provider.certifications),
        Item("Features", "unknown is not no", heading=True),
        *(_fact(fact) for fact in provider.features),
        Item("Regions", "", heading=True),
    ]
    for region in provider.regions:
        items.append(
            Item(region.id, (region.country or UNKNOWN) + "  " + (region.endpoint or "endpoint unknown"))
        )
    return items


def _fact(fact: Fact) -> Item:
    if fact.value is None:
        return Item(fact.label, UNKNOWN, style="dim")
    where = " · ".join(part for part in (fact.scope, fact.source, fact.date) if part)
    return Item(fact.label, fact.value + ("  (" + where + ")" if where else ""))
