"""Named operators; only the first operator (ADMIN_API_KEY) makes and changes them."""

from __future__ import annotations

from sqlalchemy import select

from backend_stub.contract.operators import (
    NewOperatorKey,
    OperatorChange,
    OperatorKey,
    OperatorPage,
    OperatorRequest,
)

from ..auth.principal import Principal
from ..problems import ProblemError
from ..registry import operators
from ..store.database import database_now
from ..store.schema import operator_keys
from ..web.paging import Cursor, Limit
from ..web.route import CurrentServices, Operator
from .common import guarded_router, page_by_key

router = guarded_router("operators")


def _insist_on_first(operator: Principal) -> None:
    if not operator.first_operator:
        detail = "Only the first operator, who has ADMIN_API_KEY, makes and changes operators' keys."
        raise ProblemError(403, "wrong-role", "Refused", detail)


@router.post("/proxy/operators", status_code=201)
def create_operator_key(
    body: OperatorRequest, operator: Operator, services: CurrentServices
) -> NewOperatorKey:
    """A key for a named operator, in this one answer only; the audit log names its holder from then on."""
    _insist_on_first(operator)
    return services.database.write(
        lambda connection: operators.create_operator_key(connection, operator.actor, body)
    )


@router.get("/proxy/operators")
def list_operator_keys(
    _operator: Operator, services: CurrentServices, limit: Limit = 100, cursor: Cursor = None
) -> OperatorPage:
    """By key id; never a key."""
    with services.database.read() as connection:
        query = select(operator_keys)
        found, following = page_by_key(connection, query, operator_keys.c.key_id, limit, cursor)
        now = database_now(connection)
    return OperatorPage(items=[operators.operator_answer(row, now) for row in found], next=following)


@router.patch("/proxy/operators/{key_id}")
def change_operator_key(
    key_id: str, body: OperatorChange, operator: Operator, services: CurrentServices
) -> OperatorKey:
    """Disable, enable or expire; it holds from the next request on."""
    _insist_on_first(operator)
    return services.database.write(
        lambda connection: operators.change_operator_key(connection, operator.actor, key_id, body)
    )
