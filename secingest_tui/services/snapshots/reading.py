"""Reading snapshots: through the server page by page, or whole, with every byte checked on this side."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

from backend_stub.contract.snapshot_format import BucketChunks, Manifest, SnapshotRow, decode_chunk, digest
from backend_stub.contract.snapshots import FolderItem, Snapshot, StoredEntry
from secingest_tui.errors import SecingestError
from secingest_tui.metadata import AdminClient, ServerRefused, TenantClient
from secingest_tui.services.workspace import Workspace

Reader = AdminClient | TenantClient
Tick = Callable[[int], None]
"""Hears how many entries were read since; what it raises stops the reading."""
_PAGE = 1000


def unheard(_entries: int) -> None:
    """The tick of whoever does not want to know."""


class SnapshotAltered(SecingestError):
    """A snapshot is not what its hash says."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Restore the server's database from a backup, and ask its operator.")


def snapshot_reader(workspace: Workspace, tenant: str | None) -> Reader:
    """The client that may see it: the tenant's (an auditor's included) where named, else the operator's."""
    if tenant is None and workspace.has_admin:
        return workspace.admin()
    return workspace.tenant(workspace.tenant_id(tenant))


def all_snapshots(client: Reader, tenant: str | None, **query: str | int | None) -> Iterator[Snapshot]:
    """The newest first."""
    cursor: str | None = None
    while True:
        page = client.snapshots(tenant=tenant, cursor=cursor, limit=500, **query)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next


def entries(client: Reader, snapshot_id: str, **query: str | int | None) -> Iterator[StoredEntry]:
    """Entries by bucket and name; ``bucket``, ``prefix``, ``contains`` narrow them."""
    cursor: str | None = None
    while True:
        page = client.snapshot(snapshot_id, cursor=cursor, limit=_PAGE, **query)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next


def folder_items(
    client: Reader, snapshot_id: str, bucket: str, prefix: str
) -> Iterator[tuple[str, FolderItem]]:
    """What lies directly below a prefix (plain text), by its name as text."""
    cursor: str | None = None
    where = {"bucket": bucket, "prefix": quote(prefix, safe="/") or None} if bucket else {}
    while True:
        page = client.folder(snapshot_id, cursor=cursor, limit=_PAGE if bucket else None, **where)
        for item in page.items:
            yield readable(item.name), item
        if page.next is None:
            return
        cursor = page.next


def readable(encoded: str) -> str:
    """A percent-encoded name as text; bytes that are no UTF-8 stay visible as escapes."""
    return unquote_to_bytes(encoded).decode(errors="backslashreplace")


class WholeSnapshot:
    """A snapshot read from its manifest and chunks, each checked against its hash before it is used."""

    def __init__(self, client: Reader, head: Snapshot, tick: Tick = unheard) -> None:
        """Raises SnapshotAltered."""
        self.head = head
        self._tick = tick
        self._client = client
        content = _fetch(lambda: client.snapshot_manifest(head.id), "manifest")
        if digest(content) != head.sha256:
            raise SnapshotAltered(f"The manifest of snapshot {head.id} is not the one that was recorded.")
        self.manifest = Manifest.decode(content)
        self._check_head()
        self._cache: OrderedDict[str, list[SnapshotRow]] = OrderedDict()

    @classmethod
    def open(cls, client: Reader, snapshot_id: str, tick: Tick = unheard) -> WholeSnapshot:
        return cls(client, client.snapshot(snapshot_id, limit=1), tick)

    def _check_head(self) -> None:
        """What the list shows has to be what the manifest says, whatever the server thinks of it."""
        said = self.manifest.header
        for name in ("tenant_id", "backend", "buckets", "entries", "stored_entries", "bytes"):
            if getattr(self.head, name) != said.get(name):
                raise SnapshotAltered(f"The record of snapshot {self.head.id} is not what its manifest says.")

    def chunk(self, sha256: str) -> list[SnapshotRow]:
        """Raises SnapshotAltered."""
        if sha256 not in self._cache:
            content = _fetch(lambda: self._client.snapshot_chunk(self.head.id, sha256), "chunk")
            if digest(content) != sha256:
                raise SnapshotAltered(f"A part of snapshot {self.head.id} was altered: {sha256[:16]}…")
            self._cache[sha256] = decode_chunk(content)
            while len(self._cache) > 8:
                self._cache.popitem(last=False)
            self._tick(len(self._cache[sha256]))
        return self._cache[sha256]

    def rows(self, bucket: BucketChunks) -> Iterator[SnapshotRow]:
        for ref in bucket.chunks:
            yield from self.chunk(ref.sha256)

    def bucket(self, name: str) -> BucketChunks | None:
        return next((bucket for bucket in self.manifest.buckets if bucket.name == name), None)


def _fetch(read: Any, what: str) -> bytes:
    try:
        content: bytes = read()
    except ServerRefused as error:
        if error.code == "snapshot-altered":
            raise SnapshotAltered(f"A {what} of the snapshot was altered or is missing.") from None
        raise
    return content


def verify_snapshot(client: Reader, snapshot_id: str, tick: Tick = unheard) -> dict[str, Any]:
    """Check every byte here, and let the server compare its record with the audit chain."""
    said = client.verify_snapshot(snapshot_id)
    problems = list(said.problems)
    entries_seen = 0
    try:
        whole = WholeSnapshot.open(client, snapshot_id, tick)
        for bucket in whole.manifest.buckets:
            entries_seen += sum(1 for _ in whole.rows(bucket))
    except SnapshotAltered as error:
        if error.message not in problems:
            problems.append(error.message)
    return {
        "id": snapshot_id,
        "sha256": said.sha256,
        "entries_checked": entries_seen,
        "chunks": said.chunks,
        "intact": not problems,
        "problems": problems,
    }


def raw_text(row: SnapshotRow) -> str:
    """The key as text for people; as the provider has it where it is UTF-8."""
    return readable(quote_from_bytes(row.raw_name, safe="/")) if row.flags & 4 else row.name
