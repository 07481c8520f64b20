"""The audit chain: every entry carries the SHA-256 of the one before.

A naive append forks under concurrent writers: two read the same head. So one head row is locked in each
transaction, as its last lock (taken earlier, it would serialise everything and invite deadlocks).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from backend_stub.contract.audit import AuditVerification
from backend_stub.contract.objects import AuditHead, canonical_json

from .store.database import database_now
from .store.schema import audit, audit_head

GENESIS = "0" * 64
_PAGE = 1000


@dataclass(frozen=True)
class Actor:
    """Who does something (`operator`, `system` or `role:access key`), and in which request."""

    name: str
    request_id: str | None = None


@dataclass(frozen=True)
class Event:
    """What was done: `subject` names the thing, `detail` holds names and ids, never a secret."""

    action: str
    subject: str
    tenant_id: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def append(connection: Connection, actor: Actor, events: Iterable[Event]) -> list[AuditHead]:
    """Append entries, the head after each of them, for receipts.

    The transaction's last lock: what comes after it may write only rows that nobody else knows of yet.
    """
    locked = connection.execute(select(audit_head).with_for_update()).mappings().one_or_none()
    count, head = (locked["count"], locked["head"]) if locked else (0, GENESIS)
    now = database_now(connection)
    rows: list[dict[str, Any]] = []
    for event in events:
        count += 1
        row: dict[str, Any] = {
            "sequence": count,
            "at": now,
            "actor": actor.name,
            "action": event.action,
            "tenant_id": event.tenant_id,
            "subject": event.subject,
            "detail": canonical_json(dict(event.detail)).decode(),
            "request_id": actor.request_id,
            "previous": head,
        }
        head = entry_hash(row)
        rows.append({**row, "hash": head})
    if rows:
        connection.execute(insert(audit), rows)
        connection.execute(update(audit_head).values(count=count, head=head))
    return [AuditHead(count=row["sequence"], head=row["hash"]) for row in rows]


def entry_hash(row: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over the canonical JSON of every column but `hash`."""
    fields = {name: row[name] for name in audit.c.keys() if name != "hash"}  # noqa: SIM118
    return hashlib.sha256(canonical_json(fields)).hexdigest()


def verify(connection: Connection) -> AuditVerification:
    """Recompute the whole chain and name the first entry that does not fit."""
    locked = connection.execute(select(audit_head)).mappings().one()
    expected = {"count": locked["count"], "head": locked["head"]}
    count, head = 0, GENESIS
    while True:
        page = select(audit).where(audit.c.sequence > count).order_by(audit.c.sequence).limit(_PAGE)
        rows = connection.execute(page).mappings().all()
        for row in rows:
            reason = _fault(row, count, head)
            if reason:
                return AuditVerification(valid=False, **expected, broken_at=count + 1, reason=reason)
            count, head = row["sequence"], row["hash"]
        if len(rows) < _PAGE:
            break
    if (count, head) != (expected["count"], expected["head"]):
        reason = f"the chain ends at entry {count}, its head says {expected['count']}"
        return AuditVerification(valid=False, **expected, broken_at=count + 1, reason=reason)
    return AuditVerification(valid=True, **expected)


def _fault(row: RowMapping, count: int, head: str) -> str | None:
    if row["sequence"] != count + 1:
        return f"entry {count + 1} is missing"
    if row["previous"] != head:
        return "it does not carry the hash of the entry before"
    if entry_hash(dict(row)) != row["hash"]:
        return "its content does not match its hash"
    return None


def entry_fields(row: RowMapping) -> dict[str, Any]:
    """A row as the fields of the contract's AuditEntry (times still in microseconds)."""
    return {**row, "detail": json.loads(row["detail"])}
