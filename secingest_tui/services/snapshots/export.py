"""A snapshot as one JSON or CSV file, written as it is read: any size in little memory."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections.abc import Callable, Iterator
from io import TextIOBase, TextIOWrapper
from pathlib import Path
from typing import Any
from urllib.parse import quote

from backend_stub.contract.snapshot_format import URL_ENCODED, SnapshotRow
from backend_stub.contract.snapshots import StoredEntry
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.services.snapshots.reading import WholeSnapshot

COLUMNS = (
    "bucket", "name", "name_encoding", "size", "mtime", "etag", "version_id", "is_latest", "delete_marker",
)  # fmt: skip
# What a spreadsheet takes for the beginning of a formula (OWASP, CSV injection).
_FORMULA = frozenset("=+-@\t\r")


def export_snapshot(whole: WholeSnapshot, path: Path, format: str, *, force: bool = False) -> int:
    """Write ``path`` (0600, whole or not at all); the number of entries. Every chunk is checked.

    Raises UsageError where the file exists, SnapshotAltered, SecingestError where it can't be written.
    """
    if path.exists() and not force:
        raise UsageError(
            f"{path} exists already; it was not touched.", hint="Choose another name, or --force.", field="-o"
        )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            count = _WRITERS[format](whole, stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        raise SecingestError(
            f"Cannot write {path}: {error.strerror}.", hint="Choose another place; nothing was left."
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
    return count


def _entries(whole: WholeSnapshot) -> Iterator[tuple[str, SnapshotRow]]:
    for bucket in whole.manifest.buckets:
        for row in whole.rows(bucket):
            yield bucket.name, row


def _json(whole: WholeSnapshot, stream: TextIOWrapper) -> int:
    head: dict[str, Any] = {
        "snapshot": whole.head.model_dump(
            mode="json", include=set(type(whole.head).model_fields) - {"intact"}
        ),
        "buckets": [bucket.summary for bucket in whole.manifest.buckets],
        "run": whole.manifest.run,
    }
    stream.write(json.dumps(head)[:-1] + ', "entries": [')
    count = 0
    for bucket, row in _entries(whole):
        entry = StoredEntry.of(bucket, row).model_dump(mode="json")
        stream.write((",\n" if count else "\n") + json.dumps(entry))
        count += 1
    stream.write("\n]}\n")
    return count


def _csv(whole: WholeSnapshot, stream: TextIOBase) -> int:
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    count = 0
    for bucket, row in _entries(whole):
        entry = StoredEntry.of(bucket, harmless(row)).model_dump(mode="json")
        writer.writerow([entry[name] if entry[name] is not None else "" for name in COLUMNS])
        count += 1
    return count


def harmless(row: SnapshotRow) -> SnapshotRow:
    """A row whose name no spreadsheet computes: its first character is percent-encoded, and said to be."""
    if row.name[0] not in _FORMULA:
        return row
    name = row.name if row.flags & URL_ENCODED else quote(row.name, safe="/")
    return row._replace(name=f"%{ord(row.name[0]):02X}{name.removeprefix(quote(row.name[0], safe='-'))}",
                        flags=row.flags | URL_ENCODED)  # fmt: skip


_WRITERS: dict[str, Callable[[WholeSnapshot, TextIOWrapper], int]] = {"json": _json, "csv": _csv}
