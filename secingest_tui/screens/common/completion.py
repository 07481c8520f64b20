"""Completes what is typed: paths by what lies there, names by those that are known. Right takes it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from textual.suggester import Suggester

from secingest_tui.errors import SecingestError
from secingest_tui.screens.ports import Session


class PathSuggester(Suggester):
    """Asks the session, which knows what this person may see."""

    def __init__(self, session: Session) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._session = session

    async def get_suggestion(self, value: str) -> str | None:
        """The best longer path; ``None`` if there is none or nothing is typed."""
        if not value:
            return None
        try:
            return await asyncio.to_thread(self._session.complete_path, value)
        except SecingestError:
            return None  # what is wrong with the path is said beside the field


class KnownNames(Suggester):
    """Names that there are: of keys, of tenants. Any other may be typed."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = sorted(set(names))

    async def get_suggestion(self, value: str) -> str | None:
        """The first that begins so."""
        return next((name for name in self._names if value and name.startswith(value)), None)
