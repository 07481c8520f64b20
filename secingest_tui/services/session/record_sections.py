"""What else is to say about a recorded version: who can open it, where it should lie, what proves it."""

from __future__ import annotations

from typing import Any

from backend_stub.contract.objects import ObjectRecord
from secingest_tui.errors import SecingestError
from secingest_tui.metadata import ServerRefused
from secingest_tui.services.proof import pinned_server_key, verify_receipt
from secingest_tui.services.workspace import Workspace

Section = tuple[str, tuple[tuple[str, str], ...]]
ENTRIES = 20


def sections(
    workspace: Workspace, record: ObjectRecord, receipt: dict[str, Any] | None
) -> tuple[Section, ...]:
    """Headings with names and values, in the order to read them."""
    found = [_recipients(record), _namespace(record), _jobs(record)]
    if record.state != "active":
        found.append(_ended(record))
    found.append(("Proof", (("receipt's signature", _signature(workspace, receipt)),)))
    found.append(_audit(workspace, record))
    return tuple((heading, rows) for heading, rows in found if rows)


def _recipients(record: ObjectRecord) -> Section:
    registration = record.registration
    rows = [(registration.key_id, f"{registration.key_alg}, in the object's header")]
    if record.further_keys is not None:
        rows += [
            (key.key_id, f"{key.key_alg}, beside the object, fingerprint {key.fingerprint[:16]}…")
            for key in record.further_keys.wrapped_keys
        ]
    return "Who can open it", tuple(rows)


def _namespace(record: ObjectRecord) -> Section:
    rows = []
    for backend, check in record.namespace.items():
        if check.matches:
            text = f"{check.actual}, as the rule says"
        else:
            text = f"{check.actual}; the rule gives {check.expected}"
        rows.append((backend, text + ("" if check.registered else "; the store is not registered")))
    return "Buckets by the rule", tuple(rows)


def _jobs(record: ObjectRecord) -> Section:
    return "Jobs", tuple((job.target, f"{job.state} ({job.id})") for job in record.jobs)


def _ended(record: ObjectRecord) -> Section:
    rows = [("deleted", record.deleted_at.isoformat(timespec="seconds") if record.deleted_at else "-")]
    if record.erased_at is not None:
        rows.append(("erased, with proof", record.erased_at.isoformat(timespec="seconds")))
    else:
        rows.append(("erased", "no: the ciphertext may still be at the provider"))
    return "End", tuple(rows)


def _signature(workspace: Workspace, receipt: dict[str, Any] | None) -> str:
    if receipt is None:
        return "no receipt is kept here"
    try:
        key_id, public = pinned_server_key(workspace)
        verify_receipt(receipt, public)
    except SecingestError as error:
        return f"NOT VALID: {error.message}"
    return f"valid, by {key_id or 'the server'}"


def _audit(workspace: Workspace, record: ObjectRecord) -> Section:
    reader = workspace.reader(record.tenant_id)
    if reader is None:
        return "Audit log", ()
    try:
        page = reader.audit(subject=record.object_key, limit=ENTRIES)
    except ServerRefused as error:
        if error.status != 403:
            raise
        return "Audit log", (("entries", "for operators and auditors: ask one of them"),)
    rows = tuple(
        (f"{entry.sequence}", f"{entry.action}, {entry.at.isoformat(timespec='seconds')}, by {entry.actor}")
        for entry in page.items
    )
    return "Audit log", rows + ((("…", "more: secingest audit list"),) if page.next else ())
