"""Text on the screen, as the one widget that shows some."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Line(Static):
    """Takes ``Content`` and nothing else, so that no plain string is ever read as markup."""

    def __init__(self, content: Content | None = None, *, id: str | None = None, classes: str = "") -> None:
        super().__init__(content or Content(""), id=id, classes=classes, markup=False)

    def show(self, content: Content) -> None:
        """Replace the text."""
        self.update(content)
