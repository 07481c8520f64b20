"""The body that is sent as it lies in memory."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.storage import S3Store
from secingest_tui.storage.body import ASK_FIRST, SLICE, BufferBody, Stopped
from tests.rigs.fault_proxy import FaultProxy
from tests.storage.conftest import Provider


@pytest.fixture
def provider(seaweed: Provider) -> Provider:
    return seaweed


@pytest.fixture
def proxy(stack: EmbeddedStack) -> Iterator[FaultProxy]:
    with FaultProxy(int(stack.s3_endpoint.rpartition(":")[2])) as running:
        yield running


def test_it_is_a_file() -> None:
    data = os.urandom(1000)
    body = BufferBody(memoryview(data))
    assert (len(body), body.tell(), body.read(10)) == (1000, 0, data[:10])
    assert body.seek(-5, io.SEEK_END) == 995
    assert body.read() == data[995:]
    assert body.seek(2) == 2
    assert body.seek(3, io.SEEK_CUR) == 5
    assert body.read(2) == data[5:7]
    assert BufferBody(b"")


def test_slices_are_views_of_the_callers_memory() -> None:
    data = bytearray(2 * SLICE + 7)
    pieces = list(BufferBody(data).slices())
    assert [piece.nbytes for piece in pieces] == [SLICE, SLICE, 7]
    data[SLICE] = 99
    assert pieces[1][0] == 99
    assert all(piece.readonly for piece in pieces)


def test_a_view_of_wider_items_is_bytes() -> None:
    import array

    numbers = array.array("Q", range(1000))
    assert b"".join(BufferBody(numbers).slices()) == numbers.tobytes()


def test_progress_goes_back_when_the_body_is_sent_again() -> None:
    told: list[int] = []
    body = BufferBody(bytes(2 * SLICE), told.append)
    sending = body.slices()
    next(sending)
    next(sending)
    assert told == [SLICE]
    assert len(list(body.slices())) == 2
    assert told == [SLICE, -SLICE, SLICE, SLICE]


def test_what_progress_raises_is_carried_past_every_except_exception() -> None:
    def refuse(_: int) -> None:
        raise ValueError("enough")

    with pytest.raises(Stopped) as raised:
        list(BufferBody(b"x", refuse).slices())
    assert isinstance(raised.value.cause, ValueError)
    assert not isinstance(raised.value, Exception)


@pytest.mark.parametrize(("size", "asked"), [(ASK_FIRST - 1, False), (ASK_FIRST, True)])
def test_only_large_bodies_ask_first(
    proxy: FaultProxy, provider: Provider, bucket: str, size: int, asked: bool
) -> None:
    body = os.urandom(size)
    store = S3Store(replace(provider.alice, endpoint=proxy.endpoint))
    assert store.put(bucket, "k", body).verified
    sent = b"".join(bytes(each.up) for each in proxy.connections)
    assert (b"Expect: 100-continue" in sent) is asked
    assert sent.endswith(body)
