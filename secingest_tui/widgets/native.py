"""Buttons and scrolling texts whose keys a person's keymap changes, as it does those of lists."""

from __future__ import annotations

from typing import ClassVar

from textual import containers, widgets
from textual.binding import Binding, BindingType

from secingest_tui.actions import ACTIONS


def _keys(methods: dict[str, str]) -> list[BindingType]:
    return [
        Binding(ACTIONS[action].keys, method, ACTIONS[action].label, show=False, id=action)
        for action, method in methods.items()
    ]


class Button(widgets.Button, inherit_bindings=False):
    """Pressed by the key that opens a row."""

    BINDINGS: ClassVar[list[BindingType]] = _keys({"list.open": "press"})


class ScrollingText(containers.VerticalScroll, inherit_bindings=False):
    """Moved by the keys of a list."""

    BINDINGS: ClassVar[list[BindingType]] = _keys(
        {
            "move.up": "scroll_up", "move.down": "scroll_down", "move.page_up": "page_up",
            "move.page_down": "page_down", "move.first": "scroll_home", "move.last": "scroll_end",
        }
    )  # fmt: skip
