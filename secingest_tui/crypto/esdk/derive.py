"""From the data key to the key that seals frames, and to the commitment that fixes the data key.

Specification, ``framework/algorithm-suites.md``, suite 0x0478; HKDF is RFC 5869 with SHA-512.
"""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from secingest_tui.crypto.errors import CommitmentError
from secingest_tui.crypto.esdk.wire import COMMITMENT_LENGTH, DATA_KEY_LENGTH, SUITE_ID, u16

_KEY_INFO = u16(SUITE_ID) + b"DERIVEKEY"
_COMMIT_INFO = b"COMMITKEY"


def message_key(data_key: bytes, message_id: bytes) -> bytes:
    """The AES-256 key of one message: 32 bytes from a 32-byte data key and the 32-byte message id."""
    return HKDF(SHA512(), DATA_KEY_LENGTH, message_id, _KEY_INFO).derive(data_key)


def commitment(data_key: bytes, message_id: bytes) -> bytes:
    """The 32 bytes by which the header commits to ``data_key``."""
    return HKDF(SHA512(), COMMITMENT_LENGTH, message_id, _COMMIT_INFO).derive(data_key)


def committed_message_key(data_key: bytes, message_id: bytes, expected: bytes) -> bytes:
    """The message key, once ``data_key`` is known to be the one committed to; else :class:`CommitmentError`.

    Without this check one ciphertext can open to different plaintexts under two data keys
    ("invisible salamanders").
    """
    if not hmac.compare_digest(commitment(data_key, message_id), expected):
        raise CommitmentError(
            "the wrapped key is not the one this object was sealed with",
            hint="The list of wrapped keys was exchanged: fetch the object from another copy.",
        )
    return message_key(data_key, message_id)
