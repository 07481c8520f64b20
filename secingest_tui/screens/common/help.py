"""Every key of the screen below, by the table that binds them."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content

from secingest_tui.actions import AREAS, GROUP_TITLES, Action, Tier, in_groups, key_name, keys_of
from secingest_tui.screens.base import Modal
from secingest_tui.text import join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line

# Keys the focused widget binds itself; they are the same in every application of this kind.
_INDENT = 29
_TIERS = {Tier.SAFE: "", Tier.CONFIRM: " (asks first)", Tier.TYPED: " (asks for the name first)"}
_FIXED = (("→", "at the end of a path: take the completion"),)


class HelpScreen(Modal[None]):
    """Scrolls; Esc or ? leaves."""

    CSS_PATH = "modal.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, "act('app.back')", "back", show=False) for key in ("question_mark", "f1", "q")
    ]

    def __init__(self, area: str, actions: Sequence[Action]) -> None:
        super().__init__()
        self._area, self._actions = area, actions

    @property
    def crumb(self) -> str:
        """The keys of the screen below."""
        return "Help"

    def compose(self) -> ComposeResult:
        yield Crumbs()
        with VerticalScroll(id="scroll"):
            yield Line(self._text())
        yield KeyBar()

    def _text(self) -> Content:
        area = AREAS.get(self._area)
        rows: list[Content] = [join((area.purpose, "$muted")), Content("")] if area else []
        for group in dict.fromkeys(action.group for action in self._actions):
            rows.append(join((GROUP_TITLES[group], "bold underline")))
            rows += [self._row(action) for action in self._actions if action.group == group]
            rows.append(Content(""))
        rows.append(join((GROUP_TITLES["move"], "bold underline")))
        rows += [self._row(action) for action in in_groups(["move"])]
        rows += [join((f"  {keys:<12}", "bold $accent"), text) for keys, text in _FIXED]
        return Content("\n").join(rows)

    def _row(self, action: Action) -> Content:
        keys = "  ".join(key_name(key) for key in keys_of(action, self.ours.options.keymap))
        room = max(20, self.app.size.width - _INDENT - 8)
        first, *more = wrap(action.help + _TIERS[action.tier], room)
        head = join((f"  {keys:<12}", "bold $accent"), f"{action.label:<15}", (first, "$muted"))
        return Content("\n").join([head, *(join((" " * _INDENT + line, "$muted")) for line in more)])
