"""What the routers share: documented errors, small lists by key."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy import Column, Connection, RowMapping, Select
from starlette.responses import Response

from backend_stub.contract.problems import Problem

from ..problems import ProblemError
from ..services import Services
from ..web.paging import decode_cursor, encode_cursor
from ..web.straight import StraightRoute

_PROBLEMS = {
    400: "The request cannot be read.",
    401: "Not signed.",
    403: "Wrong signature, or not for this caller.",
    404: "Not there, or not yours.",
    405: "This path has other methods.",
    408: "The body came too slowly.",
    409: "It contradicts what is recorded.",
    413: "The body is too large.",
    414: "Path and query are too long.",
    422: "A field is not accepted; `errors` says which, why, and what to do.",
    429: "Too many requests: again after `Retry-After` seconds.",
    431: "The headers are too large.",
    503: "The database does not answer: again after `Retry-After` seconds.",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text} for status, text in _PROBLEMS.items()
}


MAX_STREAMS = 200


def check_streams(services: Services) -> None:
    """Raises ProblemError 503. Call it before the answer: a stream that has begun has its status."""
    if services.streams.active >= MAX_STREAMS:
        raise ProblemError(
            503, "too-many-streams", "Not available", "Too many event streams.", headers={"Retry-After": "5"}
        )


def guarded_router(tag: str, prefix: str = "") -> APIRouter:
    """A router whose every route authenticates first."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=StraightRoute, responses=PROBLEMS)


def page_by_key(
    connection: Connection, query: Select[Any], key: Column[Any], limit: int, cursor: str | None
) -> tuple[list[RowMapping], str | None]:
    """Rows in the order of a unique text column, and the cursor of the next page."""
    if (position := decode_cursor(cursor, str)) is not None:
        query = query.where(key > position[0])
    rows = connection.execute(query.order_by(key).limit(limit + 1)).mappings().all()
    page = list(rows[:limit])
    return page, encode_cursor(page[-1][key.name]) if len(rows) > limit else None


def created(response: Response, new: bool) -> None:
    """201 for what is new, 200 for what was there."""
    response.status_code = 201 if new else 200
