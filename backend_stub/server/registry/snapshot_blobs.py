"""What snapshots consist of: compressed manifests and chunks, named by the SHA-256 of their content.

Writers of one tenant's blobs hold that tenant's row, so that nobody removes a blob that another is about
to name.
"""

from __future__ import annotations

import hashlib
import json
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Exists, delete, exists, func, insert, select, update

from backend_stub.contract.snapshot_format import (
    ChunkRef,
    Manifest,
    SnapshotRow,
    decode_chunk,
    digest,
    encode_chunk,
    refer,
)

from ..store.database import Database, database_now
from ..store.schema import snapshot_blobs, snapshot_parts, tenants

_LEVEL = 6
_BATCH = 500
_CACHED_CHUNKS = 48
ORPHAN_MICROS = 24 * 3600 * 1_000_000
MAX_BLOB = 512 * 1024 * 1024


class Waiting(NamedTuple):
    """A blob that no snapshot names; compressed size in bytes, when it was last sent or asked about."""

    sha256: str
    size: int
    touched_at: int


class AlteredError(Exception):
    """A blob is missing, or its bytes are not those its name stands for."""


def lock_tenant(connection: Connection, tenant_id: str) -> None:
    """Until the transaction ends nobody else changes this tenant's blobs."""
    connection.execute(select(tenants.c.id).where(tenants.c.id == tenant_id).with_for_update())


class Prepared(NamedTuple):
    """A blob that is ready to be written: made before the writer's lock is taken, since it takes time."""

    sha256: str
    compressed: bytes
    about: ChunkRef | None = None


def prepare_blob(content: bytes, about: ChunkRef | None = None) -> Prepared:
    return Prepared(digest(content), zlib.compress(content, _LEVEL), about)


def prepare_chunk(rows: Sequence[SnapshotRow]) -> Prepared:
    """A chunk of checked rows."""
    content = encode_chunk(rows)
    return prepare_blob(content, refer(rows, digest(content)))


def put(connection: Connection, tenant_id: str, blob: Prepared) -> None:
    """Keep a blob if it is not there yet. Needs `lock_tenant`."""
    mine = (snapshot_blobs.c.tenant_id == tenant_id, snapshot_blobs.c.sha256 == blob.sha256)
    now = database_now(connection)
    # A blob that was altered or lost its content comes right when the true one is sent again.
    fields = {"content": blob.compressed, "size": len(blob.compressed), "touched_at": now}
    if connection.execute(update(snapshot_blobs).where(*mine).values(**fields)).rowcount == 0:
        text = None if blob.about is None else json.dumps(list(blob.about))
        connection.execute(
            insert(snapshot_blobs).values(tenant_id=tenant_id, sha256=blob.sha256, about=text, **fields)
        )


def put_blob(connection: Connection, tenant_id: str, content: bytes) -> str:
    """As `put`; the blob's name."""
    blob = prepare_blob(content)
    put(connection, tenant_id, blob)
    return blob.sha256


def put_chunk(connection: Connection, tenant_id: str, rows: Sequence[SnapshotRow]) -> ChunkRef:
    """As `put`, for a chunk of checked rows."""
    blob = prepare_chunk(rows)
    put(connection, tenant_id, blob)
    assert blob.about is not None
    return blob.about


def known_chunks(connection: Connection, tenant_id: str, names: Sequence[str]) -> dict[str, ChunkRef]:
    """Which of these chunks there are; they are kept for another day."""
    found: dict[str, ChunkRef] = {}
    for batch in _batches(names):
        mine = (snapshot_blobs.c.tenant_id == tenant_id, snapshot_blobs.c.sha256.in_(batch))
        query = select(snapshot_blobs.c.sha256, snapshot_blobs.c.about).where(
            *mine, snapshot_blobs.c.about.is_not(None)
        )
        found |= {row.sha256: ChunkRef(*json.loads(row.about)) for row in connection.execute(query)}
    return found


def touch(connection: Connection, tenant_id: str, names: Sequence[str]) -> None:
    """Keep these, named by nobody yet, for another day."""
    now = database_now(connection)
    for batch in _batches(names):
        mine = (snapshot_blobs.c.tenant_id == tenant_id, snapshot_blobs.c.sha256.in_(batch))
        connection.execute(update(snapshot_blobs).where(*mine).values(touched_at=now))


def add_parts(connection: Connection, snapshot_id: str, tenant_id: str, names: Sequence[str]) -> int:
    """Say what a snapshot consists of, its manifest first; the compressed size of it all in bytes."""
    size = 0
    for batch in _batches(names):
        mine = (snapshot_blobs.c.tenant_id == tenant_id, snapshot_blobs.c.sha256.in_(batch))
        size += connection.execute(select(func.sum(snapshot_blobs.c.size)).where(*mine)).scalar() or 0
    rows = [
        {"snapshot_id": snapshot_id, "number": number, "tenant_id": tenant_id, "sha256": name}
        for number, name in enumerate(names)
    ]
    connection.execute(insert(snapshot_parts), rows)
    return size


def drop_parts(connection: Connection, snapshot_id: str, tenant_id: str) -> None:
    """Forget what a snapshot consists of, and every blob that nothing else names. Needs `lock_tenant`."""
    mine = snapshot_parts.c.snapshot_id == snapshot_id
    names = list(connection.execute(select(snapshot_parts.c.sha256).where(mine)).scalars())
    connection.execute(delete(snapshot_parts).where(mine))
    for batch in _batches(names):
        _drop_unnamed(connection, tenant_id, snapshot_blobs.c.sha256.in_(batch))


def waiting(connection: Connection, tenant_id: str) -> list[Waiting]:
    """Blobs that no snapshot names (yet)."""
    # Names alone come first: SQLite finds them in two indexes and reads no row that is named.
    query = select(snapshot_blobs.c.sha256, snapshot_blobs.c.size, snapshot_blobs.c.touched_at)
    rows = connection.execute(query.where(snapshot_blobs.c.tenant_id == tenant_id, ~_named()))
    return [Waiting(*row) for row in rows]


def drop_orphans(database: Database, tenant_id: str) -> int:
    """Remove chunks of uploads that were given up a day ago; how many. Finding them holds nobody up."""
    with database.read() as connection:
        before = database_now(connection) - ORPHAN_MICROS
        old = [blob.sha256 for blob in waiting(connection, tenant_id) if blob.touched_at < before]
    for batch in _batches(old):

        def work(connection: Connection, batch: list[str] = batch) -> None:
            lock_tenant(connection, tenant_id)
            these = snapshot_blobs.c.sha256.in_(batch) & (snapshot_blobs.c.touched_at < before)
            _drop_unnamed(connection, tenant_id, these)

        database.write(work)
    return len(old)


def _named() -> Exists:
    return exists().where(
        snapshot_parts.c.tenant_id == snapshot_blobs.c.tenant_id,
        snapshot_parts.c.sha256 == snapshot_blobs.c.sha256,
    )


def _drop_unnamed(connection: Connection, tenant_id: str, condition: ColumnElement[bool]) -> None:
    mine = snapshot_blobs.c.tenant_id == tenant_id
    connection.execute(delete(snapshot_blobs).where(mine, condition, ~_named()))


def total_bytes(connection: Connection, tenant_id: str) -> int:
    """What this tenant's blobs take, compressed."""
    query = select(func.sum(snapshot_blobs.c.size)).where(snapshot_blobs.c.tenant_id == tenant_id)
    return int(connection.execute(query).scalar() or 0)


def read_blob(connection: Connection, tenant_id: str, sha256: str) -> bytes:
    """The content that a name stands for. Raises AlteredError."""
    return _open(_compressed(connection, tenant_id, sha256), sha256)


def read_chunk(connection: Connection, tenant_id: str, sha256: str) -> list[SnapshotRow]:
    """A chunk's rows; those read last are at hand. Raises AlteredError."""
    compressed = _compressed(connection, tenant_id, sha256)
    return _cache.rows(sha256, compressed)


def read_manifest(connection: Connection, tenant_id: str, sha256: str) -> Manifest:
    """Raises AlteredError."""
    compressed = _compressed(connection, tenant_id, sha256)
    return _cache.manifest(sha256, compressed)


def _compressed(connection: Connection, tenant_id: str, sha256: str) -> bytes:
    mine = (snapshot_blobs.c.tenant_id == tenant_id, snapshot_blobs.c.sha256 == sha256)
    content = connection.execute(select(snapshot_blobs.c.content).where(*mine)).scalar_one_or_none()
    if content is None:
        raise AlteredError(f"{sha256[:16]}… is missing")
    return bytes(content)


def _open(compressed: bytes, sha256: str) -> bytes:
    try:
        content = zlib.decompressobj().decompress(compressed, MAX_BLOB)
    except zlib.error:
        raise AlteredError(f"{sha256[:16]}… was altered: it is no compressed data") from None
    if digest(content) != sha256:
        raise AlteredError(f"{sha256[:16]}… was altered: its content does not match its name")
    return content


class _Cache:
    """Decoded blobs by the hash of the bytes that were just read, so that an altered blob is never found."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, bytes], object] = OrderedDict()
        self._lock = threading.Lock()

    def rows(self, sha256: str, compressed: bytes) -> list[SnapshotRow]:
        found = self._find(sha256, compressed)
        if found is None:
            found = decode_chunk(_open(compressed, sha256))
            self._keep(sha256, compressed, found)
        assert isinstance(found, list)
        return found

    def manifest(self, sha256: str, compressed: bytes) -> Manifest:
        found = self._find(sha256, compressed)
        if found is None:
            try:
                found = Manifest.decode(_open(compressed, sha256))
            except ValueError:
                raise AlteredError(f"{sha256[:16]}… is no manifest") from None
            self._keep(sha256, compressed, found)
        assert isinstance(found, Manifest)
        return found

    def _find(self, sha256: str, compressed: bytes) -> object | None:
        key = (sha256, hashlib.sha256(compressed).digest())
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _keep(self, sha256: str, compressed: bytes, value: object) -> None:
        with self._lock:
            self._kept[sha256, hashlib.sha256(compressed).digest()] = value
            while len(self._kept) > _CACHED_CHUNKS:
                self._kept.popitem(last=False)


_cache = _Cache()


def _batches(names: Iterable[str]) -> Iterator[list[str]]:
    every = list(dict.fromkeys(names))
    for at in range(0, len(every), _BATCH):
        yield every[at : at + _BATCH]
