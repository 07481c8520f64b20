"""What a restore writes is the same file whichever way it reaches the disk."""

from __future__ import annotations

import errno
import mmap
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secingest_tui.services.restore import writing
from secingest_tui.services.restore.writing import BLOCK, DIRECT_FROM, PieceWriter

PIECE = 1024 * 1024


def written(path: Path, content: bytes, *, aligned: bool) -> None:
    """``content`` written by several threads, the last pieces first."""
    writer = PieceWriter(path, len(content), aligned=aligned)

    def put(offset: int) -> None:
        piece = content[offset : offset + PIECE]
        room = memoryview(mmap.mmap(-1, PIECE))[: len(piece)]
        room[:] = piece
        writer.write(offset, room)

    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(put, reversed(range(0, len(content), PIECE))))
        writer.sync()
    finally:
        writer.close()


@pytest.mark.parametrize("size", [0, 1, BLOCK, DIRECT_FROM - 1, DIRECT_FROM, DIRECT_FROM + 3 * BLOCK + 77])
def test_the_file_is_what_was_written(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    written(tmp_path / "out", content, aligned=True)
    assert (tmp_path / "out").read_bytes() == content
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600


def test_a_large_file_goes_past_the_cache_where_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not takes_direct_writes(tmp_path):
        written(tmp_path / "out", os.urandom(DIRECT_FROM), aligned=True)
        return
    direct = counting(monkeypatch)
    written(tmp_path / "out", os.urandom(DIRECT_FROM + 77), aligned=True)
    assert direct() == DIRECT_FROM
    written(tmp_path / "small", os.urandom(DIRECT_FROM - 1), aligned=True)
    written(tmp_path / "askew", os.urandom(DIRECT_FROM), aligned=False)
    assert direct() == DIRECT_FROM


@pytest.mark.parametrize("refuses", ["open", "write"])
def test_a_file_system_that_cannot_is_written_the_usual_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuses: str
) -> None:
    refused = 0
    really_open, really_write = os.open, os.pwrite

    def opens(path: Path, flags: int, *mode: int) -> int:
        nonlocal refused
        if refuses == "open" and flags & os.O_DIRECT:
            refused += 1
            raise OSError(errno.EINVAL, "no direct writes here")
        return really_open(path, flags & ~os.O_DIRECT, *mode)

    def writes(descriptor: int, data: memoryview, offset: int) -> int:
        nonlocal refused
        if refuses == "write" and len(data) >= BLOCK and not refused:
            refused += 1
            raise OSError(errno.EINVAL, "another block size")
        return really_write(descriptor, data, offset)

    monkeypatch.setattr(writing.os, "open", opens)
    monkeypatch.setattr(writing.os, "pwrite", writes)
    content = os.urandom(DIRECT_FROM + 77)
    written(tmp_path / "out", content, aligned=True)
    assert refused == 1
    assert (tmp_path / "out").read_bytes() == content


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, data: memoryview, offset: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.os, "pwrite", full)
    with pytest.raises(OSError, match="No space left"):
        written(tmp_path / "out", os.urandom(DIRECT_FROM), aligned=True)


def test_a_file_that_is_there_is_never_written_into(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"somebody's")
    with pytest.raises(FileExistsError):
        PieceWriter(tmp_path / "out", 5, aligned=False)
    assert (tmp_path / "out").read_bytes() == b"somebody's"


def takes_direct_writes(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / "probe", os.O_WRONLY | os.O_CREAT | os.O_DIRECT)
    except OSError:
        return False
    try:
        return os.pwrite(descriptor, memoryview(mmap.mmap(-1, BLOCK)), 0) == BLOCK
    except OSError:
        return False
    finally:
        os.close(descriptor)


def counting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many bytes were written through descriptors that go past the cache."""
    import fcntl

    really = os.pwrite
    counts: list[int] = []

    def write(descriptor: int, data: memoryview, offset: int) -> int:
        count = really(descriptor, data, offset)
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_DIRECT:
            counts.append(count)
        return count

    monkeypatch.setattr(writing.os, "pwrite", write)
    return lambda: sum(counts)
