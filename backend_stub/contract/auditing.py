"""What an auditor compares and proves: registered copies, signed statements, restore drills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from .audit import AuditEntry
from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, Label, Line, ObjectKey, Sha256Hex, TenantId, Version
from .objects import AuditHead, ServerSignature, canonical_json
from .snapshots import Count, Snapshot

STATEMENT_DOMAIN = b"secingest audit statement v1\n"
MAX_DRILL_FAILURES = 100


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


class DrillFailure(Submission):
    """A copy that could not be restored."""

    object_key: ObjectKey
    version: Version
    backend: BackendId
    code: Line
    message: Annotated[str, StringConstraints(max_length=500)] = ""


class DrillResult(Submission):
    """A restore drill: so many random objects, each from a random copy, restored and verified.

    `bytes` is of plaintext. `verified` and the failures make up `sample`. Where one version was named instead
    of a sample, `object_key` and `version` say which.
    """

    started_at: Timestamp
    ended_at: Timestamp
    sample: Count
    verified: Count
    bytes: Bytes
    backends: dict[BackendId, Count]
    failures: list[DrillFailure] = Field(default_factory=list, max_length=MAX_DRILL_FAILURES)
    omitted_failures: Count = 0
    object_key: ObjectKey | None = None
    version: Version | None = None
    decrypted: bool = True
    client: Label = "secingest"


class Drill(Answer):
    """A recorded drill; `sequence` is the audit chain's entry that holds it."""

    sequence: int
    recorded_at: Timestamp
    tenant_id: TenantId
    actor: str
    result: DrillResult


class DrillPage(Answer):
    """The newest first."""

    items: list[Drill]
    next: str | None = None
