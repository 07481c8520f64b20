"""Secrets at rest: a random key-encryption key, itself wrapped under the passphrase by Argon2id.

Each secret is a row sealed by AES-256-GCM (NIST SP 800-38D) under the key-encryption key, with what the row
is about as associated data, so that a row copied to another tenant does not open.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from sqlalchemy import Connection, insert, select

from .store.schema import sealing

NONCE_LENGTH = 12
KEY_LENGTH = 32
# RFC 9106 section 4, second recommended option (64 MiB, t=3, p=4).
ITERATIONS = 3
LANES = 4
MEMORY_KIB = 64 * 1024
_WRAP_AAD = b"secingest key-encryption key v1"


class WrongPassphraseError(Exception):
    """The passphrase does not open this database."""


@dataclass(frozen=True)
class WrapParameters:
    """How a passphrase becomes the wrapping key (RFC 9106 section 3.1)."""

    salt: bytes
    iterations: int = ITERATIONS
    lanes: int = LANES
    memory_kib: int = MEMORY_KIB

    def derive(self, passphrase: str) -> bytes:
        return Argon2id(
            salt=self.salt,
            length=KEY_LENGTH,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        ).derive(passphrase.encode())


def seal(key: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Nonce (12 bytes), ciphertext and tag (16 bytes)."""
    nonce = secrets.token_bytes(NONCE_LENGTH)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, associated)


def unseal(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """The plaintext of `seal`. Raises cryptography's InvalidTag where anything differs."""
    return AESGCM(key).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], associated)


class Sealer:
    """Seals and opens rows under the key-encryption key of one database."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def open(cls, connection: Connection, passphrase: str) -> Sealer:
        """The sealer of this database, made at the first start; needs a write transaction.

        Raises WrongPassphraseError.
        """
        row = connection.execute(select(sealing)).mappings().one_or_none()
        if row is None:
            key = secrets.token_bytes(KEY_LENGTH)
            connection.execute(insert(sealing).values(id=1, **wrap(key, passphrase)))
            return cls(key)
        parameters = WrapParameters(row["salt"], row["iterations"], row["lanes"], row["memory_kib"])
        try:
            return cls(unseal(parameters.derive(passphrase), row["wrapped_key"], _WRAP_AAD))
        except InvalidTag:
            raise WrongPassphraseError from None

    def rewrap(self, passphrase: str) -> dict[str, bytes | int]:
        """The columns of `sealing` for another passphrase; every sealed row stays as it is."""
        return wrap(self._key, passphrase)

    def seal(self, plaintext: bytes, *about: str) -> bytes:
        return seal(self._key, plaintext, _associated(about))

    def unseal(self, sealed: bytes, *about: str) -> bytes:
        """Raises cryptography's InvalidTag where the row was altered or moved."""
        return unseal(self._key, sealed, _associated(about))


def wrap(key: bytes, passphrase: str) -> dict[str, bytes | int]:
    """The columns of `sealing`: the key wrapped under a passphrase with a fresh salt."""
    parameters = WrapParameters(secrets.token_bytes(16))
    return {
        "salt": parameters.salt,
        "iterations": parameters.iterations,
        "lanes": parameters.lanes,
        "memory_kib": parameters.memory_kib,
        "wrapped_key": seal(parameters.derive(passphrase), key, _WRAP_AAD),
    }


def _associated(about: tuple[str, ...]) -> bytes:
    # Each part with its length, so that ("a", "bc") and ("ab", "c") differ.
    return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in about)
