"""Keyset paging: a cursor is where the last page ended, so that inserts never shift a page."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated

from fastapi import Query

from ..problems import ProblemError, invalid

MAX_LIMIT = 1000
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="items a page")]
Cursor = Annotated[str | None, Query(max_length=4096, description="`next` of the page before")]

# Where other parameters are long: the server refuses a request line of more than 64 KiB without an answer.
ShortCursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]


def encode_cursor(*position: str | int) -> str:
    """An opaque token; it holds nothing that its reader has not just been shown."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *shape: type) -> list[str | int] | None:
    """The position of `encode_cursor` if its parts have the types of `shape`. Raises ProblemError 422."""
    if cursor is None:
        return None
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise _bad() from None
    if not isinstance(position, list) or [type(part) for part in position] != list(shape):
        raise _bad()
    return position


def _bad() -> ProblemError:
    return invalid("cursor", "not a cursor of this list", "send `next` of the page before, unchanged")
