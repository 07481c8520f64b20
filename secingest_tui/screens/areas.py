"""The main screens: made when they are first opened, reached by the actions ``app.AREA``."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from textual.screen import Screen

from secingest_tui.actions import AREAS
from secingest_tui.screens.base import Acting, AreaScreen


def factory(area: str) -> Callable[[], Screen[Any]]:
    """Imports the screen when it is first opened: the first frame comes sooner over SSH."""

    def make() -> Screen[Any]:
        module = import_module(f"secingest_tui.screens.{area}.screen")
        screen = getattr(module, area.capitalize() + "Screen")()
        assert isinstance(screen, AreaScreen)
        return screen

    return make


FACTORIES: dict[str, Callable[[], Screen[Any]]] = {area: factory(area) for area in AREAS}


class GoesToAreas(Acting):
    """The actions that open a main screen."""

    def go(self, area: str) -> None:
        """Open it."""
        raise NotImplementedError

    def do_home(self) -> None:
        """Go there."""
        self.go("home")

    def do_discovery(self) -> None:
        """Go there."""
        self.go("discovery")

    def do_provisioning(self) -> None:
        """Go there."""
        self.go("provisioning")

    def do_upload(self) -> None:
        """Go there."""
        self.go("upload")

    def do_metadata(self) -> None:
        """Go there."""
        self.go("metadata")

    def do_replication(self) -> None:
        """Go there."""
        self.go("replication")

    def do_snapshots(self) -> None:
        """Go there."""
        self.go("snapshots")
