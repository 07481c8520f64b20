"""Project Wycheproof's vectors through the very functions that seal and open.

Each test counts what it ran, so that a file which changed shape cannot pass by running nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from secingest_tui.crypto import pem
from secingest_tui.crypto.esdk import EncryptedDataKey
from secingest_tui.crypto.recipients.rsa import RsaPrivateKey

from .vectors import cases

pytestmark = pytest.mark.oracle


def raw(test: dict[str, Any], *names: str) -> list[bytes]:
    return [bytes.fromhex(test[name]) for name in names]


def test_aes_256_gcm() -> None:
    ran: Counter[str] = Counter()
    for group, test in cases("Cipher/wycheproof/aes_gcm_test.json"):
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            continue
        key, iv, aad, plain, sealed, tag = raw(test, "key", "iv", "aad", "msg", "ct", "tag")
        out = bytearray(len(plain))
        if test["result"] == "valid":
            target = bytearray(len(plain) + 16)
            AESGCM(key).encrypt_into(iv, plain, aad, target)
            assert bytes(target) == sealed + tag, test["tcId"]
            AESGCM(key).decrypt_into(iv, sealed + tag, aad, out)
            assert bytes(out) == plain, test["tcId"]
        else:
            with pytest.raises(InvalidTag):
                AESGCM(key).decrypt_into(iv, sealed + tag, aad, out)
        ran[test["result"]] += 1
    assert ran["valid"] >= 25
    assert ran["invalid"] >= 25


@pytest.mark.parametrize("bits", [3072, 4096])
def test_rsa_oaep(bits: int) -> None:
    """Through the private key's own unwrapping. It takes no label, so labelled cases must not open."""
    ran: Counter[str] = Counter()
    for group, test in cases(f"Cipher/wycheproof/rsa_oaep_{bits}_sha256_mgf1sha256_test.json"):
        private = _rsa(group["privateKeyPkcs8"])
        message, sealed, label = raw(test, "msg", "ct", "label")
        opened = private._open(EncryptedDataKey("secingest", b"", sealed), {})
        valid = test["result"] == "valid" and not label
        assert opened == (message if valid else None), test["tcId"]
        ran["valid" if valid else "refused"] += 1
    assert ran["valid"] >= 10
    assert ran["refused"] >= 10


@cache
def _rsa(pkcs8: str) -> RsaPrivateKey:
    key = load_der_private_key(bytes.fromhex(pkcs8), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return RsaPrivateKey(key, None, pem.fingerprint(key.public_key()))


@pytest.mark.parametrize(("curve", "least"), [("secp256r1", 300), ("secp384r1", 500), ("secp521r1", 500)])
def test_ecdh_with_public_keys_in_der(curve: str, least: int) -> None:
    ran = 0
    for group, test in cases(f"Protocol/wycheproof/ecdh_{curve}_test.json"):
        public, shared = raw(test, "public", "shared")
        private = ec.derive_private_key(int(test["private"], 16), _curve(group["curve"]))
        if test["result"] == "acceptable":
            continue
        if test["result"] == "valid":
            peer = load_der_public_key(public)
            assert isinstance(peer, ec.EllipticCurvePublicKey)
            assert private.exchange(ec.ECDH(), peer) == shared, test["tcId"]
        else:
            with pytest.raises(Exception):  # noqa: B017, PT011 (any refusal will do, none is a break)
                private.exchange(ec.ECDH(), load_der_public_key(public))  # type: ignore[arg-type]
        ran += 1
    assert ran >= least


@pytest.mark.parametrize("curve", ["secp256r1", "secp384r1", "secp521r1"])
def test_ecdh_with_encoded_points(curve: str) -> None:
    """Points as they lie in a wrapped key: what is off the curve must be refused."""
    ran: Counter[str] = Counter()
    for group, test in cases(f"Protocol/wycheproof/ecdh_{curve}_ecpoint_test.json"):
        public, shared = raw(test, "public", "shared")
        private = ec.derive_private_key(int(test["private"], 16), _curve(group["curve"]))
        if test["result"] == "invalid":
            with pytest.raises(ValueError):  # noqa: PT011 (refused is what counts)
                ec.EllipticCurvePublicKey.from_encoded_point(_curve(group["curve"]), public)
        else:
            peer = ec.EllipticCurvePublicKey.from_encoded_point(_curve(group["curve"]), public)
            assert private.exchange(ec.ECDH(), peer) == shared, test["tcId"]
        ran[test["result"]] += 1
    assert ran["valid"] >= 50
    assert ran["invalid"] >= 5


def _curve(name: str) -> ec.EllipticCurve:
    return {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1(), "secp521r1": ec.SECP521R1()}[name]


@pytest.mark.parametrize("bits", [256, 512])
def test_hkdf(bits: int) -> None:
    ran = 0
    for _, test in cases(f"Protocol/wycheproof/hkdf_sha{bits}_test.json"):
        key, salt, info, expected = raw(test, "ikm", "salt", "info", "okm")
        digest = SHA256() if bits == 256 else SHA512()
        if test["result"] == "valid":
            assert HKDF(digest, test["size"], salt, info).derive(key) == expected, test["tcId"]
        else:
            with pytest.raises(ValueError, match="larger"):
                HKDF(digest, test["size"], salt, info)
        ran += 1
    assert ran >= 80


def test_aes_key_wrap() -> None:
    """Not used by the format; here so that a recipient of that kind could not be added on a broken part."""
    ran: Counter[str] = Counter()
    for group, test in cases("Cipher/wycheproof/aes_wrap_test.json"):
        if group["keySize"] != 256:
            continue
        key, message, wrapped = raw(test, "key", "msg", "ct")
        if test["result"] == "valid":
            assert aes_key_wrap(key, message) == wrapped
            assert aes_key_unwrap(key, wrapped) == message
        else:
            with pytest.raises((InvalidUnwrap, ValueError)):
                aes_key_unwrap(key, wrapped)
        ran[test["result"]] += 1
    assert ran["valid"] >= 5
    assert ran["invalid"] >= 20


def test_ml_kem_768() -> None:
    ran: Counter[str] = Counter()
    for _, test in cases("Protocol/wycheproof/mlkem_768_test.json"):
        seed, sealed = raw(test, "seed", "c")
        try:
            key = MLKEM768PrivateKey.from_seed_bytes(seed)
            secret = key.decapsulate(sealed)
        except ValueError:
            assert test["result"] == "invalid", test["tcId"]
        else:
            assert test["result"] == "valid", test["tcId"]
            assert key.public_key().public_bytes_raw().hex() == test["ek"]
            assert secret.hex() == test["K"]
        ran[test["result"]] += 1
    assert ran["valid"] >= 100
    assert ran["invalid"] >= 1


def test_ml_kem_768_public_keys_out_of_range() -> None:
    ran: Counter[str] = Counter()
    for _, test in cases("Protocol/wycheproof/mlkem_768_encaps_test.json"):
        (public,) = raw(test, "ek")
        if test["result"] == "invalid":
            with pytest.raises(ValueError):  # noqa: PT011 (refused is what counts)
                MLKEM768PublicKey.from_public_bytes(public).encapsulate()
        else:
            assert MLKEM768PublicKey.from_public_bytes(public).public_bytes_raw() == public
        ran[test["result"]] += 1
    assert ran["invalid"] >= 100


def test_ml_kem_768_key_generation() -> None:
    ran = 0
    for _, test in cases("Protocol/wycheproof/mlkem_768_keygen_seed_test.json"):
        (seed,) = raw(test, "seed")
        public = MLKEM768PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()
        assert hashlib.sha256(public).hexdigest() == hashlib.sha256(bytes.fromhex(test["ek"])).hexdigest()
        ran += 1
    assert ran >= 50
