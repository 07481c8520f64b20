"""``secingest receipt`` and ``secingest audit``: proof that does not rest on the server's word."""

from __future__ import annotations

from pathlib import Path

import click

from secingest_tui.cli.common import PersonsPath, open_workspace, say
from secingest_tui.cli.output import json_option, print_record, print_rows


@click.group()
def receipt() -> None:
    """Receipts: what the server acknowledged, signed."""


@receipt.command()
@click.argument("file", required=False, type=PersonsPath(path_type=Path, dir_okay=False))
@click.option("--object", "object_key", metavar="OBJECT_KEY", help="Every receipt of this object kept here.")
@click.option("--server-key", type=PersonsPath(path_type=Path, dir_okay=False), metavar="PEM",
              help="The server's public key; the one first seen for this server by default.")  # fmt: skip
@json_option
def verify(file: Path | None, object_key: str | None, server_key: Path | None, as_json: bool) -> None:
    """Check the server's signature of the receipt in FILE, or of those kept for an object."""
    from secingest_tui.services.proof import load_receipt, pinned_server_key, verify_receipt
    from secingest_tui.services.receipts import ReceiptStore

    if (file is None) == (object_key is None):
        raise click.UsageError("Give a FILE, or --object OBJECT_KEY.")
    with open_workspace() as workspace:
        if file is not None:
            receipts = [load_receipt(file)]
        else:
            receipts = ReceiptStore(workspace.home.receipts_dir).versions(str(object_key))
        _, public = pinned_server_key(workspace, server_key)
        for item in receipts:
            verify_receipt(item, public)
        rows = [
            {name: item.get(name) for name in ("object_key", "version", "receipt_id", "recorded_at")}
            | {"signature": "valid"}
            for item in receipts
        ]
        print_rows(rows, as_json=as_json, empty="No receipt of this object is kept here.")


@click.group()
def audit() -> None:
    """The server's audit log (for operators), and audit reports (for anybody)."""


@audit.command("list")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True)
@json_option
def list_(limit: int, as_json: bool) -> None:
    """Show who did what, the oldest first."""
    from itertools import islice

    from secingest_tui.services.proof import audit_entries

    with open_workspace() as workspace:
        entries = list(islice(audit_entries(workspace.admin()), limit + 1))
        rows = [
            {
                "sequence": entry.sequence,
                "at": entry.at.isoformat(timespec="seconds"),
                "actor": entry.actor,
                "action": entry.action,
                "tenant": entry.tenant_id,
                "subject": entry.subject,
            }
            for entry in entries[:limit]
        ]
        print_rows(rows, as_json=as_json, empty="The audit log is empty.")
        if len(entries) > limit:
            say(f"{limit} shown, there are more: raise --limit.")


@audit.command("export")
@click.argument("file", type=PersonsPath(path_type=Path, dir_okay=False))
@json_option
def export(file: Path, as_json: bool) -> int:
    """Write every entry to FILE, one JSON object a line, and check the chain while it is written."""
    import json
    from collections.abc import Iterator

    from backend_stub.contract.audit import AuditEntry
    from secingest_tui.errors import UsageError
    from secingest_tui.files import write_atomic
    from secingest_tui.services.proof import audit_entries, check_chain

    if file.exists():
        raise UsageError(f"{file} is there already.", hint="Name a new file.", field="FILE")
    lines: list[str] = []

    def noted(entries: Iterator[AuditEntry]) -> Iterator[AuditEntry]:
        for entry in entries:
            lines.append(json.dumps(entry.model_dump(mode="json")))
            yield entry

    with open_workspace() as workspace:
        entries = noted(audit_entries(workspace.admin()))
        found = check_chain(entries)
        for _ in entries:
            """What comes behind a break is exported too."""
    write_atomic(file, "".join(f"{line}\n" for line in lines).encode())
    print_record({"file": file, "entries": len(lines), "valid": found.broken_at is None}, as_json=as_json)
    if found.broken_at is not None:
        say(f"The chain is broken at entry {found.broken_at}: {found.reason}")
    return 0 if found.broken_at is None else 1


@audit.command("verify")
@click.argument("report", required=False, type=PersonsPath(path_type=Path, dir_okay=False))
@click.option(
    "--server-key",
    type=PersonsPath(path_type=Path, dir_okay=False),
    help="The server's public key (PEM), for a REPORT; the one first seen here by default.",
)
@json_option
def verify_chain(report: Path | None, server_key: Path | None, as_json: bool) -> int:
    """Recompute the hash chain here, and name the first entry that does not fit.

    With a REPORT, check that audit report instead, offline: no server is asked.
    """
    from secingest_tui.services.proof import audit_entries, check_chain, known_server_key

    if report is not None:
        from secingest_tui.services.snapshots.report import verify_report

        print_record(verify_report(report, known_server_key(server_key)), as_json=as_json)
        return 0
    if server_key is not None:
        raise click.UsageError("--server-key goes with a REPORT.")
    with open_workspace() as workspace:
        found = check_chain(audit_entries(workspace.admin()))
    record = {
        "valid": found.broken_at is None,
        "count": found.count,
        "head": found.head,
        "broken_at": found.broken_at,
        "reason": found.reason or None,
    }
    print_record(record, as_json=as_json)
    return 0 if found.broken_at is None else 1
