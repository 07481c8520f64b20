"""What we write the official SDK reads, and the other way round."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secingest_tui.crypto.esdk import parse_header
from secingest_tui.crypto.keyfile import KeyType

from . import sdk
from .objects import EXPECT, context, pair, pattern, seal, unseal

pytestmark = pytest.mark.oracle

MIB = 1024 * 1024
# The SDK reads any frame length and writes only multiples of this.
SDK_STEP = 128
SIZES = [
    *((frame, size) for frame in (1, 64, SDK_STEP) for size in (0, frame - 1, frame, frame + 1, 5 * frame)),
    *((4096, size) for size in (0, 1, 4095, 4096, 4097, 3 * 4096)),
    *((64 * 1024, size) for size in (65535, 65536, 65537, 5 * MIB + 123)),
    *((MIB, size) for size in (MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 123)),
]


@pytest.mark.parametrize("kind", sdk.SDK_TYPES)
def test_the_sdk_reads_what_we_write(kind: KeyType) -> None:
    alice = pair(kind)
    plaintext = pattern(1000)
    assert sdk.decrypt(seal(plaintext, [alice]), alice, EXPECT) == plaintext


@pytest.mark.parametrize("kind", sdk.SDK_TYPES)
def test_we_read_what_the_sdk_writes(kind: KeyType) -> None:
    alice = pair(kind)
    plaintext = pattern(1000)
    sealed = sdk.encrypt(plaintext, alice, context=context([alice]), frame_length=128)
    assert unseal(sealed, alice, expect=EXPECT)[0] == plaintext


@pytest.mark.parametrize(("frame_length", "size"), SIZES)
def test_sizes_around_the_borders(frame_length: int, size: int) -> None:
    alice = pair(KeyType.P256)
    plaintext = pattern(size)
    ours = seal(plaintext, [alice], frame_length=frame_length)
    assert sdk.decrypt(ours, alice) == plaintext
    if frame_length % SDK_STEP:
        return
    theirs = sdk.encrypt(plaintext, alice, context=context([alice]), frame_length=frame_length)
    assert unseal(theirs, alice)[0] == plaintext
    # Theirs may close a whole last frame with an empty one; a closed formula gives ours.
    assert len(ours) - parse_header(ours).length <= len(theirs) - parse_header(theirs).length


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frame_length=st.integers(1, 200), frames=st.integers(0, 6), offset=st.integers(-2, 2))
def test_any_size_near_a_border(frame_length: int, frames: int, offset: int) -> None:
    alice = pair(KeyType.P384)
    plaintext = pattern(max(0, frame_length * frames + offset))
    assert sdk.decrypt(seal(plaintext, [alice], frame_length=frame_length), alice) == plaintext
    plaintext = pattern(max(0, SDK_STEP * frames + offset))
    theirs = sdk.encrypt(plaintext, alice, context={}, frame_length=SDK_STEP)
    assert unseal(theirs, alice)[0] == plaintext


@settings(max_examples=40, deadline=None)
@given(
    about=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
            lambda key: not key.startswith("aws-crypto-")
        ),
        st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
        min_size=1,
        max_size=8,
    )
)
def test_any_context(about: dict[str, str]) -> None:
    """ECDH binds the context's canonical bytes into the wrapped key, so both sides must agree on them."""
    alice = pair(KeyType.P521)
    assert sdk.decrypt(seal(b"x", [alice], about=about), alice, about) == b"x"
    theirs = sdk.encrypt(b"x", alice, context=about, frame_length=128)
    assert unseal(theirs, alice, expect=about)[0] == b"x"


def test_several_recipients_each_open_it() -> None:
    pairs = [pair(kind) for kind in sdk.SDK_TYPES]
    plaintext = pattern(200)
    ours = seal(plaintext, pairs)
    theirs = sdk.encrypt(plaintext, *pairs, context=context(pairs), frame_length=128)
    for each in pairs:
        assert sdk.decrypt(ours, each) == plaintext
        assert unseal(theirs, each)[0] == plaintext


def test_the_sdk_ignores_a_post_quantum_key_beside_its_own() -> None:
    pairs = [pair(KeyType.MLKEM768_X25519), pair(KeyType.RSA_3072)]
    assert sdk.decrypt(seal(b"abc", pairs), pairs[1]) == b"abc"
