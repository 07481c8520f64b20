"""What takes long about snapshots, as the work of tasks: each says how far it is, and stops when told to."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from secingest_tui import confine
from secingest_tui.errors import Cancelled, UsageError
from secingest_tui.models.paging import PAGE_LIMIT
from secingest_tui.models.snapshots import ChangeRow, FindingRow, Verified
from secingest_tui.models.transfer import TaskError
from secingest_tui.paths import expanded
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.session import views
from secingest_tui.services.session.transfers import SHOWN, Outcome, Work
from secingest_tui.text import count, size

if TYPE_CHECKING:
    from backend_stub.contract.snapshots import Snapshot
    from secingest_tui.services.snapshots.reading import Reader, Tick
    from secingest_tui.services.workspace import Workspace


def counting(progress: TransferProgress, cancel: threading.Event, kept: str) -> Tick:
    """Counts what was read, and ends the work once it is to stop; ``kept`` says what there is then."""

    def tick(entries: int) -> None:
        progress.add_item(entries)
        if cancel.is_set():
            raise Cancelled("Stopped. " + kept)

    return tick


def capture(
    workspace: Workspace,
    backend: str,
    wanted: Mapping[str, Sequence[str]],
    *,
    versions: bool,
    label: str | None = None,
) -> Work:
    """One snapshot a tenant, of its named buckets or of all."""
    from secingest_tui.services.snapshots.capture import CaptureProgress, take_snapshot

    def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
        progress.start("list")
        done: list[tuple[str, Snapshot]] = []
        for tenant, buckets in wanted.items():
            seen, bucket = CaptureProgress(), ""

            def tick(entries: int, seen: CaptureProgress = seen) -> None:
                nonlocal bucket
                progress.add_item(entries)
                if bucket != seen.bucket:
                    bucket = seen.bucket
                    progress.note(f"bucket {seen.buckets_done + 1} of {seen.buckets_total}: {bucket}")

            progress.note(f"listing {backend} as {tenant}")
            try:
                taken = take_snapshot(
                    workspace, tenant, backend, buckets=buckets, versions=versions, label=label,
                    progress=seen, tick=tick, cancel=cancel,
                )  # fmt: skip
            except Cancelled:
                before = f"Those of {', '.join(name for name, _ in done)} were: they stay." if done else ""
                raise Cancelled(f"Stopped; no snapshot was recorded of {tenant}. {before}".strip()) from None
            progress.note(f"recorded {taken.id}: {count(taken.entries, 'object')}")
            done.append((tenant, taken))
        facts = [fact for tenant, taken in done for fact in _taken(tenant, taken)]
        return Outcome(result=tuple(facts), value=views.snapshot_row(done[-1][1]))

    return work


def _taken(tenant: str, taken: Snapshot) -> list[tuple[str, str]]:
    facts = [
        ("snapshot", taken.id),
        ("tenant", tenant),
        ("objects", f"{taken.entries:,}"),
        ("size", size(taken.bytes)),
        ("buckets", str(taken.buckets)),
    ]
    if taken.omitted_buckets or taken.omitted_entries:
        left = (
            f"{count(taken.omitted_entries, 'entry', 'entries')} and {count(taken.omitted_buckets, 'bucket')}"
        )
        facts.append(("▲ cut short", f"by the server's limits: {left} are counted, not kept"))
    return facts


def check(client: Reader, snapshot_id: str) -> Work:
    """Hold a snapshot against what is registered: the first findings as rows, and the counts in a line."""
    from secingest_tui.services.snapshots.reading import WholeSnapshot
    from secingest_tui.services.snapshots.reconcile import TITLES, Reconciliation

    def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
        tick = counting(progress, cancel, "A check changes nothing.")
        reading = False

        def entries(number: int) -> None:
            nonlocal reading
            if not reading:
                reading = True
                progress.start("read", items_total=progress.view().items_done + head.stored_entries)
            tick(number)

        progress.note("reading what is registered")
        whole = WholeSnapshot.open(client, snapshot_id, entries)
        head, done = whole.head, Reconciliation(whole)
        findings = done.findings(client, tick)
        rows = [
            FindingRow(
                TITLES[item.code], item.bucket, item.key, item.detail, item.action, item.object_key or "",
                item.version or "", item.backend, head.tenant_id, item.mend,
            )
            for item in islice(findings, PAGE_LIMIT)
        ]  # fmt: skip
        for _ in findings:
            pass
        found = sum(done.counts.values())
        counts = f"{done.matched:,} of {done.registered:,} copies match"
        if done.not_covered:
            counts += f", {done.not_covered:,} not looked at"
        result = [("findings", f"{found:,}"), ("copies", counts)]
        result += [(TITLES[code], f"{number:,}") for code, number in done.counts.items()]
        result += [(f"{row.bucket}/{row.key}", f"{row.title}. Next: {row.action}") for row in rows[:SHOWN]]
        if found > len(rows):
            counts = f"the first of {found:,}; {counts}"
        return Outcome(result=tuple(result), value=(rows, counts))

    return work


def compare(client: Reader, old: str, new: str) -> Work:
    """What differs between two snapshots: the first changes as rows, and the totals in a line."""
    from secingest_tui.services.snapshots.compare import Comparison
    from secingest_tui.services.snapshots.reading import WholeSnapshot

    def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
        progress.start("read")
        tick = counting(progress, cancel, "A comparison changes nothing.")
        compared = Comparison(WholeSnapshot.open(client, old, tick), WholeSnapshot.open(client, new, tick))
        changes = compared.changes()
        rows = [
            ChangeRow(
                item.kind, item.bucket, item.name, ", ".join(item.fields),
                item.before.size if item.before else None, item.after.size if item.after else None,
            )
            for item in islice(changes, PAGE_LIMIT)
        ]  # fmt: skip
        for _ in changes:
            pass
        total = compared.total
        said = f"{total.added:,} added, {total.removed:,} removed, {total.changed:,} changed"
        said = "; ".join([f"{said}, {compared.unchanged:,} the same", *compared.notes])
        result = [("differences", said)]
        result += [
            (f"{row.bucket}/{row.key}", " ".join((row.kind, row.fields)).strip()) for row in rows[:SHOWN]
        ]
        return Outcome(result=tuple(result), value=(rows, said))

    return work


def verify(client: Reader, snapshot_id: str) -> Work:
    """Read every byte of a snapshot's record."""
    from secingest_tui.services.snapshots.reading import verify_snapshot

    def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
        progress.start("verify", items_total=client.snapshot(snapshot_id, limit=1).stored_entries)
        tick = counting(progress, cancel, "Nothing is said about this snapshot.")
        found = verify_snapshot(client, snapshot_id, tick)
        problems = tuple(found["problems"])
        result = [
            ("intact", "yes, every byte is what was recorded" if found["intact"] else "NO"),
            ("entries", f"{found['entries_checked']:,}"),
            ("sha256", found["sha256"]),
        ]
        result += [("problem", text) for text in problems]
        outcome = Outcome(
            result=tuple(result), value=Verified(found["intact"], found["entries_checked"], problems)
        )
        if problems:
            outcome.error = TaskError(
                "This snapshot was altered.", problems[0],
                "Ask the server's operator; restore its database from a backup.",
            )  # fmt: skip
        return outcome

    return work


def report(workspace: Workspace, client: Reader, snapshot_id: str, path: str) -> Work:
    """An audit report, HTML or by the file's name Markdown or JSON. A wrong path is a UsageError at once."""
    from secingest_tui.files import write_atomic
    from secingest_tui.services.proof import pinned_server_key
    from secingest_tui.services.snapshots.report import FORMATS, make_report

    target = confine.check(expanded(path))
    kind = target.suffix.removeprefix(".").lower()
    if target.exists():
        raise UsageError(f"{target} exists already; it was not touched.", hint="Choose another name.")
    if not target.parent.is_dir():
        raise UsageError(f"There is no folder {target.parent}.", hint="Make it first.")

    def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
        progress.start("read")
        pinned_server_key(workspace)
        content, contents = make_report(
            client, snapshot_id, format=kind if kind in FORMATS else "html",
            tick=counting(progress, cancel, "No report was written."),
        )  # fmt: skip
        progress.start("write")
        write_atomic(target, content, exclusive=True)
        findings = sum(contents["reconciliation"]["counts"].values())
        result = (
            ("file", str(target)),
            ("size", size(len(content))),
            ("intact", "yes" if contents["verification"]["intact"] else "NO"),
            ("findings", f"{findings:,}"),
            ("checked by", "secingest audit verify " + str(target)),
        )
        return Outcome(result=result, value=str(target))

    return work


def repair(workspace: Workspace, finding: FindingRow) -> Work:
    """Look at one copy, every byte, and have it made again from a good one where it is missing or damaged."""
    from secingest_tui.services.replication.verify import verify as look

    def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
        record = workspace.tenant(finding.tenant).object(finding.object_key, finding.version)
        progress.start("verify", bytes_total=record.registration.ciphertext_size)

        def read(number: int) -> None:
            progress.add_bytes(number)
            if cancel.is_set():
                raise Cancelled("Stopped. Nothing is said about this copy, and no job was made.")

        report = look(
            workspace, finding.tenant, share=1, deep=True, only=(finding.object_key, finding.version),
            backend=finding.backend, stop=cancel, on_read=read,
        )  # fmt: skip
        if cancel.is_set() and not sum(report.counts.values()):
            raise Cancelled("Stopped before anything was looked at.")
        if report.jobs:
            said = f"{count(len(report.jobs), 'job')} made; a worker copies: secingest worker --once"
        elif report.shortfalls:
            said = f"Not mended: {report.shortfalls[0].reason}"
        else:
            said = "It is as it was registered." if report.good else report.found[0].problem
        result = [("found", said), *((one.state, one.problem) for one in report.found)]
        return Outcome(result=tuple(result), value=said)

    return work
