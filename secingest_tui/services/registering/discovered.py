"""A snapshot turned into lines to register: what is in it and not recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from backend_stub.contract.locations import s3_url
from backend_stub.contract.snapshots import StoredEntry
from secingest_tui.services.registering.lines import Line
from secingest_tui.services.registering.pointer import Pointer
from secingest_tui.services.restore.beside import is_sidecar
from secingest_tui.services.workspace import Workspace

PAGE = 1000
# OBJECT_KEY/VERSION/ATTEMPT, as our own uploads name what they write.
_OURS = re.compile(r"(?P<object_key>.+)/(?P<version>[^/]+)/[0-9a-f]{16}")


def discovered_lines(
    workspace: Workspace, tenant: str, snapshot_id: str, policy: dict[str, Any]
) -> Iterator[Line]:
    """Pointers to what the snapshot saw, without sidecars, older versions and what is recorded already.

    Object key and version are what each object says of itself. ``policy``: fields of ``Pointer``. Nothing of
    the provider is read here. Raises ServerRefused where there is no such snapshot.
    """
    client = workspace.tenant(tenant)
    backend, entries = _entries(workspace, tenant, snapshot_id)
    names: dict[str, set[str]] = {}
    for entry in entries:
        names.setdefault(entry.bucket, set()).add(_name(entry))
    recorded = {
        (item.object_key, item.version)
        for item in client.all_objects(tenant=tenant, backend=backend, state="all")
    }
    number = 0
    for entry in entries:
        key = _name(entry)
        if entry.delete_marker or not entry.is_latest or is_sidecar(key, names[entry.bucket]):
            continue
        where = s3_url(entry.bucket, key)
        if _known(workspace, tenant, key, where, recorded):
            continue
        number += 1
        pointer = Pointer(backend=backend, tenant=tenant, location=where, **policy)
        yield Line(number, pointer)


def _entries(workspace: Workspace, tenant: str, snapshot_id: str) -> tuple[str, list[StoredEntry]]:
    client = workspace.tenant(tenant)
    page = client.snapshot(snapshot_id, limit=PAGE)
    entries = list(page.items)
    while page.next is not None:
        page = client.snapshot(snapshot_id, limit=PAGE, cursor=page.next)
        entries += page.items
    return page.backend, entries


def _name(entry: StoredEntry) -> str:
    return unquote(entry.name) if entry.name_encoding == "url" else entry.name


def _known(workspace: Workspace, tenant: str, key: str, where: str, recorded: set[tuple[str, str]]) -> bool:
    """Whether that very place is recorded, as far as the key tells; the header tells the rest later."""
    ours = _OURS.fullmatch(key)
    if ours is None or (ours["object_key"], ours["version"]) not in recorded:
        return False
    record = workspace.tenant(tenant).object(ours["object_key"], ours["version"])
    return any(copy.url == where for copy in record.replicas)
