"""One page of a list that may be longer than anybody wants to load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)

PAGE_LIMIT = 1000
"""Rows a screen shows at once; more than this blocks the event loop noticeably."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """Rows in the server's order."""

    rows: Sequence[T_co]
    next_cursor: str | None = None
    """Asks for the next page; ``None`` on the last one."""
    total: int | None = None
    """How many there are in all; ``None`` where the server does not say."""
