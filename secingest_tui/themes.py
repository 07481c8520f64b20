"""The colours, and which set of them to start with."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="secingest-dark",
    primary="#6cb6ff",
    secondary="#8ddb8c",
    accent="#f0b429",
    foreground="#d6deeb",
    background="#0f141b",
    surface="#161d27",
    panel="#1f2937",
    success="#7ee2a8",
    warning="#f0b429",
    error="#ff7b85",
    dark=True,
    variables={
        "block-cursor-background": "#2d4f7c",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#24364d",
        "border": "#3b4a5f",
        "border-blurred": "#2a3545",
        "muted": "#8b98a9",
    },
)

LIGHT = Theme(
    name="secingest-light",
    primary="#0b5cad",
    secondary="#1a7f37",
    accent="#9a5b00",
    foreground="#1c2430",
    background="#f7f8fa",
    surface="#ffffff",
    panel="#e6eaf0",
    success="#1a7f37",
    warning="#8a5300",
    error="#c0262d",
    dark=False,
    variables={
        "block-cursor-background": "#0b5cad",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#c9d8ea",
        "border": "#a9b4c2",
        "border-blurred": "#ccd3dc",
        "muted": "#566273",
    },
)

CONTRAST = Theme(
    name="secingest-contrast",
    primary="#ffff00",
    secondary="#00ffff",
    accent="#ffffff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1a1a1a",
    success="#00ff66",
    warning="#ffff00",
    error="#ff8080",
    dark=True,
    text_alpha=1.0,
    variables={
        "block-cursor-background": "#ffff00",
        "block-cursor-foreground": "#000000",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#5c5c00",
        "border": "#ffffff",
        "border-blurred": "#a0a0a0",
        "muted": "#d0d0d0",
    },
)

OWN = (DARK, LIGHT, CONTRAST)
BY_NAME = {theme.name: theme for theme in OWN}
NO_COLOR_THEME = "ansi-dark"


def choose(wanted: str | None, environ: Mapping[str, str]) -> str:
    """The theme to start with.

    ``NO_COLOR`` wins over a wish: any theme but an ANSI one still sends grey in 24 bits then
    (https://no-color.org, measured). A terminal of at most 16 colours gets its own palette too.
    """
    if environ.get("NO_COLOR"):
        return NO_COLOR_THEME
    if wanted is not None:
        return wanted
    term = environ.get("TERM", "")
    if not environ.get("COLORTERM") and term in {"linux", "vt100", "vt220", "ansi", "xterm-16color"}:
        return NO_COLOR_THEME
    return DARK.name
