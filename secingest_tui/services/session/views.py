"""From the contract's and the services' models to what the screens show."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from secingest_tui.models.directory import Fact, KeyView, ProviderView, RegionView
from secingest_tui.models.records import (
    JobRow,
    JobState,
    ObjectDetail,
    ObjectRow,
    Receipt,
    ReplicaView,
    SnapshotEntry,
    SnapshotRow,
)
from secingest_tui.models.registering import BucketRow

if TYPE_CHECKING:
    from backend_stub.contract.jobs import Job
    from backend_stub.contract.objects import ComplianceRow, ObjectRecord, ObjectSummary
    from backend_stub.contract.snapshots import Snapshot, StoredEntry
    from secingest_tui.claims import Claim, Provider
    from secingest_tui.services.keyring import StoredKey

RECEIPT_FIELDS = (
    "object_key", "version", "backend", "bucket", "etag", "size", "ciphertext_size", "ciphertext_checksum",
    "key_id", "key_alg", "encrypted_key", "residency", "replica_count", "targets", "jobs", "warnings",
    "receipt_id", "recorded_at", "payload_sha256", "audit", "signature",
)  # fmt: skip


def receipt_view(receipt: dict[str, Any]) -> Receipt:
    fields = tuple((name, _text(receipt[name])) for name in RECEIPT_FIELDS if receipt.get(name) is not None)
    warnings = tuple(str(warning["message"]) for warning in receipt.get("warnings") or ())
    return Receipt(receipt["object_key"], receipt["version"], fields, json.dumps(receipt), warnings)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def key_view(key: StoredKey) -> KeyView:
    return KeyView(
        key.key_id, key.info.type.value, key.info.fingerprint, key.private is not None, key.created_at
    )


def object_row(item: ObjectSummary) -> ObjectRow:
    return ObjectRow(
        key=item.object_key,
        version=item.version,
        size=item.size,
        backends=tuple(item.backends),
        residency=item.residency,
        replicas=item.copies,
        replicas_wanted=item.replica_count,
        key_id=item.key_id,
        recorded_at=item.recorded_at,
        state="erased" if item.erased_at else item.state,
    )


def object_detail(
    record: ObjectRecord, versions: list[ObjectRecord], receipt: dict[str, Any] | None
) -> ObjectDetail:
    registration = record.registration
    signature = registration.signature
    policy = [
        ("state", record.state),
        ("residency", record.residency),
        ("copies wanted", str(record.replica_count)),
        ("targets", ", ".join(registration.targets) or "none"),
        ("signed by", signature.signer if signature else "nobody: origin unknown"),
        ("recorded by", record.recorded_by),
    ]
    policy += [
        (
            f"bucket on {backend}",
            check.actual if check.matches else f"{check.actual} (the rule gives {check.expected})",
        )
        for backend, check in record.namespace.items()
    ]
    return ObjectDetail(
        row=ObjectRow(
            key=record.object_key,
            version=record.version,
            size=registration.size,
            backends=tuple(replica.backend for replica in record.replicas),
            residency=record.residency,
            replicas=len(record.replicas),
            replicas_wanted=record.replica_count,
            key_id=registration.key_id,
            recorded_at=record.recorded_at,
        ),
        versions=tuple(item.version for item in versions),
        replicas=tuple(
            ReplicaView(
                replica.backend,
                replica.url,
                replica.etag,
                f"verified by {replica.verified_by}" if replica.verified_at else replica.source,
                replica.verified_at,
            )
            for replica in record.replicas
        ),
        key_alg=registration.key_alg,
        encrypted_key=registration.encrypted_key,
        policy=tuple(policy),
        receipt=receipt_view(receipt) if receipt else None,
    )


def job_row(job: Job) -> JobRow:
    return JobRow(
        id=job.id,
        object_key=job.object_key,
        version=job.version,
        source=job.source,
        target=job.target,
        state=JobState(job.state),
        attempts=job.attempts,
        updated_at=job.updated_at,
        next_attempt_at=job.next_attempt_at,
        error=job.reason or "",
        bytes_total=job.bytes_total,
        bytes_done=job.bytes_done,
        cause=job.cause or "",
        paused=job.paused_at is not None,
        priority=job.priority,
        kind=job.kind,
    )


def snapshot_row(item: Snapshot) -> SnapshotRow:
    return SnapshotRow(
        id=item.id,
        backend=item.backend,
        taken_at=item.taken_at,
        buckets=item.buckets,
        objects=item.entries,
        bytes_total=item.bytes,
        truncated=bool(item.omitted_buckets or item.omitted_entries),
        tenant=item.tenant_id,
        hold=item.hold,
        hold_reason=item.hold_reason or "",
        intact=item.intact,
        label=item.label or "",
        sha256=item.sha256,
        failures=item.failures,
    )


def snapshot_entry(item: StoredEntry) -> SnapshotEntry:
    return SnapshotEntry(
        item.bucket,
        item.name,
        item.size,
        item.etag or "",
        item.mtime,
        item.name_encoding == "url",
        item.version_id or "",
        item.is_latest,
        item.delete_marker,
    )


def provider_view(provider: Provider) -> ProviderView:
    return ProviderView(
        id=provider.id,
        name=provider.name,
        kind="self-hosted" if provider.kind == "self_hosted" else provider.kind,
        jurisdiction=provider.jurisdiction.value,
        regions=tuple(
            RegionView(region.id, region.country, region.endpoint or region.endpoint_template)
            for region in provider.regions
        ),
        features=tuple(_fact(name, claim) for name, claim in provider.features.items()),
        certifications=tuple(_fact(name, claim) for name, claim in provider.certifications.items()),
        notes=provider.notes,
    )


def _fact(name: str, claim: Claim[bool]) -> Fact:
    value = None if claim.value is None else "yes" if claim.value else "no"
    label = name.upper() if name[:3] in {"iso", "soc", "c5", "hds", "ens"} else name.replace("_", " ")
    return Fact(label, value, claim.source or "", claim.dated if value else "")


def bucket_row(item: ComplianceRow) -> BucketRow:
    return BucketRow(item.object_key, item.version, item.backend, item.expected, item.actual, item.registered)
