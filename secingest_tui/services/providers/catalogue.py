"""The shipped catalogue, and with it what a person added or corrected in ``config.toml``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from secingest_tui.claims import Claim, OwnProvider, Provider
from secingest_tui.config import Config
from secingest_tui.errors import UsageError


@cache
def load_catalogue() -> tuple[Provider, ...]:
    """Every shipped provider, in its order. Raises ValidationError where the file breaks the rules."""
    data = files("secingest_tui.services.providers").joinpath("catalogue.json").read_bytes()
    return TypeAdapter(tuple[Provider, ...]).validate_json(data)


def catalogue_of(config: Config) -> tuple[Provider, ...]:
    """The catalogue of this home: corrected entries in their place, additions at the end.

    Raises UsageError naming every addition that lacks its name or kind.
    """
    shipped = {provider.id: provider for provider in load_catalogue()}
    problems = [
        f"config.toml: providers.{name}.{field}: needed, as the catalogue has no provider {name}"
        for name, own in config.providers.items()
        if name not in shipped
        for field in ("name", "kind")
        if getattr(own, field) is None
    ]
    if problems:
        raise UsageError("\n".join(problems), hint="See: secingest providers list")
    return tuple(
        (
            shipped | {name: _merged(shipped.get(name), name, own) for name, own in config.providers.items()}
        ).values()
    )


def find(catalogue: tuple[Provider, ...], provider_id: str) -> Provider:
    """One provider by its id. Raises UsageError, naming what is alike."""
    for provider in catalogue:
        if provider.id == provider_id:
            return provider
    from difflib import get_close_matches

    known = [provider.id for provider in catalogue]
    alike = get_close_matches(provider_id, known) or [name for name in known if provider_id in name]
    raise UsageError(
        f"The catalogue has no provider {provider_id}"
        + (f"; did you mean {', '.join(alike)}?" if alike else "."),
        hint="See: secingest providers list - or add it in config.toml as [providers.ID]",
        field="PROVIDER",
    )


def _merged(base: Provider | None, name: str, own: OwnProvider) -> Provider:
    unknown = Claim[str](value=None, source=None, source_date=None, source_kind=None)
    regions = {region.id: region for region in base.regions} if base else {}
    for region in own.regions:
        old = regions.get(region.id)
        # Whose word it is, and of when, goes with the correction: the catalogue's date is not the person's.
        always = {"source", "source_kind", "source_date", "checked", "location_source"}
        said = region.model_dump(include=region.model_fields_set | always)
        regions[region.id] = old.model_copy(update=said) if old else region
    return Provider.model_construct(
        id=name,
        name=own.name or (base.name if base else name),
        kind=own.kind or (base.kind if base else "hosted"),
        jurisdiction=own.jurisdiction or (base.jurisdiction if base else unknown),
        regions=tuple(regions.values()),
        features={**(base.features if base else {}), **own.features},
        certifications={**(base.certifications if base else {}), **own.certifications},
        notes=(*(base.notes if base else ()), *own.notes),
    )
