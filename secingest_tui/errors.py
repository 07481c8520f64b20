"""Errors meant for a person: what happened, and what to do next."""

from __future__ import annotations


class SecingestError(Exception):
    """A failure with a cause and a next step, both safe to show and to log.

    ``message`` names what failed and why; ``hint`` is the next step, one sentence;
    ``field`` names the input that has to change, where one has to. None of them ever
    holds a secret. ``exit_code`` is what the command line ends with.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field


class UsageError(SecingestError):
    """The request itself is wrong: nothing was started."""

    exit_code = 2


class Cancelled(SecingestError):
    """The person asked to stop, and the work has stopped."""

    exit_code = 130


class ClosedError(SecingestError):
    """Work that came late: the session it belongs to has been closed."""
