"""HPKE with MLKEM768-X25519 (X-Wing): the post-quantum profile, our own use of published parts.

HPKE is RFC 9180 in base mode; the KEM is draft-connolly-cfrg-xwing-kem (id 0x647a), the KDF
HKDF-SHA-256, the AEAD AES-256-GCM::

    provider id    hpke
    provider info  mlkem768-x25519.hkdf-sha256.aes-256-gcm/<key id>
    ciphertext     encapsulated key 1120 | wrapped data key 32 | tag 16
    HPKE info      "esdk-hpke-v1" | serialised encryption context

A stock AWS Encryption SDK has no keyring for it. It protects against a quantum computer only
where every recipient of the object is of this kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke

from secingest_tui.crypto.esdk.context import serialise_context
from secingest_tui.crypto.esdk.header import EncryptedDataKey
from secingest_tui.crypto.recipients.base import PrivateKey, Recipient

PROVIDER_ID = "hpke"
KEY_ALG = "hpke-mlkem768-x25519"

_SUITE_NAME = "mlkem768-x25519.hkdf-sha256.aes-256-gcm"
_SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_INFO_LABEL = b"esdk-hpke-v1"


class HpkeRecipient(Recipient):
    """An MLKEM768-X25519 public key."""

    key_alg = KEY_ALG
    post_quantum = True

    def __init__(self, key: hpke.MLKEM768X25519PublicKey, key_id: str, fingerprint: str) -> None:
        super().__init__(key_id, fingerprint)
        self._key = key

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> EncryptedDataKey:
        sealed = _SUITE.encrypt(data_key, self._key, _info(context))
        return EncryptedDataKey(PROVIDER_ID, f"{_SUITE_NAME}/{self.key_id}".encode(), sealed)


class HpkePrivateKey(PrivateKey):
    """An MLKEM768-X25519 private key. Without a key id, every wrapped key of this kind is tried."""

    key_alg = KEY_ALG

    def __init__(self, key: hpke.MLKEM768X25519PrivateKey, key_id: str | None, fingerprint: str) -> None:
        super().__init__(key_id, fingerprint)
        self._key = key

    def _is_for_me(self, key: EncryptedDataKey) -> bool:
        suite, _, key_id = key.provider_info.partition(b"/")
        return (
            key.provider_id == PROVIDER_ID
            and suite == _SUITE_NAME.encode()
            and (self.key_id is None or key_id == self.key_id.encode())
        )

    def _open(self, key: EncryptedDataKey, context: Mapping[str, str]) -> bytes | None:
        try:
            return _SUITE.decrypt(key.ciphertext, self._key, _info(context))
        except (InvalidTag, ValueError):
            return None


def _info(context: Mapping[str, str]) -> bytes:
    return _INFO_LABEL + serialise_context(context)
