"""A signed change that is sent again gets the answer it had: nothing is done twice.

A signature is over method, path, query, body, every x-amz-* header and the second, so it names one request;
a client that means two sends `x-amz-meta-request-id` with another value. Registrations, tombstones, public
keys and proofs need none of this: they are compared with what is recorded.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ..auth.principal import Principal
from ..logs import log, where
from ..services import Services
from ..store.database import database_now
from ..store.schema import answers

# A signature is accepted for five minutes before and after its time.
KEPT_SECONDS = 15 * 60
HEADER = "x-repeated"
_SECOND = 1_000_000
_CHANGES = frozenset(("POST", "PUT", "PATCH", "DELETE"))
# By POST, each of these shows the random token of a lease, which ends with it; or is a question, no change.
_HARMLESS = ("/heartbeat", "/complete", "/fail", "/release", "/chunks/missing", "/chunks")
_NO_LEASE = b'{"leases":[]}'


def remembers(request: Request, caller: Principal) -> bool:
    """Whether the answer to a request is kept; an operator's key signs nothing that could be captured."""
    return (
        caller.kind != "operator"
        and request.method in _CHANGES
        # Other methods have paths that end in what the caller called an object.
        and not (request.method == "POST" and request.scope["path"].endswith(_HARMLESS))
    )


async def stored(services: Services, caller: Principal) -> Response | None:
    """The answer that this very request had."""
    return await run_in_threadpool(_find, services, caller)


async def keep(services: Services, caller: Principal, answer: Response) -> None:
    """Keep an answer for as long as its request can be sent again."""
    body = bytes(answer.body)
    # What was refused changed nothing, and neither did a lease without jobs, which idle workers ask for.
    if answer.status_code < 400 and body != _NO_LEASE:
        try:
            await run_in_threadpool(_keep, services, caller, answer.status_code, body)
        except DBAPIError as error:
            # The change is done: an error in place of its answer would have it sent, and done, again.
            log("answer-not-kept", "error", fault=where(error))


def forget_old(services: Services) -> None:
    """Drop what no signature can ask for any more."""

    def work(connection: Connection) -> None:
        old = database_now(connection) - KEPT_SECONDS * _SECOND
        connection.execute(delete(answers).where(answers.c.at < old))

    services.database.write(work)


def _find(services: Services, caller: Principal) -> Response | None:
    mine = (answers.c.access_key == caller.name, answers.c.signature == caller.signature)
    with services.database.read() as connection:
        row = connection.execute(select(answers.c.status, answers.c.body).where(*mine)).one_or_none()
    if row is None:
        return None
    body = services.sealer.unseal(row.body, *_about(caller))
    return Response(body, row.status, {HEADER: "true"}, "application/json" if body else None)


def _keep(services: Services, caller: Principal, status: int, body: bytes) -> None:
    # An answer may have the token of a lease in it.
    sealed = services.sealer.seal(body, *_about(caller))

    def work(connection: Connection) -> None:
        mine = (answers.c.access_key == caller.name, answers.c.signature == caller.signature)
        # Sent twice at the same moment, it was done twice: either answer will do.
        connection.execute(delete(answers).where(*mine))
        connection.execute(
            insert(answers).values(
                access_key=caller.name,
                signature=caller.signature,
                status=status,
                body=sealed,
                at=database_now(connection),
            )
        )

    services.database.write(work)


def _about(caller: Principal) -> tuple[str, str, str]:
    return ("answer", caller.name, caller.signature)
