"""What is said about S3 providers: each statement with its source and date; unknown is never "no".

Shared by the shipped catalogue (``services/providers``) and by what a person adds in ``config.toml``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Value = TypeVar("Value")
SourceKind = Literal["vendor", "third_party", "own"]
Kind = Literal["hosted", "self_hosted"]
CountryCode = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


def _iso(value: Any) -> Any:
    # TOML has dates of its own.
    return value.isoformat() if isinstance(value, date) else value


IsoDate = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$"), BeforeValidator(_iso)]

FEATURES: Final = (
    "s3_versioning", "object_lock", "lifecycle", "sse_c", "sse_kms_or_managed", "bucket_policy",
    "conditional_writes", "presigned_urls", "multipart",
)  # fmt: skip
CERTIFICATIONS: Final = ("iso27001", "iso27017", "iso27018", "soc2", "c5", "hds", "ens", "secnumcloud")


def dated(source_date: str | None, checked: str | None) -> str:
    """How old a statement is, for people."""
    return source_date or (f"undated, read by {checked}" if checked else "undated")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Claim(_Strict, Generic[Value]):
    """A researched statement. ``value`` None means that nothing was found, which is never "no".

    ``source_date`` is the source's own date, None where it carries none. ``checked`` is the day by which the
    source was read and said so; every claim of the shipped catalogue has it.
    """

    value: Value | None
    source: str | None
    source_date: IsoDate | None
    source_kind: SourceKind | None
    checked: IsoDate | None = None

    @property
    def dated(self) -> str:
        return dated(self.source_date, self.checked)

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if self.value is not None and not (self.source and self.source_kind):
            raise ValueError("a claim with a value needs its source and the source's kind")
        return self


class OwnClaim(Claim[Value], Generic[Value]):
    """A person's own statement: ``{ value = true, source = "our contract", source_date = 2026-01-15 }``."""

    value: Value | None = None
    source: str | None = None
    source_date: IsoDate | None = None
    source_kind: SourceKind | None = "own"


class Region(_Strict):
    """A place where a provider keeps data; ``endpoint`` None where it is the customer's own."""

    id: str
    country: CountryCode | None
    city: str | None
    endpoint: str | None
    endpoint_template: str | None
    source: str | None
    source_date: IsoDate | None
    source_kind: SourceKind | None
    location_source: str | None = None
    checked: IsoDate | None = None

    @property
    def dated(self) -> str:
        return dated(self.source_date, self.checked)


class OwnRegion(Region):
    """A region that a person added or corrected."""

    id: str = Field(min_length=1, max_length=63)
    country: CountryCode | None = None
    city: str | None = None
    endpoint: str | None = None
    endpoint_template: str | None = None
    source: str | None = "your configuration"
    source_date: IsoDate | None = None
    source_kind: SourceKind | None = "own"

    @field_validator("endpoint")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("must be an https:// or http:// address")
        return value


class Provider(_Strict):
    """One entry of the catalogue."""

    id: str
    name: str
    kind: Kind
    jurisdiction: Claim[CountryCode]
    regions: tuple[Region, ...]
    features: dict[str, Claim[bool]]
    certifications: dict[str, Claim[bool]]
    notes: tuple[str, ...]
    """What a reader has to know beside the claims: scopes, exceptions, contradictions."""


class OwnProvider(_Strict):
    """``[providers.ID]`` of ``config.toml``: a provider of one's own, or corrections to one of the catalogue.

    What is not named stays as the catalogue has it. A provider that is not in the catalogue needs ``name``
    and ``kind``.
    """

    name: str | None = Field(default=None, min_length=1, max_length=120)
    kind: Kind | None = None
    jurisdiction: OwnClaim[CountryCode] | None = None
    regions: tuple[OwnRegion, ...] = ()
    features: dict[str, OwnClaim[bool]] = Field(default_factory=dict)
    certifications: dict[Slug, OwnClaim[bool]] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @field_validator("features")
    @classmethod
    def _known_features(cls, value: dict[str, OwnClaim[bool]]) -> dict[str, OwnClaim[bool]]:
        if unknown := sorted(set(value) - set(FEATURES)):
            raise ValueError(f"no such feature: {', '.join(unknown)}; known are: {', '.join(FEATURES)}")
        return value
