"""Keys as they come in files, and wrapped keys as other tools see them."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from secingest_tui.crypto import pem, pkcs8
from secingest_tui.crypto.errors import (
    KeyFileError,
    NoMatchingKeyError,
    PassphraseRequiredError,
    UnwrapError,
    WrongPassphraseError,
)
from secingest_tui.crypto.esdk import EncryptedDataKey, Opener, Sealer, parse_header
from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.crypto.recipients import check_key_id, load_private_key, load_recipient
from secingest_tui.crypto.recipients.loading import private_key_for

from .objects import RECIPIENT_TYPES, context, pair, seal, unseal

ALGORITHMS = {
    KeyType.RSA_3072: "rsa-oaep",
    KeyType.RSA_4096: "rsa-oaep",
    KeyType.P256: "ecdh-p256",
    KeyType.P384: "ecdh-p384",
    KeyType.P521: "ecdh-p521",
    KeyType.MLKEM768_X25519: "hpke-mlkem768-x25519",
}


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=stdin, check=True, capture_output=True).stdout


@pytest.mark.parametrize("kind", RECIPIENT_TYPES)
def test_from_files_and_back(kind: KeyType) -> None:
    alice = pair(kind)
    recipient = load_recipient(pem.encode_public(alice.key.public_key()), "k1")
    private = load_private_key(pem.encode_private(alice.key, b"secret words"), b"secret words", "k1")
    assert recipient.key_alg == private.key_alg == ALGORITHMS[kind]
    assert recipient.post_quantum == kind.post_quantum == (kind is KeyType.MLKEM768_X25519)
    assert recipient.fingerprint == private.fingerprint
    sealer = Sealer([recipient], {"a": "b"})
    assert private.unwrap(parse_header(sealer.header)) == sealer.data_key


@pytest.mark.parametrize("kind", RECIPIENT_TYPES)
def test_another_key_of_the_same_kind(kind: KeyType) -> None:
    sealed = seal(b"x", [pair(kind)])
    mallory = pair(kind, "mallory")
    with pytest.raises(NoMatchingKeyError, match=pair(kind).key_id):
        unseal(sealed, mallory)
    # Under the same id, or with none, it is found out by the cryptography.
    for key_id in (pair(kind).key_id, None):
        with pytest.raises((UnwrapError, NoMatchingKeyError)):
            private_key_for(mallory.key, key_id).unwrap(parse_header(sealed))


def test_a_wrapped_key_kept_beside_the_object() -> None:
    """A rewrap adds a wrapped key and no header; the commitment holds it to the same message."""
    alice, bob = pair(KeyType.RSA_3072), pair(KeyType.P384)
    sealed = seal(b"hello", [alice])
    header = parse_header(sealed)
    extra = bob.recipient.wrap(alice.private.unwrap(header), header.context)
    assert unseal(sealed, bob, extra_keys=[extra])[0] == b"hello"
    with pytest.raises(NoMatchingKeyError):
        unseal(sealed, bob)
    other = parse_header(seal(b"hello", [alice]))
    with pytest.raises(Exception, match="not the one this object was sealed with"):
        Opener(other, bob.private, extra_keys=[extra])


@pytest.mark.parametrize("kind", [KeyType.P256, KeyType.P521, KeyType.MLKEM768_X25519])
def test_a_changed_wrapped_key_never_opens(kind: KeyType) -> None:
    """By itself, without the header's tag: kept beside an object it has nothing else to guard it."""
    alice = pair(kind)
    header = parse_header(Sealer([pair(KeyType.RSA_3072).recipient], {"a": "b"}).header)
    good = alice.recipient.wrap(b"k" * 32, header.context)
    assert alice.private.unwrap(header, [good]) == b"k" * 32
    step = max(1, len(good.ciphertext) // 150)
    changed = [
        replace(good, ciphertext=flip(good.ciphertext, at)) for at in range(0, len(good.ciphertext), step)
    ]
    changed += [
        replace(good, provider_info=flip(good.provider_info, at)) for at in range(len(good.provider_info))
    ]
    changed += [
        replace(good, ciphertext=good.ciphertext[:-1]),
        replace(good, ciphertext=good.ciphertext + b"\0"),
    ]
    changed += [
        replace(good, provider_info=good.provider_info + b"\0"),
        replace(good, provider_id="secingest"),
    ]
    for key in changed:
        with pytest.raises((UnwrapError, NoMatchingKeyError)):
            alice.private.unwrap(header, [key])
    other = parse_header(Sealer([pair(KeyType.RSA_3072).recipient], {"a": "c"}).header)
    with pytest.raises(UnwrapError):
        alice.private.unwrap(other, [good])


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("kind", [KeyType.RSA_3072, KeyType.RSA_4096])
def test_stock_openssl_unwraps_the_data_key(kind: KeyType, tmp_path: Path) -> None:
    alice = pair(kind)
    sealer = Sealer([alice.recipient], context([alice]))
    (wrapped,) = sealer.encrypted_data_keys
    assert (wrapped.provider_id, wrapped.provider_info) == ("secingest", alice.key_id.encode())
    key = tmp_path / "key.pem"
    key.write_bytes(pem.encode_private(alice.key, b"words"))
    options = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"]
    options += ["-pkeyopt", "rsa_mgf1_md:sha256"]
    data_key = openssl(
        "pkeyutl", "-decrypt", "-inkey", str(key), "-passin", "pass:words", *options, stdin=wrapped.ciphertext
    )
    assert data_key == sealer.data_key
    header = parse_header(sealer.header)
    derived = openssl(
        "kdf",
        "-binary",
        "-keylen",
        "32",
        "-kdfopt",
        "digest:SHA512",
        "-kdfopt",
        f"hexkey:{data_key.hex()}",
        "-kdfopt",
        f"hexsalt:{header.message_id.hex()}",
        "-kdfopt",
        "info:COMMITKEY",
        "HKDF",
    )
    assert derived == header.commitment


@pytest.mark.parametrize("kind", [each for each in KeyType if each is not KeyType.MLKEM768_X25519])
def test_stock_openssl_reads_our_private_keys(kind: KeyType) -> None:
    key = pair(kind).key
    for protected, cost in (
        (pem.encode_private(key, b"two words"), b":4000"),
        (pem.encode_private(key, b"two words", random_passphrase=True), b":0400"),
    ):
        public = openssl("pkey", "-passin", "pass:two words", "-pubout", stdin=protected)
        assert public == pem.encode_public(key.public_key())
        structure = openssl("asn1parse", stdin=protected)
        assert b"scrypt" in structure
        assert cost in structure


@pytest.mark.parametrize("kind", [each for each in KeyType if each is not KeyType.MLKEM768_X25519])
def test_we_read_private_keys_as_others_write_them(kind: KeyType) -> None:
    key = pair(kind).key
    plain = pem.encode_private(key, None)
    for options in (("-scrypt",), ("-v2", "aes-128-cbc", "-iter", "1000"), ("-v2", "aes-256-cbc")):
        other = openssl("pkcs8", "-topk8", *options, "-passout", "pass:words", stdin=plain)
        assert pem.fingerprint(pem.load_private(other, b"words").public_key()) == pem.fingerprint(
            key.public_key()
        )
        with pytest.raises(WrongPassphraseError):
            pem.load_private(other, b"other words")
        with pytest.raises(PassphraseRequiredError):
            pem.load_private(other, None)
    if kind is KeyType.ED25519:
        return
    for passphrase in (None, b"words"):
        protection = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        old = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, protection)  # type: ignore[union-attr]
        assert pem.fingerprint(pem.load_private(old, passphrase).public_key()) == pem.fingerprint(
            key.public_key()
        )
        assert pem.is_protected(old) == (passphrase is not None)


@pytest.mark.parametrize("kind", [KeyType.P256, KeyType.ED25519, KeyType.MLKEM768_X25519])
def test_passphrases(kind: KeyType) -> None:
    key = pair(kind).key
    protected, plain = pem.encode_private(key, b"right"), pem.encode_private(key, None)
    assert pem.is_protected(protected)
    assert not pem.is_protected(plain)
    with pytest.raises(PassphraseRequiredError):
        pem.load_private(protected, None)
    for wrong in (b"wrong", b"", b"right "):
        with pytest.raises(WrongPassphraseError) as caught:
            pem.load_private(protected, wrong)
        assert "right" not in str(caught.value)
    with pytest.raises(KeyFileError, match="not protected"):
        pem.load_private(plain, b"right")
    with pytest.raises(KeyFileError, match="empty"):
        pem.encode_private(key, b"")


def test_a_passphrase_that_unpads_by_chance() -> None:
    """One wrong passphrase in 256 gives noise instead of bad padding; it must read the same."""
    noise = pem._encode(pem.ENCRYPTED_LABEL, pkcs8.encrypt(b"no private key", b"words"))
    with pytest.raises(WrongPassphraseError):
        pem.load_private(noise, b"words")


def test_no_wrong_passphrase_reads_as_damage() -> None:
    """Among 2,000 wrong ones about eight unpad by chance, whoever wrote the file."""
    plain = pem.encode_private(pair(KeyType.ED25519).key, None)
    other = openssl(
        "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-iter", "1", "-passout", "pass:words", stdin=plain
    )
    for number in range(2000):
        with pytest.raises(WrongPassphraseError):
            pem.load_private(other, str(number).encode())


@pytest.mark.parametrize(
    ("cost", "block", "parallel"),
    [
        (2**40, 8, 1),
        (2**24, 1, 1),
        (2, 2**23, 1),
        (2**14, 8, 17),
        (2**14, 8, 0),
        (3, 8, 1),
        (1, 8, 1),
        (0, 8, 1),
        (2**14, 0, 1),
        (-2, 8, 1),
    ],
)
def test_a_file_that_asks_for_all_memory(cost: int, block: int, parallel: int) -> None:
    der = pkcs8.encrypt(pair(KeyType.MLKEM768_X25519).key.to_der(), b"words")  # type: ignore[union-attr]
    info = asn1.decode_der(pkcs8._EncryptedPrivateKeyInfo, der)
    costs = info.algorithm.parameters.kdf.parameters
    costs.cost, costs.block, costs.parallel = cost, block, parallel
    with pytest.raises(KeyFileError, match="more memory or time"):
        pem.load_private(pem._encode(pem.ENCRYPTED_LABEL, asn1.encode_der(info)), b"words")


def public_pem(key: object) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]


def test_keys_that_are_refused() -> None:
    weak, curve = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256K1())
    odd = rsa.generate_private_key(3, 3072)
    for key, why in (
        (weak, "2048"),
        (curve, "secp256k1"),
        (odd, "exponent"),
        (x25519.X25519PrivateKey.generate(), "kind"),
    ):
        with pytest.raises(KeyFileError, match=why):
            load_recipient(public_pem(key), "k")
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(KeyFileError, match=why):
            load_private_key(private, None)
    unknown = pair(KeyType.MLKEM768_X25519).key.to_der().replace(bytes.fromhex("c87a"), bytes.fromhex("c87b"))  # type: ignore[union-attr]
    with pytest.raises(KeyFileError, match="kind"):
        load_private_key(pem._encode(pem.PRIVATE_LABEL, unknown), None)
    signing = pair(KeyType.ED25519).key
    with pytest.raises(KeyFileError, match="signs"):
        load_recipient(pem.encode_public(signing.public_key()), "k")
    with pytest.raises(KeyFileError, match="signs"):
        load_private_key(pem.encode_private(signing, None), None)


def test_files_of_another_kind() -> None:
    public, private = (
        pem.encode_public(pair(KeyType.P256).key.public_key()),
        pem.encode_private(pair(KeyType.P256).key, None),
    )
    certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    cases = [
        (load_recipient, private, "private key where a public"),
        (load_recipient, pem.encode_private(pair(KeyType.P256).key, b"x"), "private key where a public"),
        (load_recipient, certificate, "CERTIFICATE"),
        (load_recipient, b"", "no PEM block"),
        (load_recipient, b"\xff" * 100, "no PEM block"),
        (load_recipient, public + public, "2 PEM blocks"),
        (load_recipient, bytes(100_000), "too long"),
        (load_recipient, public.replace(b"MF", b"!!"), "damaged"),
        (load_recipient, public.replace(b"MF", b"AA"), "damaged"),
        (load_private_key, public, "public key where a private"),
        (load_private_key, certificate, "CERTIFICATE"),
        (load_private_key, private.replace(b"MI", b"AA"), "damaged"),
    ]
    for load, data, why in cases:
        with pytest.raises(KeyFileError, match=why):
            load(data, None if load is load_private_key else "k")  # type: ignore[operator]


@given(st.binary(max_size=300), st.sampled_from(["PUBLIC KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]))
def test_noise_in_a_key_file(noise: bytes, label: str) -> None:
    for data in (noise, pem._encode(label, noise)):
        with pytest.raises(KeyFileError):
            pem.load_public(data)
        with pytest.raises(KeyFileError):
            pem.load_private(data, b"x")


@given(
    st.binary(max_size=120),
    st.binary(max_size=200),
    st.sampled_from(["secingest", "raw-ecdh", "hpke", "aws-kms"]),
)
def test_noise_in_a_wrapped_key(info: bytes, ciphertext: bytes, provider: str) -> None:
    header = parse_header(Sealer([pair(KeyType.P256).recipient], {"a": "b"}).header)
    noise = EncryptedDataKey(provider, info, ciphertext)
    for kind in (KeyType.P384, KeyType.MLKEM768_X25519):
        with pytest.raises((NoMatchingKeyError, UnwrapError)):
            private_key_for(pair(kind).key).unwrap(header, [noise])


@pytest.mark.parametrize("key_id", ["a", "customer42-k1", "A.b_c-9", "_", "x" * 64])
def test_key_ids(key_id: str) -> None:
    assert check_key_id(key_id) == key_id


@pytest.mark.parametrize(
    "key_id", ["", ".", "..", ".hidden", "a/b", "a,b", "a b", "ü", "a\n", "x" * 65, "a\0"]
)
def test_what_is_no_key_id(key_id: str) -> None:
    with pytest.raises(KeyFileError):
        check_key_id(key_id)
