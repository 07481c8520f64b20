"""The main job, end to end: plan, encrypt, upload, verify, register; one result for every file asked for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

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
from secingest_tui.services.upload.bucket import tenant_bucket
from secingest_tui.services.upload.limit import BandwidthLimit
from secingest_tui.services.upload.object import ObjectUpload, UploadGone, UploadJob, source_of
from secingest_tui.services.upload.source import FileIdentity, SourceChanged
from secingest_tui.services.upload.unfinished import find_unfinished, resume_upload
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import EndpointUnreachable, WrongCredentials
from secingest_tui.storage.multipart import MIN_PART_SIZE

BATCH = 100
"""Small files registered in one request."""


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
        note: Callable[[str], None] = lambda text: None,
    ) -> None:
        """``note`` is told, in a sentence, what else a person wants to know while it runs."""
        self._workspace = workspace
        self._request = request
        self.progress = progress or TransferProgress()
        self._cancel = cancel or threading.Event()
        self._on_receipt = on_receipt
        self._stdin = stdin or sys.stdin.buffer
        self._signer_passphrase = signer_passphrase
        self._note = note
        self._jobs = request.jobs or workspace.config.transfer.jobs
        self._limit = BandwidthLimit(request.bandwidth_limit) if request.bandwidth_limit else None
        self._waiting: dict[str, OutboxEntry] = {}
        self._outbox = Outbox(workspace)
        self._batching = False
        self._batch: list[tuple[IngestItem, OutboxEntry]] = []
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
        bucket = tenant_bucket(
            self._workspace, self._request.tenant, self._request.backend, self._request.logical
        )
        self.result.skipped = plan.skipped
        self.result.failed = [(path, UsageError(f"{path}: {reason}")) for path, reason in plan.problems]
        self._waiting = self._uploaded_before(plan.items)
        self.result.flushed = self._outbox.flush(
            only_due=True, leave={entry.id for entry in self._waiting.values()}
        ).registered
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
        part_size = self._workspace.config.transfer.part_size
        small, large = list[IngestItem](), list[IngestItem]()
        for item in items:
            (small if item.size is not None and item.size <= part_size else large).append(item)
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

        self._batching = len(small) > 1
        remaining = iter(small)

        def work() -> None:
            while True:
                with self._lock:
                    item = next(remaining, None)
                if item is None:
                    return
                do(item)

        # A future for each of thousands of files would cost as much as signing their requests.
        with ThreadPoolExecutor(self._jobs, thread_name_prefix="ingest") as pool:
            for future in [pool.submit(work) for _ in range(min(self._jobs, len(small)))]:
                future.result()
        self._register_batch()
        self._batching = False
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
        waiting = self._waiting.get(item.source)
        if waiting is not None:
            self._note(f"uploaded before, registering: {item.object_key} {waiting.registration['version']}")
            self._register(item, waiting)
            return
        job = UploadJob(
            tenant=request.tenant,
            object_key=item.object_key,
            version=request.version or new_version(),
            backend=request.backend,
            bucket=bucket,
            source=item.source,
            policy=self._policy_of_copies(),
        )
        if self._resumed(item, job, signer) or self._exists(item, job.version):
            return
        upload = ObjectUpload(
            self._workspace, job, recipients, signer, progress=self.progress, cancel=self._cancel,
            jobs=self._jobs, limit=self._limit, sync=not self._batching,
        )  # fmt: skip
        entry = upload.from_stream(self._stdin) if item.source == "-" else upload.from_file()
        self._register(item, entry)

    def _policy_of_copies(self) -> dict[str, Any]:
        request = self._request
        return policy_fields(
            residency=request.residency,
            replicas=request.replicas or max(self._policy.replicas, 1 + len(request.targets)),
            targets=request.targets,
            logical=request.logical,
        )

    def _resumed(self, item: IngestItem, job: UploadJob, signer: SignerKey) -> bool:
        """Go on with an upload of the same file that an earlier run left unfinished; whether there was one.

        One that cannot be gone on with has been removed then, and the file is uploaded from the start.
        """
        if item.size is None or item.size < MIN_PART_SIZE:  # never journalled
            return False
        any_version = self._request.version is None
        found = find_unfinished(self._workspace, job, self._key_ids, any_version=any_version)
        if found is None:
            return False
        self._note(f"resuming: {found.object_key} {found.version}, {found.row()['sent']} was sent before")
        try:
            entry = resume_upload(
                self._workspace, found, progress=self.progress, cancel=self._cancel, signer=signer,
                jobs=self._jobs, limit=self._limit,
            )  # fmt: skip
        except (SourceChanged, UploadGone) as error:
            self._note(f"starting over under a new key: {error.message}")
            return False
        self._register(item, entry)
        return True

    def _uploaded_before(self, items: list[IngestItem]) -> dict[str, OutboxEntry]:
        """By source: outbox entries of exactly these files and objects, left by a run that was cut off."""
        entries = [entry for entry in self._outbox.entries() if entry.source is not None]
        found = {}
        for item in items if entries else ():
            with suppress(OSError):
                source = source_of(item.source, FileIdentity.of(Path(item.source).stat()), self._key_ids)
                for entry in entries:
                    if entry.source == source and self._would_make(entry, item):
                        found[item.source] = entry
        return found

    @cached_property
    def _key_ids(self) -> str:
        """The recipients, as the encryption context lists them."""
        return ",".join(recipient.key_id for recipient in self.recipients())

    def _would_make(self, entry: OutboxEntry, item: IngestItem) -> bool:
        said = entry.registration
        return (
            (entry.tenant, said["object_key"]) == (self._request.tenant, item.object_key)
            and self._request.backend in said["backends"]
            and self._request.version in (None, said["version"])
            and self._policy_of_copies().items() <= said.items()
        )

    def _register(self, item: IngestItem, entry: OutboxEntry) -> None:
        """Register now, or with others where many small files are under way."""
        if self._batching:
            with self._lock:
                self._batch.append((item, entry))
                full = len(self._batch) >= BATCH
            if full:
                self._register_batch()
            return
        try:
            self._took(item, entry, self._outbox.register(entry))
        except (ServerUnreachable, ServerRefused) as error:
            self._took(item, entry, error)

    def _register_batch(self) -> None:
        with self._lock:
            batch, self._batch = self._batch, []
        if batch:
            answers = self._outbox.register_many([entry for _, entry in batch])
            for (item, entry), answer in zip(batch, answers, strict=True):
                self._took(item, entry, answer)

    def _took(self, item: IngestItem, entry: OutboxEntry, answer: dict[str, Any] | SecingestError) -> None:
        """Put the server's answer to one registration into the result."""
        with self._lock:
            if isinstance(answer, dict):
                self.result.receipts.append(answer)
                self.progress.note(f"registered {answer['object_key']} {answer['version']}")
                self._on_receipt(answer)
            elif isinstance(answer, ServerRefused) and not answer.temporary:
                self.result.failed.append((item.source, answer))
                self.progress.note(f"refused {item.object_key}: {answer.message}")
            else:
                self.result.queued.append(entry)
                self.progress.note(f"uploaded {item.object_key}; its registration waits in the outbox")
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
        self.progress.note(f"failed {item.source}: {error.message}")

    def recipients(self) -> list[Recipient]:
        """Whom this run seals for: the named, configured or only key, and the recovery recipients."""
        encryption = self._workspace.config.encryption
        return self._workspace.keyring.recipients(
            self._request.recipients,
            self._workspace.recovery_recipients(self._request.tenant),
            encryption.recipients,
        )
