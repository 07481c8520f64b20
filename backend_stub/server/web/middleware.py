"""The outermost layer: request ids, limits, the log line, and an answer whatever happens."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from backend_stub.contract.problems import PROBLEM_JSON

from ..auth.sigv4 import parse_query
from ..logs import log, where
from ..problems import ProblemError, beyond
from .body import LimitedBody
from .metrics import RequestCounts
from .straight import StraightRoute

# Any other could be anything, for ever: labels of metrics must be few.
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# Ids only have to differ: the operating system is asked once for all of them.
_ids = random.Random()
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
MAX_TARGET_BYTES = 8 * 1024


class Outermost:
    """Wraps the application. Logs the route's template, not its path: a path holds object keys."""

    def __init__(
        self, app: FastAPI, counts: RequestCounts, straight: Mapping[tuple[str, str], StraightRoute]
    ) -> None:
        self._app = app
        self._counts = counts
        self._straight = straight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.monotonic()
        request_id = f"{_ids.getrandbits(64):016x}"
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def respond(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *_always(request_id)]}
            await send(message)

        fault = None
        try:
            _check_head(scope)
            route = self._straight.get((scope["method"], scope["path"]))
            if route is None or route.straight is None:
                await self._app(scope, LimitedBody(scope, receive), respond)
            else:
                scope["app"], scope["route"] = self._app, route
                answer = await route.straight(Request(scope, LimitedBody(scope, receive)))
                await answer(scope, receive, respond)
        except ProblemError as error:
            if not status:
                await _answer(error, scope, respond)
        except OperationalError as error:
            fault = where(error)
            if not status:
                await _answer(database_unavailable(), scope, respond)
        except Exception as error:  # noqa: BLE001 (the last place that can answer)
            fault = where(error)
            if not status:
                await _answer(internal_error(), scope, respond)
        seconds = time.monotonic() - started
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._counts.count(method, _template(scope), status, seconds)
        log(
            "request",
            "error" if status >= 500 or fault else "info",
            request_id=request_id,
            method=method,
            route=_template(scope),
            status=status,
            milliseconds=round(seconds * 1000, 1),
            fault=fault,
        )


def database_unavailable() -> ProblemError:
    detail = "The database does not answer. Send the request again: a repeat is harmless."
    return ProblemError(503, "database-unavailable", "Not available", detail, headers={"Retry-After": "1"})


def internal_error() -> ProblemError:
    return ProblemError(
        500, "internal", "Server error", "Something failed here. The request id is in the server's log."
    )


def _always(request_id: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"x-request-id", request_id.encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]


def _template(scope: MutableMapping[str, Any]) -> str:
    path = getattr(scope.get("route"), "path_format", None)
    return path if isinstance(path, str) else "(none)"


def _check_head(scope: Scope) -> None:
    headers = scope["headers"]
    if len(headers) > MAX_HEADERS or sum(len(n) + len(v) for n, v in headers) > MAX_HEADER_BYTES:
        message = f"at most {MAX_HEADERS} of them, 32 KiB together"
        fix = "leave out those that the server has no use for"
        raise beyond(431, "headers-too-large", "Headers too large", "(headers)", message, fix)
    query = scope["query_string"]
    if len(scope["raw_path"]) + len(query) > MAX_TARGET_BYTES:
        message, fix = "at most 8 KiB together", "shorten the path, or leave out what narrows least"
        raise beyond(414, "target-too-long", "URL too long", "(path and query)", message, fix)
    names = [name for name, _ in parse_query(query.decode("latin-1"))] if query else []
    if len(names) != len(set(names)):
        # A signature covers repeated names in sorted order, the application would read the last.
        twice = next(name for name in names if names.count(name) > 1)[:200]
        message, fix = "it is there more than once", "send every query parameter once"
        raise beyond(400, "repeated-parameter", "Not accepted", twice, message, fix)


async def _answer(error: ProblemError, scope: Scope, send: Send) -> None:
    problem = error.problem(scope["path"][:500], scope["state"]["request_id"])
    body = problem.model_dump_json(exclude_none=True).encode()
    extra = [(name.lower().encode(), value.encode()) for name, value in (error.headers or {}).items()]
    headers = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode()), *extra]
    await send({"type": "http.response.start", "status": error.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
