"""A session that keeps everything in memory: for driving the screens, with failures on demand."""

from __future__ import annotations

import hashlib
import threading
from typing import TypeVar

from secingest_tui.errors import SecingestError
from secingest_tui.models.directory import (
    BackendView,
    CredentialView,
    KeyView,
    ProviderView,
    TenantCreated,
    TenantView,
)
from secingest_tui.models.overview import Amount, Check, Level, Overview, Stored
from secingest_tui.models.paging import Page
from secingest_tui.models.provisioning import ProviderUserView
from secingest_tui.models.records import (
    JobRow,
    ObjectDetail,
    ObjectRow,
    OutboxRow,
    ReplicaView,
    SnapshotEntry,
    SnapshotRow,
)
from secingest_tui.models.session import Role, Stack, StatusView
from secingest_tui.models.settings import Kind, Saved, SettingView
from secingest_tui.models.snapshots import Verified
from secingest_tui.models.transfer import TaskKind, UnfinishedRow
from tests.tui.fake_data import NOW, PASSPHRASE, SECRET, receipt
from tests.tui.fake_discovery import FakeDiscovery
from tests.tui.fake_files import FakeFiles
from tests.tui.fake_jobs import FakeJobs
from tests.tui.fake_people import FakeOnboarding, FakeProvisioning
from tests.tui.fake_records import FakeRecords
from tests.tui.fake_replication import FakeReplication
from tests.tui.fake_rows import FakeRows
from tests.tui.fake_snapshots import FakeSnapshots

T = TypeVar("T")


class FakeSession(FakeRecords, FakeSnapshots, FakeFiles, FakeRows):
    """Implements ``screens.ports.Session``."""

    def __init__(self, *, full: bool = True, names: tuple[str, ...] = (), role: Role = Role.OPERATOR) -> None:
        self._jobs = FakeJobs()
        self.replication = FakeReplication(self, NOW)
        self.role = role
        self._discovery = FakeDiscovery(self, names)
        self.broken: dict[str, Exception] = {}
        self.held: set[str] = set()
        """Calls that do not answer until ``let_go``."""
        self.let_go = threading.Event()
        self.calls: list[tuple[object, ...]] = []
        self.unlocked: set[str] = set()
        self.closed = False
        self.outbox = 0
        self.unfinished_rows: list[UnfinishedRow] = []
        self.tenant_rows: list[TenantView] = []
        self.key_rows: list[KeyView] = []
        self.object_rows: list[ObjectRow] = []
        self.job_rows: list[JobRow] = []
        self.snapshot_rows: list[SnapshotRow] = []
        self.findings = [("registered, but not there", ""), ("another ETag than registered", "drill")]
        """Titles, and what the screen does about them."""
        self.listing = 0
        """Where it is not zero: so many objects are listed, and more, until the snapshot is stopped."""
        self.verified = Verified(True, 40)
        self.entry_rows: list[SnapshotEntry] = []
        self.provider_rows: list[ProviderView] = []
        self.backend_rows = [
            BackendView("embedded-a", "SeaweedFS", "local-a", "FI", "http://127.0.0.1:8333", True),
            BackendView("embedded-b", "SeaweedFS", "local-b", "DE", "http://127.0.0.1:8333", True),
        ]
        self.locked: tuple[str, ...] = ()
        self.saved: dict[str, str] = {}
        self.checks: tuple[Check, ...] = (
            Check("server", "Metadata server", Level.FINE, "http://127.0.0.1:4711 answered in 3 ms"),
            Check("backends", "Object stores", Level.FINE, "2 stores answer", area="discovery"),
            Check("jobs", "Replication", Level.FINE, "3 queued, 1 leased", area="replication"),
        )
        self.provisioning = FakeProvisioning([], self._call)
        self.onboarding = FakeOnboarding(names, self._call, self._jobs)
        if full or names:
            self._fill(names)
            self.provisioning.rows = [
                ProviderUserView(name, name, name, (name, "AKOLD"), name, max_bytes=1 << 40, problem="")
                for name in names or ("customer42",)
            ]

    def _call(self, name: str, *arguments: object) -> None:
        self.calls.append((name, *arguments))
        if name in self.held:
            self.let_go.wait(60)
        if name in self.broken:
            raise self.broken[name]

    @property
    def jobs_service(self) -> FakeJobs:
        return self._jobs

    def status(self) -> StatusView:
        self._call("status")
        tenant = self.tenant_rows[0].id if self.role is Role.TENANT and self.tenant_rows else None
        return StatusView("http://127.0.0.1:4711", tenant, self.role, Stack.EMBEDDED, self.outbox)

    def settings(self) -> list[SettingView]:
        self._call("settings")
        jobs = str(self.saved.get("transfer.jobs", 4))
        return [
            SettingView("transfer.jobs", Kind.NUMBER, jobs, "4", jobs != "4", "Parts under way at once."),
            SettingView("screens.mouse", Kind.YES_NO, "yes", "yes", False, "Off leaves the mouse alone."),
            SettingView("encryption.recipients", Kind.LIST, "", "", False, "Keys to encrypt for."),
            SettingView("providers.own", Kind.TEXT, "name: Ours", "", True, "Own.", elsewhere="in the file"),
        ]

    def config_path(self) -> str:
        return "/home/config.toml"

    def check_setting(self, name: str, typed: str) -> None:
        self._call("check_setting", name, typed)
        if typed == "1000":
            raise SecingestError("transfer.jobs: Input should be less than or equal to 64")

    def save_setting(self, name: str, typed: str) -> Saved:
        self._call("save_setting", name, typed)
        self.check_setting(name, typed)
        self.saved[name] = typed
        return Saved("/home/config.toml")

    def overview(self) -> Overview:
        self._call("overview")
        checks = list(self.checks)
        if self.outbox:
            said = f"{self.outbox} registrations not acknowledged yet, the oldest for 12 min 00 s"
            checks.insert(0, Check("outbox", "Outbox", Level.ATTENTION, said, "Register now", "home"))
        return Overview(tuple(checks), (("queued", 3), ("leased", 1), ("dead", 2)))

    def stored(self) -> Stored:
        self._call("stored")
        if not self.object_rows:
            return Stored((), ())
        names = [backend.id for backend in self.backend_rows]
        amounts = tuple(Amount(name, 12 - index, (12 - index) << 30) for index, name in enumerate(names[:8]))
        countries = tuple(dict.fromkeys(backend.country or "unknown" for backend in self.backend_rows))
        return Stored(tuple(Amount(name, 9, 9 << 30) for name in countries[:8]), amounts)

    def _waiting(self) -> list[OutboxRow]:
        return [
            OutboxRow(
                f"entry-{number}", f"customer42/waits/{number}.pdf", "v1", number == 0, 3,
                "The server answered 503.", "2026-11-24T11:48:00+00:00",
            )
            for number in range(self.outbox)
        ]  # fmt: skip

    def waiting(self) -> list[OutboxRow]:
        self._call("waiting")
        return self._waiting()

    def discard(self, entry_id: str) -> None:
        self._call("discard", entry_id)
        self.outbox -= 1

    def unfinished(self) -> list[UnfinishedRow]:
        self._call("unfinished")
        return list(self.unfinished_rows)

    def abort_upload(self, upload_id: str) -> None:
        self._call("abort_upload", upload_id)
        self.unfinished_rows = [row for row in self.unfinished_rows if row.id != upload_id]

    def tenants(self) -> list[TenantView]:
        self._call("tenants")
        return list(self.tenant_rows)

    def create_tenant(self, tenant_id: str, residency: str | None, replicas: int) -> TenantCreated:
        self._call("create_tenant", tenant_id, residency, replicas)
        if any(tenant.id == tenant_id for tenant in self.tenant_rows):
            raise SecingestError(
                f"Tenant {tenant_id} exists already.", hint="Choose another name.", field="tenant"
            )
        view = TenantView(tenant_id, residency, replicas, NOW, (CredentialView("AKNEWEXAMPLE00001", NOW),))
        self.tenant_rows.append(view)
        return TenantCreated(view, "AKNEWEXAMPLE00001", SECRET)

    def keys(self) -> list[KeyView]:
        self._call("keys")
        return list(self.key_rows)

    def create_key(self, key_id: str, kind: str, passphrase: str | None) -> KeyView:
        self._call("create_key", key_id, kind, passphrase)
        view = KeyView(key_id, kind, hashlib.sha256(key_id.encode()).hexdigest(), True, NOW)
        self.key_rows.append(view)
        return view

    def unlock_key(self, key_id: str, passphrase: str) -> None:
        self._call("unlock_key", key_id)
        if passphrase != PASSPHRASE:
            raise SecingestError("The passphrase is wrong.", hint="Type it again.", field="passphrase")
        self.unlocked.add(key_id)

    def backends(self) -> list[BackendView]:
        self._call("backends")
        return list(self.backend_rows)

    @property
    def discovery(self) -> FakeDiscovery:
        return self._discovery

    def objects(self, tenant: str | None, prefix: str, cursor: str | None, limit: int) -> Page[ObjectRow]:
        self._call("objects", tenant, prefix, cursor)
        rows = [
            row for row in self.object_rows if row.key.startswith((f"{tenant}/" if tenant else "") or prefix)
        ]
        rows = [row for row in rows if row.key.startswith(prefix)]
        return self._page(rows, cursor, limit)

    def object(self, key: str, version: str) -> ObjectDetail:
        self._call("object", key, version)
        row = next(row for row in self.object_rows if row.key == key)
        url = "s3://s3gw-a1b2c3d4e5f60718-embedded/" + key
        replicas = tuple(ReplicaView(backend, url, "9b2cf535f2", "verified", NOW) for backend in row.backends)
        return ObjectDetail(
            row,
            (version,),
            replicas,
            "rsa-oaep",
            "YWJj" * 40,
            (("retention", "none"),),
            receipt(key, version),
        )

    def start_flush(self) -> str:
        def flush() -> int:
            self._call("flush")
            self.outbox = 0
            return 0

        return self.jobs_service.begin(TaskKind.FLUSH, "what waits in the outbox", flush)

    @staticmethod
    def _page(rows: list[T], cursor: str | None, limit: int) -> Page[T]:
        start = int(cursor or 0)
        end = start + limit
        return Page(tuple(rows[start:end]), str(end) if end < len(rows) else None, len(rows))

    def close(self) -> None:
        self.closed = True
