"""What the discovery screen calls: the catalogue, probes, and what lies at a backend."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from secingest_tui import confine
from secingest_tui.errors import Cancelled
from secingest_tui.models.directory import ProviderView
from secingest_tui.models.discovery import (
    AnswerView,
    BucketFound,
    Choices,
    CompareLine,
    ObjectFound,
    ProbeRequest,
    ProbeRow,
    SortKey,
    Wanted,
)
from secingest_tui.models.paging import Page
from secingest_tui.models.transfer import TaskError, TaskKind
from secingest_tui.paths import expanded
from secingest_tui.services.discovery import discover_buckets, objects_page
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.providers.catalogue import catalogue_of, find
from secingest_tui.services.providers.probe.answers import QUESTIONS, Answer, ProbeReport
from secingest_tui.services.providers.probe.compare import differences
from secingest_tui.services.providers.probe.results import reports
from secingest_tui.services.providers.probe.service import probe_backend
from secingest_tui.services.providers.search import choices, search, side_by_side
from secingest_tui.services.provisioning.settings import has_operator_key
from secingest_tui.services.session import snapshot_tasks
from secingest_tui.services.session.transfers import Outcome, TransferTasks
from secingest_tui.services.session.views import provider_view
from secingest_tui.services.workspace import Workspace


class DiscoveryService:
    """Satisfies ``screens.ports.DiscoveryService``."""

    def __init__(self, workspace: Workspace, tasks: TransferTasks) -> None:
        self._workspace = workspace
        self._tasks = tasks

    def search(self, wanted: Wanted, sort: SortKey, or_unknown: bool) -> tuple[list[ProviderView], int]:
        """The providers that match, and how many more might; with ``or_unknown`` those follow."""
        found = search(catalogue_of(self._workspace.config), wanted, sort)
        shown = [*found.matching, *found.perhaps] if or_unknown else list(found.matching)
        return [provider_view(provider) for provider in shown], len(found.perhaps)

    def choices(self) -> Choices:
        return choices(catalogue_of(self._workspace.config))

    def compare(self, provider_ids: Sequence[str]) -> list[CompareLine]:
        catalogue = catalogue_of(self._workspace.config)
        return side_by_side([find(catalogue, provider_id) for provider_id in provider_ids])

    def identities(self, backend: str) -> list[str | None]:
        """Whose credentials are here for a backend: None for the profile's own, then the tenants."""
        workspace = self._workspace
        own: list[str | None] = [None] if workspace.has_own_credentials(backend) else []
        return [*own, *workspace.credential_holders(backend)]

    def operator_key(self, backend: str) -> bool:
        return has_operator_key(self._workspace, backend)

    def settings(self, backend: str) -> list[tuple[str, str]]:
        """How transfers to a backend are made, and why so."""
        how = self._workspace.transfer_settings(self._workspace.backend(backend))
        return [
            (name.replace("_", " "), f"{_word(getattr(how, name))} ({how.origin(name)})")
            for name in how.origins
        ]

    def probes(self) -> list[ProbeRow]:
        return [self._row(report) for report in reports(self._workspace.home)]

    def start_probe(self, request: ProbeRequest) -> str:
        def work(progress: TransferProgress, cancel: threading.Event) -> Outcome:
            progress.start("probe", items_total=len(QUESTIONS))

            def tell(answer: Answer) -> None:
                progress.add_item()
                progress.say(_label(answer), _shown(answer))

            report = probe_backend(
                self._workspace,
                request.backend,
                tenant=request.tenant,
                other_tenant=request.other_tenant,
                bucket=request.bucket,
                ca_file=confine.check(expanded(request.ca_file)) if request.ca_file else None,
                operator=request.operator,
                tell=tell,
                cancel=cancel,
            )
            return self._outcome(report)

        return self._tasks.start(TaskKind.PROBE, request.backend, work)

    def _outcome(self, report: ProbeReport) -> Outcome:
        if not report.complete:
            raise Cancelled(
                "The probe was stopped; what it had made is removed.",
                hint="Nothing of it is used. Start it again when you like.",
            )
        lines = [(_label(answer), _shown(answer)) for answer in report.answers]
        lines += [("▲ catalogue says otherwise", text) for _, text in self._against(report)]
        lines += [("transfers: " + name, value) for name, value in self.settings(report.backend)]
        outcome = Outcome(result=tuple(lines))
        if report.problems:
            first = report.problems[0]
            outcome.error = TaskError(
                f"This backend can't be used so: {first.question} {first.verdict.value}",
                first.line,
                "Correct it (secingest backends add replaces the settings), then probe again.",
            )
        elif report.residue:
            left = report.residue[0]
            outcome.error = TaskError(
                f"Not everything could be removed: s3://{left.bucket}/{left.prefix}",
                left.reason,
                "The next probe tries again, or: secingest providers probe --cleanup",
            )
        return outcome

    def buckets(self, backend: str, tenant: str | None, versions: bool) -> list[BucketFound]:
        return list(discover_buckets(self._workspace, backend, tenant, versions=versions))

    def bucket_objects(
        self, backend: str, tenant: str | None, bucket: str, versions: bool, cursor: str | None
    ) -> Page[ObjectFound]:
        return objects_page(self._workspace, backend, tenant, bucket, cursor, versions=versions)

    def start_snapshot(self, backend: str, tenant: str | None, bucket: str | None, versions: bool) -> str:
        wanted = {self._workspace.tenant_id(tenant): [bucket] if bucket else []}
        work = snapshot_tasks.capture(self._workspace, backend, wanted, versions=versions)
        return self._tasks.start(TaskKind.SNAPSHOT, backend, work)

    def _against(self, report: ProbeReport) -> list[tuple[str, str]]:
        return [
            (
                row["feature"],
                f"{row['feature'].replace('_', ' ')}: {row['catalogue']} there, {row['probe']} here",
            )
            for row in differences(self._workspace, report)
        ]

    def _row(self, report: ProbeReport) -> ProbeRow:
        return ProbeRow(
            id=f"{report.backend} {report.started_at.isoformat()}",
            backend=report.backend,
            endpoint=report.endpoint,
            started_at=report.started_at,
            tenant=report.tenant,
            complete=report.complete,
            usable=report.complete and not report.problems,
            answers=tuple(
                AnswerView(answer.id, answer.question, answer.verdict.value, answer.detail, answer.words)
                for answer in report.answers
            ),
            against=tuple(self._against(report)),
            residue=tuple(f"s3://{left.bucket}/{left.prefix}: {left.reason}" for left in report.residue),
        )


_MARKS = {"yes": "✓", "no": "✗", "could-not-tell": "?"}


def _label(answer: Answer) -> str:
    return f"{_MARKS[answer.verdict.value]} {answer.id.replace('_', ' ')}"


def _shown(answer: Answer) -> str:
    verdict = answer.verdict.value.replace("-", " ")
    return f"{verdict}: {answer.line}" if answer.line else verdict


def _word(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
