"""Key pairs on disk: made, protected, described."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from secingest_tui.crypto import pem
from secingest_tui.crypto.errors import KeyFileError
from secingest_tui.crypto.recipients.base import check_key_id
from secingest_tui.crypto.recipients.rsa import RSA_SIZES
from secingest_tui.crypto.xwing import SEED_LENGTH, XWingPrivateKey, XWingPublicKey
from secingest_tui.files import write_atomic

_PUBLIC_MODE = 0o644
_PUBLIC_EXPONENT = 65537


class KeyType(StrEnum):
    """The kinds of key pair; the value is what ``keys new --type`` takes."""

    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
    P256 = "p256"
    P384 = "p384"
    P521 = "p521"
    ED25519 = "ed25519"
    MLKEM768_X25519 = "mlkem768-x25519"

    @property
    def signs(self) -> bool:
        """Whether it signs (and cannot encrypt)."""
        return self is KeyType.ED25519

    @property
    def post_quantum(self) -> bool:
        """Whether a quantum computer does not open what is sealed for it."""
        return self is KeyType.MLKEM768_X25519


_CURVES: dict[KeyType, ec.EllipticCurve] = {
    KeyType.P256: ec.SECP256R1(),
    KeyType.P384: ec.SECP384R1(),
    KeyType.P521: ec.SECP521R1(),
}


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What a public key file says: the kind, and the SHA-256 of its SubjectPublicKeyInfo in hex."""

    type: KeyType
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeyPaths:
    """Where a pair lies: ``ID.pem`` (private, 0600) and ``ID.pub.pem``."""

    private: Path
    public: Path

    @classmethod
    def of(cls, directory: Path, key_id: str) -> KeyPaths:
        """The two paths for ``key_id`` in ``directory``; :class:`KeyFileError` where it is no key id."""
        check_key_id(key_id)
        return cls(directory / f"{key_id}.pem", directory / f"{key_id}.pub.pem")


def generate(key_type: KeyType) -> pem.AnyPrivateKey:
    """A new private key."""
    if key_type in _CURVES:
        return ec.generate_private_key(_CURVES[key_type])
    if key_type is KeyType.ED25519:
        return ed25519.Ed25519PrivateKey.generate()
    if key_type is KeyType.MLKEM768_X25519:
        return XWingPrivateKey(secrets.token_bytes(SEED_LENGTH))
    bits = RSA_SIZES[0] if key_type is KeyType.RSA_3072 else RSA_SIZES[1]
    return rsa.generate_private_key(_PUBLIC_EXPONENT, bits)


def write_pair(
    directory: Path,
    key_id: str,
    private: pem.AnyPrivateKey,
    passphrase: bytes | None,
    *,
    random_passphrase: bool = False,
) -> KeyPaths:
    """Write the pair; an existing file is never replaced.

    The private key is PKCS#8, mode 0600, encrypted where a passphrase is given (None means that
    the user said so); ``random_passphrase`` as in :func:`pkcs8.encrypt`.
    Raises :class:`KeyFileError` where a key of that id exists.
    """
    paths = KeyPaths.of(directory, key_id)
    private_pem = pem.encode_private(private, passphrase, random_passphrase=random_passphrase)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The private key first: a crash in between leaves one from which the public key can be made.
    _write_new(paths.private, private_pem, 0o600)
    try:
        _write_new(paths.public, pem.encode_public(private.public_key()), _PUBLIC_MODE)
    except BaseException:
        paths.private.unlink()
        raise
    return paths


def change_passphrase(path: Path, old: bytes | None, new: bytes | None) -> None:
    """Protect a private key file anew, in one step: it has the old passphrase or the new one.

    ``new`` None leaves it unprotected. Raises what :func:`pem.load_private` raises.
    """
    write_atomic(path, pem.encode_private(pem.load_private(read(path), old), new), mode=0o600)


def read(path: Path) -> bytes:
    """The bytes of a key file; :class:`KeyFileError` where it cannot be read or is no key file."""
    try:
        with path.open("rb") as stream:
            return stream.read(pem.MAX_FILE_LENGTH + 1)
    except OSError as error:
        raise KeyFileError(f"the key file {path} cannot be read: {error.strerror}") from error


def read_public(path: Path) -> KeyInfo:
    """Kind and fingerprint of a public key file; :class:`KeyFileError` where it is none of ours."""
    return describe(pem.load_public(read(path)))


def describe(key: pem.AnyPublicKey) -> KeyInfo:
    """Kind and fingerprint of a public key; :class:`KeyFileError` for a size or curve we do not use."""
    return KeyInfo(_type_of(key), pem.fingerprint(key))


def _type_of(key: pem.AnyPublicKey) -> KeyType:
    if isinstance(key, XWingPublicKey):
        return KeyType.MLKEM768_X25519
    if isinstance(key, ed25519.Ed25519PublicKey):
        return KeyType.ED25519
    if isinstance(key, rsa.RSAPublicKey):
        name = f"rsa-{key.key_size}"
    else:
        name = next((kind for kind, curve in _CURVES.items() if curve.name == key.curve.name), key.curve.name)
    try:
        return KeyType(name)
    except ValueError:
        kinds = ", ".join(KeyType)
        raise KeyFileError(f"a {name} key cannot be used", hint=f"Use one of {kinds}.") from None


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        write_atomic(path, data, mode=mode, exclusive=True)
    except FileExistsError:
        raise KeyFileError(
            f"{path} exists and is not replaced",
            hint="Choose another key id; a replaced key would make older objects unreadable.",
            field="key_id",
        ) from None
