"""Lease, check the policy again on this side, copy, prove, complete: a worker need not believe the server."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from backend_stub.contract.jobs import Complete, Fail, Heartbeat, Job, Lease, LeaseRequest
from backend_stub.contract.locations import BackendLocation, s3_url, split_s3_url
from backend_stub.contract.residency import residency_allows
from secingest_tui.crypto.errors import TamperedError
from secingest_tui.errors import SecingestError
from secingest_tui.metadata import ServerRefused, TenantClient
from secingest_tui.services.replication.copy import Copied, Expected, copy_object
from secingest_tui.services.restore.opened import Source
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import BucketNotYours, CiphertextChecksum, StorageError

LEASE_SECONDS = 60


class Blocked(SecingestError):
    """Policy forbids this copy; trying again would not change that."""


@dataclass(slots=True)
class WorkerReport:
    """What one pass did."""

    succeeded: list[Job] = field(default_factory=list)
    failed: list[tuple[Job, str]] = field(default_factory=list)


class Worker:
    """Serves one tenant with the backends this profile holds credentials for."""

    def __init__(
        self,
        workspace: Workspace,
        tenant: str,
        *,
        backends: tuple[str, ...] = (),
        stop: threading.Event | None = None,
        on_event: Callable[[str, Job, str], None] = lambda kind, job, text: None,
    ) -> None:
        self._workspace = workspace
        self._tenant = tenant
        self._stop = stop or threading.Event()
        self._on_event = on_event
        self.name = f"{socket.gethostname()}-{os.getpid()}".replace("_", "-")[:63]
        known = workspace.backends()
        served = backends or tuple(known)
        self.backends = [name for name in served if workspace.has_store_credentials(name, tenant)]

    def run(self, *, once: bool = True, idle_seconds: float = 2.0) -> WorkerReport:
        """Work until there is nothing to lease (``once``) or ``stop`` is set."""
        report = WorkerReport()
        client = self._workspace.tenant(self._tenant)
        request = LeaseRequest(worker=self.name, backends=self.backends, lease_seconds=LEASE_SECONDS)
        while not self._stop.is_set():
            leases = client.lease(request)
            for lease in leases:
                self._serve(client, lease, report)
            if not leases:
                if once:
                    break
                self._stop.wait(idle_seconds)
        return report

    def _serve(self, client: TenantClient, lease: Lease, report: WorkerReport) -> None:
        job = lease.job
        self._on_event("leased", job, f"{job.source} -> {job.target}")
        beat = _Heart(client, lease)
        try:
            with beat:
                copied = self._copy(lease, beat)
            target = self._workspace.backend(job.target)
            done = client.complete(
                job.id,
                Complete(
                    token=lease.token,
                    location=BackendLocation(
                        url=s3_url(lease.object.target_bucket, self._key(lease)),
                        etag=copied.etag,
                        version_id=copied.version_id,
                    ),
                    verified_by=copied.verified_by,
                    bytes_done=copied.size,
                    country=target.country,
                ),
            )
        except SecingestError as error:
            blocked = isinstance(error, Blocked | BucketNotYours)
            retry = not blocked and not isinstance(error, TamperedError)
            if isinstance(error, StorageError):
                retry = retry and error.retryable
            with suppress(SecingestError):  # the lease may have run out: the server tries again by itself
                client.fail(
                    job.id,
                    Fail(
                        token=lease.token,
                        error=error.message[:2000],
                        retry=retry,
                        blocked=blocked,
                        bytes_done=beat.bytes_done,
                    ),
                )
            report.failed.append((job, error.message))
            self._on_event("failed", job, error.message)
        else:
            report.succeeded.append(done)
            self._on_event("succeeded", job, copied.verified_by)
            if copied.left is not None:
                self._on_event("keys not copied", job, copied.left)

    def _copy(self, lease: Lease, beat: _Heart) -> Copied:
        job, wanted = lease.job, lease.object
        target = self._workspace.backend(job.target)
        if not residency_allows(wanted.residency, target.country):
            raise Blocked(
                f"Backend {target.id} is in {target.country or 'an unknown country'} by this worker's "
                f"configuration, outside the residency {wanted.residency}."
            )
        bucket, key = split_s3_url(wanted.source.url)
        store = self._workspace.store(job.target, self._tenant)
        self._workspace.ensure_bucket(job.target, self._tenant, wanted.target_bucket)
        checksum = wanted.ciphertext_checksum
        return copy_object(
            Source(
                self._workspace.store(job.source, self._tenant),
                bucket,
                key or job.object_key,
                wanted.source.version_id,
            ),
            store,
            wanted.target_bucket,
            Expected(
                etag=wanted.source.etag,
                size=wanted.ciphertext_size,
                checksum=CiphertextChecksum.from_record(checksum.model_dump()) if checksum else None,
                header_sha256=wanted.header_sha256,
            ),
            signers=self._workspace.trusted_signers(),
            jobs=self._workspace.config.transfer.jobs,
            progress=beat.add,
        )

    def _key(self, lease: Lease) -> str:
        return split_s3_url(lease.object.source.url)[1] or lease.job.object_key


class _Heart:
    """Keeps a lease while its copy runs; a lost lease stops the copy at its next slice."""

    def __init__(self, client: TenantClient, lease: Lease) -> None:
        self._client = client
        self._lease = lease
        self._done = threading.Event()
        self._lost: SecingestError | None = None
        self._lock = threading.Lock()
        self.bytes_done = 0
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def add(self, count: int) -> None:
        """Count bytes that arrived. Raises what ended the lease."""
        with self._lock:
            self.bytes_done = max(0, self.bytes_done + count)
        if self._lost is not None:
            raise self._lost

    def _beat(self) -> None:
        while not self._done.wait(LEASE_SECONDS / 3):
            try:
                self._client.heartbeat(
                    self._lease.job.id,
                    Heartbeat(
                        token=self._lease.token, lease_seconds=LEASE_SECONDS, bytes_done=self.bytes_done
                    ),
                )
            except ServerRefused as error:
                if not error.temporary:
                    self._lost = error
                    return
            except SecingestError:
                continue  # unreachable for now: the lease holds until it expires
