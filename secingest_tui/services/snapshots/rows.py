"""From a provider's listing to a snapshot's rows: only allowed fields, in the order of the names' bytes."""

from __future__ import annotations

import heapq
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO

from backend_stub.contract.ids import has_control
from backend_stub.contract.snapshot_format import (
    DELETE_MARKER,
    LATEST,
    SnapshotRow,
    order,
    wire_name,
)
from secingest_tui.storage import ObjectInfo

RUN_ROWS = 20_000
"""Sorted in memory at once where a provider's order is not that of the names."""


class OutOfOrder(Exception):
    """The provider lists in an order of its own."""


def row_of(info: ObjectInfo) -> SnapshotRow:
    """Name, size, time, ETag, version, latest, delete marker: nothing else leaves this side."""
    name, flags = wire_name(info.key)
    flags |= LATEST * info.latest | DELETE_MARKER * info.deleted
    moment = info.last_modified
    micros = max(0, round(moment.timestamp() * 1_000_000)) if moment is not None else 0
    return SnapshotRow(name, flags, info.size, micros, _plain(info.etag, 256), _plain(info.version_id, 1024))


def _plain(text: str | None, limit: int) -> str | None:
    """A provider's word as the record takes it; one that is no tag at all is left out."""
    if not text or len(text) > limit or '"' in text:
        return None
    return text if (text.isascii() and text.isprintable()) or not has_control(text) else None


def in_order(pages: Iterable[list[SnapshotRow]]) -> Iterator[SnapshotRow]:
    """Rows of pages that follow one another; versions and delete markers of a page are interleaved.

    Raises OutOfOrder where a page begins before the one before it ended.
    """
    last = b""
    for page in pages:
        page.sort(key=order)
        if page and page[0].raw_name < last:
            raise OutOfOrder
        yield from page
        last = page[-1].raw_name if page else last


def sorted_on_disk(
    pages: Iterable[list[SnapshotRow]], folder: Path, tick: Callable[[], None] = lambda: None
) -> Iterator[SnapshotRow]:
    """Rows of pages in any order, sorted in bounded memory by runs in a temporary file of ``folder``."""
    with tempfile.TemporaryFile(dir=folder, prefix="snapshot-") as spool:
        runs: list[tuple[int, int]] = []
        run: list[SnapshotRow] = []

        def spill() -> None:
            run.sort(key=order)
            start = spool.seek(0, 2)
            for row in run:
                spool.write(json.dumps(row).encode() + b"\n")
            runs.append((start, spool.tell()))
            run.clear()
            tick()

        for page in pages:
            run.extend(page)
            if len(run) >= RUN_ROWS:
                spill()
        spill()
        yield from heapq.merge(*(_read(spool, start, end) for start, end in runs), key=order)


def _read(spool: IO[bytes], start: int, end: int) -> Iterator[SnapshotRow]:
    while start < end:
        spool.seek(start)
        block = [spool.readline() for _ in range(200)]
        for line in block:
            if start >= end:
                return
            start += len(line)
            yield SnapshotRow(*json.loads(line))
