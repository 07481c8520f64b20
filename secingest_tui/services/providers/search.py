"""Finding providers by what is known of them, and laying them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from backend_stub.contract.residency import GROUPS, residency_allows
from secingest_tui.claims import CERTIFICATIONS, FEATURES, Claim, Provider
from secingest_tui.models.discovery import Cell, Choices, CompareLine, SortKey, Wanted

Truth = bool | None
"""None: nobody knows."""


@dataclass(frozen=True, slots=True)
class Found:
    """``matching``: all is known to hold. ``perhaps``: nothing speaks against it, and not all is known."""

    matching: tuple[Provider, ...]
    perhaps: tuple[Provider, ...]


def search(providers: Iterable[Provider], wanted: Wanted, sort: SortKey = "name") -> Found:
    """Raises ValueError for a residency that is none."""
    matching: list[Provider] = []
    perhaps: list[Provider] = []
    for provider in providers:
        truth = _all(_truths(provider, wanted))
        if truth is not False:
            (matching if truth else perhaps).append(provider)
    return Found(ordered(matching, sort), ordered(perhaps, sort))


def ordered(providers: Iterable[Provider], sort: SortKey) -> tuple[Provider, ...]:
    """By name, or the most first; what is unknown comes last."""
    keys: dict[str, Callable[[Provider], tuple[object, ...]]] = {
        "name": lambda provider: (provider.name.casefold(),),
        "id": lambda provider: (provider.id,),
        "jurisdiction": lambda provider: (
            provider.jurisdiction.value is None,
            provider.jurisdiction.value or "",
            provider.name.casefold(),
        ),
        "regions": lambda provider: (-len(provider.regions), provider.name.casefold()),
        "certifications": lambda provider: (-_yes(provider.certifications), provider.name.casefold()),
        "features": lambda provider: (-_yes(provider.features), provider.name.casefold()),
    }
    return tuple(sorted(providers, key=keys[sort]))


def countries_of(provider: Provider) -> list[str]:
    """The countries of its regions, as far as they are known."""
    return sorted({region.country for region in provider.regions if region.country})


def certifications_known(providers: Iterable[Provider]) -> list[str]:
    """Every certification that is spoken of, the usual ones first."""
    named = {name for provider in providers for name in provider.certifications}
    return [*CERTIFICATIONS, *sorted(named - set(CERTIFICATIONS))]


def choices(providers: Sequence[Provider]) -> Choices:
    """What these providers can be narrowed by."""
    return Choices(
        tuple(sorted({country for provider in providers for country in countries_of(provider)})),
        tuple(GROUPS),
        tuple(certifications_known(providers)),
        FEATURES,
    )


def _truths(provider: Provider, wanted: Wanted) -> Iterable[Truth]:
    known = countries_of(provider)
    # Where no region is known, or one's country is not, another country can't be ruled out.
    open_end = not provider.regions or any(region.country is None for region in provider.regions)
    for country in wanted.countries:
        yield True if country in known else None if open_end else False
    if wanted.residency is not None:
        allowed = any(residency_allows(wanted.residency, country) for country in known)
        yield True if allowed else None if open_end else False
    if wanted.jurisdiction is not None:
        seat = provider.jurisdiction.value
        yield None if seat is None else residency_allows(wanted.jurisdiction, seat)
    yield from (_value(provider.certifications, name) for name in wanted.certifications)
    yield from (_value(provider.features, name) for name in wanted.features)
    if wanted.kind is not None:
        yield provider.kind == wanted.kind
    if wanted.text:
        yield wanted.text.casefold() in f"{provider.id} {provider.name}".casefold()


def _all(truths: Iterable[Truth]) -> Truth:
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def _value(claims: Mapping[str, Claim[bool]], name: str) -> Truth:
    claim = claims.get(name)
    return None if claim is None else claim.value


def _yes(claims: Mapping[str, Claim[bool]]) -> int:
    return sum(claim.value is True for claim in claims.values())


# Side by side


def side_by_side(providers: Sequence[Provider]) -> list[CompareLine]:
    """What is known of each of them, a line a statement."""
    lines = [
        CompareLine("provider", "name", {each.id: Cell(each.name) for each in providers}),
        CompareLine("provider", "kind", {each.id: Cell(each.kind.replace("_", "-")) for each in providers}),
        CompareLine("provider", "jurisdiction", {each.id: _cell(each.jurisdiction) for each in providers}),
        CompareLine(
            "provider",
            "countries",
            {each.id: Cell(", ".join(countries_of(each)) or None) for each in providers},
        ),
        CompareLine(
            "provider",
            "regions",
            {each.id: Cell(str(len(each.regions)) if each.regions else None) for each in providers},
        ),
    ]
    for name in FEATURES:
        lines.append(
            CompareLine("features", name, {each.id: _cell(each.features.get(name)) for each in providers})
        )
    for name in certifications_known(providers):
        cells = {each.id: _cell(each.certifications.get(name)) for each in providers}
        lines.append(CompareLine("certifications", name, cells))
    return lines


def _cell(claim: Claim[bool] | Claim[str] | None) -> Cell:
    if claim is None or claim.value is None:
        return Cell(None)
    value = claim.value if isinstance(claim.value, str) else "yes" if claim.value else "no"
    return Cell(value, claim.source, claim.source_date, claim.checked)
