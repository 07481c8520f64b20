"""Ephemeral-static ECDH on P-256, P-384 and P-521: the specification's raw ECDH keyring.

Specification, ``framework/raw-ecdh-keyring.md`` and ``key-agreement-schemas.md``. The document
prints the KDF's label in capitals; the published libraries use lower case, and so do we::

    provider info  01 | u32 length, recipient's point | u32 length, ephemeral point  (compressed)
    ciphertext     salt 32 | commitment 32 | wrapped data key 32 | tag 16

Key derivation is NIST SP 800-108 in counter mode with HMAC-SHA-384: 64 bytes, of which the
first half is compared with the commitment and the second wraps the data key by AES-256-GCM.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from secingest_tui.crypto.errors import FormatError
from secingest_tui.crypto.esdk.context import serialise_context
from secingest_tui.crypto.esdk.header import EncryptedDataKey
from secingest_tui.crypto.esdk.wire import DATA_KEY_LENGTH, IV_LENGTH, TAG_LENGTH, Cursor, u32
from secingest_tui.crypto.recipients.base import PrivateKey, Recipient

PROVIDER_ID = "raw-ecdh"
CURVES: dict[str, str] = {"secp256r1": "p256", "secp384r1": "p384", "secp521r1": "p521"}

_KEYRING_VERSION = b"\x01"
_SALT_LENGTH = 32
_COMMITMENT_LENGTH = 32
_OUTPUT_BITS = 512
_ZERO_IV = bytes(IV_LENGTH)


class EcdhRecipient(Recipient):
    """A public key on one of the three curves."""

    def __init__(self, key: ec.EllipticCurvePublicKey, key_id: str, fingerprint: str) -> None:
        super().__init__(key_id, fingerprint)
        self.key_alg = f"ecdh-{CURVES[key.curve.name]}"
        self._key = key

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> EncryptedDataKey:
        ephemeral = ec.generate_private_key(self._key.curve)
        sender, recipient = _point(ephemeral.public_key()), _point(self._key)
        info = _fixed_info(self._key.curve, sender, recipient, context)
        salt = secrets.token_bytes(_SALT_LENGTH)
        derived = _derive(ephemeral.exchange(ec.ECDH(), self._key), info, salt)
        # The zero IV is safe here: the wrapping key is new with every ephemeral key and salt.
        wrapped = AESGCM(derived[_COMMITMENT_LENGTH:]).encrypt(_ZERO_IV, data_key, info)
        provider_info = _KEYRING_VERSION + u32(len(recipient)) + recipient + u32(len(sender)) + sender
        return EncryptedDataKey(PROVIDER_ID, provider_info, salt + derived[:_COMMITMENT_LENGTH] + wrapped)


class EcdhPrivateKey(PrivateKey):
    """A private key on one of the three curves. Its wrapped keys are found by the public key in them."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, key_id: str | None, fingerprint: str) -> None:
        super().__init__(key_id, fingerprint)
        self.key_alg = f"ecdh-{CURVES[key.curve.name]}"
        self._key = key
        self._own_point = _point(key.public_key())

    def _is_for_me(self, key: EncryptedDataKey) -> bool:
        points = _points(key)
        return points is not None and points[0] == self._own_point

    def _open(self, key: EncryptedDataKey, context: Mapping[str, str]) -> bytes | None:
        points = _points(key)
        expected = _SALT_LENGTH + _COMMITMENT_LENGTH + DATA_KEY_LENGTH + TAG_LENGTH
        if points is None or len(key.ciphertext) != expected:
            return None
        recipient, sender = points
        info = _fixed_info(self._key.curve, sender, recipient, context)
        cursor = Cursor(key.ciphertext)
        salt, commitment = cursor.take(_SALT_LENGTH), cursor.take(_COMMITMENT_LENGTH)
        try:
            # from_encoded_point refuses points that are not on the curve.
            peer = ec.EllipticCurvePublicKey.from_encoded_point(self._key.curve, sender)
            derived = _derive(self._key.exchange(ec.ECDH(), peer), info, salt)
            if not hmac.compare_digest(derived[:_COMMITMENT_LENGTH], commitment):
                return None
            wrapped = key.ciphertext[cursor.position :]
            return AESGCM(derived[_COMMITMENT_LENGTH:]).decrypt(_ZERO_IV, wrapped, info)
        except (ValueError, InvalidTag):
            return None


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def _points(key: EncryptedDataKey) -> tuple[bytes, bytes] | None:
    """The recipient's and the sender's point; None where this is not a wrapped key of this kind."""
    if key.provider_id != PROVIDER_ID:
        return None
    cursor = Cursor(key.provider_info)
    try:
        version = cursor.take(1)
        recipient, sender = cursor.take(cursor.u32()), cursor.take(cursor.u32())
    except FormatError:
        return None
    if version != _KEYRING_VERSION or cursor.position != len(key.provider_info):
        return None
    return recipient, sender


def _fixed_info(
    curve: ec.EllipticCurve, sender: bytes, recipient: bytes, context: Mapping[str, str]
) -> bytes:
    """What both the derivation and the wrapping are bound to."""
    parts = (b"ecdh-key-derivation", CURVES[curve.name].encode(), b"HMAC_SHA384", sender + recipient)
    return b"\0".join((*parts, _KEYRING_VERSION, serialise_context(context)))


def _derive(shared_secret: bytes, info: bytes, salt: bytes) -> bytes:
    """SP 800-108 (4.1), counter before the fixed data: ``counter | label | 00 | salt | length in bits``."""
    fixed = info + b"\0" + salt + u32(_OUTPUT_BITS)
    blocks = (hmac.digest(shared_secret, u32(counter) + fixed, hashlib.sha384) for counter in (1, 2))
    return b"".join(blocks)[: _OUTPUT_BITS // 8]
