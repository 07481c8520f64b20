"""A session that keeps everything in memory: for driving the screens, with failures on demand."""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote

from secingest_tui.errors import Cancelled, SecingestError
from secingest_tui.models.directory import (
    BackendView,
    CredentialView,
    Fact,
    KeyView,
    ProviderView,
    RegionView,
    TenantCreated,
    TenantView,
)
from secingest_tui.models.overview import Amount, Check, Level, Overview, Stored
from secingest_tui.models.paging import Page
from secingest_tui.models.provisioning import (
    ConnectRequest,
    OnboardingRequest,
    ProviderAction,
    ProviderChange,
    ProviderUserView,
    SecretView,
    StepMark,
    StepNeeds,
    StepView,
)
from secingest_tui.models.records import (
    JobRow,
    JobState,
    ObjectDetail,
    ObjectRow,
    OutboxRow,
    Receipt,
    ReplicaView,
    SnapshotEntry,
    SnapshotRow,
)
from secingest_tui.models.session import Role, Stack, StatusView
from secingest_tui.models.settings import Kind, Saved, SettingView
from secingest_tui.models.snapshots import (
    CaptureView,
    ChangeRow,
    FindingRow,
    FolderRow,
    SnapshotOrder,
    SnapshotPlace,
    Verified,
)
from secingest_tui.models.transfer import (
    FileEntry,
    Folder,
    IngestPlan,
    IngestRequest,
    Phase,
    PlanItem,
    Problem,
    RestorePlan,
    RestoreRequest,
    Source,
    TaskKind,
    TaskView,
    UnfinishedRow,
)
from tests.tui.fake_discovery import FakeDiscovery
from tests.tui.fake_records import FakeRecords, FakeRecordTasks
from tests.tui.fake_replication import FakeReplication

T = TypeVar("T")
NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
PASSPHRASE = "correct horse"
SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"


def receipt(key: str, version: str = "v1") -> Receipt:
    fields = (
        ("object_key", key),
        ("version", version),
        ("backend", "embedded-a"),
        ("bucket", "s3gw-a1b2c3d4e5f60718-embedded"),
        ("etag", "9b2cf535f27731c974343645a3985328"),
        ("size", "12582912"),
        ("ciphertext_size", "12583512"),
        ("ciphertext_checksum", "CRC64NVME FULL_OBJECT 9XkVd1bqZ0c="),
        ("key_id", "customer42-k1"),
        ("key_alg", "rsa-oaep"),
        ("encrypted_key", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=" * 8),
        ("residency", "FI"),
        ("replica_count", "1"),
        ("receipt_id", "rcp-01JD8Z"),
        ("recorded_at", "2026-11-24T12:00:00Z"),
    )
    return Receipt(
        key, version, fields, "{" + ", ".join(f'"{name}": "{value}"' for name, value in fields) + "}"
    )


class FakeJobs(FakeRecordTasks):
    """Transfers that advance only when told to."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._tasks: dict[str, TaskView] = {}
        self._listeners: list[Callable[[TaskView], None]] = []
        self.ingests: list[IngestRequest] = []
        self.restores: list[RestoreRequest] = []
        self.drills: list[tuple[str, str, str]] = []
        self.cancelled: list[str] = []
        self.resumed: list[str] = []
        self.fail_cancel = False

    def _add(self, task: TaskView) -> str:
        self._tasks[task.id] = task
        self.report(task.id)
        return task.id

    def start_ingest(self, request: IngestRequest) -> str:
        self.ingests.append(request)
        title = request.object_key or request.prefix or ""
        return self._add(
            TaskView(f"t{next(self._numbers)}", TaskKind.INGEST, title, Phase.SCAN, started_at=NOW)
        )

    def start_restore(self, request: RestoreRequest) -> str:
        self.restores.append(request)
        number = next(self._numbers)
        return self._add(
            TaskView(f"t{number}", TaskKind.RESTORE, request.object_key, Phase.SCAN, started_at=NOW)
        )

    def start_drill(self, tenant: str, object_key: str, version: str) -> str:
        self.drills.append((tenant, object_key, version))
        number = next(self._numbers)
        return self._add(TaskView(f"t{number}", TaskKind.DRILL, object_key, Phase.FETCH, started_at=NOW))

    def start_resume(self, upload_id: str) -> str:
        self.resumed.append(upload_id)
        number = next(self._numbers)
        return self._add(TaskView(f"t{number}", TaskKind.INGEST, upload_id, Phase.TRANSFER, started_at=NOW))

    def start_probe(self, backend: str) -> str:
        return self._add(
            TaskView(f"t{next(self._numbers)}", TaskKind.PROBE, backend, Phase.PROBE, started_at=NOW)
        )

    def tasks(self) -> list[TaskView]:
        return list(reversed(self._tasks.values()))

    def cancel(self, task_id: str) -> None:
        if self.fail_cancel:
            raise SecingestError("The last part is already registered.", hint="Delete the object instead.")
        self.cancelled.append(task_id)
        self.advance(task_id, phase=Phase.CANCELLING)

    def subscribe(self, callback: Callable[[TaskView], None]) -> Callable[[], None]:
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def advance(self, task_id: str, **changes: object) -> None:
        """Change a task and report it from a thread of its own, as real transfers do."""
        self._tasks[task_id] = replace(self._tasks[task_id], **changes)  # type: ignore[arg-type]
        self.report(task_id)

    def report(self, task_id: str) -> None:
        task = self._tasks[task_id]

        def tell() -> None:
            for listener in list(self._listeners):
                listener(task)

        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()


class FakeProvisioning:
    """Users at providers, in memory."""

    def __init__(self, users: list[ProviderUserView], call: Callable[..., None]) -> None:
        self.rows, self._call = users, call
        self.foreign_user = self.half_user = ""
        self.paste = False

    def kinds(self) -> list[tuple[str, str]]:
        return [("radosgw-admin", "Ceph by its command"), ("iam", "an IAM API"), ("portal", "by hand")]

    def connect(self, request: ConnectRequest) -> str:
        self._call("connect", request)
        return request.backend + " answers"

    def users(self) -> list[ProviderUserView]:
        self._call("users")
        return list(self.rows)

    def by_hand(self, backend: str) -> bool:
        return self.paste

    def foreign(self, change: ProviderChange) -> str:
        return self.foreign_user

    def unfinished(self, change: ProviderChange) -> str:
        return self.half_user

    def plan(self, change: ProviderChange) -> tuple[str, ...]:
        return (f"{change.action.value} {change.tenant} {change.value}".strip(),)

    def act(self, change: ProviderChange) -> tuple[SecretView, ...]:
        self._call("act", change)
        made = change.action in (ProviderAction.MINT, ProviderAction.ROTATE)
        return (SecretView("backend " + change.backend, "AKNEW", SECRET),) if made else ()


class FakeOnboarding:
    """A checklist whose steps come true when they are done."""

    def __init__(self, names: Sequence[str], call: Callable[..., None]) -> None:
        texts = list(names) or ["Choose the provider", "Mint keys there"]
        self._call = call
        self.marks: dict[str, StepMark] = {f"s{index}": StepMark.OPEN for index in range(len(texts))}
        self._texts = dict(zip(self.marks, texts, strict=True))
        self.tenants = ["customer42"]
        self.wants: dict[str, StepNeeds] = {}
        self.pasted: list[dict[str, tuple[str, str]]] = []

    def begun(self) -> list[str]:
        return self.tenants

    def begin(self, request: OnboardingRequest) -> None:
        self._call("begin", request)
        self.tenants.append(request.tenant)

    def steps(self, tenant: str) -> tuple[StepView, ...]:
        return tuple(StepView(step, text, text) for step, text in self._texts.items())

    def check(self, tenant: str, tell: Callable[[StepView], None]) -> tuple[StepView, ...]:
        return tuple(self._view(step) for step in self.marks)

    def _view(self, step: str) -> StepView:
        text = self._texts[step]
        return StepView(step, text, text, self.marks[step], ((text, text),), text, text)

    def needs(self, tenant: str, step: str) -> StepNeeds:
        return self.wants.pop(step, StepNeeds())

    def adopt(self, tenant: str) -> None:
        self._call("adopt", tenant)

    def use_key(self, tenant: str, key_id: str) -> None:
        self._call("use_key", key_id)

    def do(
        self, tenant: str, step: str, pasted: Mapping[str, tuple[str, str]], tell: Callable[[str], None]
    ) -> tuple[StepView, tuple[SecretView, ...]]:
        self._call("do", step)
        self.pasted.append(dict(pasted))
        self.marks[step] = StepMark.DONE
        return self._view(step), ()

    def roll_back(self, tenant: str) -> tuple[str, ...]:
        self._call("roll_back", tenant)
        return ("user removed",)

    def report(self, tenant: str) -> tuple[str, str]:
        return "# Onboarding of " + tenant + "\n", "/home/report.md"


class FakeSession(FakeRecords):
    """Implements ``screens.ports.Session``."""

    def __init__(self, *, full: bool = True, names: tuple[str, ...] = (), role: Role = Role.OPERATOR) -> None:
        self._jobs = FakeJobs()
        self.replication = FakeReplication(self, NOW)
        self.role = role
        self._discovery = FakeDiscovery(self, names)
        self.broken: dict[str, Exception] = {}
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
        self.listing: CaptureView | None = None
        """A snapshot goes on with this progress until it is stopped."""
        self.stopped = threading.Event()
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
        self.onboarding = FakeOnboarding(names, self._call)
        if full or names:
            self._fill(names)
            self.provisioning.rows = [
                ProviderUserView(name, name, name, (name, "AKOLD"), name, max_bytes=1 << 40, problem="")
                for name in names or ("customer42",)
            ]

    def _fill(self, names: tuple[str, ...]) -> None:
        credential = CredentialView("AKCUSTOMER42EXAMPLE", NOW - timedelta(days=9))
        self.tenant_rows = [
            TenantView("customer42", "FI", 1, NOW - timedelta(days=9), (credential,)),
            TenantView(
                "acme",
                None,
                2,
                NOW - timedelta(days=2),
                (replace(credential, access_key="AKACMEEXAMPLE0001"),),
            ),
        ]
        print_of = hashlib.sha256
        self.key_rows = [
            KeyView("customer42-k1", "rsa-3072", print_of(b"1").hexdigest(), True, NOW - timedelta(days=9)),
            KeyView("customer42-sign", "ed25519", print_of(b"2").hexdigest(), True, NOW - timedelta(days=9)),
            KeyView("recovery", "p384", print_of(b"3").hexdigest(), False, NOW - timedelta(days=8)),
        ]
        keys = [f"customer42/{name}" for name in names] or [
            f"customer42/reports/2024-{month:02}.pdf" for month in range(1, 13)
        ] + [f"acme/scans/{number:04}.tiff" for number in range(28)]
        self.object_rows = [
            ObjectRow(
                key, "v1", 1000 * (index + 3) ** 3, ("embedded-a", "embedded-b")[: 1 + index % 2], "FI",
                1 + index % 2, 2 if index % 5 == 3 else 1 + index % 2, "customer42-k1",
                NOW - timedelta(hours=index),
            )
            for index, key in enumerate(sorted(keys))
        ]  # fmt: skip
        states, failed = list(JobState), {JobState.DEAD, JobState.RETRYING}
        self.job_rows = [
            JobRow(
                f"job-{index:03}", key, "v1", "embedded-a", "embedded-b",
                states[index % len(states)], index % 4,
                NOW - timedelta(minutes=index), NOW + timedelta(minutes=5),
                f"503 SlowDown {key}" if states[index % len(states)] in failed else "",
                1 << 20, (1 << 19) if states[index % len(states)] is JobState.LEASED else 0,
                "slow-down" if states[index % len(states)] in failed else "",
            )
            for index, key in enumerate(keys)
        ]  # fmt: skip
        self.entry_rows = [
            SnapshotEntry(
                "s3gw-a1b2c3d4e5f60718-embedded", key, 4096 + index, "9b2cf535f27731c974343645a3985328", NOW
            )
            for index, key in enumerate(keys)
        ]
        self.snapshot_rows = [
            SnapshotRow(
                "snap-2",
                "embedded-a",
                NOW - timedelta(hours=1),
                2,
                len(keys),
                41_000_000,
                tenant="customer42",
                sha256="5e" * 32,
            ),
            SnapshotRow(
                "snap-1",
                "embedded-b",
                NOW - timedelta(days=1),
                200,
                50_000,
                99_000_000_000,
                truncated=True,
                tenant="customer42",
                sha256="7a" * 32,
            ),
        ]
        names_of = names or ("Example Cloud", "Nordic Objects")
        self.provider_rows = [
            ProviderView(
                f"provider-{index}", name, "hosted", ("DE", None)[index % 2], ("US", None)[index % 2],
                (RegionView("eu-1", "DE", "https://s3.eu-1.example.org"), RegionView("eu-2", None)),
                (Fact("object lock", "COMPLIANCE only", "vendor", "2026-05-11"), Fact("versioning", None)),
                (
                    Fact("ISO 27001", "yes", "vendor page", "2026-02-01", "company-wide") if index % 2 == 0
                    else Fact("ISO 27001", None),
                    Fact("C5", None),
                ),
            )
            for index, name in enumerate(names_of)
        ]  # fmt: skip

    def _call(self, name: str, *arguments: object) -> None:
        self.calls.append((name, *arguments))
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
        ]

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

    @staticmethod
    def _page(rows: list[T], cursor: str | None, limit: int) -> Page[T]:
        start = int(cursor or 0)
        end = start + limit
        return Page(tuple(rows[start:end]), str(end) if end < len(rows) else None, len(rows))

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

    def snapshots(self) -> list[SnapshotRow]:
        self._call("snapshots")
        return list(self.snapshot_rows)

    def snapshot_places(self, backend: str) -> list[SnapshotPlace]:
        self._call("snapshot_places", backend)
        tenants = [row.id for row in self.tenant_rows[:2]]
        return [SnapshotPlace(name, f"s3gw-00112233445566{at}-embedded") for at, name in enumerate(tenants)]

    def take_snapshot(self, order: SnapshotOrder) -> SnapshotRow:
        self._call("take_snapshot", order)
        if self.listing is not None:
            self.stopped.wait(30)
            self.listing = None
            raise Cancelled("Cancelled; no snapshot was recorded.")
        row = SnapshotRow(f"snap-{len(self.snapshot_rows) + 1}", order.backend, NOW, 1, 3, 900)
        self.snapshot_rows.insert(0, row)
        return row

    def capture(self) -> CaptureView | None:
        return self.listing

    def stop_capture(self) -> None:
        self._call("stop_capture")
        self.stopped.set()

    def snapshot_folder(
        self, snapshot_id: str, bucket: str | None, prefix: str, cursor: str | None, limit: int
    ) -> Page[FolderRow]:
        self._call("snapshot_folder", snapshot_id, bucket, prefix, cursor)
        if bucket is None:
            names = sorted({entry.bucket for entry in self.entry_rows})
            total = sum(entry.size for entry in self.entry_rows)
            rows = [FolderRow(name, name, True, len(self.entry_rows), total) for name in names]
            return self._page(rows, cursor, limit)
        below: dict[str, list[SnapshotEntry]] = {}
        for entry in self.entry_rows:
            key = quote(entry.key, safe="/")
            if entry.bucket == bucket and key.startswith(prefix):
                name, slash, _ = key.removeprefix(prefix).partition("/")
                below.setdefault(name + slash, []).append(entry)
        rows = [
            FolderRow(
                unquote(name), prefix + name, name.endswith("/"), len(inside),
                sum(entry.size for entry in inside), None if name.endswith("/") else inside[0],
            )
            for name, inside in below.items()
        ]  # fmt: skip
        return self._page(rows, cursor, limit)

    def find_in_snapshot(
        self, snapshot_id: str, text: str, cursor: str | None, limit: int
    ) -> Page[SnapshotEntry]:
        self._call("find_in_snapshot", snapshot_id, text, cursor)
        return self._page([row for row in self.entry_rows if text in row.key], cursor, limit)

    def snapshot_entry(self, snapshot_id: str, entry: SnapshotEntry) -> tuple[tuple[str, str], ...]:
        self._call("snapshot_entry", snapshot_id, entry.key)
        return (
            ("registered", "yes"), ("object", entry.key), ("version", "v1"), ("etag", "the same"),
            ("key id", "customer42-k1  (rsa-oaep)"), ("residency", "FI"), ("copies", "2 of 2 wanted"),
        )  # fmt: skip

    def compare_snapshots(self, old: str, new: str) -> tuple[list[ChangeRow], str]:
        self._call("compare_snapshots", old, new)
        changes = [
            ChangeRow(kind, entry.bucket, entry.key, fields, before, after)
            for entry, (kind, fields, before, after) in zip(
                self.entry_rows,
                [("added", "", None, 4096), ("removed", "", 4097, None), ("changed", "size, etag", 1, 4098)],
                strict=False,
            )
        ]
        return changes, "1 added, 1 removed, 1 changed, 37 the same"

    def reconcile_snapshot(self, snapshot_id: str) -> tuple[list[FindingRow], str]:
        self._call("reconcile_snapshot", snapshot_id)
        findings = [
            FindingRow(
                title, entry.bucket, entry.key, "the snapshot did not see it",
                "secingest drill --object " + entry.key, entry.key, "v1", "embedded-a", "customer42", mend,
            )
            for (title, mend), entry in zip(self.findings, self.entry_rows, strict=False)
        ]  # fmt: skip
        return findings, "2 findings; 38 of 40 copies match"

    def repair_copy(self, finding: FindingRow) -> str:
        self._call("repair_copy", finding.object_key, finding.backend)
        return "1 job made; a worker copies: secingest worker --once"

    def verify_snapshot(self, snapshot_id: str) -> Verified:
        self._call("verify_snapshot", snapshot_id)
        return self.verified

    def hold_snapshot(self, snapshot_id: str, reason: str | None) -> SnapshotRow:
        self._call("hold_snapshot", snapshot_id, reason)
        index = next(at for at, row in enumerate(self.snapshot_rows) if row.id == snapshot_id)
        row = replace(self.snapshot_rows[index], hold=reason is not None, hold_reason=reason or "")
        self.snapshot_rows[index] = row
        return row

    def write_report(self, snapshot_id: str, path: str) -> str:
        self._call("write_report", snapshot_id, path)
        return path

    def plan_ingest(self, request: IngestRequest) -> IngestPlan:
        self._call("plan_ingest", request)
        path = Path(request.paths[0])
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        items = tuple(
            PlanItem(str(file), request.object_key or f"{request.prefix}{file.name}", file.stat().st_size)
            for file in files
        )
        problems = ()
        if request.object_key and any(row.key == request.object_key for row in self.object_rows):
            problems = (
                Problem(f"{request.object_key} has a version v1.", "Choose another version.", "version"),
            )
        notes = ("Not protected against quantum computers: customer42-k1 is RSA.",)
        return IngestPlan(items, len(items), sum(item.size for item in items), problems, notes, self.locked)

    def plan_restore(self, object_key: str, version: str) -> RestorePlan:
        self._call("plan_restore", object_key, version)
        return RestorePlan("/tmp/restored.bin", 12_582_912, (), self.locked, "customer42-sign")

    def flush_outbox(self) -> int:
        self._call("flush_outbox")
        self.outbox = 0
        return 0

    def browse(self, folder: str) -> Folder:
        self._call("browse", folder)
        path = Path(folder or "/")
        try:
            children = sorted(path.iterdir(), key=lambda child: (not child.is_dir(), child.name))
        except OSError as error:
            raise SecingestError(
                f"{path} cannot be read: {error.strerror}.", hint="Choose another folder."
            ) from error
        entries = tuple(
            FileEntry(
                child.name, str(child), child.is_dir(), None if child.is_dir() else child.stat().st_size
            )
            for child in children
        )
        return Folder(str(path), str(path.parent) if path.parent != path else None, entries)

    def source(self, path: str) -> Source:
        self._call("source", path)
        try:
            known = Path(path)
            if known.is_dir():
                return Source(True, is_folder=True)
            return Source(True, size=known.stat().st_size) if known.exists() else Source(False)
        except (OSError, ValueError) as error:
            return Source(False, problem=str(error))

    def complete_path(self, typed: str) -> str | None:
        self._call("complete_path", typed)
        folder, _, start = typed.rpartition("/")
        try:
            names = sorted(
                child.name for child in Path(folder or "/").iterdir() if child.name.startswith(start)
            )
        except (OSError, ValueError):
            return None
        return f"{folder}/{names[0]}" if names else None

    def close(self) -> None:
        self.closed = True
