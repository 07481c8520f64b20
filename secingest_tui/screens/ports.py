"""What the screens need from the services. Everything blocks and is called from threads.

Failures arrive as ``SecingestError`` (what happened, and the next step); anything else is a defect
and shown as one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from secingest_tui.models.directory import BackendView, KeyView, ProviderView, TenantCreated, TenantView
from secingest_tui.models.discovery import (
    BucketFound,
    Choices,
    CompareLine,
    ObjectFound,
    ProbeRequest,
    ProbeRow,
    SortKey,
    Wanted,
)
from secingest_tui.models.overview import Overview, Stored
from secingest_tui.models.paging import Page
from secingest_tui.models.records import (
    ObjectDetail,
    ObjectRow,
    OutboxRow,
    SnapshotEntry,
    SnapshotRow,
)
from secingest_tui.models.session import StatusView
from secingest_tui.models.settings import Saved, SettingView
from secingest_tui.models.snapshots import (
    FindingRow,
    FolderRow,
    SnapshotOrder,
    SnapshotPlace,
)
from secingest_tui.models.transfer import (
    Folder,
    IngestPlan,
    IngestRequest,
    RestorePlan,
    RestoreRequest,
    Source,
    TaskView,
    UnfinishedRow,
)
from secingest_tui.screens.metadata.port import RecordTasks, RecordWork
from secingest_tui.screens.onboarding.ports import OnboardingService, ProvisioningService
from secingest_tui.screens.replication.ports import ReplicationService


class JobsService(RecordTasks, Protocol):
    """Owns every transfer: they outlive the screens that started them."""

    def start_ingest(self, request: IngestRequest) -> str:
        """Start an upload; returns the task's id at once."""

    def start_drill(self, tenant: str, object_key: str, version: str) -> str:
        """Restore one object to nowhere, and put the result on record; the task's id."""

    def start_restore(self, request: RestoreRequest) -> str:
        """Start a restore; returns the task's id at once."""

    def start_resume(self, upload_id: str) -> str:
        """Go on with an unfinished upload; returns the task's id at once."""

    def tasks(self) -> list[TaskView]:
        """Every task of this session, the newest first."""

    def cancel(self, task_id: str) -> None:
        """Ask a task to stop. It goes through ``cancelling`` to ``cancelled``, or still ends otherwise."""

    def take(self, task_id: str) -> object:
        """What an ended task made, once; raises what ended it instead. Does not block."""

    def subscribe(self, callback: Callable[[TaskView], None]) -> Callable[[], None]:
        """Call back from worker threads at each change; returns how to stop that."""


class DiscoveryService(Protocol):
    """The provider catalogue, probes of backends, and what lies at them."""

    def search(self, wanted: Wanted, sort: SortKey, or_unknown: bool) -> tuple[list[ProviderView], int]:
        """The providers that match, and of how many more something asked for is unknown."""

    def choices(self) -> Choices:
        """What the catalogue can be narrowed by."""

    def compare(self, provider_ids: Sequence[str]) -> list[CompareLine]:
        """Providers side by side, a line a statement."""

    def identities(self, backend: str) -> list[str | None]:
        """Whose credentials are here for a backend: ``None`` for the profile's own, then the tenants."""

    def operator_key(self, backend: str) -> bool:
        """Whether the operator's key at the provider is here, by which users are made there."""

    def settings(self, backend: str) -> list[tuple[str, str]]:
        """How transfers to a backend are made, and whether you or a probe decided that."""

    def probes(self) -> list[ProbeRow]:
        """Kept probes, the newest first."""

    def start_probe(self, request: ProbeRequest) -> str:
        """Start a probe as a task; returns the task's id at once."""

    def buckets(self, backend: str, tenant: str | None, versions: bool) -> list[BucketFound]:
        """What these credentials see there, counted: may take long."""

    def bucket_objects(
        self, backend: str, tenant: str | None, bucket: str, versions: bool, cursor: str | None
    ) -> Page[ObjectFound]:
        """The objects of a bucket, a page at a time."""

    def start_snapshot(self, backend: str, tenant: str | None, bucket: str | None, versions: bool) -> str:
        """Record what these credentials see there, or in one bucket of it, as a task: a ``SnapshotRow``."""


class Session(RecordWork, Protocol):
    """One person's work with one server."""

    @property
    def jobs_service(self) -> JobsService:
        """The transfers."""

    @property
    def discovery(self) -> DiscoveryService:
        """Providers and what lies there."""

    @property
    def provisioning(self) -> ProvisioningService:
        """Tenants' users at the providers."""

    @property
    def onboarding(self) -> OnboardingService:
        """The onboarding checklists."""

    def status(self) -> StatusView:
        """Who, where, and what wants attention."""

    def settings(self) -> list[SettingView]:
        """Every setting of the configuration."""

    def config_path(self) -> str:
        """The file of the settings. Does not block."""

    def check_setting(self, name: str, typed: str) -> None:
        """A value that is wrong, or makes the whole wrong, is a ``SecingestError``."""

    def save_setting(self, name: str, typed: str) -> Saved:
        """Write one setting; empty takes it out of the file."""

    def overview(self) -> Overview:
        """Is everything all right, and what needs somebody."""

    def stored(self) -> Stored:
        """Where the recorded copies lie."""

    def waiting(self) -> list[OutboxRow]:
        """Registrations the server has not acknowledged, the oldest first."""

    def discard(self, entry_id: str) -> None:
        """Forget one of them; its object stays at the provider, unregistered."""

    def unfinished(self) -> list[UnfinishedRow]:
        """Uploads that were interrupted and can be gone on with, the oldest first."""

    def abort_upload(self, upload_id: str) -> None:
        """Remove the parts of one of them at the provider, and forget it."""

    def tenants(self) -> list[TenantView]:
        """The tenants this role may see."""

    def create_tenant(self, tenant_id: str, residency: str | None, replicas: int) -> TenantCreated:
        """Register a tenant; the answer alone holds its secret."""

    def keys(self) -> list[KeyView]:
        """The key pairs and public keys at hand."""

    def create_key(self, key_id: str, kind: str, passphrase: str | None) -> KeyView:
        """Make a key pair; ``None`` leaves the private key unprotected, which was asked for."""

    def unlock_key(self, key_id: str, passphrase: str) -> None:
        """Hold a private key open for this session; a wrong passphrase is a ``SecingestError``."""

    def backends(self) -> list[BackendView]:
        """The object stores of this installation."""

    def objects(self, tenant: str | None, prefix: str, cursor: str | None, limit: int) -> Page[ObjectRow]:
        """Recorded objects in the order of their keys; ``None`` for every tenant this role may see."""

    def object(self, key: str, version: str) -> ObjectDetail:
        """Everything about one version."""

    @property
    def replication(self) -> ReplicationService:
        """Replication, to watch and to steer."""

    def snapshots(self) -> list[SnapshotRow]:
        """Snapshots, the newest first."""

    def snapshot_places(self, backend: str) -> list[SnapshotPlace]:
        """The buckets of a backend that the credentials here see."""

    def start_snapshot(self, order: SnapshotOrder) -> str:
        """List what lies at a backend now and record it, one snapshot a tenant; makes the last's row."""

    def snapshot_folder(
        self, snapshot_id: str, bucket: str | None, prefix: str, cursor: str | None, limit: int
    ) -> Page[FolderRow]:
        """The buckets, or what lies directly below a prefix (percent-encoded), with totals."""

    def find_in_snapshot(
        self, snapshot_id: str, text: str, cursor: str | None, limit: int
    ) -> Page[SnapshotEntry]:
        """Entries whose key contains a text."""

    def snapshot_entry(self, snapshot_id: str, entry: SnapshotEntry) -> tuple[tuple[str, str], ...]:
        """What the server knows about an entry: names and values."""

    def start_compare(self, old: str, new: str) -> str:
        """What differs, as ``ChangeRow``s, and the totals in a line."""

    def start_check(self, snapshot_id: str) -> str:
        """What does not fit what is registered, as ``FindingRow``s, and the counts in a line."""

    def start_repair(self, finding: FindingRow) -> str:
        """Look at a copy, and have it made again from a good one; what came of it, in words."""

    def start_verify(self, snapshot_id: str) -> str:
        """Read every byte and compare it with the audit chain: ``Verified``."""

    def hold_snapshot(self, snapshot_id: str, reason: str | None) -> SnapshotRow:
        """Put on legal hold for a reason; without one the hold is lifted."""

    def start_report(self, snapshot_id: str, path: str) -> str:
        """Write an audit report; its path. A path that is not possible is refused at once."""

    def plan_ingest(self, request: IngestRequest) -> IngestPlan:
        """What an upload would do; problems come as data, not as an error."""

    def plan_restore(self, object_key: str, version: str) -> RestorePlan:
        """What restoring would take."""

    def start_flush(self) -> str:
        """Register what is waiting, as a task; what it makes is how many are still waiting."""

    def browse(self, folder: str) -> Folder:
        """List a folder of this machine; an empty ``folder`` is where the person starts."""

    def source(self, path: str) -> Source:
        """What a typed path is."""

    def complete_path(self, typed: str) -> str | None:
        """The best longer path that begins with what was typed."""

    def close(self) -> None:
        """Let go of the servers and of unlocked keys."""


Report = Callable[[str], None]
SessionFactory = Callable[[Report], Session]
"""Opens the session, which may take seconds; ``Report`` takes a line about what it is doing."""
