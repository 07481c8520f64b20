"""How the terminal application was asked to start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

THEME_NAMES = ("secingest-dark", "secingest-light", "secingest-contrast", "ansi-dark", "ansi-light")


@dataclass(frozen=True, slots=True)
class Options:
    """The flags and settings that concern the screens alone."""

    theme: str | None = None
    """One of ``THEME_NAMES``; ``None`` chooses by the environment."""
    read_only: bool = False
    """Every action that changes something is shown dimmed and refused."""
    mouse: bool = True
    environment: str = ""
    """A word for the banner, such as ``production``; what the session's status says comes second."""
    keymap: Mapping[str, str] = field(default_factory=dict)
    """Action id to key, as in ``{"app.quit": "ctrl+y"}``."""
    profile: str = ""
    """The name of the profile; empty where there is only one."""
    kiosk: bool = False
    """The account is shut in: no settings to change."""
    start: str = "home"
    """The screen to open first, a name from ``actions.AREAS``."""
