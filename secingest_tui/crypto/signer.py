"""The keys that sign statements and check them: Ed25519 (RFC 8032)."""

from __future__ import annotations

import hmac
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from secingest_tui.crypto import pem
from secingest_tui.crypto.errors import KeyFileError, SignatureInvalidError, SignerMismatchError, shown
from secingest_tui.crypto.recipients.base import check_key_id

SIGNATURE_LENGTH = 64


class Statement(Protocol):
    """What can be signed. Its bytes begin with a domain string that no other kind of statement has."""

    def signing_bytes(self) -> bytes:
        """Exactly what the signature covers."""


class SignerPublicKey:
    """The key by which an uploader's signatures are checked."""

    def __init__(self, key: ed25519.Ed25519PublicKey) -> None:
        self._key = key
        self.fingerprint = pem.fingerprint(key)

    @classmethod
    def load(cls, data: bytes) -> SignerPublicKey:
        """From a public PEM file; :class:`KeyFileError` where it is not Ed25519."""
        key = pem.load_public(data)
        if not isinstance(key, ed25519.Ed25519PublicKey):
            raise _not_a_signer()
        return cls(key)

    def __repr__(self) -> str:
        return f"SignerPublicKey(fingerprint={self.fingerprint[:16]!r})"

    def to_pem(self) -> bytes:
        """The public PEM file."""
        return pem.encode_public(self._key)

    def require_pinned(self, fingerprint: str) -> None:
        """Raise :class:`SignerMismatchError` unless this is the signer with that fingerprint (64 hex digits).

        A signer's key is taken from the user's own configuration; what a server or an object says
        about it is only ever compared with the pin.
        """
        if not hmac.compare_digest(self.fingerprint.encode(), fingerprint.lower().encode("ascii", "replace")):
            raise SignerMismatchError(
                f"the signer's key is {self.fingerprint[:16]}..., pinned is {shown(fingerprint[:16])}...",
                hint="Ask the uploader for the fingerprint by another way before you trust a new key.",
            )

    def verify(self, statement: Statement, signature: bytes) -> None:
        """Raise :class:`SignatureInvalidError` unless ``signature`` is this signer's over ``statement``."""
        try:
            self._key.verify(signature, statement.signing_bytes())
        except InvalidSignature:
            raise SignatureInvalidError(
                f"the signature is not by signer {self.fingerprint[:16]}...",
                hint="Someone else wrote this, or what was signed was changed.",
            ) from None


class SignerKey:
    """An uploader's signing key. ``key_id`` is what the user calls it; nothing relies on it."""

    def __init__(self, key: ed25519.Ed25519PrivateKey, key_id: str) -> None:
        self.key_id = check_key_id(key_id)
        self._key = key
        self.public = SignerPublicKey(key.public_key())

    @classmethod
    def load(cls, data: bytes, passphrase: bytes | None, key_id: str) -> SignerKey:
        """From a private PEM file; raises what :func:`pem.load_private` raises, and
        :class:`KeyFileError` where it is not Ed25519."""
        key = pem.load_private(data, passphrase)
        if not isinstance(key, ed25519.Ed25519PrivateKey):
            raise _not_a_signer()
        return cls(key, key_id)

    def __repr__(self) -> str:
        return f"SignerKey(key_id={self.key_id!r}, fingerprint={self.fingerprint[:16]!r})"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the public key's SubjectPublicKeyInfo, 64 hex digits."""
        return self.public.fingerprint

    def sign(self, statement: Statement) -> bytes:
        """The 64-byte signature."""
        return self._key.sign(statement.signing_bytes())


def _not_a_signer() -> KeyFileError:
    return KeyFileError(
        "only an Ed25519 key signs", hint="Make one with 'secingest keys new --type ed25519'."
    )
