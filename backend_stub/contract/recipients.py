"""Further recipients of a recorded object: the wrapped keys that lie beside it at the providers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from .base import Answer, Submission, Timestamp
from .ids import KeyId, ObjectKey, Sha256Hex, TenantId, Version
from .locations import Base64, check_ed25519

MAX_FURTHER_KEYS = 64
MAX_REVISION = 2**53 - 1  # what every reader of JSON takes exactly (RFC 8259 section 6)


class FurtherKey(Submission):
    """The data key wrapped for one more recipient. `fingerprint` is the SHA-256 of the recipient's public
    key, `wrapped` the wrapped key's three fields as the keys sidecar has them (docs: object format)."""

    key_id: KeyId
    key_alg: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    fingerprint: Sha256Hex
    wrapped: Annotated[Base64, StringConstraints(max_length=8192)]


class KeysSignature(Submission):
    """Ed25519 over the list, by whoever gave the access."""

    alg: Literal["ed25519"] = "ed25519"
    signer_fingerprint: Sha256Hex
    value: Annotated[Base64, AfterValidator(check_ed25519)]


class RecipientsSubmission(Submission):
    """The whole list of further wrapped keys of one version, as it is signed. `revision` grows with every
    change of the list; `header_sha256` says which object it belongs to."""

    object_key: ObjectKey
    version: Version
    header_sha256: Sha256Hex
    revision: Annotated[int, Field(ge=1, le=MAX_REVISION)]
    wrapped_keys: Annotated[list[FurtherKey], Field(min_length=1, max_length=MAX_FURTHER_KEYS)]
    signature: KeysSignature


class FurtherKeys(Answer):
    """The newest list that was recorded for a version."""

    tenant_id: TenantId
    object_key: ObjectKey
    version: Version
    header_sha256: Sha256Hex
    revision: int
    wrapped_keys: list[FurtherKey]
    signature: KeysSignature
    recorded_at: Timestamp
    recorded_by: str
