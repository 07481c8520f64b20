"""What the catalogue is narrowed by, as choices of one list."""

from __future__ import annotations

from collections.abc import Iterable

from secingest_tui.models.discovery import Choices, Wanted
from secingest_tui.screens.common.pick import Choice

OR_UNKNOWN = "or-unknown"
NOTHING = "all"


def as_choices(known: Choices) -> list[Choice]:
    """Everything that can be asked for, the broadest first."""
    made = [
        Choice(NOTHING, "every provider", "ask for nothing"),
        Choice(OR_UNKNOWN, "or unknown", "also where it is unknown"),
    ]
    made += [
        Choice("residency=" + group, "data in " + group, "a region there") for group in known.residencies
    ]
    made += [
        Choice("law=" + group, "law of " + group, "the company sits there") for group in known.residencies
    ]
    made += [Choice("certification=" + name, _upper(name), "certificate") for name in known.certifications]
    made += [Choice("feature=" + name, name.replace("_", " "), "feature") for name in known.features]
    made += [Choice("country=" + country, "data in " + country, "country") for country in known.countries]
    made += [
        Choice("kind=hosted", "hosted", "somebody runs it for you"),
        Choice("kind=self_hosted", "self-hosted", "you run it"),
    ]
    return made


def as_wanted(chosen: Iterable[str]) -> tuple[Wanted, bool]:
    """What was chosen as a question, and whether unknown is good enough."""
    asked: dict[str, list[str]] = {}
    for value in chosen:
        name, _, what = value.partition("=")
        asked.setdefault(name, []).append(what)
    if NOTHING in asked:
        return Wanted(), False
    wanted = Wanted(
        countries=tuple(asked.get("country", ())),
        residency=_last(asked.get("residency")),
        jurisdiction=_last(asked.get("law")),
        certifications=tuple(asked.get("certification", ())),
        features=tuple(asked.get("feature", ())),
        kind=_last(asked.get("kind")),
    )
    return wanted, OR_UNKNOWN in asked


def in_words(wanted: Wanted, or_unknown: bool) -> str:
    """For the title."""
    parts = [f"data in {country}" for country in wanted.countries]
    parts += [f"data in {wanted.residency}"] if wanted.residency else []
    parts += [f"law of {wanted.jurisdiction}"] if wanted.jurisdiction else []
    parts += [_upper(name) for name in wanted.certifications]
    parts += [name.replace("_", " ") for name in wanted.features]
    parts += [wanted.kind.replace("_", "-")] if wanted.kind else []
    if not parts:
        return ""
    return ", ".join(parts) + (" or unknown" if or_unknown else "")


def _upper(name: str) -> str:
    return name.upper() if name[:3] in {"iso", "soc", "c5", "hds", "ens"} else name.replace("_", " ")


def _last(values: list[str] | None) -> str | None:
    return values[-1] if values else None
