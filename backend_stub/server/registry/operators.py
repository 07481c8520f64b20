"""Keys of named operators: made by the first operator, known by their SHA-256, named in the audit."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from backend_stub.contract.operators import NewOperatorKey, OperatorChange, OperatorKey, OperatorRequest

from ..audit import Actor, Event, append
from ..problems import not_found
from ..store.database import Database, database_now
from ..store.schema import operator_keys
from ..store.values import from_micros, maybe_time, to_micros

_KEY = re.compile(r"(?P<key_id>op-[0-9a-f]{16})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Known:
    """Whose key it is, and whether it is in force (`active`, `disabled`, `expired`)."""

    name: str
    status: str


def key_id_of(key: str) -> str | None:
    """The public part of what looks like an operator's key."""
    match = _KEY.fullmatch(key)
    return match["key_id"] if match else None


def find_by_key(database: Database, key_id: str, key_sha256: bytes) -> Known | None:
    """The operator with that very key."""
    with database.read() as connection:
        row = _find(connection, key_id)
        if row is None or not hmac.compare_digest(row["key_sha256"], key_sha256):
            return None
        return Known(row["name"], _fields(row, database_now(connection))["status"])


def create_operator_key(connection: Connection, actor: Actor, request: OperatorRequest) -> NewOperatorKey:
    """A key for a named operator; an operator may have several, so that one can be replaced."""
    key_id = f"op-{secrets.token_hex(8)}"
    key = f"{key_id}.{secrets.token_urlsafe(32)}"
    connection.execute(
        insert(operator_keys).values(
            key_id=key_id,
            name=request.name,
            label=request.label,
            key_sha256=hashlib.sha256(key.encode()).digest(),
            status="active",
            created_at=database_now(connection),
            created_by=actor.name,
            expires_at=None if request.expires_at is None else to_micros(request.expires_at),
        )
    )
    detail = request.model_dump(mode="json", exclude_none=True)
    append(connection, actor, [Event("operator.create", key_id, None, detail)])
    row = _find(connection, key_id)
    assert row is not None
    return NewOperatorKey(**_fields(row, database_now(connection)), key=key)


def change_operator_key(
    connection: Connection, actor: Actor, key_id: str, change: OperatorChange
) -> OperatorKey:
    """Disable, enable or expire; from the next request on. Raises ProblemError 404."""
    row = _find(connection, key_id)
    if row is None:
        raise not_found("operator key")
    values: dict[str, Any] = {}
    if change.status is not None:
        values["status"] = change.status
    if "expires_at" in change.model_fields_set:
        values["expires_at"] = None if change.expires_at is None else to_micros(change.expires_at)
    if values:
        connection.execute(update(operator_keys).where(operator_keys.c.key_id == key_id).values(**values))
        detail = change.model_dump(mode="json", exclude_unset=True) | {"name": row["name"]}
        append(connection, actor, [Event("operator.change", key_id, None, detail)])
        row = _find(connection, key_id)
        assert row is not None
    return operator_answer(row, database_now(connection))


def operator_answer(row: RowMapping, now: int) -> OperatorKey:
    return OperatorKey(**_fields(row, now))


def _find(connection: Connection, key_id: str) -> RowMapping | None:
    found = connection.execute(select(operator_keys).where(operator_keys.c.key_id == key_id))
    return found.mappings().one_or_none()


def _fields(row: RowMapping, now: int) -> dict[str, Any]:
    expired = row["expires_at"] is not None and row["expires_at"] <= now
    return {
        "key_id": row["key_id"],
        "name": row["name"],
        "label": row["label"],
        "status": "expired" if expired and row["status"] == "active" else row["status"],
        "created_at": from_micros(row["created_at"]),
        "created_by": row["created_by"],
        "expires_at": maybe_time(row["expires_at"]),
    }
