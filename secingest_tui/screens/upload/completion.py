"""Completes paths while they are typed."""

from __future__ import annotations

import asyncio

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
