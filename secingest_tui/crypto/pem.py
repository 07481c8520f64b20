"""Key files in PEM, read with an answer for each way in which they can be the wrong file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
)

from secingest_tui.crypto import pkcs8
from secingest_tui.crypto.errors import (
    KeyFileError,
    PassphraseRequiredError,
    WrongPassphraseError,
    shown,
)
from secingest_tui.crypto.xwing import XWingPrivateKey, XWingPublicKey

AnyPublicKey: TypeAlias = (
    rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | XWingPublicKey
)
AnyPrivateKey: TypeAlias = (
    rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | XWingPrivateKey
)

PUBLIC_LABEL = "PUBLIC KEY"
PRIVATE_LABEL = "PRIVATE KEY"
ENCRYPTED_LABEL = "ENCRYPTED PRIVATE KEY"
_OLD_PRIVATE_LABELS = ("RSA PRIVATE KEY", "EC PRIVATE KEY")

MAX_FILE_LENGTH = 64 * 1024
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----\s(.*?)-----END \1-----", re.DOTALL)
_OTHER_KINDS = {
    "CERTIFICATE": "take its public key out with 'openssl x509 -pubkey -noout'",
    "OPENSSH PRIVATE KEY": "convert it with 'ssh-keygen -p -m PKCS8'",
    "PGP PUBLIC KEY BLOCK": "PGP keys cannot be used",
    "PGP PRIVATE KEY BLOCK": "PGP keys cannot be used",
}


def load_public(data: bytes) -> AnyPublicKey:
    """The public key in a PEM file (SubjectPublicKeyInfo); :class:`KeyFileError` for anything else."""
    label, der = _decode(data)
    if label.endswith(PRIVATE_LABEL):
        raise KeyFileError(
            "this is a private key where a public one is wanted",
            hint="Give the .pub.pem file; a private key belongs to nobody but its owner.",
        )
    if label != PUBLIC_LABEL:
        raise KeyFileError(f"a PEM file with {shown(label)} is not a public key", hint=_hint(label))
    try:
        return XWingPublicKey.from_der(der)
    except ValueError:
        pass
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFileError("the public key is damaged or of an unknown kind", hint=_KINDS) from None
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        raise KeyFileError("a public key of this kind cannot be used", hint=_KINDS)
    return key


def load_private(data: bytes, passphrase: bytes | None) -> AnyPrivateKey:
    """The private key in a PEM file (PKCS#8, or the older RSA and EC forms).

    Raises :class:`PassphraseRequiredError`, :class:`WrongPassphraseError`, and
    :class:`KeyFileError` for a file that is something else. A passphrase that the file does not
    need is refused too: who gave one believes that the file is protected.
    """
    label, der = _decode(data)
    if label == PUBLIC_LABEL:
        raise KeyFileError(
            "this is a public key where a private one is wanted",
            hint="Give the .pem file that was made together with it.",
        )
    if label not in (PRIVATE_LABEL, ENCRYPTED_LABEL, *_OLD_PRIVATE_LABELS):
        raise KeyFileError(f"a PEM file with {shown(label)} is not a private key", hint=_hint(label))
    if label != ENCRYPTED_LABEL:
        return _from_other(data, der, passphrase)
    if passphrase is None:
        raise _passphrase_required()
    plain = pkcs8.decrypt(der, passphrase)
    if plain is None:
        return _from_other(data, der, passphrase)
    try:
        return _from_plain(plain)
    except (ValueError, UnsupportedAlgorithm):
        # The scheme has no checksum: the wrong passphrase gives noise one time in 256.
        raise _wrong_passphrase() from None


def _from_plain(der: bytes) -> AnyPrivateKey:
    try:
        return XWingPrivateKey.from_der(der)
    except ValueError:
        return _usable(load_der_private_key(der, None))


def _from_other(data: bytes, der: bytes, passphrase: bytes | None) -> AnyPrivateKey:
    try:
        xwing = XWingPrivateKey.from_der(der)
    except ValueError:
        pass
    else:
        if passphrase is not None:
            raise _not_protected()
        return xwing
    try:
        return _usable(load_pem_private_key(data, passphrase))
    except TypeError:
        raise (_passphrase_required() if passphrase is None else _not_protected()) from None
    except UnsupportedAlgorithm:
        raise KeyFileError("a private key of this kind cannot be used", hint=_KINDS) from None
    except ValueError:
        # The usual schemes have no checksum either, so noise and damage look alike here.
        if passphrase is not None and is_protected(data):
            raise _wrong_passphrase() from None
        raise KeyFileError("the private key is damaged", hint="Take it from its backup.") from None


def _usable(key: object) -> AnyPrivateKey:
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        return key
    raise KeyFileError("a private key of this kind cannot be used", hint=_KINDS)


def encode_public(key: AnyPublicKey) -> bytes:
    """The PEM file of a public key."""
    return _encode(PUBLIC_LABEL, spki(key))


def encode_private(key: AnyPrivateKey, passphrase: bytes | None, *, random_passphrase: bool = False) -> bytes:
    """The PEM file of a private key: PKCS#8, encrypted where a passphrase is given.

    ``random_passphrase`` as in :func:`pkcs8.encrypt`.
    """
    if isinstance(key, XWingPrivateKey):
        der = key.to_der()
    else:
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    if passphrase is None:
        return _encode(PRIVATE_LABEL, der)
    if not passphrase:
        raise KeyFileError("the passphrase is empty", field="passphrase")
    return _encode(ENCRYPTED_LABEL, pkcs8.encrypt(der, passphrase, random_passphrase=random_passphrase))


def spki(key: AnyPublicKey) -> bytes:
    """The SubjectPublicKeyInfo of a public key (DER)."""
    if isinstance(key, XWingPublicKey):
        return key.to_der()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: AnyPublicKey) -> str:
    """SHA-256 of the SubjectPublicKeyInfo, 64 hex digits."""
    return hashlib.sha256(spki(key)).hexdigest()


def is_protected(data: bytes) -> bool:
    """Whether a private key file asks for a passphrase (also in the older forms)."""
    label, _ = _decode(data)
    return label == ENCRYPTED_LABEL or b"Proc-Type: 4,ENCRYPTED" in data


_KINDS = "RSA 3072 or 4096, P-256, P-384, P-521, MLKEM768-X25519 and (to sign) Ed25519 can be used."


def _decode(data: bytes) -> tuple[str, bytes]:
    if len(data) > MAX_FILE_LENGTH:
        raise KeyFileError("this is no key file: it is too long", hint="Give a PEM file.")
    blocks = _BLOCK.findall(data)
    if len(blocks) != 1:
        what = "no PEM block" if not blocks else f"{len(blocks)} PEM blocks"
        raise KeyFileError(f"a key file has one PEM block, this one has {what}", hint="Give a PEM file.")
    label, body = blocks[0]
    # The older forms have header lines between the label and the base64.
    lines = [line for line in body.split() if b":" not in line] if b"Proc-Type" not in body else []
    try:
        return label.decode("ascii"), base64.b64decode(b"".join(lines), validate=True)
    except binascii.Error:
        raise KeyFileError("the PEM block is damaged", hint="Take the file from its backup.") from None


def _encode(label: str, der: bytes) -> bytes:
    text = base64.b64encode(der).decode("ascii")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()


def _hint(label: str) -> str:
    return f"To use it, {_OTHER_KINDS[label]}." if label in _OTHER_KINDS else _KINDS


def _passphrase_required() -> PassphraseRequiredError:
    return PassphraseRequiredError(
        "this private key is protected by a passphrase and none was given",
        hint="Enter it, or name a file that holds it.",
        field="passphrase",
    )


def _wrong_passphrase() -> WrongPassphraseError:
    return WrongPassphraseError(
        "the passphrase does not open this private key",
        hint="Try again; nobody can recover a lost passphrase.",
        field="passphrase",
    )


def _not_protected() -> KeyFileError:
    return KeyFileError(
        "this private key is not protected, yet a passphrase was given",
        hint="Give none, or protect the file with 'secingest keys passwd'.",
        field="passphrase",
    )
