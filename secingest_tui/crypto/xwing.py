"""MLKEM768-X25519 (X-Wing) keys in the usual containers.

draft-connolly-cfrg-xwing-kem: the private key is a 32-byte seed that SHAKE-256 expands into the
ML-KEM-768 seed (64 bytes) and the X25519 key (32); the public key is the ML-KEM key (1184) and
the X25519 key (32). In SubjectPublicKeyInfo (RFC 5280) and PrivateKeyInfo (RFC 5958) they stand
as these bytes under the draft's object identifier. ``cryptography`` has the KEM but no container
for it, so the two containers are written and read here.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.x509 import ObjectIdentifier

OID = ObjectIdentifier("1.3.6.1.4.1.62253.25722")
SEED_LENGTH = 32
_MLKEM_SEED_LENGTH = 64
_MLKEM_PUBLIC_LENGTH = 1184
_PUBLIC_LENGTH = _MLKEM_PUBLIC_LENGTH + 32


@asn1.sequence
class _Algorithm:
    oid: ObjectIdentifier


@asn1.sequence
class _PublicKeyInfo:
    algorithm: _Algorithm
    key: asn1.BitString


@asn1.sequence
class _PrivateKeyInfo:
    version: int
    algorithm: _Algorithm
    key: bytes


class XWingPrivateKey:
    """A private key by its 32-byte seed."""

    def __init__(self, seed: bytes) -> None:
        """Raises ``ValueError`` unless ``seed`` has 32 bytes."""
        if len(seed) != SEED_LENGTH:
            raise ValueError("an MLKEM768-X25519 seed has 32 bytes")
        self._seed = seed
        expanded = hashlib.shake_256(seed).digest(_MLKEM_SEED_LENGTH + 32)
        self._mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_LENGTH])
        self._x25519 = X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_LENGTH:])

    @classmethod
    def from_der(cls, der: bytes) -> XWingPrivateKey:
        """From an unencrypted PrivateKeyInfo; ``ValueError`` where it is anything else."""
        info = asn1.decode_der(_PrivateKeyInfo, der)
        if info.version != 0 or info.algorithm.oid != OID:
            raise ValueError("not an MLKEM768-X25519 private key")
        return cls(info.key)

    def to_der(self) -> bytes:
        """The unencrypted PrivateKeyInfo. A secret."""
        return asn1.encode_der(_PrivateKeyInfo(version=0, algorithm=_Algorithm(oid=OID), key=self._seed))

    def hpke_key(self) -> hpke.MLKEM768X25519PrivateKey:
        """The key for ``hpke.Suite.decrypt``."""
        return hpke.MLKEM768X25519PrivateKey(self._mlkem, self._x25519)

    def public_key(self) -> XWingPublicKey:
        """The public half."""
        raw = self._mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()
        return XWingPublicKey(raw)


class XWingPublicKey:
    """A public key by its 1216 bytes."""

    def __init__(self, raw: bytes) -> None:
        """Raises ``ValueError`` unless ``raw`` is a well-formed public key."""
        if len(raw) != _PUBLIC_LENGTH:
            raise ValueError(f"an MLKEM768-X25519 public key has {_PUBLIC_LENGTH} bytes")
        self.raw = raw
        self._mlkem = MLKEM768PublicKey.from_public_bytes(raw[:_MLKEM_PUBLIC_LENGTH])
        self._x25519 = X25519PublicKey.from_public_bytes(raw[_MLKEM_PUBLIC_LENGTH:])

    @classmethod
    def from_der(cls, der: bytes) -> XWingPublicKey:
        """From a SubjectPublicKeyInfo; ``ValueError`` where it is anything else."""
        info = asn1.decode_der(_PublicKeyInfo, der)
        if info.algorithm.oid != OID or info.key.padding_bits():
            raise ValueError("not an MLKEM768-X25519 public key")
        return cls(info.key.as_bytes())

    def to_der(self) -> bytes:
        """The SubjectPublicKeyInfo."""
        return asn1.encode_der(_PublicKeyInfo(algorithm=_Algorithm(oid=OID), key=asn1.BitString(self.raw, 0)))

    def hpke_key(self) -> hpke.MLKEM768X25519PublicKey:
        """The key for ``hpke.Suite.encrypt``."""
        return hpke.MLKEM768X25519PublicKey(self._mlkem, self._x25519)
