"""The audit log: append-only, each entry carrying the hash of the one before."""

from __future__ import annotations

from typing import Any

from .base import Answer, Timestamp
from .ids import Sha256Hex


class AuditEntry(Answer):
    """`hash` is SHA-256 over the canonical JSON of every other field, `previous` included. `actor` is
    `operator`, `system`, or `role:access key`; `detail` holds names and ids, never a secret."""

    sequence: int
    at: Timestamp
    actor: str
    action: str
    tenant_id: str | None = None
    subject: str
    detail: dict[str, Any]
    request_id: str | None = None
    previous: Sha256Hex
    hash: Sha256Hex


class Event(Answer):
    """What a stream of `GET /events` tells: an audit entry without who did it."""

    sequence: int
    at: Timestamp
    action: str
    tenant_id: str | None = None
    subject: str
    detail: dict[str, Any]


class AuditPage(Answer):
    """The oldest first. `next` goes into `?cursor=`."""

    items: list[AuditEntry]
    next: str | None = None


class AuditVerification(Answer):
    """`broken_at` is the sequence number of the first entry that does not fit."""

    valid: bool
    count: int
    head: Sha256Hex
    broken_at: int | None = None
    reason: str | None = None
