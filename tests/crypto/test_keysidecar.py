"""Further wrapped keys beside an object: one form, one signature, and the commitment behind it."""

from __future__ import annotations

import io
import json
import random
import re
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secingest_tui.crypto import keysidecar
from secingest_tui.crypto.errors import (
    CommitmentError,
    CryptoError,
    FormatError,
    LimitError,
    NoMatchingKeyError,
    SignatureInvalidError,
    SignerMismatchError,
    TamperedError,
    UnwrapError,
)
from secingest_tui.crypto.esdk import EncryptedDataKey, Opener, decrypt_file, parse_header
from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.crypto.keysidecar import MAX_FURTHER_KEYS, MAX_LENGTH, MAX_REVISION, FurtherKey, KeySidecar
from secingest_tui.crypto.manifest import DOMAIN as OBJECT_DOMAIN
from secingest_tui.crypto.rewrap import wrap_further
from secingest_tui.crypto.signature import SignerKey

from .objects import RECIPIENT_TYPES, Pair, pair, pattern, seal, signer, unseal

PLAINTEXT = pattern(200)
ALICE = KeyType.P256


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return seal(PLAINTEXT, [pair(ALICE)])


def keys_of(sealed: bytes, *owners: Pair, by: SignerKey | None = None) -> KeySidecar:
    header = parse_header(sealed)
    wrapped = wrap_further(header, pair(ALICE).private, [owner.recipient for owner in owners])
    return KeySidecar.sign(header, 1, wrapped, by or signer())


@pytest.mark.parametrize("kind", RECIPIENT_TYPES)
def test_a_further_key_of_each_kind(sealed: bytes, kind: KeyType) -> None:
    bob = pair(kind, "bob")
    with pytest.raises(NoMatchingKeyError):
        unseal(sealed, bob)
    keys = KeySidecar.parse(keys_of(sealed, bob).encode())
    keys.verify([signer("carol").public, signer().public], parse_header(sealed))
    assert unseal(sealed, bob, further=keys, key_signers=[signer().public])[0] == PLAINTEXT
    assert unseal(sealed, pair(ALICE), further=keys)[0] == PLAINTEXT
    assert (keys.keys[0].key_id, keys.keys[0].fingerprint) == (bob.key_id, bob.recipient.fingerprint)


def test_who_got_access_gives_it_on(sealed: bytes) -> None:
    bob, carol = pair(KeyType.RSA_3072, "bob"), pair(KeyType.P384, "carol")
    first = keys_of(sealed, bob)
    more = wrap_further(parse_header(sealed), bob.private, [carol.recipient], extra_keys=first.wrapped_keys)
    second = KeySidecar.sign(parse_header(sealed), 2, [*first.keys, *more], signer("bob"))
    assert unseal(sealed, carol, further=second)[0] == PLAINTEXT


def test_what_is_signed_is_every_field_with_its_length() -> None:
    """Spelled out by hand: whoever checks a signature in ten years has only the description."""
    wrapped = EncryptedDataKey("secingest", b"k2", b"c" * 4)
    key = FurtherKey("k2", "rsa-oaep", "ab" * 32, wrapped)
    keys = KeySidecar("t", "t/ü", "v1", b"h" * 32, 7, (key,), "cd" * 32, b"")
    assert keys.signing_bytes() == (
        b"\0\0\0\x18secingest further keys 1"
        b"\0\0\0\x01t" + b"\0\0\0\x04t/\xc3\xbc" + b"\0\0\0\x02v1"
        b"\0\0\0\x20" + b"h" * 32 + b"\0\0\0\x08\0\0\0\0\0\0\0\x07" + b"\0\0\0\x08\0\0\0\0\0\0\0\x01"
        b"\0\0\0\x02k2" + b"\0\0\0\x08rsa-oaep" + b"\0\0\0\x20" + b"\xab" * 32
        + b"\0\0\0\x15" + b"\0\x09secingest" + b"\0\x02k2" + b"\0\x04cccc"
    )  # fmt: skip
    assert keysidecar.DOMAIN != OBJECT_DOMAIN


CHANGES: dict[str, object] = {
    "tenant": "other",
    "object_key": "customer42/other",
    "version": "v2",
    "header_sha256": bytes(32),
    "revision": 2,
    "signer": signer("mallory").fingerprint,
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_field_counts(sealed: bytes, name: str) -> None:
    changed = replace(keys_of(sealed, pair(KeyType.P256, "bob")), **{name: CHANGES[name]})  # type: ignore[arg-type]
    with pytest.raises((SignatureInvalidError, SignerMismatchError)):
        changed.verify([signer().public], parse_header(sealed))


@pytest.mark.parametrize("name", [field.name for field in fields(FurtherKey)])
def test_each_part_of_a_key_is_signed(sealed: bytes, name: str) -> None:
    keys = keys_of(sealed, pair(KeyType.P256, "bob"))
    other = keys_of(sealed, pair(KeyType.RSA_3072, "carol")).keys[0]
    changed = replace(keys, keys=(replace(keys.keys[0], **{name: getattr(other, name)}),))
    with pytest.raises(SignatureInvalidError):
        changed.verify([signer().public], parse_header(sealed))


def test_keys_taken_away_added_or_reordered(sealed: bytes) -> None:
    header = parse_header(sealed)
    bob, carol = pair(KeyType.P256, "bob"), pair(KeyType.P256, "carol")
    keys = keys_of(sealed, bob, carol)
    dave = keys_of(sealed, pair(KeyType.P256, "dave")).keys
    for changed in (keys.keys[:1], keys.keys[::-1], keys.keys + dave):
        with pytest.raises(SignatureInvalidError):
            replace(keys, keys=changed).verify([signer().public], header)


def test_each_bit(sealed: bytes) -> None:
    encoded = keys_of(sealed, pair(KeyType.P256, "bob")).encode()
    noise = random.Random(4)
    for position in range(len(encoded)):
        damaged = bytearray(encoded)
        damaged[position] ^= 1 << noise.randrange(8)
        with pytest.raises(CryptoError):
            KeySidecar.parse(bytes(damaged)).verify([signer().public], parse_header(sealed))


def test_of_another_object_or_by_a_stranger(sealed: bytes) -> None:
    bob, header = pair(KeyType.P256, "bob"), parse_header(sealed)
    other = seal(PLAINTEXT, [pair(ALICE)])
    with pytest.raises(SignatureInvalidError, match="another object"):
        keys_of(other, bob).verify([signer().public], header)
    # Nothing but the header says whose it is, also where nobody's signature is asked for.
    with pytest.raises(SignatureInvalidError, match="another object"):
        unseal(sealed, bob, further=keys_of(other, bob))
    with pytest.raises(SignerMismatchError):
        keys_of(sealed, bob, by=signer("mallory")).verify([signer().public], header)
    with pytest.raises(SignerMismatchError):
        keys_of(sealed, bob).verify([], header)
    forged = replace(keys_of(sealed, bob, by=signer("mallory")), signer=signer().fingerprint)
    with pytest.raises(SignatureInvalidError):
        forged.verify([signer().public], header)


def test_a_signature_over_an_object_is_none_over_keys(sealed: bytes) -> None:
    """And the other way round: each kind of statement begins with a domain of its own."""
    from .objects import sign

    keys = keys_of(sealed, pair(KeyType.P256, "bob"))
    with pytest.raises(SignatureInvalidError):
        keys.signed(sign(sealed).signature).verify([signer().public], parse_header(sealed))
    with pytest.raises(SignatureInvalidError):
        signer().public.verify(sign(sealed).manifest, keys.signature)


@pytest.mark.parametrize("kind", [KeyType.RSA_3072, KeyType.P256])
def test_the_key_of_another_message_does_not_open_this_one(sealed: bytes, kind: KeyType) -> None:
    """Validly signed, for the right person, and yet another data key: the commitment says no."""
    bob, header = pair(kind, "bob"), parse_header(sealed)
    other = parse_header(seal(PLAINTEXT, [pair(ALICE)]))
    wrong = bob.recipient.wrap(pair(ALICE).private.unwrap(other), header.context)
    key = FurtherKey(bob.key_id, bob.recipient.key_alg, bob.recipient.fingerprint, wrong)
    keys = KeySidecar.sign(header, 1, [key], signer())
    keys.verify([signer().public], header)
    sink = io.BytesIO()
    with pytest.raises(CommitmentError):
        decrypt_file(io.BytesIO(sealed), bob.private, sink, further=keys, key_signers=[signer().public])
    assert sink.getvalue() == b""
    with pytest.raises(CommitmentError):
        wrap_further(header, bob.private, [pair(ALICE, "carol").recipient], extra_keys=keys.wrapped_keys)


def test_nothing_is_wrapped_for_an_altered_object(sealed: bytes) -> None:
    length = parse_header(sealed).length
    for position in range(3, length):
        damaged = bytearray(sealed[:length])
        damaged[position] ^= 1
        try:
            header = parse_header(bytes(damaged))
        except CryptoError:
            continue
        with pytest.raises((TamperedError, UnwrapError, NoMatchingKeyError)):
            wrap_further(header, pair(ALICE).private, [pair(ALICE, "bob").recipient])


def test_wrapping_needs_a_key_that_opens(sealed: bytes) -> None:
    with pytest.raises(NoMatchingKeyError):
        wrap_further(parse_header(sealed), pair(ALICE, "mallory").private, [pair(ALICE, "bob").recipient])


def edited(sealed: bytes, **changes: object) -> bytes:
    line = json.loads(keys_of(sealed, pair(KeyType.P256, "bob")).encode())
    return json.dumps({**line, **changes}, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "secingest-keys-2"},
        {"format": "secingest-signature-1"},
        {"extra": 1},
        {"tenant": 5},
        {"tenant": "\udcff"},
        {"header_sha256": "00"},
        {"header_sha256": "A" * 64},
        {"revision": 0},
        {"revision": True},
        {"revision": 1.0},
        {"revision": MAX_REVISION + 1},
        {"revision": 10**30},
        {"keys": []},
        {"keys": {}},
        {"keys": None},
        {"keys": ["x"]},
        {"keys": [{}]},
        {"keys": [{"key_id": "k", "key_alg": "a", "fingerprint": "0" * 64, "wrapped": "AAAA"}]},
        {"keys": [{"key_id": "k", "key_alg": "a", "fingerprint": "0" * 64, "wrapped": ""}]},
        {"keys": [{"key_id": "../k", "key_alg": "a", "fingerprint": "0" * 64, "wrapped": "AAAAAAAA"}]},
        {"keys": [{"key_id": "k", "key_alg": "A!", "fingerprint": "0" * 64, "wrapped": "AAAAAAAA"}]},
        {"keys": [{"key_id": "k", "key_alg": "a", "fingerprint": "0", "wrapped": "AAAAAAAA"}]},
        {"keys": [{"key_id": "k", "key_alg": "a", "fingerprint": "0" * 64, "wrapped": "AAAAAAAA"}] * 2},
        {"signature": "AAAA"},
        {"signature": "!"},
    ],
)
def test_what_is_no_keys_sidecar(sealed: bytes, changes: dict[str, object]) -> None:
    with pytest.raises(FormatError):
        KeySidecar.parse(edited(sealed, **changes))


def test_one_form_only(sealed: bytes) -> None:
    good = edited(sealed)
    assert KeySidecar.parse(good).encode() == good
    for other in (
        good[:-1],
        good + b"\n",
        good + b"x",
        b" " + good,
        good.replace(b",", b", ", 1),
        good.replace(b"customer42", rb"\u0063ustomer42", 1),
        good.replace(b'"format"', b'"format":"x","format"', 1),
        json.dumps(dict(reversed(json.loads(good).items())), separators=(",", ":")).encode() + b"\n",
        b"",
        b"\n",
        b"[" * 100_000 + b"\n",
        b" " * (MAX_LENGTH + 1),
    ):
        with pytest.raises(FormatError):
            KeySidecar.parse(other)


def test_the_most_that_fits() -> None:
    """The greatest list there can be is within the size that a reader takes."""
    wrapped = EncryptedDataKey("p" * 128, b"i" * 1024, b"c" * 4096)
    keys = [
        FurtherKey("k" * 64, "a" * 64, sha256(bytes([number])).hexdigest(), wrapped)
        for number in range(MAX_FURTHER_KEYS)
    ]
    greatest = KeySidecar(
        "t" * 64, "ü" * 512, "v" * 128, bytes(32), MAX_REVISION, tuple(keys), "0" * 64, bytes(64)
    )
    assert KeySidecar.parse(greatest.encode()) == greatest
    with pytest.raises(LimitError):
        replace(greatest, keys=(*keys, FurtherKey("k", "a", "0" * 64, wrapped)))
    with pytest.raises(LimitError):
        replace(greatest, keys=())


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
KEYS = st.lists(
    st.builds(
        FurtherKey,
        st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}", fullmatch=True),
        st.from_regex(re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII), fullmatch=True),
        st.binary(min_size=32, max_size=32).map(bytes.hex),
        st.builds(EncryptedDataKey, TEXT, st.binary(max_size=100), st.binary(max_size=100)),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda key: key.fingerprint,
).map(tuple)
LISTS = st.builds(
    KeySidecar,
    TEXT,
    TEXT,
    TEXT,
    st.binary(min_size=32, max_size=32),
    st.integers(1, MAX_REVISION),
    KEYS,
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.binary(min_size=64, max_size=64),
)


@settings(deadline=None)
@given(LISTS)
def test_every_list_is_read_as_it_was_written(keys: KeySidecar) -> None:
    assert KeySidecar.parse(keys.encode()) == keys


@settings(deadline=None)
@given(LISTS, LISTS)
def test_different_lists_have_different_bytes_to_sign(one: KeySidecar, two: KeySidecar) -> None:
    same = replace(one, signer=two.signer, signature=two.signature) == two
    assert (one.signing_bytes() == two.signing_bytes()) == same


@settings(deadline=None)
@given(st.one_of(st.binary(max_size=200), TEXT.map(str.encode), LISTS.map(lambda keys: keys.encode()[:-9])))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        KeySidecar.parse(data + b"\n")


def test_no_secret_is_shown(sealed: bytes) -> None:
    data_key = pair(ALICE).private.unwrap(parse_header(sealed))
    keys = keys_of(sealed, pair(KeyType.P256, "bob"))
    Opener(parse_header(sealed), pair(KeyType.P256, "bob").private, extra_keys=keys.wrapped_keys)
    assert data_key not in keys.encode()
    assert data_key.hex() not in repr(keys)


def test_the_page_describes_these_bytes(sealed: bytes) -> None:
    """docs/object-format.md shows the line with its fields in order."""
    page = (Path(__file__).parents[2] / "docs" / "object-format.md").read_text()
    line = json.loads(keys_of(sealed, pair(KeyType.P256, "bob")).encode())
    shown = re.search(r'\{"format":"secingest-keys-1".*?"signature":base64\}', page, re.DOTALL)
    assert shown is not None
    named = re.findall(r'"(\w+)":', shown[0])
    inner = list(line["keys"][0])
    at = named.index("keys") + 1
    assert named[at : at + len(inner)] == inner
    assert named[:at] + named[at + len(inner) :] == list(line)
    assert keysidecar.DOMAIN.decode() in page
