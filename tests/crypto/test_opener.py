"""The reader's calls by themselves, as a range restore makes them."""

from __future__ import annotations

import pytest

from secingest_tui.crypto.errors import (
    FormatError,
    FrameOrderError,
    TamperedError,
    TrailingDataError,
    TruncatedError,
)
from secingest_tui.crypto.esdk import Opener, frame_digests, frame_tags, parse_header, split_frames
from secingest_tui.crypto.keyfile import KeyType

from .objects import pair, pattern, seal, unseal

FRAME, STRIDE = 64, 96
PLAINTEXT = pattern(4 * FRAME + 10)


@pytest.fixture(scope="module")
def opened() -> tuple[Opener, bytes]:
    sealed = seal(PLAINTEXT, [pair(KeyType.P256)])
    header = parse_header(sealed)
    return Opener(header, pair(KeyType.P256).private), sealed[header.length :]


def test_frames_in_the_middle(opened: tuple[Opener, bytes]) -> None:
    opener, body = opened
    out = bytearray(3 * FRAME)
    assert opener.open(2, body[STRIDE : 3 * STRIDE], out, final=False) == 2 * FRAME
    assert out == PLAINTEXT[FRAME : 3 * FRAME] + bytes(FRAME)


@pytest.mark.parametrize(
    ("first", "start", "end", "final", "error"),
    [
        (1, 0, 0, False, TruncatedError),
        (1, 0, 95, False, TruncatedError),
        (1, 0, 97, False, TruncatedError),
        (2, 0, 96, False, FrameOrderError),
        (5, 4 * STRIDE, 4 * STRIDE + 50, False, TruncatedError),
        (1, 0, 39, True, TruncatedError),
        (1, 0, 96, True, TruncatedError),
        (1, 0, 4 * STRIDE, True, TruncatedError),
        (1, 0, 4 * STRIDE + 49, True, TruncatedError),
        (4, 4 * STRIDE, 4 * STRIDE + 50, True, FrameOrderError),
        (5, 4 * STRIDE, 4 * STRIDE + 39, True, TruncatedError),
    ],
)
def test_pieces_that_are_not_what_was_asked_for(
    opened: tuple[Opener, bytes], first: int, start: int, end: int, final: bool, error: type[TamperedError]
) -> None:
    opener, body = opened
    with pytest.raises(TamperedError) as caught:
        opener.open(first, body[start:end], bytearray(10 * FRAME), final=final)
    assert caught.type is error


@pytest.mark.parametrize("length", range(50, 200))
def test_a_final_frame_followed_by_anything(opened: tuple[Opener, bytes], length: int) -> None:
    opener, body = opened
    padded = (body[4 * STRIDE :] + bytes(200))[:length]
    if length == 50:
        opener.open(5, padded, bytearray(3 * FRAME), final=True)
        return
    with pytest.raises((TrailingDataError, TruncatedError)):
        opener.open(5, padded, bytearray(3 * FRAME), final=True)
    with pytest.raises((TrailingDataError, TruncatedError)):
        opener.open(5, padded, bytearray(3 * FRAME), final=False)


def test_a_buffer_that_is_too_small(opened: tuple[Opener, bytes]) -> None:
    opener, body = opened
    with pytest.raises(ValueError, match="needed"):
        opener.open(1, body, bytearray(len(PLAINTEXT) - 1), final=True)


def test_a_final_frame_that_claims_more_than_a_frame() -> None:
    sealed = bytearray(seal(PLAINTEXT, [pair(KeyType.P256)]))
    at = parse_header(sealed).length + 4 * STRIDE + 20
    sealed[at : at + 4] = (FRAME + 1).to_bytes(4, "big")
    with pytest.raises(FormatError, match="65 bytes"):
        unseal(bytes(sealed), pair(KeyType.P256))


def test_parts_are_cut_into_whole_frames_or_not_at_all(opened: tuple[Opener, bytes]) -> None:
    _, body = opened
    assert b"".join(split_frames(body, FRAME, final=True)) == body
    assert len(frame_tags(body, FRAME, final=True)) == 5 * 16
    assert len(frame_digests(body, FRAME, final=True)) == 5 * 32
    for piece, final in (
        (body, False),
        (body[:-11], True),
        (body[:30], True),
        (body[: 2 * STRIDE + 1], False),
    ):
        with pytest.raises(ValueError, match="whole"):
            list(split_frames(piece, FRAME, final=final))
