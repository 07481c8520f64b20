"""The main job, end to end: plan, encrypt, upload, verify, register; one result for every file asked for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, BinaryIO

from backend_stub.contract.namespace import namespace_bucket
from backend_stub.contract.residency import residency_allows
from backend_stub.contract.tenants import Tenant
from secingest_tui.crypto.recipients import Recipient
from secingest_tui.crypto.signature import SignerKey
from secingest_tui.errors import Cancelled, SecingestError, UsageError
from secingest_tui.metadata import ServerRefused, ServerUnreachable
from secingest_tui.services.ingest.names import check_version, new_version
from secingest_tui.services.ingest.plan import IngestItem, IngestPlan, IngestRequest, plan_ingest
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.ingest.registration import policy_fields
from secingest_tui.services.outbox import Outbox, OutboxEntry
from secingest_tui.services.upload.object import ObjectUpload, UploadJob
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import EndpointUnreachable, WrongCredentials


@dataclass(slots=True)
class IngestResult:
    """What became of every file: a receipt, a place in the outbox, or a reason."""

    receipts: list[dict[str, Any]] = field(default_factory=list)
    queued: list[OutboxEntry] = field(default_factory=list)
    """Uploaded and safe at the provider; registration will be tried again."""
    failed: list[tuple[str, SecingestError]] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    flushed: list[dict[str, Any]] = field(default_factory=list)
    """Receipts of earlier uploads that this run registered."""

    @property
    def complete(self) -> bool:
        return not (self.queued or self.failed)


class Ingest:
    """One run. Raises UsageError before anything is sent where the request cannot be met."""

    def __init__(
        self,
        workspace: Workspace,
        request: IngestRequest,
        *,
        progress: TransferProgress | None = None,
        cancel: threading.Event | None = None,
        on_receipt: Callable[[dict[str, Any]], None] = lambda receipt: None,
        stdin: BinaryIO | None = None,
        signer_passphrase: Callable[[], bytes] | None = None,
    ) -> None:
        self._workspace = workspace
        self._request = request
        self.progress = progress or TransferProgress()
        self._cancel = cancel or threading.Event()
        self._on_receipt = on_receipt
        self._stdin = stdin or sys.stdin.buffer
        self._signer_passphrase = signer_passphrase
        self._outbox = Outbox(workspace)
        self._lock = threading.Lock()
        self.result = IngestResult()

    def plan(self) -> IngestPlan:
        """What would be done; nothing is sent. Raises UsageError for what is wrong with the request."""
        request = self._request
        if request.version is not None:
            check_version(request.version)
        self.recipients()
        residency = request.residency or self._policy.residency
        for backend_id in (request.backend, *request.targets):
            self._check_residency(backend_id, residency)
        return plan_ingest(request)

    @cached_property
    def _policy(self) -> Tenant:
        """The tenant's own policy, by the server: what is not asked for in the request."""
        return self._workspace.tenant(self._request.tenant).own_policy(self._request.tenant)

    def _check_residency(self, backend_id: str, residency: str) -> None:
        backend = self._workspace.backend(backend_id)
        if not residency_allows(residency, backend.country):
            primary = backend_id == self._request.backend
            raise UsageError(
                f"Backend {backend.id} is in {backend.country or 'an unknown country'}, outside the "
                f"residency {residency}.",
                hint="Choose a backend within the residency, see: secingest backends list",
                field="--backend" if primary else "--target",
            )

    def run(self) -> IngestResult:
        """Do it. Failures of single files are in the result; the others still go through."""
        plan = self.plan()
        signer = self._workspace.keyring.signer(
            self._workspace.config.encryption.signer, self._signer_passphrase
        )
        recipients = self.recipients()
        bucket = self._bucket()
        self.result.skipped = plan.skipped
        self.result.failed = [(path, UsageError(f"{path}: {reason}")) for path, reason in plan.problems]
        self._flush_earlier()
        self._workspace.ensure_bucket(self._request.backend, self._request.tenant, bucket)
        known = [item.size for item in plan.items if item.size is not None]
        self.progress.start(
            "encrypt+upload",
            bytes_total=sum(known) if len(known) == len(plan.items) else None,
            items_total=len(plan.items),
        )
        self._do_all(plan.items, recipients, signer, bucket)
        return self.result

    def _do_all(
        self, items: list[IngestItem], recipients: list[Recipient], signer: SignerKey, bucket: str
    ) -> None:
        """Small files beside each other, large ones one by one with their parts beside each other."""
        transfer = self._workspace.config.transfer
        small = [item for item in items if item.size is not None and item.size <= transfer.part_size]
        large = [item for item in items if item not in small] if len(small) < len(items) else []
        stop = threading.Event()

        def do(item: IngestItem) -> None:
            if stop.is_set():
                self._fail(
                    item, SecingestError(f"{item.source}: not started, since the provider failed before.")
                )
                return
            try:
                self._one(item, recipients, signer, bucket)
            except SecingestError as error:
                self._fail(item, error)
                if isinstance(error, EndpointUnreachable | WrongCredentials | Cancelled):
                    stop.set()

        with ThreadPoolExecutor(transfer.jobs, thread_name_prefix="ingest") as pool:
            list(pool.map(do, small))
        for item in large:
            do(item)
        if self._cancel.is_set():
            raise Cancelled(
                "Cancelled. What was registered stays; unfinished large uploads can be resumed.",
                hint="See: secingest uploads list",
            )

    def _one(self, item: IngestItem, recipients: list[Recipient], signer: SignerKey, bucket: str) -> None:
        if self._cancel.is_set():
            raise Cancelled(f"{item.source}: cancelled before it began.")
        request = self._request
        version = request.version or new_version()
        if self._exists(item, version):
            return
        job = UploadJob(
            tenant=request.tenant,
            object_key=item.object_key,
            version=version,
            backend=request.backend,
            bucket=bucket,
            source=item.source,
            policy=policy_fields(
                residency=request.residency,
                replicas=request.replicas or max(self._policy.replicas, 1 + len(request.targets)),
                targets=request.targets,
                logical=request.logical,
            ),
        )
        upload = ObjectUpload(
            self._workspace, job, recipients, signer, progress=self.progress, cancel=self._cancel
        )
        entry = upload.from_stream(self._stdin) if item.source == "-" else upload.from_file()
        self._register(item, entry)

    def _register(self, item: IngestItem, entry: OutboxEntry) -> None:
        try:
            receipt = self._outbox.register(entry)
        except ServerUnreachable:
            with self._lock:
                self.result.queued.append(entry)
        except ServerRefused as error:
            if error.temporary:
                with self._lock:
                    self.result.queued.append(entry)
            else:
                raise
        else:
            with self._lock:
                self.result.receipts.append(receipt)
                self._on_receipt(receipt)
        self.progress.add_item()

    def check_versions(self, plan: IngestPlan) -> None:
        """Before anything is sent: raise UsageError where the named version exists already."""
        if self._request.version is not None and not self._request.if_absent and len(plan.items) == 1:
            self._exists(plan.items[0], self._request.version)

    def _exists(self, item: IngestItem, version: str) -> bool:
        """A version is written once: say so before a byte is sent."""
        if self._request.version is None and not self._request.if_absent:
            return False
        try:
            found = self._workspace.tenant(self._request.tenant).versions(item.object_key)
        except ServerRefused as error:
            if error.status == 404:
                return False
            raise
        if self._request.if_absent:
            with self._lock:
                self.result.skipped.append((item.source, f"{item.object_key} is registered already"))
            self.progress.add_item()
            return True
        if any(record.version == version for record in found.versions):
            raise UsageError(
                f"{item.object_key} has a version {version} already; a version is never overwritten.",
                hint="Choose another --object-version, or leave it out for one that is made from the time.",
                field="--object-version",
            )
        return False

    def _fail(self, item: IngestItem, error: SecingestError) -> None:
        with self._lock:
            self.result.failed.append((item.source, error))

    def recipients(self) -> list[Recipient]:
        """Whom this run seals for: the named, configured or only key, and the recovery recipients."""
        encryption = self._workspace.config.encryption
        return self._workspace.keyring.recipients(
            self._request.recipients, encryption.recovery_recipients, encryption.recipients
        )

    def _bucket(self) -> str:
        """The tenant's bucket by the server's word, checked against the rule on this side."""
        request = self._request
        backend = self._workspace.backend(request.backend)
        answer = self._workspace.tenant(request.tenant).namespace(
            customer=request.tenant, region=backend.region, logical=request.logical, backend=backend.id
        )
        expected = namespace_bucket(
            request.tenant,
            backend.region,
            request.logical,
            backend.id,
            backend.provider,
            answer.counter,
            length=len(answer.bucket.split("-")[1]) if answer.bucket.count("-") else 16,
        )
        if answer.bucket != expected:
            raise SecingestError(
                f"The server names bucket {answer.bucket} for this tenant, the rule gives {expected}.",
                hint="Check that region and provider of the backend are the same here and at the server.",
            )
        return answer.bucket

    def _flush_earlier(self) -> None:
        self.result.flushed = self._outbox.flush(only_due=True).registered
