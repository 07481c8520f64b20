"""The configuration as the settings screen and ``secingest config`` show it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a setting is written down in one line."""

    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes or no"
    CHOICE = "choice"
    LIST = "list"
    """Values separated by commas."""


@dataclass(frozen=True, slots=True)
class SettingView:
    """One setting. Its value and default are as they are typed; empty is "not set"."""

    name: str
    """Its place in the file, such as ``transfer.jobs``."""
    kind: Kind
    value: str
    default: str
    own: bool
    """Set in the file."""
    help: str = ""
    choices: tuple[str, ...] = ()
    elsewhere: str = ""
    """Where it is changed, if not here: a command, the file, another screen."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What writing the configuration did."""

    path: str
    comments_lost: bool = False
    """The file could not be changed line by line: it was written anew, and the former one kept beside it."""
