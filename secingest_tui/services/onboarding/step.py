"""What a step of the checklist is. A tick comes from its check alone, which asks provider and server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from secingest_tui.errors import SecingestError

if TYPE_CHECKING:
    from secingest_tui.services.onboarding.context import Context

Facts = tuple[tuple[str, str], ...]


class StepState(StrEnum):
    """``open``: not done yet; ``waits``: for somebody else; ``failed``: done once, and does not hold now."""

    DONE = "done"
    OPEN = "open"
    WAITS = "waits"
    FAILED = "failed"
    NOT_NEEDED = "not needed"

    @property
    def settled(self) -> bool:
        return self in {StepState.DONE, StepState.NOT_NEEDED}


class NotYet(SecingestError):
    """The check found nothing wrong, only nothing there yet."""


class Waits(SecingestError):
    """Somebody else has to do something first; the message says who and what."""


class NotNeeded(SecingestError):
    """The plan does not ask for it."""


@dataclass(frozen=True, slots=True)
class Step:
    """``do`` does it, for real; ``check`` answers facts as they are now, or raises why it is not so."""

    id: str
    title: str
    why: str
    do: Callable[[Context], None]
    check: Callable[[Context], Facts]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check came to."""

    step: Step
    state: StepState
    facts: Facts = ()
    problem: str = ""
    remedy: str = ""


def checked(step: Step, context: Context) -> Checked:
    """Ask now. Never raises for what the provider or the server say."""
    try:
        return Checked(step, StepState.DONE, step.check(context))
    except NotNeeded as why:
        return Checked(step, StepState.NOT_NEEDED, problem=why.message)
    except NotYet as why:
        return Checked(step, StepState.OPEN, problem=why.message, remedy=why.hint or "")
    except Waits as why:
        return Checked(step, StepState.WAITS, problem=why.message, remedy=why.hint or "")
    except SecingestError as error:
        return Checked(step, StepState.FAILED, problem=error.message, remedy=error.hint or "")
