"""From a PEM file to a recipient or a private key, by what the file holds."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from secingest_tui.crypto import pem
from secingest_tui.crypto.errors import KeyFileError
from secingest_tui.crypto.recipients.base import PrivateKey, Recipient
from secingest_tui.crypto.recipients.ecdh import CURVES, EcdhPrivateKey, EcdhRecipient
from secingest_tui.crypto.recipients.hpke import HpkePrivateKey, HpkeRecipient
from secingest_tui.crypto.recipients.rsa import RsaPrivateKey, RsaRecipient


def load_recipient(data: bytes, key_id: str) -> Recipient:
    """The recipient whose public key (PEM, SubjectPublicKeyInfo) is ``data``.

    Raises :class:`KeyFileError` for a file, kind, size or curve that cannot be used, and for a
    ``key_id`` that is not one.
    """
    return recipient_for(pem.load_public(data), key_id)


def recipient_for(key: pem.AnyPublicKey, key_id: str) -> Recipient:
    """The recipient for a public key at hand; :class:`KeyFileError` where it cannot encrypt."""
    print_ = pem.fingerprint(key)
    if isinstance(key, rsa.RSAPublicKey):
        return RsaRecipient(key, key_id, print_)
    if isinstance(key, ec.EllipticCurvePublicKey):
        _check_curve(key.curve)
        return EcdhRecipient(key, key_id, print_)
    if isinstance(key, ed25519.Ed25519PublicKey):
        raise _signing_only()
    return HpkeRecipient(key.hpke_key(), key_id, print_)


def load_private_key(data: bytes, passphrase: bytes | None, key_id: str | None = None) -> PrivateKey:
    """The private key in ``data`` (PEM, PKCS#8), opened with ``passphrase`` where it is protected.

    ``key_id`` narrows which wrapped keys are tried; None tries all of the kind. Raises
    :class:`PassphraseRequiredError`, :class:`WrongPassphraseError` or :class:`KeyFileError`.
    """
    return private_key_for(pem.load_private(data, passphrase), key_id)


def private_key_for(key: pem.AnyPrivateKey, key_id: str | None = None) -> PrivateKey:
    """The :class:`PrivateKey` for a key at hand; :class:`KeyFileError` where it cannot decrypt."""
    print_ = pem.fingerprint(key.public_key())
    if isinstance(key, rsa.RSAPrivateKey):
        return RsaPrivateKey(key, key_id, print_)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        _check_curve(key.curve)
        return EcdhPrivateKey(key, key_id, print_)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raise _signing_only()
    return HpkePrivateKey(key.hpke_key(), key_id, print_)


def _check_curve(curve: ec.EllipticCurve) -> None:
    if curve.name not in CURVES:
        raise KeyFileError(
            f"keys on the curve {curve.name} cannot be used", hint="P-256, P-384 and P-521 can be used."
        )


def _signing_only() -> KeyFileError:
    return KeyFileError(
        "an Ed25519 key signs and cannot encrypt",
        hint="Give an RSA, P-256, P-384, P-521 or MLKEM768-X25519 key.",
    )
