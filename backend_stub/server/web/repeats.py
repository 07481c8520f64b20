"""A signed change that is sent again gets the answer it had: nothing is done twice.

Its sender names it by `x-amz-meta-request-id`, which is signed like every x-amz-* header; where the same id
comes again within `KEPT_SECONDS`, the stored answer goes back. Change and answer are one transaction, so
neither is ever there without the other, and of two that come in the same moment the second waits.

Registrations, public keys, lists of recipients and proofs need none of this: they are compared with what is
recorded. Those who hold a lease show its random token, which ends with it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any, ParamSpec

from pydantic import BaseModel
from sqlalchemy import Connection, delete, insert, select, text
from starlette.responses import Response

from ..auth.authenticate import REQUEST_ID
from ..auth.principal import Asked, Principal
from ..problems import conflict, invalid
from ..services import Services
from ..store.database import database_now
from ..store.schema import answers

P = ParamSpec("P")
# A signature is accepted for five minutes before and after its time.
KEPT_SECONDS = 15 * 60
HEADER = "x-repeated"
_SECOND = 1_000_000
_ID = re.compile(r"[\x21-\x7e]{1,128}")
# A lease without jobs, which idle workers ask for, changed nothing.
_NO_LEASE = b'{"leases":[]}'
_MARK = "__once__"


def once(status: int = 200, *, named: bool = True) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """An endpoint (with `caller` and `services`) whose change is made once for one signed request.

    `status` is what the route answers unless the endpoint sets it. With `named` false a request without an
    id is told by its signature. Whatever the endpoint raises undoes all of it: what was refused is tried
    anew. Operators sign nothing that could be captured, and are served as they come.
    """

    def wrap(endpoint: Callable[P, Any]) -> Callable[P, Any]:
        @functools.wraps(endpoint)
        def run(*args: P.args, **values: P.kwargs) -> Any:
            caller, services = values["caller"], values["services"]
            assert isinstance(caller, Principal)
            assert isinstance(services, Services)
            asked = caller.asked
            if asked is None:
                return endpoint(*args, **values)
            _check_name(asked, named)

            def work(connection: Connection) -> Response:
                if (before := _answer_before(connection, services, caller.name, asked)) is not None:
                    return before
                made = endpoint(*args, **values)
                answer = _response(made, getattr(values.get("response"), "status_code", None) or status)
                if answer.body != _NO_LEASE:
                    _keep(connection, services, caller.name, asked, answer)
                return answer

            return services.database.write(work)

        setattr(run, _MARK, True)
        return run

    return wrap


def is_once(endpoint: Callable[..., Any]) -> bool:
    """Whether an endpoint was wrapped by `once`."""
    return hasattr(endpoint, _MARK)


def forget_old(services: Services) -> None:
    """Drop what no signature can ask for any more."""

    def work(connection: Connection) -> None:
        old = database_now(connection) - KEPT_SECONDS * _SECOND
        connection.execute(delete(answers).where(answers.c.at < old))

    services.database.write(work)


def _check_name(asked: Asked, named: bool) -> None:
    if asked.request_id is None:
        if named:
            fix = "send the header with a random value, and the same value when you send the change again"
            raise invalid(REQUEST_ID, "a change needs a request id", fix, "request-id-missing")
    elif _ID.fullmatch(asked.request_id) is None:
        raise invalid(
            REQUEST_ID, "is not 1 to 128 visible ASCII characters", "send a random value, as a UUID"
        )


def _answer_before(
    connection: Connection, services: Services, access_key: str, asked: Asked
) -> Response | None:
    """Waits for the same request where it is under way. Raises ProblemError 409 for an id of another one."""
    if connection.dialect.name == "postgresql":
        # SQLite has one writer anyway. The lock ends with the transaction.
        turn = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(turn, {"name": f"{access_key} {asked.name}"})
    mine = (answers.c.access_key == access_key, answers.c.request == asked.name)
    row = connection.execute(select(answers).where(*mine)).one_or_none()
    if row is None:
        return None
    if row.digest is not None and row.digest != asked.digest:
        raise conflict(
            "request-id-reused", f"This {REQUEST_ID} was sent with another request. Each needs its own."
        )
    body = services.sealer.unseal(row.body, *_about(access_key, asked))
    return Response(body, row.status, {HEADER: "true"}, "application/json" if body else None)


def _keep(
    connection: Connection, services: Services, access_key: str, asked: Asked, answer: Response
) -> None:
    connection.execute(
        insert(answers).values(
            access_key=access_key,
            request=asked.name,
            digest=asked.digest,
            status=answer.status_code,
            # An answer may have the token of a lease in it.
            body=services.sealer.seal(bytes(answer.body), *_about(access_key, asked)),
            at=database_now(connection),
        )
    )


def _response(made: Any, status: int) -> Response:
    if made is None:
        return Response(status_code=status)
    assert isinstance(made, BaseModel)
    return Response(made.model_dump_json(by_alias=True), status, media_type="application/json")


def _about(access_key: str, asked: Asked) -> tuple[str, str, str]:
    return ("answer", access_key, asked.name)
