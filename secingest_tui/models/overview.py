"""Is everything all right, and what needs me: what the home screen and ``secingest status`` show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a check wants somebody's attention, the most first."""

    BROKEN = "broken"
    ATTENTION = "attention"
    NOTHING = "nothing yet"
    FINE = "fine"

    @property
    def needs_somebody(self) -> bool:
        return self in {Level.BROKEN, Level.ATTENTION}


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    id: str
    title: str
    level: Level
    text: str
    remedy: str = ""
    """The next step; always there where somebody is needed."""
    area: str = ""
    """The screen that looks after it, a name from ``actions.AREAS``."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Every check, what needs somebody first, and how many replication jobs are in each state."""

    checks: tuple[Check, ...]
    jobs: tuple[tuple[str, int], ...] = ()

    @property
    def needing(self) -> int:
        """How many checks want somebody's attention."""
        return sum(check.level.needs_somebody for check in self.checks)

    @property
    def queue(self) -> int:
        """Jobs that are not over: queued, leased, retrying."""
        return sum(number for state, number in self.jobs if state in {"queued", "leased", "retrying"})


@dataclass(frozen=True, slots=True)
class Amount:
    """How much lies somewhere."""

    name: str
    copies: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Stored:
    """Every copy by country and by backend, the most bytes first; of ciphertext where that is known."""

    by_country: tuple[Amount, ...]
    by_backend: tuple[Amount, ...]
