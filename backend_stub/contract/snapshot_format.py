"""How a snapshot is stored and proved: rows, chunks of rows, and the manifest that names the chunks.

A chunk is canonical JSON of a list of rows `[name, flags, size, mtime, etag, version_id]` of one bucket,
in the order of the names' bytes; its name is the SHA-256 of that JSON. The manifest is canonical JSON of
the snapshot's header and, for every bucket, its chunks; its SHA-256 is in the audit chain. So whoever has
the chain's entry can check every byte of a snapshot, and equal parts of two snapshots are one chunk.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

from pydantic import Field, TypeAdapter

from .base import Bytes
from .ids import has_control
from .locations import ETag, ProviderVersion
from .objects import canonical_json

LATEST, DELETE_MARKER, URL_ENCODED = 1, 2, 4
MAX_CHUNK_ROWS = 2000
_MIN_CHUNK_ROWS = 64
_BOUNDARY = 1023
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DOT_SEGMENT = re.compile(r"(?:^|(?<=/))\.{1,2}(?=/|$)")


class SnapshotRow(NamedTuple):
    """One object version or delete marker. `size` in bytes, `mtime` in microseconds since 1970 UTC.

    `flags` is a sum of LATEST, DELETE_MARKER, URL_ENCODED (the name is percent-encoded).
    """

    name: Annotated[str, Field(min_length=1, max_length=3072)]
    flags: Annotated[int, Field(ge=0, le=7)]
    size: Bytes
    mtime: Annotated[int, Field(ge=0, le=253_402_300_799_999_999)]
    etag: ETag | None
    version_id: ProviderVersion | None

    @property
    def raw_name(self) -> bytes:
        """The key as the provider has it; rows are ordered by this."""
        return unquote_to_bytes(self.name) if self.flags & URL_ENCODED else self.name.encode()

    @property
    def changed_at(self) -> datetime:
        """UTC."""
        return _EPOCH + timedelta(microseconds=self.mtime)


ROWS: TypeAdapter[list[SnapshotRow]] = TypeAdapter(list[SnapshotRow])


def wire_name(key: str) -> tuple[str, int]:
    """A key as a row has it, and the flag for it: percent-encoded where it could do harm raw."""
    # Almost every key, told by what costs nothing: printable ASCII without a segment that begins with '.'.
    if key.isascii() and key.isprintable() and "/." not in key and not key.startswith("."):
        return key, 0
    harmful = (
        has_control(key)
        or _DOT_SEGMENT.search(key) is not None
        or (not key.isascii() and any(unicodedata.category(c) == "Cs" for c in key))
    )
    if not harmful:
        return key, 0
    quoted = quote(key, safe="/", errors="surrogatepass")
    return _DOT_SEGMENT.sub(lambda found: found[0].replace(".", "%2E"), quoted), URL_ENCODED


def check_name(name: str, *, encoded: bool) -> None:
    """Raises ValueError for a name that is harmful raw, wrongly encoded, or longer than S3 allows."""
    if has_control(name) or _DOT_SEGMENT.search(name):
        raise ValueError("name: control characters and '.' segments are sent with name_encoding 'url'")
    if encoded and _BROKEN_ESCAPE.search(name):
        raise ValueError("name: '%' is written %25 under name_encoding 'url'")
    if len(unquote_to_bytes(name) if encoded else name.encode()) > 1024:
        raise ValueError("name: an S3 key has at most 1024 bytes")


def check_rows(rows: Sequence[SnapshotRow]) -> None:
    """Raises ValueError for a harmful name or rows that are not in the order of their names."""
    before = b""
    for row in rows:
        check_name(row.name, encoded=bool(row.flags & URL_ENCODED))
        name = row.raw_name
        if name < before:
            raise ValueError("rows: not in the order of the names' bytes")
        before = name


def encode_chunk(rows: Sequence[SnapshotRow]) -> bytes:
    """The bytes that a chunk's SHA-256 names."""
    return json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode()


def decode_chunk(content: bytes) -> list[SnapshotRow]:
    """The rows of a chunk whose hash was checked."""
    return [SnapshotRow(*row) for row in json.loads(content)]


def digest(content: bytes) -> str:
    """SHA-256 (hex)."""
    return hashlib.sha256(content).hexdigest()


def order(row: SnapshotRow) -> tuple[bytes, bool, int, str]:
    """The order of rows: by key, the latest version first, then the newest."""
    return row.raw_name, not row.flags & LATEST, -row.mtime, row.version_id or ""


def cut(rows: Iterable[SnapshotRow]) -> Iterator[list[SnapshotRow]]:
    """Rows in chunks. The names decide where a chunk ends, so that an insertion changes one chunk, not
    every one after it, and the others of the last snapshot are found again."""
    chunk: list[SnapshotRow] = []
    for row in rows:
        chunk.append(row)
        ends = len(chunk) >= _MIN_CHUNK_ROWS and not zlib.crc32(row.name.encode()) & _BOUNDARY
        if ends or len(chunk) == MAX_CHUNK_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class ChunkRef(NamedTuple):
    """A chunk in a manifest: its name, how many rows of how many bytes in all it holds, between which
    (percent-encoded) names."""

    sha256: str
    rows: int
    size: int
    first: str
    last: str

    @property
    def first_name(self) -> bytes:
        return unquote_to_bytes(self.first)

    @property
    def last_name(self) -> bytes:
        return unquote_to_bytes(self.last)


def refer(rows: Sequence[SnapshotRow], sha256: str) -> ChunkRef:
    """The manifest's line about a chunk."""
    first, last = (quote_from_bytes(row.raw_name, safe="/") for row in (rows[0], rows[-1]))
    return ChunkRef(sha256, len(rows), sum(row.size for row in rows), first, last)


class BucketChunks(NamedTuple):
    """A bucket of a manifest: its summary (fields of `BucketSummary`) and its chunks in order."""

    summary: dict[str, Any]
    chunks: tuple[ChunkRef, ...]

    @property
    def name(self) -> str:
        return str(self.summary["name"])


class Manifest(NamedTuple):
    """`header`: the snapshot's fields as the list shows them; `run`: the ingest it was taken after."""

    header: dict[str, Any]
    buckets: tuple[BucketChunks, ...]
    run: dict[str, Any] | None

    def encode(self) -> bytes:
        """The bytes that the snapshot's `sha256` names."""
        buckets = [
            {**bucket.summary, "chunks": [list(ref) for ref in bucket.chunks]} for bucket in self.buckets
        ]
        return canonical_json({"format": 1, "header": self.header, "buckets": buckets, "run": self.run})

    @classmethod
    def decode(cls, content: bytes) -> Manifest:
        """Raises ValueError for what is no manifest of this format."""
        try:
            data = json.loads(content)
            if data["format"] != 1:
                raise ValueError("a manifest of another format")
            buckets = tuple(
                BucketChunks(
                    {name: value for name, value in bucket.items() if name != "chunks"},
                    tuple(ChunkRef(*ref) for ref in bucket["chunks"]),
                )
                for bucket in data["buckets"]
            )
            return cls(data["header"], buckets, data["run"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a manifest") from error

    def chunk_names(self) -> set[str]:
        return {ref.sha256 for bucket in self.buckets for ref in bucket.chunks}
