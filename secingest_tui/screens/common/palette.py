"""Every action and every object by its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on
from textual.content import Content

from secingest_tui.actions import AREAS, Action, areas_of, in_groups, key_name, keys_of
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.text import join, when
from secingest_tui.widgets.field import Field

if TYPE_CHECKING:
    from secingest_tui.app import SecingestApp

_UNLISTED = {"app.palette", "app.back"}
FOUND = 30
LEAST_TYPED = 2


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the palette: which list of which screen it belongs to."""

    area: str
    view: str
    key: str
    """Of its row."""
    item: Any = None
    """Itself, where the list may be too long to have it on its first page."""


def action_choices(
    app: SecingestApp, here: Sequence[Action], gate: Callable[[Action], bool | None]
) -> list[Choice]:
    """The actions of this screen, then those of the others of this role, each under its screen's name."""
    choices = []
    for action in here:
        state = gate(action)
        if state is not False and action.id not in _UNLISTED:
            label = "go to " + action.label if action.id[4:] in AREAS else action.label
            choices.append(Choice(action.id, label, _note(app, action), enabled=state is True))
    listed = {action.id for action in here}
    for area in areas_of(app.role):
        for action in in_groups([area]):
            if action.id in listed or action.native or action.like or app.role not in action.roles:
                continue
            refused = app.options.read_only and action.changes
            label = f"{AREAS[area].title}: {action.label}"
            choices.append(Choice(action.id, label, _note(app, action), enabled=not refused))
    return choices


def _note(app: SecingestApp, action: Action) -> str:
    return f"{key_name(keys_of(action, app.options.keymap)[0]):<8}{action.help}"


class PaletteScreen(PickScreen):
    """Actions at once; tenants, keys, stores and snapshots as soon as they are read; objects as you type."""

    CLOSED_BY = frozenset({"app.palette"})

    def __init__(self, choices: Sequence[Choice]) -> None:
        super().__init__("Commands and objects", choices)
        self.things: dict[str, Thing] = {}
        self._trouble: Trouble | None = None
        self._actions = tuple(choices)
        self._listed: list[Choice] = []
        self._objects: list[Choice] = []

    def on_mount(self) -> None:
        super().on_mount()
        session, role = self.ours.session, self.ours.role
        areas = areas_of(role)
        readers: dict[str, tuple[str, str, Callable[[], Sequence[Any]], Callable[[Any], tuple[str, str]]]] = {
            "tenant": ("provisioning", "tenants", session.tenants,
                       lambda item: (item.id, item.residency or "")),
            "key": ("provisioning", "keys", session.keys, lambda item: (item.key_id, item.kind)),
            "store": ("discovery", "backends", session.backends, lambda item: (item.id, item.country or "")),
            "snapshot": ("snapshots", "snapshots", session.snapshots,
                         lambda item: (item.id, f"{item.backend} {when(item.taken_at, short=True)}")),
        }  # fmt: skip
        for kind, (area, view, read, name) in readers.items():
            if area in areas:
                self._read(kind, area, view, read, name)

    def _read(
        self,
        kind: str,
        area: str,
        view: str,
        read: Callable[[], Sequence[Any]],
        name: Callable[[Any], tuple[str, str]],
    ) -> None:
        def arrived(items: Sequence[Any]) -> None:
            for item in items:
                label, note = name(item)
                self._listed.append(self._choice(kind, label, note, Thing(area, view, label)))
            self._refresh()

        self.fetch(f"Reading the {kind}s", read, arrived, self._failed, group="palette-" + kind)

    def _choice(self, kind: str, label: str, note: str, thing: Thing) -> Choice:
        value = f"\x00{kind}\x00{label}\x00{note}"
        self.things[value] = thing
        return Choice(value, f"{kind} {label}", note)

    def _failed(self, trouble: Trouble) -> None:
        self._trouble = trouble
        self.ours.remember(trouble)
        self._refresh()

    def _hint(self, wanted: str) -> Content:
        hint = super()._hint(wanted)
        if self._trouble is None:
            return hint
        missing = join(("▲ ", "bold $warning"), self._trouble.what + ": ", (self._trouble.cause, "$muted"))
        return Content("\n").join([missing, hint])

    def _refresh(self) -> None:
        self._choices = (*self._actions, *self._listed, *self._objects)
        self._draw(self.query_one("#wanted", Field).value)

    @on(Field.Changed, "#wanted")
    def handle_search(self, event: Field.Changed) -> None:
        """Look for objects whose key begins with what is typed."""
        typed = event.value.removeprefix("object ").strip()
        if len(typed) < LEAST_TYPED or "metadata" not in areas_of(self.ours.role):
            return
        session = self.ours.session

        def arrived(rows: Sequence[Any]) -> None:
            self._objects = [
                self._choice("object", row.key, row.version, Thing("metadata", "objects", row.key, row))
                for row in rows
            ]
            self._refresh()

        self.fetch(
            "Looking for objects", lambda: session.objects(None, typed, None, FOUND).rows, arrived,
            self._failed,
            group="palette-objects",
        )  # fmt: skip
