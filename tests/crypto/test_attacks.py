"""Every way to change an object is refused by its own error, and nothing false comes out."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from aws_encryption_sdk.identifiers import AlgorithmSuite
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from secingest_tui.crypto.errors import (
    CommitmentError,
    ContextMismatchError,
    CryptoError,
    FormatError,
    FrameOrderError,
    LengthMismatchError,
    LimitError,
    MoreDataNeeded,
    NoMatchingKeyError,
    SignatureInvalidError,
    SignatureMissingError,
    TamperedError,
    TrailingDataError,
    TruncatedError,
    UnsupportedFormatError,
    UnwrapError,
)
from secingest_tui.crypto.esdk import Header, Opener, Sealer, decrypt_file, parse_header
from secingest_tui.crypto.esdk.context import serialise_context
from secingest_tui.crypto.esdk.derive import commitment, message_key
from secingest_tui.crypto.esdk.header import serialise_body
from secingest_tui.crypto.keyfile import KeyType

from . import sdk
from .objects import EXPECT, RECIPIENT_TYPES, Pair, context, pair, pattern, seal, sign, signer, unseal

FRAME = 64
STRIDE = FRAME + 32
PLAINTEXT = pattern(5 * FRAME + 10)


@pytest.fixture(scope="module")
def alice() -> Pair:
    return pair(KeyType.P256)


@pytest.fixture(scope="module")
def sealed(alice: Pair) -> bytes:
    return seal(PLAINTEXT, [alice])


def refused(data: bytes, by: Pair, error: type[CryptoError], **options: object) -> None:
    """``data`` is refused with exactly ``error``; what came out before is true, whole frames."""
    sink = io.BytesIO()
    with pytest.raises(CryptoError) as caught:
        decrypt_file(io.BytesIO(data), by.private, sink, **options)  # type: ignore[arg-type]
    assert caught.type is error, repr(caught.value)
    assert caught.value.message
    released = sink.getvalue()
    assert PLAINTEXT.startswith(released)
    assert len(released) % FRAME == 0


def frames_of(data: bytes) -> tuple[bytes, list[bytes], bytes]:
    start = parse_header(data).length
    regular = [data[at : at + STRIDE] for at in range(start, start + 5 * STRIDE, STRIDE)]
    return data[:start], regular, data[start + 5 * STRIDE :]


def test_every_bit_of_the_header(alice: Pair, sealed: bytes) -> None:
    header = parse_header(sealed)
    seen = set()
    for position in range(header.length):
        for bit in (0, 7):
            damaged = bytearray(sealed)
            damaged[position] ^= 1 << bit
            sink = io.BytesIO()
            with pytest.raises(CryptoError) as caught:
                decrypt_file(io.BytesIO(damaged), alice.private, sink)
            assert not sink.getvalue()
            seen.add(caught.type)
    # The flips reach every check that guards the header.
    assert {
        UnsupportedFormatError,
        LimitError,
        FormatError,
        UnwrapError,
        NoMatchingKeyError,
        CommitmentError,
        TamperedError,
    } <= seen


@pytest.mark.parametrize("kind", RECIPIENT_TYPES)
def test_every_byte_of_the_body(kind: KeyType) -> None:
    owner = pair(kind)
    data = seal(PLAINTEXT, [owner])
    start = parse_header(data).length
    random_bits = random.Random(kind.value)
    opener = Opener(parse_header(data), owner.private)
    for position in range(start, len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1 << random_bits.randrange(8)
        out = bytearray(len(PLAINTEXT))
        with pytest.raises((TamperedError, FormatError)):
            opener.open(1, damaged[start:], out, final=True)
        # Whatever is in the buffer was verified; the bad frame left nothing.
        bad = (position - start) // STRIDE
        assert out[: bad * FRAME] == PLAINTEXT[: bad * FRAME]
        assert not any(out[bad * FRAME :])


@pytest.mark.parametrize("count", range(6))
def test_cut_at_a_frame_border(alice: Pair, sealed: bytes, count: int) -> None:
    refused(sealed[: parse_header(sealed).length + count * STRIDE], alice, TruncatedError)


def test_cut_anywhere_else(alice: Pair, sealed: bytes) -> None:
    start = parse_header(sealed).length
    for length in range(start, len(sealed)):
        refused(sealed[:length], alice, TruncatedError)
    for length in range(start):
        refused(sealed[:length], alice, MoreDataNeeded)


@pytest.mark.parametrize("extra", [b"\0", b"\xff" * 4, pattern(32), pattern(STRIDE), pattern(3 * STRIDE)])
def test_bytes_after_the_final_frame(alice: Pair, sealed: bytes, extra: bytes) -> None:
    # The official SDK accepts them.
    assert sdk.decrypt(sealed + extra, alice) == PLAINTEXT
    refused(sealed + extra, alice, TrailingDataError)


def test_two_objects_in_a_row(alice: Pair, sealed: bytes) -> None:
    refused(sealed + sealed, alice, TrailingDataError)


REORDERINGS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "swapped": lambda f: [f[0], f[2], f[1], *f[3:]],
    "repeated": lambda f: [f[0], f[1], f[1], *f[2:]],
    "left out": lambda f: [f[0], *f[2:]],
    "first left out": lambda f: f[1:],
    "reversed": lambda f: f[::-1],
}


@pytest.mark.parametrize("change", REORDERINGS.values(), ids=REORDERINGS)
def test_frames_in_another_order(
    alice: Pair, sealed: bytes, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    header, regular, final = frames_of(sealed)
    refused(header + b"".join(change(regular)) + final, alice, FrameOrderError)


def test_frames_in_another_order_and_renumbered(alice: Pair, sealed: bytes) -> None:
    header, regular, final = frames_of(sealed)
    numbered = [old[:16] + new[16:] for old, new in zip(regular, regular[::-1], strict=True)]
    refused(header + b"".join(numbered) + final, alice, TamperedError)


def test_another_iv_than_the_number(alice: Pair, sealed: bytes) -> None:
    header, regular, final = frames_of(sealed)
    moved = regular[1][:4] + regular[2][4:16] + regular[1][16:]
    refused(header + regular[0] + moved + b"".join(regular[2:]) + final, alice, TamperedError)


def test_a_frame_of_another_object(alice: Pair, sealed: bytes) -> None:
    header, regular, final = frames_of(sealed)
    foreign = frames_of(seal(PLAINTEXT, [alice]))[1][1]
    refused(header + regular[0] + foreign + b"".join(regular[2:]) + final, alice, TamperedError)


def test_a_regular_frame_made_final_and_back(alice: Pair, sealed: bytes) -> None:
    header, regular, final = frames_of(sealed)
    made_final = b"\xff" * 4 + regular[4][:16] + FRAME.to_bytes(4, "big") + regular[4][16:]
    refused(header + b"".join(regular[:4]) + made_final, alice, TamperedError)
    whole = seal(PLAINTEXT[: 2 * FRAME], [alice])
    start = parse_header(whole).length + STRIDE
    last = whole[start:]
    made_regular = last[4:20] + last[24:]
    refused(whole[:start] + made_regular + final, alice, TamperedError)


def test_the_header_of_another_object(alice: Pair, sealed: bytes) -> None:
    other = seal(PLAINTEXT, [alice])
    refused(other[: parse_header(other).length] + sealed[parse_header(sealed).length :], alice, TamperedError)


def with_keys(header: Header, keys: tuple[object, ...], **changes: object) -> bytes:
    new = replace(header, **changes)  # type: ignore[arg-type]
    body = serialise_body(
        new.message_id,
        serialise_context(new.context),
        keys,
        new.frame_length,
        new.commitment,  # type: ignore[arg-type]
    )
    return body + header.tag


def test_the_list_of_recipients(alice: Pair) -> None:
    bob, mallory = pair(KeyType.P384), pair(KeyType.P256, "mallory")
    data = seal(PLAINTEXT, [alice, bob])
    header = parse_header(data)
    body = data[header.length :]
    ours, theirs = header.encrypted_data_keys
    added = mallory.recipient.wrap(bytes(32), header.context)
    refused(with_keys(header, (ours,)) + body, alice, TamperedError)
    refused(with_keys(header, (theirs, ours)) + body, alice, TamperedError)
    refused(with_keys(header, (ours, theirs, added)) + body, alice, TamperedError)
    refused(with_keys(header, (added, theirs)) + body, alice, NoMatchingKeyError)
    refused(with_keys(header, (added, theirs)) + body, mallory, CommitmentError)


def test_one_message_under_two_keys() -> None:
    """Invisible salamanders: without the commitment one ciphertext opens to two plaintexts.

    GCM's tag is linear in the ciphertext, so one free block makes it the same under both keys.
    """
    alice, bob = pair(KeyType.P256), pair(KeyType.P384)
    about = context([alice, bob])
    message_id, key_a, key_b = bytes(range(32)), b"a" * 32, b"b" * 32
    ciphers = [message_key(key, message_id) for key in (key_a, key_b)]
    iv, aad = (
        (1).to_bytes(12, "big"),
        message_id + b"AWSKMSEncryptionClient Final Frame" + bytes((0, 0, 0, 1)),
    )
    aad += (32).to_bytes(8, "big")
    content = salamander(ciphers, iv, aad)
    plaintexts = [AESGCM(key).decrypt(iv, content, aad) for key in ciphers]
    assert plaintexts[0] != plaintexts[1]

    body = serialise_body(
        message_id,
        serialise_context(about),
        (alice.recipient.wrap(key_a, about), bob.recipient.wrap(key_b, about)),
        FRAME,
        commitment(key_a, message_id),
    )
    tag = AESGCM(ciphers[0]).encrypt(bytes(12), b"", body)
    data = body + tag + b"\xff" * 4 + bytes((0, 0, 0, 1)) + iv + (32).to_bytes(4, "big") + content
    assert unseal(data, alice)[0] == plaintexts[0]
    refused(data, bob, CommitmentError)


def salamander(keys: list[bytes], iv: bytes, aad: bytes) -> bytes:
    """32 bytes of ciphertext and a tag that verify under both keys."""
    order = 0xE1 << 120

    def multiply(x: int, y: int) -> int:
        product = 0
        for bit in range(127, -1, -1):
            if y >> bit & 1:
                product ^= x
            x = x >> 1 ^ (order if x & 1 else 0)
        return product

    def power(x: int, exponent: int) -> int:
        result = 1 << 127
        for bit in bin(exponent)[2:]:
            result = multiply(result, result)
            if bit == "1":
                result = multiply(result, x)
        return result

    # The tag of the all-zero ciphertext, and how it moves with the first block: X * H^3.
    tags, factors = [], []
    for key in keys:
        zeros = AESGCM(key).encrypt(iv, bytes(32), aad)[:32]
        tags.append(int.from_bytes(AESGCM(key).encrypt(iv, zeros, aad)[32:], "big"))
        # H = AES(0): the tag difference that one set bit in the last block makes is H^2 times that bit.
        flipped = bytes(16) + (1 << 127).to_bytes(16, "big")
        moved = AESGCM(key).encrypt(iv, bytes(a ^ b for a, b in zip(zeros, flipped, strict=True)), aad)[32:]
        square = int.from_bytes(moved, "big") ^ tags[-1]
        factors.append(multiply(square, power(square, 2**127)))  # H^2 * H, as sqrt is x^(2^127)
    difference = factors[0] ^ factors[1]
    block = multiply(tags[0] ^ tags[1], power(difference, 2**128 - 2))
    tag = tags[0] ^ multiply(block, factors[0])
    return block.to_bytes(16, "big") + bytes(16) + tag.to_bytes(16, "big")


@pytest.mark.parametrize("name", ["tenant", "object-key", "version", "key-id", "profile"])
def test_another_context(alice: Pair, sealed: bytes, name: str) -> None:
    """The real object of another tenant, key or version, and one whose context was edited."""
    about = context([alice]) | {name: "other"}
    refused(seal(PLAINTEXT, [alice], about=about), alice, ContextMismatchError, expect=context([alice]))
    header = parse_header(sealed)
    edited = with_keys(header, header.encrypted_data_keys, context=header.context | {name: "other"})
    refused(edited + sealed[header.length :], alice, UnwrapError)
    rsa = pair(KeyType.RSA_3072)
    by_rsa = seal(PLAINTEXT, [rsa])
    header = parse_header(by_rsa)
    edited = with_keys(header, header.encrypted_data_keys, context=header.context | {name: "other"})
    refused(edited + by_rsa[header.length :], rsa, TamperedError)


def test_a_missing_context_entry(alice: Pair) -> None:
    refused(seal(PLAINTEXT, [alice], about={"a": "b"}), alice, ContextMismatchError, expect=EXPECT)


@pytest.mark.parametrize(
    "suite",
    [each for each in AlgorithmSuite if each is not AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY],
)
def test_every_other_suite(suite: AlgorithmSuite) -> None:
    """Real messages of the official SDK under each other suite, version 1 and signed ones included."""
    rsa = pair(KeyType.RSA_3072)
    refused(
        sdk.encrypt(PLAINTEXT, rsa, context={"a": "b"}, frame_length=128, suite=suite),
        rsa,
        UnsupportedFormatError,
    )


def test_an_unframed_message() -> None:
    rsa = pair(KeyType.RSA_3072)
    refused(sdk.encrypt(PLAINTEXT, rsa, context={"a": "b"}, frame_length=0), rsa, UnsupportedFormatError)


def test_another_length_than_registered(alice: Pair, sealed: bytes) -> None:
    assert unseal(sealed, alice, registered_length=len(sealed))[0] == PLAINTEXT
    for length in (len(sealed) - 1, len(sealed) + 1, len(sealed) - STRIDE, 0):
        refused(sealed, alice, LengthMismatchError, registered_length=length)
    refused(
        sealed, alice, LengthMismatchError, registered_length=0, sidecar=sign(sealed), signer=signer().public
    )


def test_an_object_by_someone_else(alice: Pair, sealed: bytes) -> None:
    """Anyone can seal for alice. Only the signature tells."""
    planted = seal(PLAINTEXT, [alice])
    refused(planted, alice, SignatureMissingError, signer=signer().public)
    refused(
        planted,
        alice,
        SignatureInvalidError,
        signer=signer().public,
        sidecar=sign(planted, signer("mallory")),
    )
    refused(planted, alice, SignatureInvalidError, signer=signer().public, sidecar=sign(sealed))


def test_other_plaintext_by_another_recipient(alice: Pair) -> None:
    """Who holds the data key can seal other frames under the same header; the signed list refuses them."""
    bob = pair(KeyType.P384)
    sealer = Sealer([alice.recipient, bob.recipient], context([alice, bob]), frame_length=FRAME)
    out = bytearray(sealer.ciphertext_length(len(PLAINTEXT)) - len(sealer.header))
    sealer.seal(1, PLAINTEXT, out, final=True)
    sidecar = sign(sealer.header + out)
    header = parse_header(sealer.header)
    forger = Sealer.resume(bob.private.unwrap(header), header.message_id, header.raw)
    forged = bytearray(len(out))
    forger.seal(1, bytes(len(PLAINTEXT)), forged, final=True)
    assert unseal(header.raw + forged, alice)[0] == bytes(len(PLAINTEXT))
    refused(header.raw + forged, alice, SignatureInvalidError, signer=signer().public, sidecar=sidecar)


def test_another_header_by_another_recipient(alice: Pair, sealed: bytes) -> None:
    """Who holds the data key can also make a header that says something else about the same frames."""
    header = parse_header(sealed)
    key = alice.private.unwrap(header)
    about = header.context | {"version": "v9"}
    body = serialise_body(
        header.message_id,
        serialise_context(about),
        (alice.recipient.wrap(key, about),),
        FRAME,
        header.commitment,
    )
    forged = body + AESGCM(message_key(key, header.message_id)).encrypt(bytes(12), b"", body)
    forged += sealed[header.length :]
    assert unseal(forged, alice, expect={"version": "v9"})[0] == PLAINTEXT
    sink = io.BytesIO()
    with pytest.raises(SignatureInvalidError, match="another object's header"):
        decrypt_file(io.BytesIO(forged), alice.private, sink, sidecar=sign(sealed), signer=signer().public)
    assert not sink.getvalue()


def test_an_older_version_in_its_place(alice: Pair) -> None:
    old = seal(PLAINTEXT, [alice], about=context([alice], version="v1"))
    refused(
        old, alice, ContextMismatchError, expect={"version": "v2"}, signer=signer().public, sidecar=sign(old)
    )


def test_the_salamander_is_one() -> None:
    """The construction above means something only if a third key does not open it."""
    keys = [b"1" * 32, b"2" * 32]
    forged = salamander(keys, bytes(12), b"aad")
    assert len({AESGCM(key).decrypt(bytes(12), forged, b"aad") for key in keys}) == 2
    with pytest.raises(InvalidTag):
        AESGCM(b"3" * 32).decrypt(bytes(12), forged, b"aad")
