"""Every kind of screen that there is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from textual.screen import Screen

from secingest_tui import screens

BASES = frozenset({"AreaScreen", "Modal", "ListScreen", "FormScreen", "RowsScreen", "ProviderActions"})
"""What others are derived from, and what is never shown itself."""


def screens_there_are() -> set[str]:
    """Names of the classes that are shown, but for the one that has no text of others."""
    importlib.import_module("secingest_tui.app")
    for module in pkgutil.walk_packages(screens.__path__, "secingest_tui.screens."):
        importlib.import_module(module.name)

    def below(kind: type) -> Iterator[type]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    ours = {one.__name__ for one in below(Screen) if one.__module__.startswith("secingest_tui.")}
    assert ours >= BASES
    return ours - BASES - {"TooSmallScreen"}
