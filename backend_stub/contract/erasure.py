"""Erasure: a tenant's signed statement that an object version is gone from every provider, acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, KeyId, ObjectKey, Sha256Hex, TenantId, Version, check_text
from .locations import Base64, ETag, ProviderVersion, check_ed25519
from .objects import MAX_REPLICAS, AuditHead, ServerSignature, canonical_json

ERASURE_DOMAIN = b"secingest erasure v1\n"
ERASURE_ANSWER_DOMAIN = b"secingest erasure receipt v1\n"
MAX_REMOVED = 10_000

Bucket = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(check_text)]
# A key at a provider: a sidecar's is a few bytes longer than S3's 1024.
StoredKey = Annotated[str, StringConstraints(min_length=1, max_length=1040), AfterValidator(check_text)]


class Removed(Submission):
    """One version of one key that was removed; `etag` and `size` (bytes) as the provider listed them.

    `kind` is what it was: the ciphertext, what lay beside it, a delete marker, or an unfinished upload.
    """

    key: StoredKey
    kind: Literal["ciphertext", "signature", "keys", "delete-marker", "unfinished-upload"]
    version_id: ProviderVersion | None = None
    etag: ETag | None = None
    size: Bytes | None = None


class ErasedPlace(Submission):
    """A bucket of a backend where the object lay or could lie. `verified_at`: listed again, nothing there."""

    backend: BackendId
    bucket: Bucket
    key: StoredKey
    removed: Annotated[list[Removed], Field(max_length=MAX_REMOVED)] = Field(default_factory=list)
    verified_at: Timestamp


class ErasureSignature(Submission):
    """Ed25519 (RFC 8032) over `erasure_bytes`, by whoever erased; the key is there to be compared with one
    that was got another way, not to be trusted."""

    alg: Literal["ed25519"] = "ed25519"
    signer: KeyId
    signer_fingerprint: Sha256Hex
    public_key: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    value: Annotated[Base64, AfterValidator(check_ed25519)]


class ErasureProof(Submission):
    """What was removed where, signed. `receipt_id` ties it to the registration."""

    object_key: ObjectKey
    version: Version
    receipt_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    header_sha256: Sha256Hex | None = None
    erased_at: Timestamp
    places: Annotated[list[ErasedPlace], Field(min_length=1, max_length=4 * MAX_REPLICAS)]
    signature: ErasureSignature


class Erasure(Answer):
    """A recorded proof. `signature` is the server's over `erasure_answer_bytes`, so that the record of the
    erasure can be proven too."""

    tenant_id: TenantId
    object_key: ObjectKey
    version: Version
    receipt_id: str
    proof: ErasureProof
    recorded_at: Timestamp
    recorded_by: str
    audit: AuditHead
    signature: ServerSignature


class ErasurePage(Answer):
    """The oldest first. `next` goes into `?cursor=`."""

    items: list[Erasure]
    next: str | None = None


def erasure_bytes(proof: Mapping[str, Any]) -> bytes:
    """The bytes that a proof's signature signs: its decoded JSON without `signature`."""
    return ERASURE_DOMAIN + _without_signature(proof)


def erasure_answer_bytes(answer: Mapping[str, Any]) -> bytes:
    """The bytes that the server's signature signs: the decoded JSON as it came, without `signature`."""
    return ERASURE_ANSWER_DOMAIN + _without_signature(answer)


def _without_signature(value: Mapping[str, Any]) -> bytes:
    return canonical_json({name: item for name, item in value.items() if name != "signature"})
