"""Models of the catalogue file and how it is read."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

Value = TypeVar("Value")
SourceKind = Literal["vendor", "third_party"]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
IsoDate = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Claim(_Strict, Generic[Value]):
    """A researched statement. ``value`` None means that nothing was found, which is never "no".

    ``source_date`` None: the source itself carries no date; it is shown as undated.
    """

    value: Value | None
    source: str | None
    source_date: IsoDate | None
    source_kind: SourceKind | None

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.value is not None and not (self.source and self.source_kind):
            raise ValueError("a claim with a value needs its source and the source's kind")
        return self


class Region(_Strict):
    """A place where a provider keeps data; ``endpoint`` None where it is the customer's own."""

    id: str
    country: Country | None
    city: str | None
    endpoint: str | None
    endpoint_template: str | None
    source: str | None
    source_date: IsoDate | None
    source_kind: SourceKind | None
    location_source: str | None = None


class Provider(_Strict):
    id: str
    name: str
    kind: Literal["hosted", "self_hosted"]
    jurisdiction: Claim[Country]
    regions: tuple[Region, ...]
    features: dict[str, Claim[bool]]
    certifications: dict[str, Claim[bool]]
    notes: tuple[str, ...]
    """What a reader has to know beside the claims: scopes, exceptions, contradictions."""


@cache
def load_catalogue() -> tuple[Provider, ...]:
    """Every provider, in the catalogue's order. Raises ValidationError where the file breaks the rules."""
    data = files("secingest_tui.services.providers").joinpath("catalogue.json").read_bytes()
    return TypeAdapter(tuple[Provider, ...]).validate_json(data)
