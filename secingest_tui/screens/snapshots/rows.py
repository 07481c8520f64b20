"""How snapshots, folders, entries, changes and findings look in a list."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from secingest_tui.models.records import SnapshotEntry, SnapshotRow
from secingest_tui.models.snapshots import ChangeRow, FindingRow, FolderRow
from secingest_tui.text import cell, join, size, when
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Column, Row

SNAPSHOTS = (
    Column("Taken", 17), Column("Backend", 10, 1), Column("State", 11), Column("Objects", 9, right=True),
    Column("Size", 9, right=True), Column("Tenant", 10, 1), Column("Buckets", 7, right=True),
)  # fmt: skip
FOLDER = (
    Column("Name", 34, 2, tail=True), Column("Objects", 9, right=True), Column("Size", 9, right=True),
    Column("Changed", 17),
)  # fmt: skip
ENTRIES = (
    Column("Key", 34, 2, tail=True), Column("Size", 9, right=True), Column("Changed", 17),
    Column("Bucket", 16, 1),
)  # fmt: skip
CHANGES = (
    Column("Change", 9), Column("Key", 34, 2, tail=True), Column("Before", 9, right=True),
    Column("After", 9, right=True), Column("What", 12, 1),
)  # fmt: skip
FINDINGS = (Column("Finding", 25, 1), Column("Key", 22, 2, tail=True), Column("Next", 24, 2))
_SIGNS = {"added": ("+ added", "green"), "removed": ("− removed", "red"), "changed": ("~ changed", "yellow")}


def snapshot_row(row: SnapshotRow) -> Row:
    state = cell("✓ complete", "green")
    if row.truncated:
        state = cell("▲ cut short", "yellow")
    if row.hold:
        state = cell("■ on hold", "cyan")
    if not row.intact:
        state = cell("✗ ALTERED", "bold red")
    return Row(
        row.id,
        (
            cell(when(row.taken_at, short=True), "bold"),
            cell(row.backend),
            state,
            cell(format(row.objects, ","), right=True),
            cell(size(row.bytes_total), right=True),
            cell(row.tenant, "dim"),
            cell(str(row.buckets), right=True),
        ),
        row.backend + ", " + when(row.taken_at),
    )


def snapshot_facts(row: SnapshotRow) -> Sequence[Item]:
    facts = [
        Item("snapshot", row.id),
        Item("tenant", row.tenant or "-"),
        Item("backend", row.backend),
        Item("taken", when(row.taken_at)),
        Item("label", row.label or "-"),
        Item("buckets", str(row.buckets)),
        Item("objects", format(row.objects, ",")),
        Item("size", size(row.bytes_total)),
        Item("complete", "no: the limits cut it short" if row.truncated else "yes"),
        Item("record", "as the audit chain says" if row.intact else "ALTERED: not what the audit chain says"),
        Item("legal hold", (row.hold_reason or "yes") if row.hold else "no"),
        Item("sha256", row.sha256 or "-"),
    ]
    if row.failures is not None:
        facts.append(Item("after an ingest", f"{row.failures} failures"))
    return facts


def folder_row(row: FolderRow) -> Row:
    name = row.name or "(the folder's own entry)"
    if row.folder:
        return Row(
            row.path,
            (
                cell(name, "bold"), cell(format(row.entries, ","), right=True),
                cell(size(row.size), right=True), cell("", "dim"),
            ),
            name,
        )  # fmt: skip
    entry = row.entry
    assert entry is not None
    return Row(
        row.path + "\0" + entry.version_id,
        (
            cell(name, "" if entry.latest else "dim"), cell(_mark(entry), "dim", right=True),
            cell(size(row.size), right=True), cell(when(entry.modified_at, short=True), "dim"),
        ),
        name,
    )  # fmt: skip


def _mark(entry: SnapshotEntry) -> str:
    if entry.deleted:
        return "deleted"
    return "" if entry.latest else "older"


def folder_facts(row: FolderRow) -> Sequence[Item]:
    if row.entry is not None:
        return entry_facts(row.entry)
    return (
        Item("name", row.name),
        Item("objects below", format(row.entries, ",")),
        Item("size", size(row.size) + "  (" + format(row.size, ",") + " bytes)"),
    )


def entry_row(entry: SnapshotEntry) -> Row:
    return Row(
        entry.bucket + "/" + entry.key + "\0" + entry.version_id,
        (
            cell(entry.key, "bold"),
            cell(size(entry.size), right=True),
            cell(when(entry.modified_at, short=True), "dim"),
            cell(entry.bucket, "dim"),
        ),
        entry.key,
    )


def entry_facts(entry: SnapshotEntry) -> Sequence[Item]:
    facts = [
        Item("key", entry.key),
        Item("bucket", entry.bucket),
        Item("size", size(entry.size) + "  (" + format(entry.size, ",") + " bytes)"),
        Item("etag", entry.etag or "-"),
        Item("changed", when(entry.modified_at)),
    ]
    if entry.encoded:
        facts.insert(1, Item("name", "percent-encoded: it holds characters that could do harm"))
    if entry.version_id:
        facts.append(Item("version id", entry.version_id))
        facts.append(Item("latest", "yes" if entry.latest else "no"))
    if entry.deleted:
        facts.append(Item("delete marker", "yes"))
    return facts


def change_row(row: ChangeRow) -> Row:
    sign, style = _SIGNS[row.kind]
    return Row(
        row.kind + row.bucket + "/" + row.key,
        (
            cell(sign, style), cell(row.key, "bold"), cell(_size(row.before), right=True),
            cell(_size(row.after), right=True), cell(row.fields, "dim"),
        ),
        row.key,
    )  # fmt: skip


def _size(value: int | None) -> str:
    return "-" if value is None else size(value)


def change_facts(row: ChangeRow) -> Sequence[Item]:
    return (
        Item("change", row.kind),
        Item("key", row.key),
        Item("bucket", row.bucket),
        Item("before", "not there" if row.before is None else format(row.before, ",") + " bytes"),
        Item("after", "not there" if row.after is None else format(row.after, ",") + " bytes"),
        Item("what differs", row.fields or "-"),
    )


def finding_row(row: FindingRow) -> Row:
    key = row.title + row.bucket + "/" + row.key
    return Row(key, (cell(row.title, "yellow"), cell(row.key, "bold"), cell(row.action, "dim")), row.key)


def finding_facts(row: FindingRow) -> Sequence[Item]:
    return (
        Item("finding", row.title),
        Item("next", row.action),
        Item("what", row.detail),
        Item("bucket", row.bucket),
        Item("key", row.key),
        Item("object", row.object_key or "-"),
    )


def none_yet() -> Content:
    return join(
        ("There is no snapshot yet. ", "bold"), ("n", "bold $accent"),
        " lists what lies at a backend, to compare later and to recover by.",
    )  # fmt: skip


def nothing_here() -> Content:
    return join("Nothing lay here when it was listed. Esc goes back.")


def nothing_found() -> Content:
    return join("No key contains this. Esc goes back, ", ("s", "bold $accent"), " searches again.")


def no_change() -> Content:
    return join(("Nothing differs. ", "bold"), "Esc goes back.")


def no_finding() -> Content:
    return join(("Everything fits what is registered. ", "bold"), "Esc goes back.")
