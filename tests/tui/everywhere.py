"""A session that puts a name of the corpus into every text it answers, or fails with one at every call."""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Callable
from typing import Any

from secingest_tui.errors import SecingestError
from secingest_tui.models.registering import Draft
from tests.tui.names import EVIL_NAMES

_NAMES = tuple(EVIL_NAMES.values())
_CLOSED = frozenset({"kind", "breaker", "ObjectRow.state", "FindingRow.mend"})
"""Fields, or those of one kind, whose texts are a closed set of our own, by which screens choose."""
_MARKED = re.compile("⟦.*?⟧", re.DOTALL)


class Everywhere:
    """Stands before a session or a service of it: what is asked for is stripped of what was put in before."""

    def __init__(self, inner: Any, left_alone: frozenset[str] = frozenset()) -> None:
        self._inner, self._left_alone = inner, left_alone

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if callable(found) and not type(found).__module__.startswith("tests."):
            if name in self._left_alone or name == "status":
                return lambda *given, **named: found(*map(self._plain, given), **named)
            return lambda *given, **named: self._evil(found(*map(self._plain, given), **named))
        if type(found).__module__.startswith("tests."):
            return Everywhere(found, self._left_alone)
        return found

    def _plain(self, value: Any) -> Any:
        if type(value) is str:
            return _MARKED.sub("", value)
        if callable(value) and not isinstance(value, type):
            tell: Callable[..., Any] = value
            return lambda *told: tell(*map(self._evil, told))
        return _mapped(value, self._plain)

    def _evil(self, value: Any) -> Any:
        if type(value) is str:
            # The same text always gets the same name: texts that are looked up by are still found.
            name = _NAMES[zlib.crc32(value.encode("utf-8", "surrogateescape")) % len(_NAMES)]
            return f"⟦{name}⟧{value}" if value else value
        if isinstance(value, Draft):  # its fields are named by the contract
            payload = {name: self._evil(item) for name, item in value.payload.items()}
            return Draft(self._evil(value.tenant), self._evil(value.backend), payload)
        return _mapped(value, self._evil)


class Failing(Everywhere):
    """Every call but those that open the application fails, in the worst words."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if type(found).__module__.startswith("tests."):
            return Failing(found)
        if name in {"status", "subscribe", "tasks", "close", "watch"} or not callable(found):
            return found

        def fail(*_given: Any, **_named: Any) -> Any:
            raise worst()

        return fail


REFUSED = frozenset(
    {
        "abort_upload", "act", "adopt", "begin", "cancel", "change", "change_all", "change_policy",
        "close_breaker", "connect", "create_key", "create_tenant", "delete_objects", "discard", "draft",
        "hold_snapshot", "pause_backend", "plan_ingest", "plan_restore", "register_payload",
        "request_copies", "save_setting", "start_drill", "start_erase", "start_flush", "start_ingest",
        "start_probe", "start_reconcile", "start_register", "start_repair", "start_report", "start_restore",
        "start_resume", "start_roll_back", "start_snapshot", "start_step", "start_verify", "unlock_key",
        "use_key",
    }
)  # fmt: skip
"""What a session does, not only reads."""


class Refusing(Everywhere):
    """Everything can be looked at, and whatever would be done fails in the worst words."""

    def __init__(self, inner: Any, left_alone: frozenset[str], refused: Callable[[str], None]) -> None:
        super().__init__(inner, left_alone)
        self._refused = refused

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if type(found).__module__.startswith("tests."):
            return Refusing(found, self._left_alone, self._refused)
        if name not in REFUSED - self._left_alone:
            return super().__getattr__(name)

        def fail(*_given: Any, **_named: Any) -> Any:
            self._refused(name)
            raise worst()

        return fail


def worst() -> SecingestError:
    """What was wrong, in every name there is."""
    return SecingestError("\n".join(_NAMES[:7]) + "".join(_NAMES[7:]), hint="".join(_NAMES))


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value`` with ``change`` done to whatever it holds."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = type(value).__name__
        every = [field.name for field in dataclasses.fields(value)]
        names = [name for name in every if not {name, f"{kind}.{name}"} & _CLOSED]
        fields = {name: change(getattr(value, name)) for name in names}
        return dataclasses.replace(value, **fields)
    if type(value) in (list, tuple):
        return type(value)(map(change, value))
    if type(value) is dict:
        return {change(key): change(item) for key, item in value.items()}
    return value
