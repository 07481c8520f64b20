"""Public keys of tenants: recipients of their data, and the keys that sign their uploads."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .base import Answer, Submission, Timestamp
from .ids import KeyId, TenantId

KeyPurpose = Literal["recipient", "signer"]


class KeyRequest(Submission):
    """A public key: PEM of a SubjectPublicKeyInfo (RFC 7468 section 13), or for the post-quantum profile
    whatever public PEM the client writes. A private key is refused and neither stored nor logged."""

    key_id: KeyId
    public_key: Annotated[str, StringConstraints(min_length=1, max_length=16384)] = Field(repr=False)
    key_alg: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    purpose: KeyPurpose = "recipient"


class PublicKey(Answer):
    """`fingerprint` is the SHA-256 of the DER inside the PEM, in hexadecimal."""

    key_id: KeyId
    tenant_id: TenantId
    key_alg: str
    purpose: KeyPurpose
    public_key: str
    fingerprint: str
    created_at: Timestamp


class KeyPage(Answer):
    items: list[PublicKey]
    next: str | None = None


class ServerKey(Answer):
    """The key that signs receipts: Ed25519, SubjectPublicKeyInfo PEM."""

    key_id: str
    alg: Literal["ed25519"] = "ed25519"
    public_key: str
