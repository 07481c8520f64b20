"""The post-quantum profile against a second implementation, itself held to the draft's vectors.

No stock AWS keyring exists for it, so HPKE's key schedule (RFC 9180) and X-Wing's combiner
(draft-connolly-cfrg-xwing-kem) are spelled out here from the documents, on ML-KEM and X25519 as
primitives, and checked with the vectors of draft-ietf-hpke-pq before they judge what we write.
"""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from secingest_tui.crypto import pem
from secingest_tui.crypto.esdk import Sealer, parse_header, serialise_context
from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.crypto.xwing import XWingPrivateKey, XWingPublicKey

from .objects import context, pair
from .vectors import vectors

pytestmark = pytest.mark.oracle

XWING, HKDF_SHA256, AES_256_GCM, CHACHA20 = 0x647A, 1, 2, 3


def decapsulate(seed: bytes, enc: bytes) -> bytes:
    expanded = hashlib.shake_256(seed).digest(96)
    classical = X25519PrivateKey.from_private_bytes(expanded[64:])
    post_quantum = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    secret_m = post_quantum.decapsulate(enc[:1088])
    secret_x = classical.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
    public_x = classical.public_key().public_bytes_raw()
    return hashlib.sha3_256(secret_m + secret_x + enc[1088:] + public_x + rb"\.//^\ "[:-1]).digest()


def key_schedule(secret: bytes, info: bytes, aead: int) -> tuple[bytes, bytes]:
    """RFC 9180, section 5.1, base mode, HKDF-SHA-256: the AEAD's key and base nonce."""
    suite = b"HPKE" + b"".join(number.to_bytes(2, "big") for number in (XWING, HKDF_SHA256, aead))

    def extract(salt: bytes, label: bytes, data: bytes) -> bytes:
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + data, "sha256")

    def expand(key: bytes, label: bytes, data: bytes, length: int) -> bytes:
        labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + data
        return hmac.digest(key, labelled + b"\x01", "sha256")[:length]

    about = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    mixed = extract(secret, b"secret", b"")
    return expand(mixed, b"key", about, 32), expand(mixed, b"base_nonce", about, 12)


def draft_vectors() -> list[dict[str, str]]:
    found = json.loads(vectors("Protocol/wycheproof/HPKE-PQ-test-vectors.json"))
    return [
        each for each in found if (each["kem_id"], each["kdf_id"], each["mode"]) == (XWING, HKDF_SHA256, 0)
    ]


def test_the_second_implementation_passes_the_drafts_vectors() -> None:
    cases = draft_vectors()
    assert cases
    for case in cases:
        raw = {key: bytes.fromhex(case[key]) for key in ("skRm", "pkRm", "enc", "info", "shared_secret")}
        secret = decapsulate(raw["skRm"], raw["enc"])
        assert secret == raw["shared_secret"]
        key, nonce = key_schedule(secret, raw["info"], case["aead_id"])  # type: ignore[arg-type]
        assert (key.hex(), nonce.hex()) == (case["key"], case["base_nonce"])
        first = case["encryptions"][0]
        sealed, aad = bytes.fromhex(first["ct"]), bytes.fromhex(first["aad"])  # type: ignore[index]
        assert case["aead_id"] == CHACHA20
        assert ChaCha20Poly1305(key).decrypt(nonce, sealed, aad).hex() == first["pt"]  # type: ignore[index]


def test_our_keys_are_the_drafts_keys() -> None:
    for case in draft_vectors():
        private = XWingPrivateKey(bytes.fromhex(case["skRm"]))
        assert private.public_key().raw.hex() == case["pkRm"]


def test_the_second_implementation_opens_our_wrapped_key() -> None:
    alice = pair(KeyType.MLKEM768_X25519)
    about = context([alice])
    sealer = Sealer([alice.recipient], about)
    (wrapped,) = parse_header(sealer.header).encrypted_data_keys
    assert wrapped.provider_id == "hpke"
    assert wrapped.provider_info == f"mlkem768-x25519.hkdf-sha256.aes-256-gcm/{alice.key_id}".encode()
    enc, sealed = wrapped.ciphertext[:1120], wrapped.ciphertext[1120:]
    # The private key's file ends with the 32-byte seed, as the draft has it.
    seed = alice.key.to_der()[-32:]  # type: ignore[union-attr]
    secret = decapsulate(seed, enc)
    key, nonce = key_schedule(secret, b"esdk-hpke-v1" + serialise_context(about), AES_256_GCM)
    assert AESGCM(key).decrypt(nonce, sealed, b"") == sealer.data_key


def test_key_files_are_the_usual_containers() -> None:
    """Written out by hand from RFC 5280 and RFC 5958, with the draft's object identifier."""
    private = XWingPrivateKey(bytes(range(32)))
    oid = bytes.fromhex("060b2b0601040183e62d81c87a")
    assert private.to_der() == bytes.fromhex("3034020100300d") + oid + b"\x04\x20" + bytes(range(32))
    public = private.public_key()
    spki = bytes.fromhex("308204d4300d") + oid + bytes.fromhex("038204c100") + public.raw
    assert pem.spki(public) == spki
    assert XWingPublicKey.from_der(spki).raw == public.raw


@pytest.mark.parametrize("length", [0, 1, 1215, 1217])
def test_a_public_key_of_another_length(length: int) -> None:
    with pytest.raises(ValueError, match="1216"):
        XWingPublicKey(bytes(length))
    with pytest.raises(ValueError, match="32"):
        XWingPrivateKey(bytes(length))
