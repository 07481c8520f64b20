"""The audit report: a snapshot, what it was compared with, what it was reconciled with, and who says so.

A report is a body and, behind a marker, the server's signed statement, which names the SHA-256 of the body.
So any altered byte shows, without asking anybody: ``verify_report``.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from backend_stub.contract.audit import chain_hash
from backend_stub.contract.auditing import AuditStatement, statement_bytes
from backend_stub.contract.objects import server_key_id
from backend_stub.contract.snapshot_format import digest
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.metadata import ServerRefused
from secingest_tui.services.proof import server_key_of
from secingest_tui.services.snapshots import render
from secingest_tui.services.snapshots.compare import Comparison
from secingest_tui.services.snapshots.reading import Reader, Tick, WholeSnapshot, unheard, verify_snapshot
from secingest_tui.services.snapshots.reconcile import TITLES, Reconciliation

MAX_LISTED = 1000
"""Findings and changes that a report lists; all are counted."""
DRILLS = 10
FORMATS = ("html", "md", "json")


class ReportInvalid(SecingestError):
    """The report was altered, or that server never said this."""


def make_report(
    client: Reader,
    snapshot_id: str,
    *,
    against: str | None = None,
    format: str = "html",
    tick: Tick = unheard,
) -> tuple[bytes, dict[str, Any]]:
    """The report's bytes and its contents. ``against``: an earlier snapshot to compare with.

    ``tick`` hears of everything that is read for it: registered copies, entries twice.

    Raises SnapshotAltered where the snapshot can't be trusted, ServerRefused, ServerUnreachable.
    """
    contents = _contents(client, snapshot_id, against, tick)
    body = render.BODIES[format](contents)
    statement = client.statement(snapshot_id, digest(body))
    return render.join(format, body, statement), contents


def _contents(client: Reader, snapshot_id: str, against: str | None, tick: Tick) -> dict[str, Any]:
    whole = WholeSnapshot.open(client, snapshot_id, tick)
    # The statement shows the record alone, and both have to agree.
    head = whole.head
    reconciled = Reconciliation(whole)
    findings = reconciled.findings(client, tick)
    listed = [asdict(finding) for finding in islice(findings, MAX_LISTED)]
    omitted = sum(1 for _ in findings)
    return {
        "report": "secingest audit report",
        "format": 1,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "snapshot": head.model_dump(mode="json", include=set(_HEAD)),
        "buckets": [bucket.summary for bucket in whole.manifest.buckets],
        "run": whole.manifest.run,
        "verification": verify_snapshot(client, snapshot_id, tick),
        "reconciliation": {
            "registered": reconciled.registered,
            "matched": reconciled.matched,
            "sidecars": reconciled.sidecars,
            "older_versions": reconciled.older,
            "registered_later": reconciled.newer,
            "registered_elsewhere": reconciled.elsewhere,
            "not_covered": reconciled.not_covered,
            "counts": {code: reconciled.counts[code] for code in TITLES},
            "findings": listed,
            "omitted_findings": omitted,
        },
        "comparison": _comparison(client, against, whole) if against else None,
        "drills": [drill.model_dump(mode="json") for drill in _drills(client, head.tenant_id)],
        "audit": _trail(client, snapshot_id),
    }


_HEAD = (
    "id", "tenant_id", "backend", "endpoint", "label", "taken_at", "recorded_at", "versions", "all_buckets",
    "buckets", "entries", "stored_entries", "bytes", "omitted_buckets", "omitted_entries", "sha256",
    "audit_sequence", "hold", "hold_reason",
)  # fmt: skip


def _comparison(client: Reader, against: str, whole: WholeSnapshot) -> dict[str, Any]:
    compared = Comparison(WholeSnapshot.open(client, against), whole)
    changes = compared.changes()
    listed = [
        {"kind": change.kind, "bucket": change.bucket, "name": change.name, "fields": list(change.fields)}
        for change in islice(changes, MAX_LISTED)
    ]
    omitted = sum(1 for _ in changes)
    return {
        "with": compared.old.head.model_dump(mode="json", include={"id", "backend", "taken_at", "sha256"}),
        "notes": compared.notes,
        "total": asdict(compared.total),
        "unchanged": compared.unchanged,
        "buckets": [asdict(change) for change in compared.bucket_changes()],
        "folders": {name: asdict(totals) for name, totals in islice(compared.folders.items(), MAX_LISTED)},
        "changes": listed,
        "omitted_changes": omitted,
    }


def _drills(client: Reader, tenant: str) -> list[Any]:
    return client.drills(tenant=tenant, limit=DRILLS).items


def _trail(client: Reader, snapshot_id: str) -> list[dict[str, Any]]:
    """The audit log's entries about the snapshot, where the reader may see them."""
    try:
        page = client.audit(subject=snapshot_id, limit=500)
    except ServerRefused as error:
        if error.status != 403:
            raise
        return []
    return [entry.model_dump(mode="json") for entry in page.items]


def verify_report(path: Path, public_pem: bytes) -> dict[str, Any]:
    """Check a report offline: nothing was altered, and the server whose key this is said so.

    Returns what it is about. Raises ReportInvalid naming what does not fit, UsageError for what is no report.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", field="REPORT") from None
    body, statement = render.split(content, str(path))
    _check_signature(statement, public_pem)
    try:
        told = AuditStatement.model_validate(statement)
        contents = render.contents_of(body)
        snapshot = contents["snapshot"]
        signed = told.snapshot.model_dump(mode="json")
    except (ValidationError, KeyError, ValueError):
        raise ReportInvalid(f"{path} is not a report of this version, or was altered.") from None
    if digest(body) != told.report_sha256:
        raise ReportInvalid(
            f"{path} was altered after it was signed.", hint="Ask its author for the original."
        )
    if any(signed.get(name) != value for name, value in snapshot.items()):
        raise ReportInvalid(f"{path} says of the snapshot what the server did not.")
    entry = told.entry
    named = (entry.subject, entry.sequence, entry.detail.get("sha256"))
    about = entry.action in ("snapshot.create", "snapshot.convert")
    if not about or chain_hash(entry) != entry.hash or named != (
        told.snapshot.id, told.snapshot.audit_sequence, told.snapshot.sha256,
    ):  # fmt: skip
        raise ReportInvalid("The audit chain's entry in the report is not about this snapshot.")
    return {
        "report": "valid",
        "snapshot": told.snapshot.id,
        "tenant": told.snapshot.tenant_id,
        "backend": told.snapshot.backend,
        "taken_at": told.snapshot.taken_at,
        "sha256": told.snapshot.sha256,
        "made_at": contents["made_at"],
        "stated_at": told.stated_at,
        "chain_count": told.audit.count,
        "chain_head": told.audit.head,
        "signed_by": told.signature.key_id,
    }


def _check_signature(statement: dict[str, Any], public_pem: bytes) -> None:
    key = server_key_of(public_pem)
    try:
        signature = base64.b64decode(statement["signature"]["value"], validate=True)
        key.verify(signature, statement_bytes(statement))
        # The bytes that are signed leave the signature itself out: it has to be written in this one way.
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        value = base64.b64encode(signature).decode()
        if statement["signature"] != {"alg": "ed25519", "key_id": server_key_id(der), "value": value}:
            raise ValueError
    except (InvalidSignature, KeyError, TypeError, ValueError):
        raise ReportInvalid(
            "The report's statement is not signed by this server, or was altered.",
            hint="Check whether --server-key is the key of the right server.",
        ) from None
