"""Errors of the API: raised anywhere, answered as RFC 9457 problem details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException

from backend_stub.contract.problems import FieldError, Problem

# The field of what concerns all of a body.
BODY = "(whole body)"
URN = "urn:secingest:problem:"


class ProblemError(HTTPException):
    """An error for the caller: `code` is stable and for programs, `detail` says what to do.

    Neither holds anything secret: the text goes into answers and its code into logs.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.code = code
        self.title = title
        self.errors = list(errors)

    def problem(self, instance: str | None = None, request_id: str | None = None) -> Problem:
        return Problem(
            type=URN + self.code,
            title=self.title,
            status=self.status_code,
            detail=self.detail,
            instance=instance,
            request_id=request_id,
            errors=self.errors,
        )


def not_found(what: str) -> ProblemError:
    """404. The same for what is not there and for what belongs to somebody else."""
    return ProblemError(404, "not-found", "Not found", f"There is no such {what} that you may see.")


def conflict(code: str, detail: str, errors: Sequence[FieldError] = ()) -> ProblemError:
    return ProblemError(409, code, "Conflict", detail, errors=errors)


def invalid(field: str, message: str, fix: str, code: str = "invalid") -> ProblemError:
    """422 for one field."""
    error = FieldError(field=field, message=message, fix=fix)
    return ProblemError(422, code, "Not accepted", f"{field}: {message}", errors=[error])


def beyond(
    status: int,
    code: str,
    title: str,
    field: str,
    message: str,
    fix: str,
    headers: Mapping[str, str] | None = None,
) -> ProblemError:
    """A request not read for what it is: too large, too slow, or malformed. Names the part and what to do."""
    error = FieldError(field=field, message=message, fix=fix)
    return ProblemError(status, code, title, f"{field}: {message}", errors=[error], headers=headers)


_FIXES = {
    "missing": "add this field",
    "extra_forbidden": "remove this field; /openapi.json lists the fields there are",
    "string_too_long": "shorten it",
    "string_too_short": "lengthen it",
    "json_invalid": "send valid JSON",
}


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """Pydantic's errors without any input value: where, what, and what to do."""
    found = []
    for error in errors:
        place = [str(part) for part in error["loc"] if part not in ("body", "query", "path")]
        message = str(error["msg"]).removeprefix("Value error, ")
        fix = _FIXES.get(str(error["type"]), "send a value as /openapi.json describes it")
        # A refused field's name is the caller's own text: cut, so that an answer stays small.
        found.append(FieldError(field=".".join(place)[:200] or BODY, message=message[:500], fix=fix))
    return found[:100]


def validation_problem(errors: Sequence[Mapping[str, Any]]) -> ProblemError:
    """422 naming every field at fault."""
    fields = field_errors(errors)
    detail = "; ".join(f"{error.field}: {error.message}" for error in fields[:3])
    return ProblemError(422, "invalid", "Not accepted", detail, errors=fields)


def refused_fields(error: ValidationError) -> ProblemError:
    """422 for what pydantic refused, without the input, which is not ours to repeat."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    return validation_problem([dict(one) for one in found])
