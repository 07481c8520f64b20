"""The one table of everything a key can do. Bindings, key bar, help, palette and keymap read it.

No key here is taken by tmux, screen, a browser's window or flow control, or is an alias of Tab, Enter,
Backspace or Esc.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from secingest_tui.models.session import Role

EVERYBODY = frozenset(Role)
WORKERS = frozenset({Role.OPERATOR, Role.TENANT})
OPERATORS = frozenset({Role.OPERATOR})

RESERVED_KEYS: dict[str, str] = {
    **dict.fromkeys((f"ctrl+{letter}" for letter in "abdhijklmqsz"), "is taken by terminals or multiplexers"),
    **dict.fromkeys(
        ("ctrl+n", "ctrl+t", "ctrl+w", "f11", "ctrl+tab", "ctrl+shift+tab", "ctrl+pageup", "ctrl+pagedown"),
        "is taken by browsers for their windows",
    ),
    **dict.fromkeys(("shift+pageup", "shift+pagedown"), "is taken by terminals: it scrolls back"),
    **dict.fromkeys(
        ("ctrl+space", "ctrl+@", "ctrl+left_square_bracket", "ctrl+backslash", "shift+enter", "ctrl+enter"),
        "is not sent by many terminals, or means another key there",
    ),
    "ctrl+c": "leaves, in every program",
}
"""Keys that nothing can be given, and why: multiplexer prefixes, signals, XON/XOFF, aliases, pane movement,
what browsers and terminals keep for their windows: new, closed, the next one, the full screen, scrolling."""


class Tier(StrEnum):
    """How hard it is to do by accident."""

    SAFE = "safe"
    CONFIRM = "confirm"
    TYPED = "type-the-name"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. ``keys`` are Textual key names separated by commas, the shown one first."""

    id: str
    keys: str
    label: str
    group: str
    help: str
    tier: Tier = Tier.SAFE
    roles: frozenset[Role] = EVERYBODY
    changes: bool = False
    """Refused in read-only mode."""
    shown: bool = True
    """In the key bar; help and palette always have it."""
    native: bool = False
    """The focused widget binds the key itself, so it holds wherever there is one."""
    like: str = ""
    """Has the key of this other action, always."""
    typing: bool = False
    """Holds where every printable key is typed into a field, so it can't have one."""

    @property
    def method(self) -> str:
        """The name of the method that does it."""
        return "do_" + self.id.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Area:
    """One of the main screens."""

    id: str
    number: str
    title: str
    purpose: str


AREAS: dict[str, Area] = {
    area.id: area
    for area in (
        Area("home", "0", "Home", "Is everything all right, and what needs you"),
        Area("discovery", "1", "Discovery", "Which object stores there are, and what is known about them"),
        Area("provisioning", "2", "Provisioning", "Tenants, their credentials, and keys"),
        Area("upload", "3", "Upload", "Encrypt files here, upload them, register them"),
        Area("metadata", "4", "Metadata", "What has been recorded, receipts, and restoring"),
        Area("replication", "5", "Replication", "Copies on their way to other object stores"),
        Area("snapshots", "6", "Snapshots", "What lay at an object store at one moment"),
    )
}

DAY: dict[Role, tuple[str, ...]] = {
    Role.OPERATOR: tuple(AREAS),
    Role.TENANT: ("home", "upload", "metadata", "replication", "snapshots", "provisioning", "discovery"),
    Role.AUDITOR: ("home", "metadata", "snapshots", "replication", "discovery"),
}
"""The screens of a role in the order of its day. A screen's number is the same for everybody."""


def areas_of(role: Role) -> tuple[str, ...]:
    """The ids of the screens this role can use, in the order of its day."""
    return DAY[role]


GROUP_TITLES = {
    "app": "Everywhere",
    "start": "Starting",
    "outbox": "Outbox",
    "settings": "Settings",
    "keys": "Keys",
    "unfinished": "Unfinished uploads",
    "list": "Lists",
    "filter": "Every list",
    "facts": "Details",
    "task": "Tasks",
    "onboarding": "Onboarding",
    "browse": "Choosing a file",
    "pick": "Choosing from a list",
    "objects": "Objects",
    **{area.id: area.title for area in AREAS.values()},
    "move": "Moving about",
}

TOGETHER: tuple[tuple[str, ...], ...] = (
    ("home", "filter"), ("discovery", "list", "filter"), ("provisioning", "list", "filter"), ("upload",),
    ("metadata", "objects", "list", "filter"), ("replication", "list", "filter"),
    ("snapshots", "list", "filter"),
    ("task", "facts", "metadata"), ("task", "filter"), ("outbox", "filter"), ("unfinished", "filter"),
    ("onboarding", "filter"), ("browse", "filter"), ("settings", "filter"), ("keys", "filter"),
    ("facts",), ("pick",), ("start",),
)  # fmt: skip
"""The groups that hold on one screen, where a key can do only one thing. ``app`` holds on each of them."""


def _go(area: Area) -> Action:
    keys = f"{area.number},f{int(area.number) + 1}" if area.number != "0" else "0,f10"
    roles = frozenset(role for role, areas in DAY.items() if area.id in areas)
    return Action(f"app.{area.id}", keys, area.title, "app", area.purpose, roles=roles, shown=False)


_TABLE: tuple[Action, ...] = (
    *(_go(area) for area in AREAS.values()),
    Action("app.tasks", "t", "tasks", "app", "All long work of this session: how far it is; stops it"),
    Action("app.palette", ":,ctrl+p", "commands", "app", "Find and run any action by its name"),
    Action("app.jump", "ctrl+o", "jump", "app", "Letters beside every field and row: type one", shown=False),
    Action("app.keys", "K", "keys", "app", "Every key of the application, and how to change it", shown=False),
    Action("app.settings", "comma", "settings", "app", "Every setting, and changing it", shown=False),
    Action("app.help", "?,f1", "help", "app", "Every key of the screen you are on"),
    Action("app.back", "escape", "back", "app", "Leave the field, the filter or the top screen", shown=False),
    Action("app.details", "ctrl+g", "error details", "app",
           "The last error in full, to be copied without secrets", shown=False),
    Action("app.quit", "q", "quit", "app", "Leave; asks if something runs or was typed that would be lost"),
    Action("app.interrupt", "ctrl+c", "quit", "app", "As quit, in a field too; copies text that is selected",
           shown=False),
    Action("start.again", "r", "try again", "start", "Start again, after it failed"),
    Action("list.open", "enter", "open", "list", "Show everything about the row", native=True),
    Action("list.filter", "/", "filter", "filter", "Keep only the rows that contain what you type"),
    Action("list.next_view", "l", "next list", "list", "Show the next list of this screen"),
    Action("list.refresh", "r", "refresh", "list", "Ask again now"),
    Action("list.next_page", ">", "next page", "list", "The rows after these", shown=False),
    Action("list.previous_page", "<", "previous page", "list", "The rows before these", shown=False),
    Action("facts.copy", "c", "copy", "facts", "Send the value to the terminal's clipboard (OSC 52)"),
    Action("facts.copy_all", "y", "copy all", "facts", "Send the whole record to the terminal's clipboard"),
    Action("facts.full", "v", "full value", "facts", "Show the value alone, wrapped, to select by hand"),
    Action("facts.reveal", "x", "reveal", "facts", "Show or mask secrets"),
    Action("home.open", "enter", "go there", "home", "Go to what looks after the row", like="list.open"),
    Action("home.flush", "f", "register now", "home", "Register every upload that waits in the outbox",
           roles=WORKERS, changes=True),
    Action("home.outbox", "o", "outbox", "home", "What waits to be registered, and why", roles=WORKERS),
    Action("home.refresh", "r", "refresh", "home", "Ask everything again now"),
    Action("settings.change", "enter", "change", "settings", "Give it another value", like="list.open"),
    Action("settings.default", "d", "default", "settings", "Take it out of the file: its default holds"),
    Action("keys.change", "enter", "another key", "keys", "Press another key for it", like="list.open"),
    Action("keys.default", "d", "its own key", "keys", "Give the action its own key back"),
    Action("outbox.open", "enter", "why", "outbox", "Why it waits, in full", like="list.open"),
    Action("outbox.flush", "f", "register now", "outbox", "Register everything that waits",
           roles=WORKERS, changes=True),
    Action("outbox.discard", "d", "discard", "outbox",
           "Forget the registration; the object stays at the provider, unregistered",
           tier=Tier.CONFIRM, roles=WORKERS, changes=True),
    Action("discovery.probe", "p", "probe", "discovery", "Find out what the backend really does",
           roles=WORKERS, changes=True),
    Action("discovery.buckets", "b", "buckets", "discovery", "What lies at the backend now",
           roles=WORKERS),
    Action("discovery.versions", "v", "versions", "discovery", "Count and list older versions too, or not",
           roles=WORKERS),
    Action("discovery.snapshot", "n", "snapshot", "discovery", "Record what lies at this backend now",
           roles=WORKERS, changes=True),
    Action("discovery.narrow", "f", "narrow", "discovery", "By country, law, certificate, feature"),
    Action("discovery.sort", "s", "sort", "discovery", "Put the providers into another order"),
    Action("discovery.compare", "c", "compare", "discovery", "Lay providers side by side, with every source"),
    Action(
        "provisioning.new_tenant", "n", "new tenant", "provisioning", "Register a tenant and its credential",
        roles=OPERATORS, changes=True,
    ),
    Action(
        "provisioning.new_key", "k", "new key", "provisioning", "Make a key pair to encrypt for",
        roles=WORKERS, changes=True,
    ),
    Action(
        "provisioning.onboard", "o", "onboard", "provisioning",
        "A new tenant step by step, each step done for real and checked", roles=OPERATORS, changes=True,
    ),
    Action(
        "provisioning.mint", "m", "mint", "provisioning", "Make a user with a key for the tenant",
        roles=OPERATORS, changes=True,
    ),
    Action(
        "provisioning.rotate", "a", "rotate", "provisioning",
        "Make a new key; the old one stays valid until it is revoked", roles=OPERATORS, changes=True,
    ),
    Action(
        "provisioning.revoke", "v", "revoke", "provisioning", "Make an older key invalid at once",
        roles=OPERATORS, changes=True,
    ),
    Action(
        "provisioning.suspend", "s", "suspend", "provisioning",
        "Refuse the user everything, or take that back; nothing is lost", roles=OPERATORS, changes=True,
    ),
    Action(
        "provisioning.quota", "u", "quota", "provisioning", "Limit what the user may store",
        roles=OPERATORS, changes=True,
    ),
    Action(
        "provisioning.remove", "x", "remove", "provisioning", "Remove the user and its keys, never its data",
        roles=OPERATORS, changes=True,
    ),
    Action(
        "provisioning.connect", "w", "connect", "provisioning", "Say how users are made at a backend",
        roles=OPERATORS, changes=True,
    ),
    Action("pick.next", "down", "next", "pick", "The choice below", typing=True),
    Action("pick.previous", "up", "previous", "pick", "The choice above", typing=True),
    Action("pick.further", "pagedown", "further", "pick", "Ten choices down", typing=True),
    Action("pick.nearer", "pageup", "nearer", "pick", "Ten choices up", typing=True),
    Action("pick.mark", "tab", "mark", "pick", "Mark it, where several can be taken", typing=True),
    Action("browse.up", "backspace,left", "up", "browse", "The folder above"),
    Action("browse.into", "right", "into", "browse", "Into the folder under the cursor", shown=False),
    Action("browse.whole", "w,f9", "whole folder", "browse",
           "Take the folder under the cursor, or the one that is open"),
    Action(
        "onboarding.next", "a", "go on", "onboarding", "Do every step that is not done yet, in order",
        roles=OPERATORS, changes=True,
    ),
    Action(
        "onboarding.do", "e", "do it", "onboarding", "Do the step under the cursor (again), and check it",
        roles=OPERATORS, changes=True,
    ),
    Action("onboarding.open", "enter", "details", "onboarding", "What its check found", like="list.open"),
    Action("onboarding.check", "r", "check all", "onboarding", "Ask provider and server again, every step"),
    Action(
        "onboarding.report", "p", "report", "onboarding", "Write the report and show it", roles=OPERATORS
    ),
    Action(
        "onboarding.roll_back", "b", "roll back", "onboarding",
        "Take back users, keys and credential; never data", tier=Tier.TYPED, roles=OPERATORS, changes=True,
    ),
    Action("upload.browse", "f8", "browse", "upload", "Choose a file or a folder from a list", roles=WORKERS),
    Action(
        "upload.plan", "f9", "check", "upload", "See what would happen; nothing is sent yet", roles=WORKERS
    ),
    Action("upload.unfinished", "f12", "unfinished", "upload",
           "Uploads that were interrupted: go on with them, or remove them", roles=WORKERS),
    Action(
        "upload.clear", "n", "new upload", "upload", "Start over, empty", roles=WORKERS, shown=False
    ),
    Action("unfinished.open", "enter", "details", "unfinished", "Which file, and what of it was sent",
           like="list.open"),
    Action("unfinished.resume", "e", "resume", "unfinished", "Go on at the first missing part",
           roles=WORKERS, changes=True),
    Action("unfinished.abort", "x", "abort", "unfinished", "Remove what was sent, at the provider and here",
           tier=Tier.CONFIRM, roles=WORKERS, changes=True),
    Action("metadata.tenant", "f", "tenant", "metadata", "Show the objects of one tenant"),
    Action(
        "metadata.restore", "o", "restore", "metadata", "Fetch, verify and decrypt the object into a file",
        roles=WORKERS, changes=True,
    ),
    Action("objects.narrow", "w", "narrow", "objects", "By prefix, residency, object store, key and state"),
    Action("objects.buckets", "u", "buckets", "objects",
           "Show copies that lie in another bucket than the rule gives", shown=False),
    Action("objects.register", "n", "register", "objects",
           "Register an object that other software uploaded", roles=WORKERS, changes=True),
    Action("objects.batch", "b", "register many", "objects",
           "Register every line of a .jsonl or .csv file", roles=WORKERS, changes=True, shown=False),
    Action("objects.mark", "space", "mark", "objects", "Mark the row: actions are for the marked ones"),
    Action("objects.mark_all", "a", "mark all", "objects", "Mark every row of this page, or none",
           shown=False),
    Action("objects.copy_to", "p", "copy to", "objects", "Ask for a copy at a further object store",
           roles=WORKERS, changes=True),
    Action("objects.policy", "y", "policy", "objects", "Narrow the residency, or change the number of copies",
           roles=WORKERS, changes=True, shown=False),
    Action("objects.delete", "d", "delete", "objects",
           "Mark it as deleted (a tombstone); the ciphertext stays at the provider",
           tier=Tier.CONFIRM, roles=WORKERS, changes=True),
    Action("objects.erase", "e", "erase", "objects",
           "Remove it at every provider, for good, and leave a signed proof",
           tier=Tier.TYPED, roles=WORKERS, changes=True),
    Action("replication.state", "f", "state", "replication", "Show the jobs of one state"),
    Action("replication.sort", "s", "sort", "replication", "Choose the order of the jobs", shown=False),
    Action("replication.mark", "space", "mark", "replication", "Mark it: keys then act on all marked jobs"),
    Action(
        "replication.retry", "e", "retry", "replication", "Let the job run again now",
        roles=WORKERS, changes=True,
    ),
    Action(
        "replication.cancel", "x", "cancel job", "replication", "Stop the job; copies that exist stay",
        tier=Tier.CONFIRM, roles=WORKERS, changes=True,
    ),
    Action("replication.pause", "p", "pause", "replication", "Keep the job, or the backend, from the workers",
           roles=WORKERS, changes=True),
    Action("replication.resume", "u", "resume", "replication", "Let a paused job or backend go on",
           roles=WORKERS, changes=True, shown=False),
    Action("replication.retry_all", "E", "retry all", "replication", "Retry every listed job, on all pages",
           tier=Tier.CONFIRM, roles=WORKERS, changes=True, shown=False),
    Action("replication.cancel_all", "X", "cancel all", "replication",
           "Cancel every listed job, on all pages; copies that exist stay",
           tier=Tier.CONFIRM, roles=WORKERS, changes=True, shown=False),
    Action("replication.pause_all", "P", "pause all", "replication", "Pause every listed job, on all pages",
           tier=Tier.CONFIRM, roles=WORKERS, changes=True, shown=False),
    Action("replication.resume_all", "U", "resume all", "replication",
           "Resume every listed job, on all pages",
           tier=Tier.CONFIRM, roles=WORKERS, changes=True, shown=False),
    Action("replication.reconcile", "m", "policy", "replication", "Make the jobs that the policy asks for",
           roles=WORKERS, changes=True, shown=False),
    Action("replication.close_breaker", "k", "try again", "replication",
           "Close the backend's circuit breaker and try it now", roles=OPERATORS, changes=True, shown=False),
    Action("snapshots.mend", "e", "do next", "snapshots",
           "Do what comes next about a finding: register, copy, repair, restore drill",
           roles=WORKERS, changes=True),
    Action(
        "snapshots.take", "n", "take one", "snapshots", "List what lies at an object store now and record it",
        roles=WORKERS, changes=True,
    ),
    Action("snapshots.stop", "x", "stop", "snapshots", "Stop what this screen began; it says what is kept",
           roles=WORKERS, shown=False),
    Action("snapshots.find", "s", "search", "snapshots", "Find keys in the whole snapshot"),
    Action("snapshots.compare", "d", "compare", "snapshots", "What differs from another snapshot"),
    Action("snapshots.reconcile", "g", "check", "snapshots",
           "Hold the snapshot against what is registered, with a next step for each finding"),
    Action("snapshots.verify", "v", "verify", "snapshots",
           "Read every byte and compare it with the audit chain", shown=False),
    Action("snapshots.report", "p", "report", "snapshots",
           "Write an audit report that anybody can verify offline", shown=False),
    Action(
        "snapshots.hold", "h", "hold", "snapshots", "Legal hold: the snapshot is neither deleted nor expired",
        roles=WORKERS, changes=True, shown=False,
    ),
    Action(
        "task.cancel", "x", "cancel", "task", "Stop it; what is complete stays complete",
        tier=Tier.CONFIRM, roles=WORKERS,
    ),
    Action("task.log", "l", "log", "task", "What happened and when, line by line"),
    Action("move.up", "up", "up", "move", "The row above", native=True),
    Action("move.down", "down", "down", "move", "The row below", native=True),
    Action("move.page_up", "pageup", "page up", "move", "A page of rows up", native=True),
    Action("move.page_down", "pagedown", "page down", "move", "A page of rows down", native=True),
    Action("move.first", "home,ctrl+home", "first row", "move", "The first row of the list", native=True),
    Action("move.last", "end,ctrl+end", "last row", "move", "The last row of the list", native=True),
    Action("move.next", "tab", "next field", "move", "The next field or part", native=True),
    Action("move.previous", "shift+tab", "field before", "move", "The field or part before", native=True),
    Action("task.receipt", "enter", "result", "task", "The receipt, or what went wrong", like="list.open"),
)  # fmt: skip

ACTIONS: dict[str, Action] = {action.id: action for action in _TABLE}

_NAMES = {
    "escape": "esc", "question_mark": "?", "colon": ":", "slash": "/", "comma": ",",
    "less_than_sign": "<", "greater_than_sign": ">",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "pgup", "pagedown": "pgdn",
}  # fmt: skip
_OWN_NAMES = {"space", "slash", "backslash", "at", "minus", "plus", "underscore"}
"""Characters that Textual calls otherwise than Unicode does."""


def in_groups(groups: Iterable[str]) -> Iterator[Action]:
    """The actions of these groups, group by group, in the table's order."""
    for group in groups:
        yield from (action for action in _TABLE if action.group == group)


def keys_of(action: Action, keymap: Mapping[str, str]) -> tuple[str, ...]:
    """The keys that run an action, the user's where they chose some."""
    return tuple(keymap.get(action.like or action.id, action.keys).split(","))


def key_name(key: str) -> str:
    """A key as it is printed: ``F8``, ``esc``, ``?``."""
    if key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _NAMES.get(key, key)


def is_typed(key: str) -> bool:
    """Whether a text field takes the key as a character."""
    if len(key) == 1 or key in _OWN_NAMES:
        return True
    try:
        return unicodedata.lookup(key.replace("_", " ")).isprintable()
    except KeyError:
        return False


def _meet(one: Action, other: Action) -> bool:
    """Whether both hold on some screen."""
    if {one.group, other.group} == {"pick", "move"}:
        return False  # a list to choose from is moved in from the field above it, by keys of its own
    if one.native or other.native:
        return True
    if "app" in {one.group, other.group}:
        return True
    return any(one.group in groups and other.group in groups for groups in TOGETHER)


def keymap_problems(keymap: Mapping[str, str]) -> list[str]:
    """Everything wrong with a user's keymap: unknown actions, reserved keys, clashes."""
    problems: list[str] = []
    for name in keymap:
        action = ACTIONS.get(name)
        if action is None:
            problems.append(f"keymap: there is no action {name!r}")
            continue
        if action.like:
            problems.append(f"keymap: {name!r} has the key of {action.like!r}: change that one")
            continue
        for key in keys_of(action, keymap):
            if key in RESERVED_KEYS:
                problems.append(f"keymap: {key!r} for {name!r} {RESERVED_KEYS[key]}")
            if action.typing and is_typed(key):
                problems.append(f"keymap: {key!r} for {name!r} would be typed into the field there")
            problems += [
                f"keymap: {key!r} is both {other.id!r} and {name!r}"
                for other in _TABLE
                if other.id != name and not other.like and key in keys_of(other, keymap)
                and _meet(action, other) and (other.id not in keymap or other.id < name)
            ]  # fmt: skip
    return problems
