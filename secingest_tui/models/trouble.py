"""A failure as the screens show it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from secingest_tui.errors import SecingestError
from secingest_tui.redaction import redacted

_CHAIN = 8
"""Causes of causes that are told."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was tried, why it failed, what to do next."""

    what: str
    cause: str
    remedy: str
    field: str = ""
    details: tuple[tuple[str, str], ...] = ()
    """For whoever looks into it: names and values, without secrets."""

    @classmethod
    def of(cls, what: str, error: Exception) -> Trouble:
        """From any exception; one that is not meant for people is called a defect."""
        told = tuple(_details(error))
        if isinstance(error, SecingestError):
            remedy = error.hint or "Try again with r."
            return cls(what + " failed", error.message, remedy, error.field or "", told)
        return cls(
            what + " failed",
            redacted(f"{type(error).__name__}: {error}"),
            "This is a defect in secingest, not something you did. Your data was not changed by it.",
            details=told,
        )

    def as_text(self, *more: tuple[str, str]) -> str:
        """For the clipboard: without secrets, whatever others wrote into the cause."""
        lines = [self.what, f"Cause: {self.cause}", f"Next step: {self.remedy}"]
        lines += [f"{name}: {value}" for name, value in (*self.details, *more)]
        return redacted("\n".join(lines) + "\n")


def _details(error: BaseException) -> list[tuple[str, str]]:
    found = [("kind", type(error).__name__)]
    for name in ("status", "code", "field"):
        if value := getattr(error, name, None):
            found.append((name, redacted(str(value))))
    cause, depth = error.__cause__ or error.__context__, 0
    while cause is not None and depth < _CHAIN:
        found.append(("because of", redacted(f"{type(cause).__name__}: {cause}")))
        cause, depth = cause.__cause__ or cause.__context__, depth + 1
    if not isinstance(error, SecingestError):
        # Where, never with what: values of variables may be secrets.
        found += [
            ("at", f"{frame.name}, {_module(frame.filename)}:{frame.lineno}")
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return found


def _module(filename: str) -> str:
    """Without the folders of this machine."""
    return "/".join(filename.split("/")[-2:])
