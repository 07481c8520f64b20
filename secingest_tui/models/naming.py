"""What names, countries and numbers may look like; said in a few words for the space beside a field."""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend_stub.contract.residency import ANY, normal_residency, residency_allows

_UNITS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "KI": 2**10,
    "MI": 2**20,
    "GI": 2**30,
    "T": 10**12,
    "TI": 2**40,
}
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([KMGT]?I?)B?(?:/S)?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def name_problem(name: str, what: str) -> str:
    """Why ``name`` cannot name a tenant or key; empty if it can."""
    if not name:
        return "needs a name"
    if not _NAME.fullmatch(name):
        return what + ": letters, digits, . _ - and no more than 63"
    return ""


def stays_in(residency: str | None) -> str | None:
    """Where data must stay, as the server spells it; ``None`` for anywhere, which it calls ``ANY``."""
    if residency is None or not residency.strip():
        return None
    try:
        residency = normal_residency(residency)
    except ValueError:
        return residency.upper()
    return None if residency == ANY else residency


def residency_problem(text: str) -> str:
    """Why ``text`` is no residency; empty if it is one or nothing."""
    return residency_list_problem(text, {})


def number_problem(text: str) -> str:
    """Why ``text`` is no number of copies; empty if it is."""
    return "" if text.isdecimal() and 1 <= int(text) <= 16 else "a number from 1 to 16"


def residency_list_problem(text: str, places: Mapping[str, str | None]) -> str:
    """Why ``text`` is no residency that all ``places`` (country by name) lie in; empty if it is one."""
    if not text.strip():
        return ""
    try:
        normal_residency(text)
    except ValueError:
        return "such as FI, or FI,SE, or EU; empty for anywhere"
    for name, where in places.items():
        if not residency_allows(text, where):
            return f"{name} is in {where or 'an unknown country'}"
    return ""


def parse_bytes(text: str) -> int | None:
    """Bytes from ``10MiB``, ``2.5MB`` or ``500000`` (also with ``/s``); None for anything else."""
    match = _RATE.fullmatch(text.strip().upper())
    unit = _UNITS.get(match[2]) if match else None
    return int(float(match[1]) * unit) if match and unit else None


def size_problem(text: str) -> str:
    """Why ``text`` is no size; empty if it is one or nothing."""
    fine = not text.strip() or ("/" not in text and parse_bytes(text) is not None)
    return "" if fine else "a size such as 500GiB or 2TB; empty for no limit"
