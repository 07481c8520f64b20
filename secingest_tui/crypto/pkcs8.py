"""Private keys under a passphrase: PKCS#8 EncryptedPrivateKeyInfo with scrypt and AES-256-CBC.

PBES2 is RFC 8018, scrypt in it RFC 7914 (section 7). ``cryptography`` writes PBKDF2 with 2,048
rounds, which a graphics card tries by the million, and cannot be told otherwise; it and every
openssl since 1.1.0 read what is written here.
"""

from __future__ import annotations

import secrets

from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.x509 import ObjectIdentifier

from secingest_tui.crypto.errors import KeyFileError, WrongPassphraseError

# 16 MiB and five passes: as costly to guess as the usual 128 MiB and one (OWASP's table), and
# below the 32 MiB above which a stock openssl refuses to read the file.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 5
# Nobody guesses 256 random bits, however cheap a guess is: what costs time there costs only the user.
_COST_OF_RANDOM, _PARALLEL_OF_RANDOM = 2**10, 1
# What a file may ask for: 1 GiB (128 bytes times cost times block), and sixteen passes.
_MAX_COST_TIMES_BLOCK, _MAX_PARALLEL = 2**23, 16
_SALT_LENGTH = 16
_KEY_LENGTH = 32
_BLOCK_BITS = 128

_PBES2 = ObjectIdentifier("1.2.840.113549.1.5.13")
_SCRYPT = ObjectIdentifier("1.3.6.1.4.1.11591.4.11")
_AES_256_CBC = ObjectIdentifier("2.16.840.1.101.3.4.1.42")


@asn1.sequence
class _ScryptParameters:
    salt: bytes
    cost: int
    block: int
    parallel: int
    key_length: int | None


@asn1.sequence
class _Kdf:
    oid: ObjectIdentifier
    parameters: _ScryptParameters


@asn1.sequence
class _Encryption:
    oid: ObjectIdentifier
    iv: bytes


@asn1.sequence
class _Pbes2Parameters:
    kdf: _Kdf
    encryption: _Encryption


@asn1.sequence
class _Pbes2:
    oid: ObjectIdentifier
    parameters: _Pbes2Parameters


@asn1.sequence
class _EncryptedPrivateKeyInfo:
    algorithm: _Pbes2
    data: bytes


def encrypt(der: bytes, passphrase: bytes, *, random_passphrase: bool = False) -> bytes:
    """An EncryptedPrivateKeyInfo (DER) that holds the PrivateKeyInfo ``der``.

    ``random_passphrase``: it was made by a generator, with at least 128 bits that nobody can guess;
    deriving the key from it need not be slow then.
    """
    scrypt = _ScryptParameters(
        salt=secrets.token_bytes(_SALT_LENGTH),
        cost=_COST_OF_RANDOM if random_passphrase else _COST,
        block=_BLOCK,
        parallel=_PARALLEL_OF_RANDOM if random_passphrase else _PARALLEL,
        key_length=None,
    )
    iv = secrets.token_bytes(_BLOCK_BITS // 8)
    padder = padding.PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES256(_derive(scrypt, passphrase)), modes.CBC(iv)).encryptor()
    data = encryptor.update(padder.update(der) + padder.finalize()) + encryptor.finalize()
    parameters = _Pbes2Parameters(
        kdf=_Kdf(oid=_SCRYPT, parameters=scrypt), encryption=_Encryption(oid=_AES_256_CBC, iv=iv)
    )
    return asn1.encode_der(
        _EncryptedPrivateKeyInfo(algorithm=_Pbes2(oid=_PBES2, parameters=parameters), data=data)
    )


def decrypt(der: bytes, passphrase: bytes) -> bytes | None:
    """The PrivateKeyInfo (DER) in ``der``; None where it is protected in another way than ours.

    Raises :class:`KeyFileError` where opening it would cost more than a file may ask for, and
    :class:`WrongPassphraseError` where the passphrase certainly does not fit. The scheme
    has no checksum, so with a wrong one it may also give bytes that are no PrivateKeyInfo.
    """
    try:
        info = asn1.decode_der(_EncryptedPrivateKeyInfo, der)
    except ValueError:
        return None
    parameters = info.algorithm.parameters
    scrypt = parameters.kdf.parameters
    known = (info.algorithm.oid, parameters.kdf.oid, parameters.encryption.oid)
    if known != (_PBES2, _SCRYPT, _AES_256_CBC):
        return None
    _require_bearable(scrypt)
    try:
        cipher = Cipher(algorithms.AES256(_derive(scrypt, passphrase)), modes.CBC(parameters.encryption.iv))
        decryptor = cipher.decryptor()
        unpadder = padding.PKCS7(_BLOCK_BITS).unpadder()
        padded = decryptor.update(info.data) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise WrongPassphraseError(
            "the passphrase does not open this private key",
            hint="Try again; nobody can recover a lost passphrase.",
            field="passphrase",
        ) from None


def _require_bearable(scrypt: _ScryptParameters) -> None:
    """Whoever made the file chose the costs: they are bounded before memory is spent on them."""
    power_of_two = scrypt.cost > 1 and scrypt.cost & (scrypt.cost - 1) == 0
    bounded = 1 <= scrypt.block <= _MAX_COST_TIMES_BLOCK // max(scrypt.cost, 1)
    if not power_of_two or not bounded or not 1 <= scrypt.parallel <= _MAX_PARALLEL:
        raise KeyFileError(
            "the private key's protection asks for more memory or time than is allowed",
            hint="Protect it anew with 'openssl pkcs8 -topk8 -scrypt' on a machine of your own.",
        )


def _derive(scrypt: _ScryptParameters, passphrase: bytes) -> bytes:
    return Scrypt(scrypt.salt, _KEY_LENGTH, scrypt.cost, scrypt.block, scrypt.parallel).derive(passphrase)
