"""What the screens call: every method blocks and is called from threads; failures are SecingestErrors.

What only one screen or action needs is imported by what needs it: the first screen waits for this module.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from secingest_tui import confine
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.models.directory import (
    BackendView,
    CredentialView,
    KeyView,
    TenantCreated,
    TenantView,
)
from secingest_tui.models.overview import Overview, Stored
from secingest_tui.models.paging import Page
from secingest_tui.models.records import (
    ObjectDetail,
    ObjectRow,
    OutboxRow,
)
from secingest_tui.models.registering import ObjectFilter
from secingest_tui.models.session import Notice, Stack, StatusView
from secingest_tui.models.settings import Saved, SettingView
from secingest_tui.models.transfer import (
    Folder,
    IngestPlan,
    IngestRequest,
    RestorePlan,
    Source,
    UnfinishedRow,
)
from secingest_tui.services.outbox import Outbox
from secingest_tui.services.overview import overview, stored
from secingest_tui.services.passphrase import profile_passphrase
from secingest_tui.services.roles import Roles
from secingest_tui.services.session import paths, views
from secingest_tui.services.session.jobs import Jobs
from secingest_tui.services.session.records import RecordWork
from secingest_tui.services.session.snapshots import SnapshotCalls
from secingest_tui.services.workspace import Workspace

if TYPE_CHECKING:
    from secingest_tui.metadata import AdminClient, TenantClient
    from secingest_tui.paths import Home
    from secingest_tui.services.keyring import StoredKey
    from secingest_tui.services.session.discovery import DiscoveryService
    from secingest_tui.services.session.onboarding import OnboardingSession
    from secingest_tui.services.session.provisioning import ProvisioningSession
    from secingest_tui.services.session.replication import ScreenReplication

SHUTDOWN_SECONDS = 20.0


class ScreenSession(RecordWork, SnapshotCalls):
    """Satisfies ``screens.ports.Session``; also remembers which private keys were unlocked."""

    _jobs: Jobs

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._passphrases: dict[str, bytes] = {}
        self._jobs = Jobs(workspace, self._passphrase_of)
        self._roles = Roles(workspace)
        self._lock = threading.RLock()

    @property
    def jobs_service(self) -> Jobs:
        return self._jobs

    @property
    def discovery(self) -> DiscoveryService:
        from secingest_tui.services.session.discovery import DiscoveryService

        return DiscoveryService(self._workspace, self._jobs)

    @property
    def provisioning(self) -> ProvisioningSession:
        from secingest_tui.services.session.provisioning import ProvisioningSession

        return ProvisioningSession(self._workspace)

    @cached_property
    def onboarding(self) -> OnboardingSession:
        from secingest_tui.services.session.onboarding import OnboardingSession

        return OnboardingSession(self._workspace, self._passphrase_of, self._is_locked, self._jobs)

    def status(self) -> StatusView:
        workspace = self._workspace
        known = workspace.known_tenants()
        waiting = Outbox(workspace).entries()
        warnings = []
        if refused := [entry for entry in waiting if entry.refused]:
            warnings.append(
                Notice(f"{len(refused)} registrations were refused by the server", "secingest outbox list")
            )
        return StatusView(
            server=workspace.server_url.removeprefix("https://").removeprefix("http://"),
            tenant=workspace.config.tenant or (known[0] if len(known) == 1 else None),
            role=self._roles.current(),
            stack=Stack.EMBEDDED if workspace.embedded else Stack.REMOTE,
            outbox_count=len(waiting),
            warnings=tuple(warnings),
            environment=workspace.config.screens.environment,
        )

    def settings(self) -> list[SettingView]:
        from secingest_tui.services.settings import settings

        return settings(self._workspace.home)

    def config_path(self) -> str:
        return paths.shown(self._workspace.home.config_file)

    def check_setting(self, name: str, typed: str) -> None:
        from secingest_tui.services.settings import check_setting

        check_setting(self._workspace.home, name, typed)

    def save_setting(self, name: str, typed: str) -> Saved:
        from secingest_tui.services.settings import save_setting

        if confine.folders() is not None:
            raise UsageError("The settings of this account are its operator's.", hint="Ask your operator.")
        return save_setting(self._workspace.home, name, typed)

    def overview(self) -> Overview:
        return overview(self._workspace)

    def stored(self) -> Stored:
        return stored(self._workspace)

    def waiting(self) -> list[OutboxRow]:
        return [
            OutboxRow(
                entry.id, entry.registration["object_key"], entry.registration["version"], entry.refused,
                entry.attempts, entry.error or "", entry.queued_at,
            )
            for entry in Outbox(self._workspace).entries()
        ]  # fmt: skip

    def discard(self, entry_id: str) -> None:
        if not Outbox(self._workspace).discard(entry_id):
            raise UsageError("That registration is gone already.", hint="Refresh the list.")

    def unfinished(self) -> list[UnfinishedRow]:
        from secingest_tui.services.upload.unfinished import unfinished_uploads

        unreadable: list[SecingestError] = []
        found = unfinished_uploads(self._workspace, unreadable=unreadable)
        if unreadable and not found:
            raise unreadable[0]
        return [
            UnfinishedRow(
                item.id, item.object_key, item.version, item.backend, item.source, item.sent, item.size,
                item.started_at, item.running,
            )
            for item in found
        ]  # fmt: skip

    def abort_upload(self, upload_id: str) -> None:
        from secingest_tui.services.upload.unfinished import abort_upload, pick

        for item in pick(self._workspace, upload_id):
            abort_upload(self._workspace, item)

    def tenants(self) -> list[TenantView]:
        workspace = self._workspace
        if not workspace.has_admin:
            return [TenantView(name, None, 1) for name in workspace.known_tenants()]
        admin = workspace.admin()
        held: dict[str, list[CredentialView]] = {}
        for item in admin.credentials():
            held.setdefault(item.tenant_id, []).append(
                CredentialView(item.access_key, item.created_at, item.status == "active")
            )
        return [
            TenantView(item.id, item.residency, item.replicas, item.created_at, tuple(held.get(item.id, ())))
            for item in admin.tenants()
        ]

    def create_tenant(self, tenant_id: str, residency: str | None, replicas: int) -> TenantCreated:
        from secingest_tui.services.tenants import create_tenant

        made = create_tenant(self._workspace, tenant_id, residency=residency, replicas=replicas)
        tenant = made.tenant
        credential = CredentialView(made.access_key, tenant.created_at)
        view = TenantView(tenant.id, tenant.residency, tenant.replicas, tenant.created_at, (credential,))
        return TenantCreated(view, made.access_key, made.secret_key)

    def keys(self) -> list[KeyView]:
        return [views.key_view(key) for key in self._workspace.keyring.stored()]

    def create_key(self, key_id: str, kind: str, passphrase: str | None) -> KeyView:
        from secingest_tui.crypto.keyfile import KeyType

        keyring = self._workspace.keyring
        secret = passphrase.encode() if passphrase is not None else None
        keyring.create(key_id, KeyType(kind), secret, signer_id=self._workspace.config.encryption.signer)
        if secret is not None:
            self._passphrases[key_id] = secret
        return views.key_view(keyring.find(key_id))

    def unlock_key(self, key_id: str, passphrase: str) -> None:
        from secingest_tui.crypto.keyfile import read
        from secingest_tui.crypto.recipients import load_private_key

        key = self._workspace.keyring.find(key_id)
        if key.private is None:
            raise UsageError(f"The private key {key_id} is not here.", field="passphrase")
        load_private_key(read(key.private), passphrase.encode(), key_id)
        self._passphrases[key_id] = passphrase.encode()

    def backends(self) -> list[BackendView]:
        workspace = self._workspace
        return [
            BackendView(
                item.id,
                item.provider,
                item.region,
                item.country,
                item.endpoint,
                workspace.has_store_credentials(item.id),
            )
            for item in workspace.backends().values()
        ]

    def objects(self, tenant: str | None, prefix: str, cursor: str | None, limit: int) -> Page[ObjectRow]:
        return self.find_objects(ObjectFilter(tenant=tenant, prefix=prefix), cursor, limit)

    def object(self, key: str, version: str) -> ObjectDetail:
        from secingest_tui.services.receipts import ReceiptStore
        from secingest_tui.services.session.record_sections import sections

        reader = self._reader(key.split("/", 1)[0])
        assert reader is not None
        records = reader.versions(key).versions
        record = next((item for item in records if item.version == version), None)
        if record is None:
            raise UsageError(f"{key} has no version {version} any more.", hint="Refresh the list.")
        receipt = ReceiptStore(self._workspace.home.receipts_dir).get(key, version)
        detail = views.object_detail(record, records, receipt)
        return replace(detail, sections=sections(self._workspace, record, receipt))

    @property
    def replication(self) -> ScreenReplication:
        from secingest_tui.services.session.replication import ScreenReplication

        return ScreenReplication(lambda: self._reader(None), self._jobs)

    def plan_ingest(self, request: IngestRequest) -> IngestPlan:
        from secingest_tui.services.session.plans import plan_upload

        return plan_upload(self._workspace, request)

    def plan_restore(self, object_key: str, version: str) -> RestorePlan:
        from secingest_tui.services.session.plans import plan_restore

        plan = plan_restore(self._workspace, object_key, version)
        locked = tuple(key_id for key_id in plan.locked_keys if key_id not in self._passphrases)
        return replace(plan, locked_keys=locked)

    def start_flush(self) -> str:
        return self._jobs.start_flush()

    def browse(self, folder: str) -> Folder:
        return paths.browse(folder)

    def source(self, path: str) -> Source:
        return paths.source(path)

    def complete_path(self, typed: str) -> str | None:
        return paths.complete(typed)

    def close(self) -> None:
        self._jobs.cancel_all(SHUTDOWN_SECONDS)
        self._passphrases.clear()
        self._workspace.close()

    def _reader(self, tenant: str | None) -> AdminClient | TenantClient | None:
        return self._workspace.reader(tenant)

    def _is_locked(self, key: StoredKey) -> bool:
        return bool(key.protected) and key.key_id not in self._passphrases

    def _passphrase_of(self, key: StoredKey) -> bytes:
        secret = self._passphrases.get(key.key_id)
        if secret is None:
            raise UsageError(
                f"The private key {key.key_id} is locked.", hint="Unlock it first, then restore again."
            )
        return secret


def open_session(
    report: Callable[[str], None],
    home: Home | None = None,
    *,
    passphrase: Callable[[], bytes] = profile_passphrase,
) -> ScreenSession:
    """Open the home and reach its server, starting the embedded stack where there is no remote one."""
    workspace = Workspace(home, passphrase=passphrase)
    try:
        if workspace.embedded:
            report("Starting the embedded metadata server and object store …")
            _ = workspace.stack
        else:
            report(f"Reaching {workspace.server_url} …")
        report("Registering what waits in the outbox …")
        Outbox(workspace).flush(only_due=True)
    except BaseException:
        workspace.close()
        raise
    return ScreenSession(workspace)
