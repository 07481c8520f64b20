"""Bodies: no larger than the route's limit, no slower than a minute."""

from __future__ import annotations

import asyncio
import time

from starlette.types import Message, Receive, Scope

from ..problems import BODY, ProblemError, beyond

MIB = 1024 * 1024
BODY_LIMIT = 1 * MIB
BODY_LIMITS = {"/proxy/objects/batch": 32 * MIB, "/snapshots": 64 * MIB, "/snapshots/chunks": 8 * MIB}
BODY_SECONDS = 60
# A client that is still sending learns why it was refused only if its bytes are taken in. So far.
DISCARDED = 4 * MIB


class LimitedBody:
    """The ASGI `receive` of one request. Raises ProblemError 413 or 408 where it is awaited."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._limit = BODY_LIMITS.get(scope["path"], BODY_LIMIT)
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        self._declared = int(declared) if declared.isdigit() else 0
        self._deadline = time.monotonic() + BODY_SECONDS
        self._read = 0
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        if self._declared > self._limit + DISCARDED:
            raise self._too_large()
        message = await self._next()
        while self._read > self._limit:
            if self._complete or self._read > self._limit + DISCARDED:
                raise self._too_large()
            message = await self._next()
        return message

    async def _next(self) -> Message:
        try:
            # Not `wait_for`, which makes a task of what is mostly there already.
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                message = await self._receive()
        except TimeoutError:
            late, fix = f"it did not arrive in {BODY_SECONDS} seconds", "send it faster, or less at once"
            raise beyond(408, "body-too-slow", "Too slow", BODY, late, fix, _CLOSE) from None
        self._read += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        return message

    def _too_large(self) -> ProblemError:
        message = f"at most {self._limit // MIB} MiB here"
        fix = "send less at once: batches and chunks may be as many as you like"
        return beyond(413, "body-too-large", "Body too large", BODY, message, fix, _CLOSE)


# What is left of the body must not be taken for the next request.
_CLOSE = {"Connection": "close"}
