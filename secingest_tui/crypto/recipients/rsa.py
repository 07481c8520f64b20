"""RSA-OAEP with SHA-256 and MGF1-SHA-256: the specification's raw RSA keyring.

The wrapped key is the bare OAEP block (RFC 8017, section 7.1; empty label), so any HSM and
``openssl pkeyutl`` open it.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from secingest_tui.crypto.errors import KeyFileError
from secingest_tui.crypto.esdk.header import EncryptedDataKey
from secingest_tui.crypto.recipients.base import KEY_NAMESPACE, PrivateKey, Recipient

RSA_SIZES = (3072, 4096)
_EXPONENT = 65537


def _oaep() -> padding.OAEP:
    return padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)


def check_rsa(key: rsa.RSAPublicKey) -> None:
    """Raise :class:`KeyFileError` unless the key is RSA-3072 or RSA-4096 with the usual exponent."""
    if key.key_size not in RSA_SIZES:
        raise KeyFileError(
            f"an RSA key of {key.key_size} bits is not accepted, only 3072 and 4096 are",
            hint="Make a key with 'secingest keys new --type rsa-3072'.",
        )
    if key.public_numbers().e != _EXPONENT:
        raise KeyFileError(f"an RSA key with another public exponent than {_EXPONENT} is not accepted")


class RsaRecipient(Recipient):
    """An RSA public key."""

    key_alg = "rsa-oaep"

    def __init__(self, key: rsa.RSAPublicKey, key_id: str, fingerprint: str) -> None:
        check_rsa(key)
        super().__init__(key_id, fingerprint)
        self._key = key

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> EncryptedDataKey:
        return EncryptedDataKey(KEY_NAMESPACE, self.key_id.encode(), self._key.encrypt(data_key, _oaep()))


class RsaPrivateKey(PrivateKey):
    """An RSA private key. Without a key id, every RSA-wrapped key of its size is tried."""

    key_alg = "rsa-oaep"

    def __init__(self, key: rsa.RSAPrivateKey, key_id: str | None, fingerprint: str) -> None:
        check_rsa(key.public_key())
        super().__init__(key_id, fingerprint)
        self._key = key

    def _is_for_me(self, key: EncryptedDataKey) -> bool:
        return (
            key.provider_id == KEY_NAMESPACE
            and len(key.ciphertext) * 8 == self._key.key_size
            and (self.key_id is None or key.provider_info == self.key_id.encode())
        )

    def _open(self, key: EncryptedDataKey, context: Mapping[str, str]) -> bytes | None:
        try:
            return self._key.decrypt(key.ciphertext, _oaep())
        except ValueError:
            return None
