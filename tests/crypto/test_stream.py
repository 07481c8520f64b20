"""Reading an object from front to back, from sources and into sinks as they really are."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secingest_tui.crypto.errors import MoreDataNeeded, TamperedError, TrailingDataError
from secingest_tui.crypto.esdk import Opener, decrypt_file, decrypt_stream, parse_header, read_header, stream
from secingest_tui.crypto.keyfile import KeyType

from .objects import EXPECT, pair, pattern, seal, sign, signer, unseal


class Dribble(io.RawIOBase):
    """A source that gives as little at a time as it likes, and a sink that takes as little."""

    def __init__(self, data: bytes = b"", step: int = 3) -> None:
        self.inner, self.step, self.asked = io.BytesIO(data), step, 0

    def read(self, size: int = -1) -> bytes:
        self.asked += 1
        return self.inner.read(min(size, self.step))

    def write(self, data: memoryview) -> int:  # type: ignore[override]
        return self.inner.write(data[: self.step])


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(0, 900),
    frame_length=st.integers(1, 120),
    chunk=st.integers(1, 600),
    step=st.integers(1, 700),
)
def test_any_chunking(size: int, frame_length: int, chunk: int, step: int) -> None:
    alice = pair(KeyType.P256)
    sealed = seal(pattern(size), [alice], frame_length=frame_length)
    sink = Dribble(step=step)
    seen: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "_CHUNK", chunk)
        report = decrypt_file(
            Dribble(sealed, step),
            alice.private,
            sink,
            expect=EXPECT,
            sidecar=sign(sealed),
            signer=signer().public,
            registered_length=len(sealed),
            progress=seen.append,
        )
    assert sink.inner.getvalue() == pattern(size)
    assert (report.plaintext_length, report.ciphertext_length) == (size, len(sealed))
    assert report.signer == signer().fingerprint
    assert seen == sorted(seen)
    assert seen[-1] == size


def test_the_header_is_read_and_nothing_after_it() -> None:
    alice = pair(KeyType.P256)
    sealed = seal(pattern(100), [alice])
    source = io.BytesIO(sealed)
    header = read_header(source)
    assert source.tell() == header.length
    sink = io.BytesIO()
    assert decrypt_stream(source, Opener(header, alice.private), sink).plaintext_length == 100
    with pytest.raises(MoreDataNeeded):
        read_header(io.BytesIO(sealed[: header.length - 1]))
    with pytest.raises(MoreDataNeeded):
        read_header(io.BytesIO(b""))


def test_nothing_of_a_bad_frame_reaches_the_sink(monkeypatch: pytest.MonkeyPatch) -> None:
    alice = pair(KeyType.P256)
    sealed = bytearray(seal(pattern(64 * 10), [alice]))
    start = parse_header(sealed).length
    sealed[start + 4 * 96 + 50] ^= 1
    sink = io.BytesIO()
    monkeypatch.setattr(stream, "_CHUNK", 96)
    with pytest.raises(TamperedError, match="frame 5"):
        decrypt_file(io.BytesIO(sealed), alice.private, sink)
    assert sink.getvalue() == pattern(64 * 4)


def test_a_signature_needs_a_signer() -> None:
    alice = pair(KeyType.P256)
    sealed = seal(b"x", [alice])
    with pytest.raises(ValueError, match="signer"):
        unseal(sealed, alice, sidecar=sign(sealed))


def test_the_header_is_checked_before_the_body_is_read() -> None:
    alice = pair(KeyType.P256)
    sealed = seal(pattern(1000), [alice])
    source = io.BytesIO(sealed)
    with pytest.raises(TamperedError):
        decrypt_file(source, alice.private, io.BytesIO(), expect={"tenant": "other"})
    assert source.tell() == parse_header(sealed).length


@pytest.mark.parametrize("chunk", [1, 200, 1000])
@pytest.mark.parametrize("size", [0, 64, 65, 128, 200, 640])
def test_one_byte_too_many_wherever_the_buffer_ends(
    chunk: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the final frame fills the buffer, so that the byte has not been read yet."""
    monkeypatch.setattr(stream, "_CHUNK", chunk)
    alice = pair(KeyType.P256)
    sealed = seal(pattern(size), [alice])
    assert unseal(sealed, alice)[0] == pattern(size)
    with pytest.raises(TrailingDataError):
        unseal(sealed + b"\0", alice)
