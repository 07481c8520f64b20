"""Every key of the screen below, by the table that binds them."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from textual.app import ComposeResult
from textual.content import Content

from secingest_tui.actions import AREAS, GROUP_TITLES, Action, Tier, in_groups, key_name, keys_of
from secingest_tui.screens.base import Modal
from secingest_tui.text import join
from secingest_tui.widgets.crumbs import Crumbs
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.native import ScrollingText

_KEYS, _LABEL = 17, 15
_INDENT = 2 + _KEYS + _LABEL
_TIERS = {Tier.SAFE: "", Tier.CONFIRM: " (asks first)", Tier.TYPED: " (asks for the name first)"}
_FIELD = (
    ("enter", "the next field; in the last one, or in a list to choose from, what it is for"),
    ("←  →", "a character on; → at the end of a path takes the completion"),
    ("ctrl+←  ctrl+→", "a word on"),
    ("home  end", "to its beginning, to its end"),
    ("backspace  del", "remove a character"),
    ("ctrl+u", "remove everything before the cursor"),
    ("ctrl+x  ctrl+v", "cut what is selected (shift with the arrows selects), insert what was cut"),
)
"""A field's own keys, which stay: they are the same in every application of this kind."""


class HelpScreen(Modal[None]):
    """Scrolls; Esc leaves, the key that opened it, and q as in every program that shows a text."""

    CSS_PATH = "modal.tcss"
    CLOSED_BY = frozenset({"app.help", "app.quit"})

    def __init__(self, area: str, actions: Sequence[Action], *, fields: bool = False) -> None:
        """``fields``: there are text fields, which have keys of their own."""
        super().__init__()
        self._area, self._actions, self._fields = area, actions, fields

    @property
    def crumb(self) -> str:
        """The keys of the screen below."""
        return "Help"

    def compose(self) -> ComposeResult:
        yield Crumbs()
        with ScrollingText(id="scroll"):
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
        if self._fields:
            rows += [Content(""), join(("In a text field", "bold underline"))]
            rows += [self._line(keys, "", text) for keys, text in _FIELD]
        return Content("\n").join(rows)

    def _row(self, action: Action) -> Content:
        keys = "  ".join(key_name(key) for key in keys_of(action, self.ours.options.keymap))
        return self._line(keys, action.label, action.help + _TIERS[action.tier])

    def _line(self, keys: str, label: str, text: str) -> Content:
        room = max(20, self.app.size.width - _INDENT - 8)
        first, *more = wrap(text, room)
        head = join((f"  {keys:<{_KEYS}}", "bold $accent"), f"{label:<{_LABEL}}", (first, "$muted"))
        return Content("\n").join([head, *(join((" " * _INDENT + line, "$muted")) for line in more)])
