"""What has to be mended in Textual itself (8.2.8), since no subclass can."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from textual._styles_cache import StylesCache
from textual.color import Color
from textual.style import Style

_ORIGINAL = cast(Any, StylesCache.get_inner_outer).__wrapped__


@lru_cache(1024)
def _inner_outer(base: Color, ground: Color) -> tuple[Style, Style]:
    return cast("tuple[Style, Style]", _ORIGINAL(StylesCache, base, ground))


def release_closed_widgets() -> None:
    """Let go of the drawn lines of widgets that are gone.

    Textual's is meant as a class method, but its ``lru_cache`` is keyed by the instance: 1,024 of them stay
    with all their lines, 100 KiB for each time that the help is opened.
    """
    StylesCache.get_inner_outer = staticmethod(_inner_outer)  # type: ignore[method-assign,assignment]
