"""Finding providers, probing backends, and what lies at them, as the screens see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from secingest_tui.claims import dated

SortKey = Literal["name", "id", "jurisdiction", "regions", "certifications", "features"]
SORT_KEYS: Final[tuple[SortKey, ...]] = (
    "name",
    "id",
    "jurisdiction",
    "regions",
    "certifications",
    "features",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a provider; everything has to hold."""

    countries: tuple[str, ...] = ()
    """A region in each of these countries."""
    residency: str | None = None
    """A region that this residency allows: a country, a list, EU, EEA."""
    jurisdiction: str | None = None
    """The company sits there; as ``residency``."""
    certifications: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    kind: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a catalogue can be narrowed by."""

    countries: tuple[str, ...]
    residencies: tuple[str, ...]
    certifications: tuple[str, ...]
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One provider's word on one line; ``value`` None: unknown."""

    value: str | None
    source: str | None = None
    source_date: str | None = None
    checked: str | None = None

    @property
    def dated(self) -> str:
        return dated(self.source_date, self.checked)


@dataclass(frozen=True, slots=True)
class CompareLine:
    """One statement, and what each provider has for it (by id)."""

    group: str
    name: str
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        return len({cell.value for cell in self.cells.values()}) > 1


@dataclass(frozen=True, slots=True)
class ProbeRequest:
    """Which backend, with whose credentials; ``None``: those of the profile itself.

    ``bucket``: under a prefix of it. ``ca_file`` is trusted for this probe only. ``operator``: with the key
    by which users are made there.
    """

    backend: str
    tenant: str | None = None
    other_tenant: str | None = None
    bucket: str | None = None
    ca_file: str | None = None
    operator: bool = False


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer of a probe: ``yes``, ``no`` or ``could-not-tell``, our sentence and the provider's words."""

    id: str
    question: str
    verdict: str
    detail: str
    words: str


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """A kept probe."""

    id: str
    backend: str
    endpoint: str
    started_at: datetime
    tenant: str | None
    complete: bool
    usable: bool
    answers: tuple[AnswerView, ...]
    against: tuple[tuple[str, str], ...] = ()
    """Where the catalogue says otherwise: the feature, and both words."""
    residue: tuple[str, ...] = ()

    def count(self, verdict: str) -> int:
        return sum(answer.verdict == verdict for answer in self.answers)


@dataclass(frozen=True, slots=True)
class BucketFound:
    """A bucket and what was counted in it.

    ``versions`` counts those that are not the latest and no delete marker. ``problem`` says why nothing
    was counted.
    """

    name: str
    objects: int = 0
    bytes: int = 0
    versions: int = 0
    version_bytes: int = 0
    delete_markers: int = 0
    newest: datetime | None = None
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ObjectFound:
    """One version of one object, as a provider lists it; ``state``: latest, older or deleted."""

    key: str
    size: int
    modified_at: datetime | None
    etag: str
    version_id: str | None
    state: str
