"""The audit log: append-only, each entry carrying the hash of the one before."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from .base import Answer, Timestamp
from .ids import Sha256Hex
from .objects import canonical_json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AuditEntry(Answer):
    """`hash` is what `chain_hash` gives. `actor` is `operator` (the first), `operator:name`, `system`, or
    `role:access key`; `detail` holds names and ids, never a secret."""

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


def chain_hash(entry: AuditEntry) -> str:
    """SHA-256 (hex) over the canonical JSON (RFC 8785) of an entry's other fields, `previous` included.

    As the log stores them: `at` in microseconds since 1970, `detail` as its own canonical JSON text.
    """
    fields = entry.model_dump(mode="json", exclude={"hash"})
    fields["at"] = (entry.at - _EPOCH) // timedelta(microseconds=1)
    fields["detail"] = canonical_json(entry.detail).decode()
    return hashlib.sha256(canonical_json(fields)).hexdigest()


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
