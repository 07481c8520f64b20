"""Snapshots of versioned and locked buckets at real providers, with every awkward name."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest

from backend_stub.contract.snapshots import Snapshot
from secingest_tui.config import Backend, save_backend
from secingest_tui.embedded import EmbeddedStack
from secingest_tui.errors import Cancelled
from secingest_tui.paths import Home
from secingest_tui.services.credentials import Credential, backend_entry
from secingest_tui.services.snapshots import Capture, take_snapshot
from secingest_tui.services.snapshots.reading import WholeSnapshot, entries, folder_items, verify_snapshot
from secingest_tui.services.tenants import create_tenant
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Store
from tests.storage.conftest import Provider
from tests.storage.contract import AWKWARD

NAMES = [
    *AWKWARD,
    "a",
    "a/b",
    "a-b",
    "a//b",
    "a/../b",
    "./c",
    "[@click=app.quit]x[/]",
    "z" * 900,
    "\x1b]52;c;x\x07",
]
# SeaweedFS keeps keys as paths and refuses these.
PATHS = {"a//b", "a/../b", "./c"}


@dataclass
class Place:
    """A provider with a bucket that keeps versions and can lock them."""

    workspace: Workspace
    tenant: str
    backend: str
    store: S3Store
    bucket: str
    names: list[str]

    def take(self, **options: object) -> Snapshot:
        return take_snapshot(self.workspace, self.tenant, self.backend, buckets=[self.bucket], **options)


@pytest.fixture(scope="module")
def workspace(stack: EmbeddedStack) -> Iterator[Workspace]:
    with Workspace(Home(Path(stack.status()["home"]))) as opened:
        yield opened


@pytest.fixture(scope="module", params=["seaweed", "ceph"])
def place(request: pytest.FixtureRequest, workspace: Workspace, stack: EmbeddedStack) -> Place:
    tenant, bucket = f"snap-{request.param}", f"snap-{request.param}-locked"
    create_tenant(workspace, tenant)
    backend = "local-fi"
    if request.param == "ceph":
        ceph: Provider = request.getfixturevalue("ceph")
        backend = "ceph-snap"
        endpoint = ceph.alice.endpoint
        assert endpoint is not None
        save_backend(
            workspace.home,
            Backend(id=backend, region="default", endpoint=endpoint, addressing="path", country="FI"),
        )
        credential = Credential(str(ceph.alice.access_key), str(ceph.alice.secret_key))
        workspace.credentials.set(backend_entry(backend, tenant), credential)
    else:
        stack.grant_bucket(tenant, bucket)
    store = workspace.store(backend, tenant)
    store._client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    names = [name for name in NAMES if request.param == "ceph" or name not in PATHS]
    for name in names:
        store.put(bucket, name, name.encode())
    store.put(bucket, "a", b"a newer version")
    store.delete(bucket, "a/b")
    return Place(workspace, tenant, backend, store, bucket, names)


def test_versions_markers_and_status(place: Place) -> None:
    taken = place.take(versions=True)
    whole = WholeSnapshot.open(place.workspace.tenant(place.tenant), taken.id)
    [bucket] = whole.manifest.buckets
    assert (bucket.summary["versioning"], bucket.summary["object_lock"]) == ("enabled", True)
    rows = list(whole.rows(bucket))
    listed = list(place.store.list_objects(place.bucket, versions=True))
    told = {(row.raw_name.decode(), row.version_id, row.size, row.etag) for row in rows}
    assert told == {(info.key, info.version_id, info.size, info.etag or None) for info in listed}
    assert len(rows) == len(place.names) + 2 == taken.entries
    mine = [row for row in rows if row.raw_name == b"a"]
    assert [bool(row.flags & 1) for row in mine] == [True, False]
    [marker] = [row for row in rows if row.flags & 2]
    assert marker.raw_name == b"a/b"
    assert [row.raw_name for row in rows] == sorted(row.raw_name for row in rows)


def test_names_come_back_exactly_and_harmless(place: Place) -> None:
    taken = place.take()
    client = place.workspace.tenant(place.tenant)
    found = list(entries(client, taken.id))
    decoded = {unquote(item.name) if item.name_encoding else item.name for item in found}
    assert decoded == set(place.names) - {"a/b"}
    for item in found:
        assert not any(ord(character) < 32 or character == "\x7f" for character in item.name)
    top = {name for name, item in folder_items(client, taken.id, place.bucket, "") if item.folder}
    assert {"a/", "ünï/"} - ({"a/"} if "a//b" not in place.names else set()) <= top
    assert verify_snapshot(client, taken.id)["intact"]


def test_nothing_else_leaves(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte that goes to the server: no owner, no credential, no user metadata, no storage class."""
    place.store.put(place.bucket, "with-metadata", b"x", metadata={"hush": "very-secret-value"})
    client = place.workspace.tenant(place.tenant)
    sent: list[str] = []
    original = client.call

    def listen(method: str, path: str, **options: object) -> object:
        body = options.get("body")
        sent.append(body.model_dump_json() if hasattr(body, "model_dump_json") else json.dumps(body))
        return original(method, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "call", listen)
    taken = place.take(versions=True, label="what leaves")
    text = "".join(sent)
    settings = place.store.settings
    for secret in ("very-secret-value", "hush", str(settings.access_key), str(settings.secret_key)):
        assert secret not in text
    owner = place.store._client.list_buckets()["Owner"]["ID"]
    assert owner not in text.replace(place.tenant, "")
    assert "STANDARD" not in text
    assert taken.label == "what leaves"
    place.store.delete(place.bucket, "with-metadata")


def test_a_cap_leaves_true_totals(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = place.take()
    client = place.workspace.tenant(place.tenant)
    limits = client.snapshots(limit=1).limits
    assert limits is not None
    page = client.snapshots(limit=1).model_copy(
        update={"limits": limits.model_copy(update={"max_bucket_entries": 3})}
    )
    monkeypatch.setattr(client, "snapshots", lambda **query: page)
    cut = place.take()
    assert (cut.entries, cut.bytes, cut.stored_entries) == (whole.entries, whole.bytes, 3)
    assert cut.omitted_entries == whole.entries - 3


def test_pages_in_another_order_are_sorted(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = place.take()
    pages = [[info] for info in place.store.list_objects(place.bucket)]
    monkeypatch.setattr(place.store, "list_pages", lambda bucket, versions=False: reversed([*pages]))
    turned = place.take()
    client = place.workspace.tenant(place.tenant)
    names = [[item.name for item in entries(client, taken.id)] for taken in (straight, turned)]
    assert names[0] == names[1]


def test_cancelled_leaves_nothing(place: Place) -> None:
    client = place.workspace.tenant(place.tenant)
    before = [item.id for item in client.snapshots(limit=500).items]
    cancel = threading.Event()
    capture = Capture(
        place.workspace, place.tenant, place.backend, buckets=[place.bucket], cancel=cancel,
        tick=lambda entries: cancel.set(),
    )  # fmt: skip
    cancel.set()
    with pytest.raises(Cancelled):
        capture.take()
    assert [item.id for item in client.snapshots(limit=500).items] == before
