"""Is this a public key? Decided before anything of it is stored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ..problems import ProblemError, invalid

# Every private key format says so in its first line: PKCS#8 plain and encrypted, PKCS#1, SEC 1, OpenSSH, PGP.
_PRIVATE = re.compile(r"PRIVATE|SECRET|openssh-key", re.IGNORECASE)
_PEM = re.compile(r"-----BEGIN PUBLIC KEY-----\s+(?P<body>[A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*")
_SEQUENCE, _INTEGER, _OCTET_STRING, _BIT_STRING = 0x30, 0x02, 0x04, 0x03


def check_public_key(text: str) -> tuple[str, str]:
    """The PEM as it will be stored, and the SHA-256 (hex) of its DER, a SubjectPublicKeyInfo.

    Source: RFC 7468 section 13, RFC 5280 section 4.1. Raises ProblemError 422; a private key has the code
    `private-key`, also under a public key's label, and its text goes no further.
    """
    if _PRIVATE.search(text):
        raise _private()
    match = _PEM.fullmatch(text.strip())
    if match is None:
        raise _not_a_key()
    try:
        der = base64.b64decode("".join(match["body"].split()), validate=True)
        tags = _tags(der)
    except (ValueError, IndexError, binascii.Error):
        raise _not_a_key() from None
    # PKCS#8, PKCS#1 and SEC 1 begin with a version, an encrypted PKCS#8 ends with an octet string.
    if tags[:1] == [_INTEGER] or _OCTET_STRING in tags:
        raise _private()
    if tags != [_SEQUENCE, _BIT_STRING]:
        raise _not_a_key()
    try:
        load_der_public_key(der)
    except UnsupportedAlgorithm:
        # A well-formed key of an algorithm that this server does not know is still the tenant's to record.
        pass
    except ValueError:
        raise _not_a_key() from None
    lines = base64.b64encode(der).decode()
    body = "\n".join(lines[at : at + 64] for at in range(0, len(lines), 64))
    pem = f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"
    return pem, hashlib.sha256(der).hexdigest()


def _tags(der: bytes) -> list[int]:
    """The tags of the elements inside the outer SEQUENCE (X.690 section 8.1). ValueError, IndexError."""
    tag, at, end = _element(der, 0)
    if tag != _SEQUENCE or end != len(der):
        raise ValueError("not one SEQUENCE")
    tags = []
    while at < end:
        tag, _, at = _element(der, at)
        tags.append(tag)
    if at != end:
        raise ValueError("an element overruns the SEQUENCE")
    return tags


def _element(der: bytes, at: int) -> tuple[int, int, int]:
    tag, length, start = der[at], der[at + 1], at + 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 4:
            raise ValueError("length of a length")
        length = int.from_bytes(der[start : start + size], "big")
        start += size
    return tag, start, start + length


def _private() -> ProblemError:
    return invalid(
        "public_key",
        "this is a private key; it was not stored, but it has left your machine",
        "send the public key, and replace this key pair",
        "private-key",
    )


def _not_a_key() -> ProblemError:
    return invalid("public_key", "not a public key in PEM", "send all from -----BEGIN PUBLIC KEY----- on")
