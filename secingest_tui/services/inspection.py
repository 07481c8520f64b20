"""What the header of a ciphertext says, readable without any key and therefore not yet proven."""

from __future__ import annotations

import re
from typing import Any

from secingest_tui.crypto.errors import MoreDataNeeded
from secingest_tui.crypto.esdk import MAX_HEADER_LENGTH, EncryptedDataKey, Header, parse_header

_KEY_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_CURVES = {33: "ecdh-p256", 49: "ecdh-p384", 67: "ecdh-p521"}
"""By the length of a compressed point (SEC 1, section 2.3.3)."""


def wrapped_key_alg(key: EncryptedDataKey) -> str:
    """The ``key_alg`` of a wrapped key, or its provider id where it is none of ours."""
    if key.provider_id == "secingest":
        return "rsa-oaep"
    if key.provider_id == "raw-ecdh" and len(key.provider_info) >= 5:
        return _CURVES.get(int.from_bytes(key.provider_info[1:5], "big"), key.provider_id)
    if key.provider_id == "hpke" and key.provider_info.startswith(b"mlkem768-x25519."):
        return "hpke-mlkem768-x25519"
    return key.provider_id


def wrapped_key_id(header: Header, index: int) -> str | None:
    """The key id of a wrapped key: by the context, or a raw RSA keyring's key name; None if none is said."""
    named = header.key_id(index)
    if named is not None:
        return named
    key = header.encrypted_data_keys[index]
    text = key.provider_info.decode("ascii", "replace")
    return text if key.provider_id == "secingest" and _KEY_ID.fullmatch(text) else None


def describe_header(header: Header) -> dict[str, Any]:
    """The header as plain data: suite, frame length, recipients, encryption context; lengths in bytes."""
    recipients = [
        {
            "key_id": wrapped_key_id(header, index),
            "key_alg": wrapped_key_alg(key),
            "wrapped_key_length": len(key.ciphertext),
        }
        for index, key in enumerate(header.encrypted_data_keys)
    ]
    return {
        "format": "AWS Encryption SDK message, version 2",
        "suite": f"0x{header.suite:04x}",
        "message_id": header.message_id.hex(),
        "frame_length": header.frame_length,
        "header_length": header.length,
        "header_sha256": header.sha256.hex(),
        "recipients": recipients,
        "post_quantum": all(
            wrapped_key_alg(key).startswith("hpke-mlkem") for key in header.encrypted_data_keys
        ),
        "encryption_context": header.context,
    }


def read_header(data: bytes) -> Header:
    """Parse the header at the beginning of ``data`` (up to MAX_HEADER_LENGTH bytes of a ciphertext)."""
    try:
        return parse_header(data[:MAX_HEADER_LENGTH])
    except MoreDataNeeded as error:
        error.hint = "The file ends inside its header; it is cut off, or no ciphertext of this format."
        raise
