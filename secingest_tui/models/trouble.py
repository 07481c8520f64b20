"""A failure as the screens show it."""

from __future__ import annotations

from dataclasses import dataclass

from secingest_tui.errors import SecingestError


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was tried, why it failed, what to do next."""

    what: str
    cause: str
    remedy: str
    field: str = ""

    @classmethod
    def of(cls, what: str, error: Exception) -> Trouble:
        """From any exception; one that is not meant for people is called a defect."""
        if isinstance(error, SecingestError):
            return cls(what + " failed", error.message, error.hint or "Try again with r.", error.field or "")
        return cls(
            what + " failed",
            f"{type(error).__name__}: {error}",
            "This is a defect in secingest, not something you did. Your data was not changed by it.",
        )

    def as_text(self) -> str:
        """For the clipboard."""
        return f"{self.what}\nCause: {self.cause}\nNext step: {self.remedy}\n"
