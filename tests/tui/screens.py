"""Every kind of screen that there is."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from textual.screen import Screen

from secingest_tui import screens


def screens_there_are() -> set[str]:
    """Names of those that nothing is derived from, but for the one that has no text of others."""
    for module in pkgutil.walk_packages(screens.__path__, "secingest_tui.screens."):
        importlib.import_module(module.name)

    def below(kind: type) -> Iterator[type]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    ours = {one for one in below(Screen) if one.__module__.startswith("secingest_tui.")}
    kinds = {one.__name__ for one in ours if not one.__subclasses__()} | {"PickScreen"}
    return kinds - {"TooSmallScreen"}
