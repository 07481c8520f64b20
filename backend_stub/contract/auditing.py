"""What an auditor compares and proves: registered copies and signed statements."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .audit import AuditEntry
from .base import Answer, Timestamp
from .ids import Sha256Hex, TenantId
from .objects import AuditHead, ServerSignature, canonical_json
from .snapshots import Snapshot

STATEMENT_DOMAIN = b"secingest audit statement v1\n"


class RegisteredCopy(Answer):
    """A copy of a recorded version, with what a snapshot is compared with. `expected_bucket` is the one
    that the namespace rule gives; `copies` counts those of every backend; sizes in bytes."""

    tenant_id: TenantId
    object_key: str
    version: str
    state: str
    recorded_at: Timestamp
    residency: str
    key_id: str
    key_alg: str
    replica_count: int
    copies: int
    ciphertext_size: int | None = None
    backend: str
    country: str | None = None
    url: str
    etag: str
    version_id: str | None = None
    verified_at: Timestamp | None = None
    expected_bucket: str


class RegisteredCopyPage(Answer):
    """In the order of registration."""

    items: list[RegisteredCopy]
    next: str | None = None


class AuditStatement(Answer):
    """What the server signs about a snapshot for a report: its record, the audit chain's entry about it,
    the chain's head now, and the SHA-256 of the report that asked for it."""

    report_sha256: Sha256Hex
    snapshot: Snapshot
    entry: AuditEntry
    audit: AuditHead
    stated_at: Timestamp
    signature: ServerSignature


def statement_bytes(statement: Mapping[str, Any]) -> bytes:
    """The bytes that a statement's signature signs: the decoded JSON as it came, without `signature`."""
    return STATEMENT_DOMAIN + canonical_json({k: v for k, v in statement.items() if k != "signature"})
