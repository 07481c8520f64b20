"""The last error in full, to be read and copied into a report."""

from __future__ import annotations

from datetime import datetime

from secingest_tui import __version__
from secingest_tui.models.trouble import Trouble
from secingest_tui.redaction import redacted
from secingest_tui.screens.common.details import DetailScreen
from secingest_tui.text import when
from secingest_tui.widgets.facts import Item


def trouble_screen(trouble: Trouble, kept: str, at: datetime) -> DetailScreen:
    """What happened, what was kept, what to do, and what only whoever looks into it needs."""
    about = [("when", when(at)), ("secingest", __version__)]
    if kept:
        about.insert(0, ("kept", kept))
    items = [
        Item("what", redacted(trouble.what)),
        Item("cause", redacted(trouble.cause)),
        Item("next step", redacted(trouble.remedy)),
        *(Item(name, redacted(value)) for name, value in about),
        Item("Details", "for whoever looks into it", heading=True),
        *(Item(name, value) for name, value in trouble.details),
    ]
    text = trouble.as_text(*about)
    return DetailScreen(
        "Error",
        lambda: (items, text),
        hint="y copies all of it. Secrets are left out, as far as they can be told as such: read it first.",
    )
