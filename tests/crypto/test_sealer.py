"""The writer: where bytes go, that parts may be sealed in any order, and that no nonce is used twice."""

from __future__ import annotations

import ast
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

import backend_stub
import secingest_tui
from secingest_tui.crypto.errors import (
    CommitmentError,
    FormatError,
    FrameReuseError,
    LimitError,
    TamperedError,
    TruncatedError,
)
from secingest_tui.crypto.esdk import (
    EncryptedDataKey,
    Layout,
    Opener,
    Sealer,
    ciphertext_length,
    frame_tags,
    parse_header,
    split_frames,
)
from secingest_tui.crypto.esdk import opener as opener_module
from secingest_tui.crypto.esdk import sealer as sealer_module
from secingest_tui.crypto.esdk.frames import MAX_FRAMES, body_length
from secingest_tui.crypto.esdk.frameset import FrameSet
from secingest_tui.crypto.keyfile import KeyType
from secingest_tui.crypto.recipients import ecdh
from secingest_tui.crypto.rewrap import wrap_further

from .objects import context, pair, pattern, seal, unseal

FRAME = 64


def new_sealer(frame_length: int = FRAME) -> Sealer:
    alice = pair(KeyType.P256)
    return Sealer([alice.recipient], context([alice]), frame_length=frame_length)


def part(sealer: Sealer, first: int, plaintext: bytes, *, final: bool) -> bytes:
    out = bytearray(body_length(len(plaintext), sealer.frame_length, final=final))
    assert sealer.seal(first, plaintext, out, final=final) == len(out)
    return bytes(out)


@given(size=st.integers(0, 2000), frame_length=st.integers(1, 300))
def test_lengths_are_known_before_a_byte_is_sealed(size: int, frame_length: int) -> None:
    data = seal(pattern(size), [pair(KeyType.P256)], frame_length=frame_length)
    header = parse_header(data)
    lengths = {"header_length": header.length, "frame_length": frame_length}
    assert len(data) == ciphertext_length(size, **lengths)
    layout = Layout.of(len(data), **lengths)
    assert (layout.plaintext_length, layout.ciphertext_length) == (size, len(data))
    cut = [
        data[layout.frame_offset(n + 1) :][: len(f)]
        for n, f in enumerate(split_frames(data[header.length :], frame_length, final=True))
    ]
    assert b"".join(cut) == data[header.length :]
    assert len(cut) == layout.frames


@given(length=st.integers(0, 500), frame_length=st.integers(1, 100))
def test_a_length_that_no_object_has(length: int, frame_length: int) -> None:
    possible = {ciphertext_length(size, header_length=20, frame_length=frame_length) for size in range(500)}
    # A whole number of frames may also be closed by an empty final frame.
    possible |= {20 + count * (frame_length + 32) + 40 for count in range(20)}
    if length in possible:
        assert Layout.of(length, header_length=20, frame_length=frame_length).ciphertext_length == length
    else:
        with pytest.raises(TruncatedError):
            Layout.of(length, header_length=20, frame_length=frame_length)


@given(data=st.data(), size=st.integers(1, 1000), frame_length=st.integers(1, 90))
def test_a_range_needs_only_its_frames(data: st.DataObject, size: int, frame_length: int) -> None:
    alice = pair(KeyType.P256)
    plaintext = pattern(size)
    sealed = seal(plaintext, [alice], frame_length=frame_length)
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    header = parse_header(sealed)
    layout = Layout.of(len(sealed), header_length=header.length, frame_length=frame_length)
    first, last = layout.frames_of_range(start, end)
    low, high = layout.byte_range(first, last)
    out = bytearray((last - first + 1) * frame_length)
    Opener(header, alice.private).open(first, sealed[low:high], out, final=last == layout.frames)
    offset = (first - 1) * frame_length
    assert out[start - offset : end - offset] == plaintext[start:end]
    with pytest.raises(ValueError, match="not within"):
        layout.frames_of_range(start, size + 1)


def test_parts_sealed_by_threads_in_any_order_make_one_object() -> None:
    sealer = new_sealer()
    plaintext = pattern(40 * FRAME + 7)
    layout = Layout.of(sealer.ciphertext_length(len(plaintext)), header_length=0, frame_length=FRAME)
    whole = bytearray(sealer.ciphertext_length(len(plaintext)))
    whole[: len(sealer.header)] = sealer.header
    view = memoryview(whole)[len(sealer.header) :]
    firsts = list(range(1, 41, 4))
    random.Random(1).shuffle(firsts)

    def work(first: int) -> None:
        final = first == 37
        piece = plaintext[(first - 1) * FRAME : None if final else (first + 3) * FRAME]
        sealer.seal(first, piece, view[layout.frame_offset(first) :], final=final)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, firsts))
    assert unseal(bytes(whole), pair(KeyType.P256))[0] == plaintext


def test_a_stream_may_end_with_an_empty_frame() -> None:
    sealer = new_sealer()
    data = sealer.header + part(sealer, 1, pattern(FRAME), final=False) + part(sealer, 2, b"", final=True)
    assert unseal(data, pair(KeyType.P256))[0] == pattern(FRAME)


def test_a_frame_is_sealed_once() -> None:
    sealer = new_sealer()
    part(sealer, 3, pattern(2 * FRAME), final=False)
    for first, length, final in ((3, FRAME, False), (4, FRAME, False), (2, 2 * FRAME, False), (4, 0, True)):
        with pytest.raises(FrameReuseError):
            part(sealer, first, bytes(length), final=final)
    part(sealer, 1, pattern(2 * FRAME), final=False)
    part(sealer, 5, b"", final=True)


def test_the_frame_numbers_end() -> None:
    sealer = new_sealer(1)
    for first in (0, -1, MAX_FRAMES, MAX_FRAMES + 1):
        with pytest.raises(LimitError):
            part(sealer, first, b"ab", final=False)
    part(sealer, MAX_FRAMES, b"a", final=True)


def test_a_wrong_call_writes_nothing() -> None:
    sealer = new_sealer()
    out = bytearray(200)
    for plaintext, room, final in (
        (b"", 200, False),
        (bytes(FRAME + 1), 200, False),
        (bytes(FRAME), 95, False),
        (b"", 39, True),
    ):
        with pytest.raises(ValueError, match="bytes"):
            sealer.seal(1, plaintext, memoryview(out)[:room], final=final)
    assert not any(out)
    part(sealer, 1, bytes(FRAME), final=False)


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 9)), max_size=40))
def test_the_set_of_frames_against_a_plain_set(claims: list[tuple[int, int]]) -> None:
    mine, plain = FrameSet(), set[int]()
    for first, count in claims:
        wanted = set(range(first, first + count))
        assert mine.claim(first, count) == plain.isdisjoint(wanted)
        if plain.isdisjoint(wanted):
            plain |= wanted
    assert {number for low, high in mine.ranges for number in range(low, high)} == plain
    assert all(end < start for (_, end), (start, _) in zip(mine.ranges, mine.ranges[1:], strict=False))
    assert mine.is_whole(len(plain)) == (plain == set(range(1, len(plain) + 1)) and bool(plain))


def test_resume_seals_the_same_bytes_and_no_header(monkeypatch: pytest.MonkeyPatch) -> None:
    first = new_sealer()
    sent = part(first, 1, pattern(3 * FRAME), final=False)
    journal = frame_tags(sent, FRAME, final=False)
    used = record_nonces(monkeypatch)
    second = Sealer.resume(first.data_key, first.message_id, first.header)
    assert second.header == first.header
    assert part(second, 1, pattern(3 * FRAME), final=False) == sent
    assert bytes(12) not in {nonce for _, nonce in used}
    third = Sealer.resume(first.data_key, first.message_id, first.header)
    changed = pattern(FRAME) + b"changed in between".ljust(FRAME) + pattern(FRAME)
    again = part(third, 1, changed, final=False)
    tags = frame_tags(again, FRAME, final=False)
    assert [tags[i : i + 16] == journal[i : i + 16] for i in (0, 16, 32)] == [True, False, False]


def test_resume_refuses_a_journal_that_does_not_fit() -> None:
    one, two = new_sealer(), new_sealer()
    damaged = bytearray(one.header)
    damaged[-1] ^= 1
    with pytest.raises(TamperedError):
        Sealer.resume(one.data_key, one.message_id, bytes(damaged))
    with pytest.raises(TamperedError, match="journalled header"):
        Sealer.resume(one.data_key, two.message_id, one.header)
    with pytest.raises(TamperedError, match="journalled header"):
        Sealer.resume(one.data_key, one.message_id, one.header + b"\0")
    with pytest.raises(CommitmentError):
        Sealer.resume(two.data_key, one.message_id, one.header)


def record_nonces(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bytes, bytes]]:
    """Every (key, nonce) that the writer seals with from now on."""
    used: list[tuple[bytes, bytes]] = []

    class Recorder:
        def __init__(self, key: bytes) -> None:
            self._key, self._real = key, AESGCM(key)

        def encrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
            used.append((self._key, nonce))
            return self._real.encrypt(nonce, data, aad)

        def encrypt_into(self, nonce: bytes, data: bytes, aad: bytes, out: memoryview) -> int:
            used.append((self._key, nonce))
            return self._real.encrypt_into(nonce, data, aad, out)

        def decrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
            return self._real.decrypt(nonce, data, aad)

    monkeypatch.setattr(sealer_module, "AESGCM", Recorder)
    return used


def test_no_nonce_is_used_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    used = record_nonces(monkeypatch)
    for _ in range(20):
        sealer = new_sealer(8)
        part(sealer, 1, pattern(80), final=False)
        part(sealer, 11, pattern(30), final=True)
        Sealer.resume(sealer.data_key, sealer.message_id, sealer.header)
    assert len(used) == 20 * (1 + 10 + 4)
    assert len(set(used)) == len(used)


def calls(*names: str) -> list[tuple[str, str, ast.Call]]:
    """(file, function, call) of every call of one of ``names`` in what is shipped, client and server."""
    found = []
    for package in (secingest_tui, backend_stub):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            for function in ast.walk(ast.parse(path.read_text())):
                if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    continue
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and ast.unparse(call.func).rsplit(".", 1)[-1] in names:
                        found.append((str(path.relative_to(root)), function.name, call))
    return found


def test_one_place_seals_headers() -> None:
    """The header's nonce seals once in the whole package, in the constructor, under a key made there.

    A second header under a message key would give away its GHASH key; so neither the data key nor
    the message id can be given to the constructor, and no other code encrypts with that nonce.
    """
    headers = [
        (path, function)
        for path, function, call in calls("encrypt", "encrypt_into")
        if call.args and "HEADER_IV" in ast.unparse(call.args[0])
    ]
    assert headers == [("crypto/esdk/sealer.py", "__init__")]
    accepted = Sealer.__init__.__annotations__
    assert set(accepted) == {"recipients", "context", "frame_length", "return"}


def test_nothing_else_encrypts_under_a_message_key() -> None:
    """Every encryption in the package is listed here with its nonce; whoever adds one has to think.

    Under a message key: the header once, and frames by their numbers. The others are under wrapping
    and sealing keys. A message key exists in the writer and in the reader, nowhere else, and the bytes
    of a header are put together in one place.
    """
    nonces = {
        (path, function, ast.unparse(call.args[0]))
        for path, function, call in calls("encrypt", "encrypt_into")
    }
    assert nonces == {
        ("crypto/esdk/sealer.py", "__init__", "HEADER_IV"),
        ("crypto/esdk/sealer.py", "seal", "iv"),
        ("crypto/recipients/ecdh.py", "wrap", "_ZERO_IV"),
        ("crypto/recipients/hpke.py", "wrap", "data_key"),
        ("crypto/recipients/rsa.py", "wrap", "data_key"),
        ("crypto/pem.py", "encode_private", "der"),
        ("services/credentials.py", "_write", "nonce"),
        ("server/seal.py", "seal", "nonce"),
    }
    assert {(path, function) for path, function, _ in calls("message_key", "committed_message_key")} == {
        ("crypto/esdk/derive.py", "committed_message_key"),
        ("crypto/esdk/opener.py", "verified_data_key"),
        ("crypto/esdk/sealer.py", "__init__"),
        ("crypto/esdk/sealer.py", "resume"),
    }
    assert [(path, function) for path, function, _ in calls("serialise_body")] == [
        ("crypto/esdk/sealer.py", "__init__")
    ]
    assert {(path, function) for path, function, _ in calls("verified_data_key")} == {
        ("crypto/esdk/opener.py", "__init__"),
        ("crypto/rewrap.py", "wrap_further"),
    }


def test_no_key_and_nonce_seal_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cipher is given while objects are sealed, opened and rewrapped: no pair comes again."""
    used: list[tuple[bytes, bytes]] = []

    class Recording:
        def __init__(self, key: bytes) -> None:
            self._key, self._cipher = key, AESGCM(key)

        def encrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
            used.append((self._key, nonce))
            return self._cipher.encrypt(nonce, data, aad)

        def encrypt_into(self, nonce: bytes, data: bytes, aad: bytes, out: memoryview) -> int:
            used.append((self._key, nonce))
            return self._cipher.encrypt_into(nonce, data, aad, out)

        def decrypt(self, nonce: bytes, data: bytes, aad: bytes) -> bytes:
            return self._cipher.decrypt(nonce, data, aad)

        def decrypt_into(self, nonce: bytes, data: bytes, aad: bytes, out: memoryview) -> int:
            return self._cipher.decrypt_into(nonce, data, aad, out)

    for module in (sealer_module, opener_module, ecdh):
        monkeypatch.setattr(module, "AESGCM", Recording)
    alice, others = pair(KeyType.P256), [pair(KeyType.P256, name) for name in ("bob", "carol", "dave")]
    sealed = seal(pattern(5 * FRAME), [alice], frame_length=FRAME)
    header = parse_header(sealed)
    sealings = len(used)
    assert sealings == 1 + 1 + 5, "the wrapped key, the header, the frames"
    extra: list[EncryptedDataKey] = []
    for number, other in enumerate(others, 1):
        opener = (alice, *others)[number - 1]
        [further] = wrap_further(header, opener.private, [other.recipient], extra_keys=extra)
        extra.append(further.wrapped)
        assert unseal(sealed, other, extra_keys=extra)[0] == pattern(5 * FRAME)
    assert len(used) == sealings + len(others), "a rewrap seals a wrapped key and nothing else"
    assert len(set(used)) == len(used)


def test_every_object_has_its_own_key() -> None:
    sealers = [new_sealer() for _ in range(50)]
    assert len({each.data_key for each in sealers}) == len({each.message_id for each in sealers}) == 50


def test_secrets_are_not_shown() -> None:
    sealer = new_sealer()
    opener = Opener(parse_header(sealer.header), pair(KeyType.P256).private)
    for text in (repr(sealer), repr(opener), repr(sealer.parsed_header), repr(pair(KeyType.P256).private)):
        assert sealer.data_key.hex() not in text
        assert repr(sealer.data_key)[2:-1] not in text


def test_what_the_format_cannot_carry() -> None:
    alice = pair(KeyType.P256).recipient
    for frame_length in (0, -1, 2**32, 64 * 1024 * 1024 + 1):
        with pytest.raises(LimitError):
            Sealer([alice], {}, frame_length=frame_length)
    with pytest.raises(LimitError):
        Sealer([], {})
    with pytest.raises(FormatError, match="twice"):
        Sealer([alice, alice], {})
    with pytest.raises(FormatError, match="reserved"):
        Sealer([alice], {"aws-crypto-public-key": "x"})
    with pytest.raises(FormatError, match="Unicode"):
        Sealer([alice], {"name": "\udcff"})
    with pytest.raises(LimitError):
        Sealer([alice], {"name": "x" * 20_000})
    with pytest.raises(LimitError):
        Sealer([alice], {str(n): "x" for n in range(65)})


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=300))
def test_the_buffers_may_be_of_any_kind(plaintext: bytes) -> None:
    sealer = new_sealer()
    out = memoryview(bytearray(sealer.ciphertext_length(len(plaintext))))
    used = sealer.seal(1, memoryview(bytearray(plaintext)), out, final=True)
    assert unseal(sealer.header + out[:used], pair(KeyType.P256))[0] == plaintext
