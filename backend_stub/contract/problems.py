"""Errors: RFC 9457 problem details, with the fields at fault and what to do about each."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from .base import Answer

PROBLEM_JSON: Final = "application/problem+json"


class FieldError(Answer):
    """One field at fault. `field` is a dotted path into the body or a parameter's name."""

    field: str
    message: str
    fix: str


class Problem(Answer):
    """RFC 9457 section 3.1, extended by `errors` and `request_id` (section 3.2).

    `type` is `urn:secingest:problem:<code>`; the code is stable and meant for programs.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    request_id: str | None = None
    errors: list[FieldError] = Field(default_factory=list)
