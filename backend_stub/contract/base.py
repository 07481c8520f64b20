"""Base classes of every model of the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


def to_utc(value: datetime) -> datetime:
    """The same instant in UTC, so that equal instants have equal JSON."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("this moment is outside the years 1 to 9999 in UTC") from None


# RFC 3339 with an offset; always stored and answered in UTC.
Timestamp = Annotated[AwareDatetime, AfterValidator(to_utc)]
Bytes = Annotated[int, Field(ge=0, le=2**63 - 1, description="a length in bytes")]


# Validators are built when a model is first used: a command uses few of them.
class Submission(BaseModel):
    """What a client sends: unknown fields are refused, and error texts never repeat the input."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        str_max_length=200_000,
        defer_build=True,
    )


class Answer(BaseModel):
    """What the server answers: clients ignore fields they do not know, so that servers may add some."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True)
