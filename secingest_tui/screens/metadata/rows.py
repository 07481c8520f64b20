"""How a recorded object is shown: as a row, in short, and in full."""

from __future__ import annotations

from collections.abc import Sequence

from secingest_tui.models.naming import stays_in
from secingest_tui.models.records import ObjectDetail, ObjectRow
from secingest_tui.models.registering import BucketRow
from secingest_tui.text import cell, size, when
from secingest_tui.widgets.facts import Item
from secingest_tui.widgets.table import Row


def row_key(row: ObjectRow) -> str:
    return row.key + "\x00" + row.version


def object_row(row: ObjectRow, *, marked: bool) -> Row:
    short = row.replicas < row.replicas_wanted
    copies = cell(
        ("▲ " if short else "✓ ") + str(row.replicas) + "/" + str(row.replicas_wanted),
        "yellow" if short else "green",
    )
    if row.state != "active":
        copies = cell("■ " + row.state, "dim")
    return Row(
        row_key(row),
        (
            cell(("● " if marked else "") + row.key, "bold reverse" if marked else "bold"),
            cell(row.version),
            cell(size(row.size), right=True),
            copies,
            cell(when(row.recorded_at, short=True), "dim"),
            cell(stays_in(row.residency) or "any"),
        ),
        row.key + ", version " + row.version,
    )


def object_facts(row: ObjectRow) -> Sequence[Item]:
    return (
        Item("object key", row.key),
        Item("version", row.version),
        Item("state", row.state),
        Item("size", size(row.size)),
        Item("stored at", ", ".join(row.backends)),
        Item("copies", str(row.replicas) + " of " + str(row.replicas_wanted)),
        Item("residency", stays_in(row.residency) or "any country"),
        Item("key", row.key_id),
        Item("recorded", when(row.recorded_at)),
    )


def detail_items(detail: ObjectDetail) -> list[Item]:
    items = [
        *object_facts(detail.row),
        Item("key algorithm", detail.key_alg),
        Item("wrapped key", detail.encrypted_key),
        Item("all versions", ", ".join(detail.versions)),
        Item("Copies", "", heading=True),
    ]
    for replica in detail.replicas:
        items += [
            Item(replica.backend, replica.url),
            Item("  etag", replica.etag),
            Item("  state", (replica.state or "recorded") + ", verified " + when(replica.verified_at)),
        ]
    if detail.policy:
        items.append(Item("Policy", "", heading=True))
        items += [Item(name, value) for name, value in detail.policy]
    for heading, facts in detail.sections:
        items.append(Item(heading, "", heading=True))
        items += [Item(name, value) for name, value in facts]
    if detail.receipt is not None:
        items.append(Item("Receipt", "", heading=True))
        items += [Item(name, value) for name, value in detail.receipt.fields]
    return items


def bucket_row(row: BucketRow) -> Row:
    return Row(
        "\x00".join((row.key, row.version, row.backend)),
        (
            cell(row.key, "bold"),
            cell(row.version),
            cell(row.backend),
            cell("▲ " + row.problem, "yellow"),
            cell(row.actual),
        ),
        f"{row.key}, version {row.version}, at {row.backend}",
    )


def bucket_facts(row: BucketRow) -> Sequence[Item]:
    return (
        Item("object key", row.key),
        Item("version", row.version),
        Item("stored at", row.backend),
        Item("problem", row.problem),
        Item("bucket by the rule", row.expected),
        Item("bucket in use", row.actual),
        Item("next step", _next_step(row)),
    )


def _next_step(row: BucketRow) -> str:
    if not row.registered:
        return "The operator registers the object store: secingest backends register"
    return "Upload it as a new version, or ask for a copy elsewhere: both go where the rule says."
