"""The header's parser: reads exactly what the writer writes, and takes no length on trust."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secingest_tui.crypto.errors import CryptoError, FormatError, LimitError, MoreDataNeeded
from secingest_tui.crypto.esdk import MAX_HEADER_LENGTH, EncryptedDataKey, parse_header, serialise_context
from secingest_tui.crypto.esdk.context import parse_context
from secingest_tui.crypto.esdk.header import MAX_RECIPIENTS, serialise_body
from secingest_tui.crypto.esdk.wire import u16
from secingest_tui.crypto.keyfile import KeyType

from .objects import pair, seal

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
KEYS = st.builds(
    EncryptedDataKey,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.binary(max_size=100),
    st.binary(max_size=600),
)


@given(
    message_id=st.binary(min_size=32, max_size=32),
    context=st.dictionaries(TEXT, TEXT, max_size=10),
    keys=st.lists(KEYS, min_size=1, max_size=4),
    frame_length=st.integers(1, 64 * 1024 * 1024),
    rest=st.binary(max_size=20),
)
def test_what_is_written_is_read(
    message_id: bytes,
    context: dict[str, str],
    keys: list[EncryptedDataKey],
    frame_length: int,
    rest: bytes,
) -> None:
    body = serialise_body(message_id, serialise_context(context), keys, frame_length, b"c" * 32)
    header = parse_header(body + b"t" * 16 + rest)
    assert (header.message_id, header.context, header.frame_length) == (message_id, context, frame_length)
    assert header.encrypted_data_keys == tuple(keys)
    assert (header.body, header.tag, header.length) == (body, b"t" * 16, len(body) + 16)


@given(data=st.data())
def test_a_header_in_pieces(data: st.DataObject) -> None:
    """Whatever the first piece, following ``needed`` arrives at the header and never past it."""
    sealed = seal(b"", [pair(KeyType.P256), pair(KeyType.MLKEM768_X25519)])
    length = parse_header(sealed).length
    have = data.draw(st.integers(0, length - 1))
    while have < length:
        with pytest.raises(MoreDataNeeded) as more:
            parse_header(sealed[:have])
        assert have < more.value.needed <= length
        have = more.value.needed
    assert parse_header(sealed[:have]).length == length


@settings(max_examples=400)
@given(data=st.data())
def test_damage_is_refused_or_read_as_what_it_says(data: st.DataObject) -> None:
    """No input makes the parser raise anything of its own; what it does accept writes the same bytes."""
    sealed = bytearray(seal(b"", [pair(KeyType.P256)]))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(sealed) - 1))
        sealed[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        if not sealed:
            break
    try:
        header = parse_header(sealed)
    except CryptoError:
        return
    again = serialise_body(
        header.message_id,
        serialise_context(header.context),
        header.encrypted_data_keys,
        header.frame_length,
        header.commitment,
    )
    assert again == header.body


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_noise(noise: bytes) -> None:
    for data in (noise, b"\x02\x04\x78" + noise, b"\x02\x04\x78" + bytes(32) + noise):
        try:
            parse_header(data)
        except CryptoError:
            continue


def raw_header(
    *,
    context: bytes = b"",
    context_length: int | None = None,
    keys: bytes = b"",
    count: int = 1,
    frame: int = 1,
) -> bytes:
    size = len(context) if context_length is None else context_length
    start = b"\x02\x04\x78" + bytes(32) + u16(size) + context
    return start + u16(count) + keys + b"\x02" + frame.to_bytes(4, "big") + bytes(48)


ONE_KEY = EncryptedDataKey("p", b"i", b"c").serialise()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (raw_header(keys=ONE_KEY, frame=0), LimitError),
        (raw_header(keys=ONE_KEY, frame=2**32 - 1), LimitError),
        (raw_header(keys=ONE_KEY, count=0), LimitError),
        (raw_header(keys=ONE_KEY * 17, count=MAX_RECIPIENTS + 1), LimitError),
        (raw_header(keys=ONE_KEY * 17, count=65535), LimitError),
        (raw_header(keys=u16(129) + bytes(129)), LimitError),
        (raw_header(keys=u16(1) + b"p" + u16(1025) + bytes(1025)), LimitError),
        (raw_header(keys=u16(1) + b"p" + u16(0) + u16(4097) + bytes(4097)), LimitError),
        (raw_header(keys=u16(1) + b"\xff" + u16(0) + u16(0)), FormatError),
        (raw_header(context_length=16 * 1024 + 1), LimitError),
        (raw_header(context=u16(0), keys=ONE_KEY), LimitError),
        (raw_header(context=u16(65) + bytes(260), keys=ONE_KEY), LimitError),
        (raw_header(context=u16(1) + b"\0\1a\0\2b", keys=ONE_KEY), FormatError),
        (raw_header(context=u16(1) + b"\0\1a\0\1b!", keys=ONE_KEY), FormatError),
        (raw_header(context=u16(2) + b"\0\1a\0\1b", keys=ONE_KEY), FormatError),
        (raw_header(context=u16(2) + b"\0\1b\0\0" + b"\0\1a\0\0", keys=ONE_KEY), FormatError),
        (raw_header(context=u16(2) + b"\0\1a\0\0" + b"\0\1a\0\0", keys=ONE_KEY), FormatError),
        (raw_header(context=u16(1) + b"\0\1\xff\0\0", keys=ONE_KEY), FormatError),
        (raw_header(context=u16(1) + b"\0\0\0\2\xc0\x80", keys=ONE_KEY), FormatError),
    ],
)
def test_lies_about_counts_and_lengths(data: bytes, error: type[CryptoError]) -> None:
    parse_header(raw_header(keys=ONE_KEY))
    with pytest.raises(CryptoError) as caught:
        parse_header(data)
    assert caught.type is error


@given(key=KEYS, cut=st.integers(0, 10), noise=st.binary(max_size=60))
def test_a_wrapped_key_by_itself(key: EncryptedDataKey, cut: int, noise: bytes) -> None:
    data = key.serialise()
    assert EncryptedDataKey.parse(data) == key
    for damaged in (data + b"\0", data[: -1 - cut] or b"\0"):
        with pytest.raises(FormatError):
            EncryptedDataKey.parse(damaged)
    try:
        assert EncryptedDataKey.parse(noise).serialise() == noise
    except FormatError:
        return


def test_the_longest_header() -> None:
    """``MAX_HEADER_LENGTH`` bytes, fetched at once, always hold the whole header."""
    largest = u16(128) + b"p" * 128 + u16(1024) + bytes(1024) + u16(4096) + bytes(4096)
    pairs = u16(1) + u16(1) + b"k" + u16(16 * 1024 - 7) + b"v" * (16 * 1024 - 7)
    data = raw_header(context=pairs, keys=largest * MAX_RECIPIENTS, count=MAX_RECIPIENTS)
    assert parse_header(data).length == len(data) <= MAX_HEADER_LENGTH


def test_a_claimed_length_costs_no_memory() -> None:
    data = raw_header(keys=ONE_KEY * 3, count=3, frame=2**32 - 1)
    tracemalloc.start()
    try:
        with pytest.raises(LimitError):
            parse_header(data)
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=200))
def test_two_byte_strings_never_mean_the_same_context(data: bytes) -> None:
    try:
        context = parse_context(data)
    except FormatError:
        return
    assert serialise_context(context) == data
