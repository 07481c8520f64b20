"""Lease, check the policy again on this side, copy, prove, complete: a worker need not believe the server."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from backend_stub.contract.jobs import Complete, Fail, Job, Lease, LeaseRequest, Release
from backend_stub.contract.locations import BackendLocation, s3_url, split_s3_url
from backend_stub.contract.residency import residency_allows
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.metadata import ServerRefused, ServerUnreachable, TenantClient
from secingest_tui.services.replication.ciphertext import Expected
from secingest_tui.services.replication.copy import Copied, copy_object, remove_object
from secingest_tui.services.replication.failures import Blocked, Released, RemovalNotAllowed, at, judge
from secingest_tui.services.replication.lease import Heart, HeldLease
from secingest_tui.services.replication.leftovers import clear_leftovers
from secingest_tui.services.replication.reporting import Finished, Reporter, patiently
from secingest_tui.services.replication.sending import Target
from secingest_tui.services.replication.serving import Serving, check_bucket
from secingest_tui.services.restore.beside import Source
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import CiphertextChecksum

LEASE_SECONDS = 60
IDLE_SECONDS = 2.0
AHEAD_SECONDS = 1.0
"""While copies take less than this, leases for about as long wait here, so that one request fetches many."""
MAX_AHEAD = 100


@dataclass(slots=True)
class WorkerReport:
    """What one run did; of a worker that runs for long only the last few hundred."""

    succeeded: list[Job] = field(default_factory=list)
    failed: list[tuple[Job, str]] = field(default_factory=list)
    released: list[Job] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"succeeded": 0, "failed": 0, "released": 0})

    def add(self, kind: str, entry: tuple[Job, str]) -> None:
        self.counts[kind] += 1
        kept: list[object] = getattr(self, kind)
        kept.append(entry if kind == "failed" else entry[0])
        del kept[:-500]


@dataclass(frozen=True, slots=True)
class _Run:
    client: TenantClient
    heart: Heart
    reporter: Reporter
    report: WorkerReport


class Worker:
    """Serves tenants with the backends that this profile holds credentials for.

    ``tenant``: whose SigV4 credential signs; a worker's credential may be for several tenants.
    ``jobs``: how many copies at once. ``stop`` set: copies under way give their leases back.
    """

    def __init__(
        self,
        workspace: Workspace,
        tenant: str,
        *,
        backends: tuple[str, ...] = (),
        jobs: int = 1,
        name: str | None = None,
        lease_seconds: int = LEASE_SECONDS,
        stop: threading.Event | None = None,
        on_event: Callable[[str, Job, str], None] = lambda kind, job, text: None,
    ) -> None:
        self._workspace = workspace
        self._tenant = tenant
        self._jobs = jobs
        self._lease_seconds = lease_seconds
        self._stop = stop or threading.Event()
        self._on_event = on_event
        self._serving = Serving(workspace, tenant, backends)
        self._lock = threading.Lock()
        self._freed = threading.Condition()
        self._held = self._ended = 0
        self._seconds = float("inf")
        self._away = False
        self.name = name or f"{socket.gethostname()}-{os.getpid()}".replace("_", "-")[:63]

    @property
    def backends(self) -> list[str]:
        return self._serving.backends

    def run(self, *, once: bool = True, idle_seconds: float = IDLE_SECONDS) -> WorkerReport:
        """Work until there is nothing to lease (``once``) or ``stop`` is set.

        With ``once`` an unreachable server is raised; otherwise the worker waits for it.
        """
        report = WorkerReport()
        client = self._workspace.tenant(self._tenant)
        if not self.backends:
            raise UsageError(
                "This profile has provider credentials for no backend, so there is nothing to serve.",
                hint="Store some: secingest credentials set backend/B/tenant/T",
                field="--backend",
            )
        with suppress(ServerUnreachable):
            clear_leftovers(self._workspace, client)
        with (
            Heart(client, self._lease_seconds) as heart,
            Reporter(client, self._stop, partial(self._settle, client, report)) as reporter,
            ThreadPoolExecutor(self._jobs, thread_name_prefix="job") as pool,
        ):
            run = _Run(client, heart, reporter, report)
            while not self._stop.is_set():
                ended, room = self._ended, self._room()
                leases = self._lease(client, room, once=once) if room > 0 else []
                for lease in leases:
                    with self._freed:
                        self._held += 1
                    pool.submit(self._serve, run, lease, time.monotonic())
                if leases and self._room() > 0:
                    continue
                if self._held:
                    self._wait(ended, idle_seconds)
                elif not leases and not reporter.flush():
                    if once:
                        break
                    self._stop.wait(idle_seconds)
        return report

    def _room(self) -> int:
        """How many leases to ask for now; none while enough of them wait here. While copies take moments,
        several are fetched ahead in one request; large ones are left to other workers."""
        ahead = 0
        if self._seconds < AHEAD_SECONDS:
            ahead = min(MAX_AHEAD, int(self._jobs * AHEAD_SECONDS / max(self._seconds, 0.001)))
        return self._jobs + ahead - self._held if self._held < self._jobs + (ahead + 1) // 2 else 0

    def _wait(self, ended: int, seconds: float) -> None:
        """Until another job has ended and there is room."""
        with self._freed:
            self._freed.wait_for(
                lambda: self._ended != ended and self._room() > 0 and not self._stop.is_set(), seconds
            )

    def _lease(self, client: TenantClient, limit: int, *, once: bool) -> list[Lease]:
        request = LeaseRequest(
            worker=self.name, backends=self._serving.backends, serves=self._serving.by_tenant,
            limit=min(100, limit), lease_seconds=self._lease_seconds,
        )  # fmt: skip
        try:
            return client.lease(request)
        except (ServerUnreachable, ServerRefused) as error:
            if once or (isinstance(error, ServerRefused) and not error.temporary):
                raise
            self._stop.wait(IDLE_SECONDS)
            return []

    def _serve(self, run: _Run, lease: Lease, leased_at: float) -> None:
        try:
            self._attempt(run, lease, leased_at)
        finally:
            with self._freed:
                self._held -= 1
                self._ended += 1
                if self._room() > 0:
                    self._freed.notify_all()

    def _attempt(self, run: _Run, lease: Lease, leased_at: float) -> None:
        job, client = lease.job, run.client
        if time.monotonic() - leased_at > self._lease_seconds / 2:
            # It waited here too long behind others: somebody else may have it, whole.
            self._give_back(client, lease, 0)
            return
        begun = time.monotonic()
        self._on_event("leased", job, f"{job.source} -> {job.target}")
        held = HeldLease(lease, self._stop)
        try:
            with run.heart.keeping(held):
                held.check()
                done = self._do(lease, held)
        except Released:
            self._give_back(client, lease, held.bytes_done)
            self._tell(run.report, "released", job, "given back unharmed")
        except SecingestError as error:
            self._failed(client, run.report, lease, held, error)
        except Exception as error:  # noqa: BLE001 - a defect must not end the worker's other copies
            text = f"This is a defect of secingest: {type(error).__name__}."
            with suppress(SecingestError):
                client.fail(job.id, Fail(token=lease.token, error=text, cause="defect"))
            self._tell(run.report, "failed", job, text)
        else:
            took = time.monotonic() - begun
            # Of the last few; a large copy among small ones counts at once, a small one among large ones not.
            self._seconds = took if took > self._seconds else 0.75 * min(self._seconds, 4.0) + 0.25 * took
            run.reporter.add(Finished(lease, held, done))

    def _give_back(self, client: TenantClient, lease: Lease, bytes_done: int) -> None:
        if self._stop.is_set() and self._away:
            return  # many may wait here when the worker ends: they run out by themselves
        try:
            client.release(lease.job.id, Release(token=lease.token, bytes_done=bytes_done))
        except ServerUnreachable:
            self._away = True
        except SecingestError:
            pass

    def _settle(
        self, client: TenantClient, report: WorkerReport, finished: Finished, answer: Job | SecingestError
    ) -> None:
        if isinstance(answer, Job):
            self._tell(report, "succeeded", answer, finished.done.verified_by)
        elif isinstance(answer, ServerUnreachable) or (
            isinstance(answer, ServerRefused) and answer.temporary
        ):
            # It was asked often enough: the lease is left to run out. The copy is whole, and nobody is told
            # that it failed.
            self._tell(report, "failed", finished.lease.job, answer.message)
        else:
            self._failed(client, report, finished.lease, finished.held, answer)

    def _failed(
        self, client: TenantClient, report: WorkerReport, lease: Lease, held: HeldLease, error: SecingestError
    ) -> None:
        if not held.lost:
            with suppress(SecingestError):  # the lease may have run out: the server tries again by itself
                failure = self._failure(lease, held, error)
                patiently(lambda: client.fail(lease.job.id, failure), self._stop)
        self._tell(report, "failed", lease.job, error.message)

    def _tell(self, report: WorkerReport, kind: str, job: Job, text: str) -> None:
        with self._lock:
            report.add(kind, (job, text))
        self._on_event(kind, job, text)

    def _failure(self, lease: Lease, held: HeldLease, error: SecingestError) -> Fail:
        verdict = judge(error)
        return Fail(
            token=lease.token, error=verdict.error, cause=verdict.cause, retry=verdict.retry,
            blocked=verdict.blocked, unavailable=verdict.unavailable, source_bad=verdict.source_bad,
            bytes_done=held.bytes_done,
        )  # fmt: skip

    def _do(self, lease: Lease, held: HeldLease) -> Complete:
        job = lease.job
        bucket, key = split_s3_url(lease.object.source.url)
        key = key or job.object_key
        where = bucket if job.kind == "delete" else lease.object.target_bucket
        target = Target(
            self._workspace.store(job.target, job.tenant_id), where, key,
            backend=job.target, source=job.source, job=job.id, tenant=job.tenant_id,
            journals=self._workspace.home.copies_dir,
        )  # fmt: skip
        if job.kind == "delete":
            self._check_removal(lease, where)
            remove_object(target)
            location = lease.object.source
            return Complete(token=lease.token, location=location, verified_by="absent")
        self._check_policy(lease)
        with at(job.target, "target"):
            self._serving.own_bucket(job.target, job.tenant_id, where)
        copied = self._copy(lease, held, target, Source(
            self._workspace.store(job.source, job.tenant_id), bucket, key, lease.object.source.version_id
        ))  # fmt: skip
        for text in copied.left:
            self._on_event("not carried", job, text)
        return Complete(
            token=lease.token,
            location=BackendLocation(url=s3_url(where, key), etag=copied.etag, version_id=copied.version_id),
            verified_by=copied.verified_by,
            bytes_done=copied.size,
            country=self._serving.backend(job.target).country,
        )

    def _check_removal(self, lease: Lease, bucket: str) -> None:
        """A server that was broken into must not have copies removed: this side has to want it too, and only
        in a bucket that is the tenant's by the rule. Raises Blocked."""
        job = lease.job
        own = self._workspace.config.tenants.get(job.tenant_id)
        if own is None or own.tombstones != "replicate":
            raise RemovalNotAllowed(
                f"This worker removes no copies of {job.tenant_id} on the server's word alone. If they shall "
                f'go, set tombstones = "replicate" under [tenants.{job.tenant_id}] of its config.toml.'
            )
        check_bucket(job.tenant_id, self._serving.backend(job.target), lease.object)
        if bucket != lease.object.target_bucket:
            raise RemovalNotAllowed(
                f"The copy lies in bucket {bucket}, not in the tenant's {lease.object.target_bucket}: "
                "remove it by hand."
            )

    def _check_policy(self, lease: Lease) -> None:
        """Before the first byte, by this side's configuration alone. Raises Blocked."""
        job = lease.job
        backend = self._serving.backend(job.target)
        own = self._workspace.config.tenants.get(job.tenant_id)
        for residency, whose in (
            (lease.object.residency, "the residency"),
            (own.residency if own else None, "this worker's own residency for the tenant,"),
        ):
            if residency is not None and not residency_allows(residency, backend.country):
                country = backend.country or "an unknown country"
                raise Blocked(
                    f"Backend {backend.id} ({backend.endpoint}) is in {country} by this worker's "
                    f"configuration, outside {whose} {residency}."
                )
        believed = lease.object.target_country
        if believed is not None and believed != backend.country:
            raise Blocked(
                f"The server has backend {backend.id} in {believed}, this worker's configuration in "
                f"{backend.country or 'an unknown country'}: one of them is wrong."
            )
        check_bucket(job.tenant_id, backend, lease.object)

    def _copy(self, lease: Lease, held: HeldLease, target: Target, source: Source) -> Copied:
        wanted = lease.object
        checksum = wanted.ciphertext_checksum
        return copy_object(
            source,
            target,
            Expected(
                etag=wanted.source.etag,
                size=wanted.ciphertext_size,
                checksum=CiphertextChecksum.from_record(checksum.model_dump()) if checksum else None,
                header_sha256=wanted.header_sha256,
                signer_fingerprint=wanted.signer_fingerprint,
            ),
            signers=self._serving.signers(),
            jobs=self._workspace.config.transfer.jobs,
            progress=held.add,
            again=lease.job.attempts > 1 or wanted.mend,
        )
