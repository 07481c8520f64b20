"""A module of the contract that is loaded when the first of its models is asked for.

Every model is a class that pydantic builds, and a command or a first screen needs few of them: all of the
contract took a twentieth of a second.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Later:
    """Stands for the module ``name``. For threads: importlib.util.LazyLoader of 3.11 is not."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)
