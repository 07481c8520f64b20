"""One question with one line as its answer: what to search for, why to hold, where to write."""

from __future__ import annotations

from collections.abc import Iterable

from secingest_tui.screens.common.completion import PathSuggester
from secingest_tui.screens.common.form import FormScreen
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow


class AskScreen(FormScreen[str]):
    """Returns what was typed; ``None`` after Esc."""

    def __init__(self, headline: str, label: str, do: str, *, value: str = "", path: bool = False) -> None:
        """``path``: a file of this machine is asked for, and completed."""
        super().__init__()
        # FormScreen reads these of the class; here they differ by question.
        self.HEADLINE, self.DO = headline, do  # type: ignore[misc]
        self._label, self._value, self._path = label, value, path

    def rows(self) -> Iterable[FormRow]:
        """The one field."""
        paths = PathSuggester(self.ours.session) if self._path else None
        yield FormRow(self._label, Field(value=self._value, suggester=paths, id="answer"), id="row")

    def check(self) -> bool:
        """Anything will do."""
        return bool(self.typed("answer").strip())

    def submit(self) -> None:
        """Give it back."""
        self.dismiss(self.typed("answer").strip())
