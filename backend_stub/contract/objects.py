"""Objects: what a client registers, the receipt it gets, and the record the server keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, KeyId, Label, ObjectKey, Sha256Hex, TenantId, Version
from .jobs import JobState
from .locations import BackendLocation, Base64, CiphertextChecksum, ETag, check_ed25519
from .namespace import DEFAULT_LOGICAL
from .problems import Problem
from .recipients import FurtherKeys
from .residency import Country, Residency

MAX_REPLICAS = 16
MAX_BATCH = 1000
RECEIPT_DOMAIN = b"secingest receipt v1\n"
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class UploaderSignature(Submission):
    """The uploader's detached signature over its manifest (docs: object format)."""

    alg: Literal["ed25519"] = "ed25519"
    signer: KeyId
    signer_fingerprint: Sha256Hex
    value: Annotated[Base64, AfterValidator(check_ed25519)]
    manifest_sha256: Sha256Hex


class ObjectRegistration(Submission):
    """One version of one object: pointers, wrapped key and policy; never payload.

    `backends` maps a backend's id to where it has the ciphertext; the first is the primary. `size` and
    `ciphertext_size` are in bytes. `replica_count` counts all copies, the first included. `residency`
    defaults to the tenant's.
    """

    object_key: ObjectKey
    version: Version
    backends: Annotated[dict[BackendId, BackendLocation], Field(min_length=1, max_length=MAX_REPLICAS)]
    encrypted_key: Base64
    key_id: KeyId
    key_alg: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    replica_count: Annotated[int, Field(ge=1, le=MAX_REPLICAS)] = 1
    residency: Residency | None = None
    targets: list[BackendId] = Field(default_factory=list, max_length=MAX_REPLICAS)
    size: Bytes | None = None
    ciphertext_size: Bytes | None = None
    ciphertext_checksum: CiphertextChecksum | None = None
    signature: UploaderSignature | None = None
    header_sha256: Sha256Hex | None = None
    frame_length: Annotated[int, Field(ge=1, le=2**32 - 1)] | None = None
    logical: Label = DEFAULT_LOGICAL

    @model_validator(mode="after")
    def _targets_are_new(self) -> Self:
        if len(set(self.targets)) != len(self.targets):
            raise ValueError("targets: a backend is named twice")
        if set(self.targets) & set(self.backends):
            raise ValueError("targets: a backend that already has the object is named")
        return self

    @property
    def primary(self) -> str:
        return next(iter(self.backends))


class NamespaceCheck(Answer):
    """The bucket that the rule gives for a backend, beside the one that was registered."""

    expected: str
    actual: str
    matches: bool
    registered: bool
    region: str
    counter: int = 0


class ReceiptJob(Answer):
    """A replication job at the moment of the receipt."""

    id: str
    target: str
    state: JobState


class Warning(Answer):
    """What was accepted but should be known. `code` is stable: backend-unregistered, bucket-differs,
    replica-count-differs, replicas-below-policy, residency-unverified, key-unknown."""

    code: str
    message: str
    backend: str | None = None


class AuditHead(Answer):
    """The audit chain's length and the SHA-256 (hex) of its newest entry."""

    count: int
    head: Sha256Hex


def server_key_id(der: bytes) -> str:
    """The id of a signing key of the server, from its SubjectPublicKeyInfo (RFC 5280)."""
    return "server-" + hashlib.sha256(der).hexdigest()[:16]


class ServerSignature(Answer):
    """Ed25519 (RFC 8032) over `receipt_bytes`, base64, by the key of `GET /server/key`."""

    alg: Literal["ed25519"] = "ed25519"
    key_id: str
    value: str


class Receipt(Answer):
    """What the server acknowledged, signed. `backend`, `etag` and `bucket` are the primary's; `bucket` is
    the one the namespace rule gives (what was registered stands in `backends` and `namespace`)."""

    receipt_id: str
    recorded_at: Timestamp
    tenant_id: TenantId
    object_key: ObjectKey
    version: Version
    backend: BackendId
    bucket: str
    etag: ETag
    backends: dict[BackendId, BackendLocation]
    namespace: dict[BackendId, NamespaceCheck]
    logical: Label = DEFAULT_LOGICAL
    size: int | None = None
    ciphertext_size: int | None = None
    ciphertext_checksum: CiphertextChecksum | None = None
    key_id: KeyId
    key_alg: str
    encrypted_key: Base64
    residency: Residency
    replica_count: int
    targets: list[BackendId]
    jobs: list[ReceiptJob]
    warnings: list[Warning]
    payload_sha256: Sha256Hex
    audit: AuditHead
    signature: ServerSignature


def canonical_json(value: Any) -> bytes:
    """RFC 8785 for what the API has: objects with ASCII names, strings, integers, booleans, null."""
    return _CANONICAL.encode(value).encode()


def receipt_bytes(receipt: Mapping[str, Any]) -> bytes:
    """The bytes that `signature` of a receipt signs: the decoded JSON as it came, without `signature`.

    Verify what the server sent, not a model made of it: fields that a client does not know are signed too.
    """
    return RECEIPT_DOMAIN + canonical_json({k: v for k, v in receipt.items() if k != "signature"})


class Batch(Submission):
    """Up to 1000 registrations; each is recorded or refused on its own. Items are validated one by one."""

    items: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_BATCH)]


class BatchItem(Answer):
    """The answer to the item of the same position: `status` as a single POST would have answered."""

    index: int
    status: int
    receipt: Receipt | None = None
    problem: Problem | None = None


class BatchAnswer(Answer):
    recorded: int
    repeated: int
    refused: int
    items: list[BatchItem]


class Replica(Answer):
    """A copy on a backend. `verified_at` is null for what was only registered, never checked by a job.

    `state` is what the last check found (`checked_at`, `problem`), "ok" until there was one.
    """

    backend: BackendId
    url: str
    etag: str
    version_id: str | None = None
    country: Country | None = None
    source: Literal["registered", "job"]
    verified_at: Timestamp | None = None
    verified_by: str | None = None
    state: Literal["ok", "missing", "rot", "deleted"] = "ok"
    checked_at: Timestamp | None = None
    problem: str | None = None


class ObjectRecord(Answer):
    """One version of an object as the server knows it now."""

    tenant_id: TenantId
    object_key: ObjectKey
    version: Version
    state: Literal["active", "deleted"]
    recorded_at: Timestamp
    deleted_at: Timestamp | None = None
    recorded_by: str
    receipt_id: str
    registration: ObjectRegistration
    # The policy in force; the registration says what it was at first.
    residency: Residency
    replica_count: int
    namespace: dict[BackendId, NamespaceCheck]
    replicas: list[Replica]
    jobs: list[ReceiptJob]
    further_keys: FurtherKeys | None = None
    # When a proof was recorded that nothing of it is left at a provider (`GET /proxy/erasures`).
    erased_at: Timestamp | None = None


class ObjectVersions(Answer):
    """Every version of one object, the newest first. Never empty."""

    object_key: ObjectKey
    versions: list[ObjectRecord]


class ObjectSummary(Answer):
    """One row of a list."""

    tenant_id: TenantId
    object_key: ObjectKey
    version: Version
    state: Literal["active", "deleted"]
    recorded_at: Timestamp
    backends: list[BackendId]
    size: int | None = None
    ciphertext_size: int | None = None
    key_id: KeyId
    key_alg: str
    residency: Residency
    replica_count: int
    copies: int
    receipt_id: str
    erased_at: Timestamp | None = None


class ObjectPage(Answer):
    """Ordered by object key, then newest first. `next` goes into `?cursor=`; null on the last page."""

    items: list[ObjectSummary]
    next: str | None = None


class ComplianceRow(NamespaceCheck):
    """One copy: the bucket the rule gives beside the one in use."""

    object_key: ObjectKey
    version: Version
    backend: BackendId


class CompliancePage(Answer):
    """By object key. With `differs` a page may be short, even empty: go on while there is a `next`."""

    items: list[ComplianceRow]
    next: str | None = None


class ObjectPolicy(Submission):
    """What a version is to fulfil; `replica_count` counts all copies, the first included."""

    residency: Residency
    replica_count: Annotated[int, Field(ge=1, le=MAX_REPLICAS)]


class PolicyChange(Submission):
    """Another policy for a version; what is left out stays. `before` is the one that the caller has seen."""

    object_key: ObjectKey
    version: Version
    before: ObjectPolicy
    residency: Residency | None = None
    replica_count: Annotated[int, Field(ge=1, le=MAX_REPLICAS)] | None = None


class VersionPolicy(Answer):
    """The policy in force."""

    object_key: ObjectKey
    version: Version
    residency: Residency
    replica_count: int


class Deletion(Answer):
    """A tombstone: the record is marked, nothing is erased at a provider."""

    object_key: ObjectKey
    versions: list[Version]
    deleted_at: Timestamp
