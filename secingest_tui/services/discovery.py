"""What a tenant's own credentials see at a provider: buckets, how much is in them, and the objects."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from secingest_tui.errors import Cancelled
from secingest_tui.models.discovery import BucketFound, ObjectFound
from secingest_tui.models.paging import Page
from secingest_tui.services.providers.probe.service import probing_tenant
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import ObjectInfo, S3Store, StorageError

PAGE = 1000


@dataclass(slots=True)
class Count:
    """Told of while a bucket is counted."""

    bucket: str = ""
    seen: int = 0


def discover_buckets(
    workspace: Workspace,
    backend_id: str,
    tenant: str | None = None,
    *,
    versions: bool = False,
    progress: Callable[[Count], None] = lambda count: None,
    cancel: threading.Event | None = None,
) -> Iterator[BucketFound]:
    """Every bucket these credentials see, counted to its end (a request a thousand objects).

    Without ``versions`` only what is current is listed. A bucket that can't be listed is reported with its
    problem and stops nothing. Raises UsageError, StorageError where not even the buckets can be listed,
    Cancelled.
    """
    store = open_store(workspace, backend_id, tenant)
    count = Count()
    for name in store.list_buckets():
        count.bucket, count.seen = name, 0

        def tick(seen: int) -> None:
            count.seen = seen
            progress(count)

        yield _counted(store, name, versions=versions, tick=tick, cancel=cancel or threading.Event())


def _counted(
    store: S3Store, name: str, *, versions: bool, tick: Callable[[int], None], cancel: threading.Event
) -> BucketFound:
    objects = total = older = older_bytes = markers = 0
    newest: datetime | None = None
    try:
        for seen, info in enumerate(store.list_objects(name, versions=versions), start=1):
            if info.deleted:
                markers += 1
            elif info.latest:
                objects += 1
                total += info.size
            else:
                older += 1
                older_bytes += info.size
            if info.last_modified and (newest is None or info.last_modified > newest):
                newest = info.last_modified
            if seen % PAGE == 0:
                tick(seen)
                if cancel.is_set():
                    raise Cancelled(f"Stopped in bucket {name}.", hint="Nothing was changed.")
    except StorageError as error:
        return BucketFound(name, problem=error.message, hint=error.hint or "")
    if cancel.is_set():
        raise Cancelled(f"Stopped after bucket {name}.", hint="Nothing was changed.")
    return BucketFound(name, objects, total, older, older_bytes, markers, newest)


def discover_objects(
    workspace: Workspace,
    backend_id: str,
    tenant: str | None,
    bucket: str,
    *,
    prefix: str = "",
    versions: bool = False,
    limit: int | None = None,
) -> Iterator[ObjectFound]:
    """The objects of a bucket in the provider's order, at most ``limit``. Raises UsageError, StorageError."""
    store = open_store(workspace, backend_id, tenant)
    return map(found, islice(store.list_objects(bucket, prefix, versions=versions), limit))


def open_store(workspace: Workspace, backend_id: str, tenant: str | None) -> S3Store:
    """The backend with the credentials that are to see; as for a probe."""
    return workspace.store(backend_id, probing_tenant(workspace, backend_id, tenant))


def objects_page(
    workspace: Workspace,
    backend_id: str,
    tenant: str | None,
    bucket: str,
    cursor: str | None,
    *,
    versions: bool = False,
) -> Page[ObjectFound]:
    """At most a thousand of them, and where to go on."""
    store = open_store(workspace, backend_id, tenant)
    infos, following = store.list_page(bucket, versions=versions, cursor=cursor)
    return Page(tuple(found(info) for info in infos), following)


def found(info: ObjectInfo) -> ObjectFound:
    """A line of a listing with its kind of version in a word."""
    state = "deleted" if info.deleted else "latest" if info.latest else "older"
    return ObjectFound(info.key, info.size, info.last_modified, info.etag, info.version_id, state)
