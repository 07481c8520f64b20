"""A user that exists already and was not made here."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from secingest_tui.screens.common.confirm import ConfirmScreen
from secingest_tui.text import join


def adopt_screen(tenant: str, backends: Sequence[str]) -> ConfirmScreen:
    """Whether the user is the tenant's own; the safe answer is no."""
    question = join(
        ("There is a user of " + tenant + " already at " + ", ".join(backends), "bold"),
        Content("\n\n"),
        "This installation did not make it. Taken up, it gets a further key; the keys it has stay valid, "
        "and rolling back removes only ours.",
    )
    return ConfirmScreen(question, Content("It is the tenant's"), Content("Leave it alone"))
