"""Audit of replicas: are they there, are they right, and jobs to mend those that are not."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

from backend_stub.contract.locations import split_s3_url
from backend_stub.contract.objects import ObjectRecord, ObjectSummary, Replica
from backend_stub.contract.replication import (
    MAX_CHECKS,
    PlannedJob,
    ReplicaCheck,
    ReplicaChecks,
    Shortfall,
)
from secingest_tui.crypto.errors import CryptoError, TamperedError
from secingest_tui.errors import Cancelled, SecingestError
from secingest_tui.metadata import TenantClient
from secingest_tui.services.replication.ciphertext import Expected, open_ciphertext
from secingest_tui.services.restore.beside import SIDECAR_SUFFIX, Source
from secingest_tui.services.restore.signature import in_metadata
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import CiphertextChecksum, NoSuchKey
from secingest_tui.storage.errors import NoSuchBucket

Kind = Literal["ok", "missing", "rot", "unknown"]
OnRead = Callable[[int], None]
"""Hears, from several threads, of bytes that were read; Cancelled stops the reading."""


@dataclass(frozen=True, slots=True)
class Found:
    """One replica. ``unknown``: it could not be looked at, so nothing is said about it."""

    object_key: str
    version: str
    backend: str
    state: Kind
    verified_by: str = ""
    problem: str = ""
    bytes_read: int = 0


@dataclass(slots=True)
class VerifyReport:
    """What was found, and what was done about it."""

    found: list[Found] = field(default_factory=list)
    """Everything that is not ok; what is ok is only counted."""
    counts: dict[Kind, int] = field(default_factory=lambda: {"ok": 0, "missing": 0, "rot": 0, "unknown": 0})
    jobs: list[PlannedJob] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)
    bytes_read: int = 0

    @property
    def good(self) -> bool:
        return not (self.counts["missing"] or self.counts["rot"] or self.counts["unknown"])


def sampled(items: Iterable[ObjectSummary], share: float, dice: random.Random) -> Iterator[ObjectSummary]:
    """Each with the chance ``share`` (0 to 1); at least one where there are any."""
    first = None
    taken = False
    for item in items:
        first = first or item
        if share >= 1 or dice.random() < share:
            taken = True
            yield item
    if first is not None and not taken:
        yield first


def verify(
    workspace: Workspace,
    tenant: str,
    *,
    share: float = 0.05,
    deep: bool = False,
    prefix: str | None = None,
    only: tuple[str, str] | None = None,
    backend: str | None = None,
    repair: bool = True,
    jobs: int = 4,
    dice: random.Random | None = None,
    stop: threading.Event | None = None,
    on_found: Callable[[Found], None] = lambda found: None,
    on_read: OnRead = lambda read: None,
) -> VerifyReport:
    """Look at the replicas of a share of a tenant's versions; ``deep`` reads and checks every byte.

    ``only`` is one version, by object key and version, in place of a prefix.
    Findings go to the server as they come, those of a stopped look too; with ``repair`` it makes jobs from
    good replicas.
    """
    client = workspace.tenant(tenant)
    report = VerifyReport()
    halt = stop or threading.Event()
    items: Iterable[ObjectSummary] = client.all_objects(tenant=tenant, prefix=only[0] if only else prefix)
    if only is not None:
        items = (item for item in items if (item.object_key, item.version) == only)
    chosen = sampled(items, share, dice or random.SystemRandom())
    batch: list[Found] = []
    with ThreadPoolExecutor(jobs, thread_name_prefix="verify") as pool:
        try:
            for group in _groups(chosen, jobs * 4):
                if halt.is_set():
                    break
                records = pool.map(lambda item: client.object(item.object_key, item.version), group)
                pairs = [
                    (record, replica)
                    for record in records
                    for replica in record.replicas
                    if replica.state != "deleted" and backend in (None, replica.backend)
                ]
                for found in pool.map(lambda pair: look(workspace, *pair, deep=deep, on_read=on_read), pairs):
                    report.counts[found.state] += 1
                    report.bytes_read += found.bytes_read
                    if found.state != "ok":
                        report.found.append(found)
                    on_found(found)
                    batch.append(found)
                if len(batch) >= MAX_CHECKS // 2:
                    _tell(client, batch, report, repair)
        except Cancelled:
            _tell(client, batch, report, repair)
            raise
        _tell(client, batch, report, repair)
    return report


def _groups(items: Iterable[ObjectSummary], size: int) -> Iterator[list[ObjectSummary]]:
    group: list[ObjectSummary] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _tell(client: TenantClient, batch: list[Found], report: VerifyReport, repair: bool) -> None:
    checks = [
        ReplicaCheck.model_validate(
            {
                "object_key": found.object_key, "version": found.version, "backend": found.backend,
                "state": found.state, "verified_by": found.verified_by or None,
                "problem": found.problem[:2000] or None, "bytes_read": found.bytes_read,
            }
        )
        for found in batch
        if found.state != "unknown"
    ]  # fmt: skip
    batch.clear()
    for at in range(0, len(checks), MAX_CHECKS):
        answer = client.record_checks(ReplicaChecks(items=checks[at : at + MAX_CHECKS], repair=repair))
        report.jobs += answer.jobs
        report.shortfalls += answer.shortfalls


def look(
    workspace: Workspace,
    record: ObjectRecord,
    replica: Replica,
    *,
    deep: bool,
    on_read: OnRead = lambda read: None,
) -> Found:
    """Look at one replica. What keeps it from being looked at is ``unknown``, never rot."""
    where = (record.object_key, record.version, replica.backend)
    try:
        bucket, key = split_s3_url(replica.url)
        source = Source(
            workspace.store(replica.backend, record.tenant_id), bucket, key or record.object_key,
            replica.version_id,
        )  # fmt: skip
        expected = _expected(record, replica)
        try:
            verified_by, read = _read(workspace, source, expected, deep, on_read)
        except CryptoError:
            # Damaged on its way here, perhaps: only a second look condemns a copy.
            verified_by, read = _read(workspace, source, expected, deep, on_read)
    except Cancelled:
        raise
    except (NoSuchKey, NoSuchBucket):
        return Found(*where, "missing", problem="there is no such object")
    except CryptoError as error:
        return Found(*where, "rot", problem=error.message)
    except SecingestError as error:
        return Found(*where, "unknown", problem=error.message)
    return Found(*where, "ok", verified_by, bytes_read=read)


def _read(
    workspace: Workspace, source: Source, expected: Expected, deep: bool, on_read: OnRead
) -> tuple[str, int]:
    """How it was verified, and bytes read. Raises CryptoError, StorageError."""
    if not deep:
        _shallow(source, expected)
        return "size-and-etag", 0
    copy = open_ciphertext(source, expected, workspace.trusted_signers())
    read = copy.check(workspace.config.transfer.jobs, on_read)
    return copy.verified_by, read


def _expected(record: ObjectRecord, replica: Replica) -> Expected:
    item = record.registration
    checksum = item.ciphertext_checksum
    return Expected(
        etag=replica.etag,
        size=item.ciphertext_size,
        checksum=CiphertextChecksum.from_record(checksum.model_dump()) if checksum else None,
        header_sha256=item.header_sha256,
        signer_fingerprint=item.signature.signer_fingerprint if item.signature else None,
    )


def _shallow(source: Source, expected: Expected) -> None:
    """By HEAD alone. Raises TamperedError, NoSuchKey, StorageError."""
    head = source.store.head(source.bucket, source.key, version_id=source.version_id)
    if expected.size is not None and head.size != expected.size:
        raise TamperedError(f"the copy has {head.size} bytes, {expected.size} were registered")
    if expected.etag is not None and head.etag != expected.etag:
        raise TamperedError("the copy has another ETag than was registered")
    held, wanted = head.checksum, expected.checksum
    comparable = held is not None and wanted is not None and held.algorithm == wanted.algorithm
    if comparable and held != wanted:
        raise TamperedError("the provider's checksum is not the registered one")
    if expected.signer_fingerprint is None:
        return
    if (signed := in_metadata(head.metadata)) is not None:
        if expected.header_sha256 not in {None, signed.manifest.header_sha256.hex()}:
            raise TamperedError("the signature in the copy's metadata is for another object")
        return
    try:
        source.store.head(source.bucket, source.key + SIDECAR_SUFFIX)
    except NoSuchKey:
        raise TamperedError("the copy has no uploader's signature, in its metadata or beside it") from None
