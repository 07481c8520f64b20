"""Text on the screen, as the one widget that shows some."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Line(Static):
    """Takes ``Content`` and nothing else, so that no plain string is ever read as markup."""

    def __init__(self, content: Content | None = None, *, id: str | None = None, classes: str = "") -> None:
        self._shown = content or Content("")
        super().__init__(self._shown, id=id, classes=classes, markup=False)

    def show(self, content: Content) -> None:
        """Replace the text. The same text sends nothing; a fixed size lays nothing out again."""
        if not content.is_same(self._shown):
            self._shown = content
            self.update(content, layout=self.styles.auto_dimensions)
