"""The uploader's signature and the sidecar it travels in."""

from __future__ import annotations

import json
import random
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secingest_tui.crypto import pem
from secingest_tui.crypto.errors import (
    CryptoError,
    FormatError,
    KeyFileError,
    SignatureInvalidError,
    SignerMismatchError,
)
from secingest_tui.crypto.esdk import frame_digests, parse_header
from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.crypto.signature import (
    FrameDigestList,
    Manifest,
    Sidecar,
    SignerKey,
    SignerPublicKey,
    frames_digest,
)

from .objects import EXPECT, pair, pattern, seal, sign, signer

FRAME = 64
CHANGES: dict[str, object] = {
    "tenant": "other",
    "object_key": "customer42/other",
    "version": "v2",
    "header_sha256": bytes(32),
    "frame_length": 65,
    "plaintext_length": 1,
    "ciphertext_length": 2000,
    "frames_sha256": bytes(32),
}


@pytest.fixture(scope="module")
def sealed() -> bytes:
    return seal(pattern(10 * FRAME + 5), [pair(KeyType.P256)])


def test_a_signature_over_an_object(sealed: bytes) -> None:
    header = parse_header(sealed)
    sidecar = Sidecar.parse(sign(sealed).encode())
    assert sidecar == sign(sealed)
    manifest = sidecar.verify(signer().public)
    manifest.require_header(header)
    assert (manifest.tenant, manifest.object_key, manifest.version) == tuple(EXPECT.values())
    assert (manifest.plaintext_length, manifest.ciphertext_length) == (10 * FRAME + 5, len(sealed))
    assert sidecar.frames == 11
    assert sidecar.signer == signer().fingerprint


def test_what_is_signed_is_every_field_with_its_length() -> None:
    """Spelled out by hand: whoever checks a signature in ten years has only the description."""
    manifest = Manifest("t", "t/ü", "v1", b"h" * 32, 1048576, 5, 99, b"f" * 32)
    assert manifest.signing_bytes() == (
        b"\0\0\0\x1csecingest object signature 1"
        b"\0\0\0\x01t" + b"\0\0\0\x04t/\xc3\xbc" + b"\0\0\0\x02v1"
        b"\0\0\0\x20" + b"h" * 32 + b"\0\0\0\x08\0\0\0\0\0\x10\0\0"
        b"\0\0\0\x08\0\0\0\0\0\0\0\x05" + b"\0\0\0\x08\0\0\0\0\0\0\0\x63"
        b"\0\0\0\x20" + b"f" * 32
    )


@pytest.mark.parametrize("name", [field.name for field in fields(Manifest)])
def test_each_field_is_signed(sealed: bytes, name: str) -> None:
    sidecar = sign(sealed)
    changed = replace(sidecar, manifest=replace(sidecar.manifest, **{name: CHANGES[name]}))
    with pytest.raises(SignatureInvalidError):
        changed.verify(signer().public)


@pytest.mark.parametrize("name", sorted(CHANGES.keys() - {"frames_sha256"}))
def test_a_statement_that_the_object_contradicts(sealed: bytes, name: str) -> None:
    """Signed by the right person, and yet not about this object."""
    manifest = replace(sign(sealed).manifest, **{name: CHANGES[name]})  # type: ignore[arg-type]
    with pytest.raises(CryptoError):
        manifest.require_header(parse_header(sealed))


def test_each_bit_of_the_sidecar(sealed: bytes) -> None:
    encoded = sign(sealed).encode()
    noise = random.Random(3)
    for position in range(len(encoded)):
        damaged = bytearray(encoded)
        damaged[position] ^= 1 << noise.randrange(8)
        try:
            sidecar = Sidecar.parse(bytes(damaged))
        except CryptoError:
            continue
        if sidecar.signer != signer().fingerprint:
            # Only a hint for finding the key: it is not signed, and nobody trusts it.
            continue
        with pytest.raises(SignatureInvalidError):
            sidecar.verify(signer().public)


def test_a_worker_checks_a_copy_without_any_key(sealed: bytes) -> None:
    header = parse_header(sealed)
    sidecar = sign(sealed)
    sidecar.verify(signer().public)
    stride = FRAME + 32
    part = sealed[header.length + 3 * stride : header.length + 6 * stride]
    sidecar.require_frames(4, frame_digests(part, FRAME, final=False))
    with pytest.raises(SignatureInvalidError, match="frame 7"):
        sidecar.require_frames(5, frame_digests(part, FRAME, final=False)[32:] * 2)
    with pytest.raises(SignatureInvalidError, match="frame 9"):
        sidecar.require_frames(9, frame_digests(part, FRAME, final=False))
    with pytest.raises(SignatureInvalidError):
        sidecar.require_frames(12, bytes(32))


def test_someone_else(sealed: bytes) -> None:
    with pytest.raises(SignatureInvalidError):
        sign(sealed, signer("mallory")).verify(signer().public)
    signer().public.require_pinned(signer().fingerprint.upper())
    for pinned in (signer("mallory").fingerprint, "", signer().fingerprint[:16], "ü" * 64):
        with pytest.raises(SignerMismatchError):
            signer().public.require_pinned(pinned)


def test_signing_keys_in_files() -> None:
    key = pair(KeyType.ED25519).key
    mine = SignerKey.load(pem.encode_private(key, b"x"), b"x", "me")
    theirs = SignerPublicKey.load(mine.public.to_pem())
    assert theirs.fingerprint == mine.fingerprint == pem.fingerprint(key.public_key())
    assert mine.fingerprint[:16] in repr(mine)
    wrong = pair(KeyType.P256).key
    with pytest.raises(KeyFileError, match="Ed25519"):
        SignerKey.load(pem.encode_private(wrong, None), None, "me")
    with pytest.raises(KeyFileError, match="Ed25519"):
        SignerPublicKey.load(pem.encode_public(wrong.public_key()))


@given(st.data())
def test_digests_arrive_in_any_order(data: st.DataObject) -> None:
    frames = [bytes([number]) * 32 for number in range(data.draw(st.integers(1, 30)))]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(frames)))) | {len(frames)})
    parts = [(low, frames[low:high]) for low, high in zip([0, *cuts], cuts, strict=False)]
    collected = FrameDigestList()
    for low, part in data.draw(st.permutations(parts)):
        collected.add(low + 1, b"".join(part))
    assert collected.concatenated() == b"".join(frames)


def test_digests_with_a_gap_or_twice() -> None:
    collected = FrameDigestList()
    collected.add(2, b"b" * 64)
    with pytest.raises(ValueError, match="missing"):
        collected.concatenated()
    with pytest.raises(ValueError, match="before"):
        collected.add(3, b"c" * 32)
    for first, digests in ((0, bytes(32)), (9, b""), (9, bytes(33))):
        with pytest.raises(ValueError, match="list of frame digests"):
            collected.add(first, digests)
    collected.add(1, b"a" * 32)
    assert collected.concatenated() == b"a" * 32 + b"b" * 64


def test_a_manifest_for_another_list(sealed: bytes) -> None:
    manifest = Manifest.for_object(parse_header(sealed), len(sealed), frames_digest(bytes(32)))
    with pytest.raises(ValueError, match="another list"):
        Sidecar.sign(manifest, bytes(64), signer())


def edited(sealed: bytes, **changes: object) -> bytes:
    line, digests = sign(sealed).encode().split(b"\n", 1)
    line = json.dumps({**json.loads(line), **changes}, separators=(",", ":")).encode()
    return line + b"\n" + digests


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "secingest-signature-2"},
        {"extra": 1},
        {"tenant": 5},
        {"tenant": "\udcff"},
        {"header_sha256": "00"},
        {"header_sha256": "A" * 64},
        {"frame_length": True},
        {"frame_length": 0},
        {"frame_length": 2**40},
        {"plaintext_length": -1},
        {"plaintext_length": 10**30},
        {"plaintext_length": 1.0},
        {"ciphertext_length": 10},
        {"signature": "AAAA"},
        {"signature": "!"},
        {"signer": None},
        {"signer": "0" * 63},
    ],
)
def test_sidecars_that_are_none(sealed: bytes, changes: dict[str, object]) -> None:
    Sidecar.parse(edited(sealed))
    with pytest.raises(FormatError):
        Sidecar.parse(edited(sealed, **changes))


def test_sidecars_with_another_list(sealed: bytes) -> None:
    encoded = sign(sealed).encode()
    line, digests = encoded.split(b"\n", 1)
    cases = [
        encoded[:-1],
        encoded[:-32],
        encoded + bytes(32),
        line,
        line + b"\n",
        line.replace(b",", b", ") + b"\n" + digests,
        b"[]\n" + digests,
        b"[[1]]\n",
        b'{"format":1,"format":1}\n',
        b"[" * 5000 + b"\n",
        b"",
        b"\n",
        b"x" * 100_000,
    ]
    for data in cases:
        with pytest.raises(FormatError):
            Sidecar.parse(data)


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_noise(noise: bytes) -> None:
    for data in (noise, noise + b"\n" + bytes(32), b"{" + noise + b"}\n"):
        with pytest.raises(FormatError):
            Sidecar.parse(data)
