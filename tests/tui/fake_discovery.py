"""The discovery half of ``FakeSession``: probes and buckets that exist only in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from secingest_tui.models.directory import ProviderView
from secingest_tui.models.discovery import (
    AnswerView,
    BucketFound,
    Cell,
    Choices,
    CompareLine,
    ObjectFound,
    ProbeRequest,
    ProbeRow,
    SortKey,
    Wanted,
)
from secingest_tui.models.paging import Page
from secingest_tui.models.records import SnapshotRow
from secingest_tui.models.transfer import TaskKind
from tests.tui.fake_data import NOW

if TYPE_CHECKING:
    from tests.tui.fake import FakeSession


class FakeDiscovery:
    """Implements ``screens.ports.DiscoveryService``."""

    def __init__(self, session: FakeSession, names: tuple[str, ...]) -> None:
        self._session = session
        self._names = names
        self.identity_rows: list[str | None] = ["customer42"]
        self.operator = False
        self.searches: list[tuple[Wanted, SortKey, bool]] = []

    def search(self, wanted: Wanted, sort: SortKey, or_unknown: bool) -> tuple[list[ProviderView], int]:
        self._session._call("search", wanted, sort, or_unknown)
        self.searches.append((wanted, sort, or_unknown))
        found = list(self._session.provider_rows)
        if wanted.certifications and not or_unknown:
            return found[:1], len(found) - 1
        return found, 0

    def choices(self) -> Choices:
        self._session._call("choices")
        return Choices(("DE", "FI"), ("EU", "EEA"), ("iso27001", "c5"), ("object_lock", "multipart"))

    def compare(self, provider_ids: Sequence[str]) -> list[CompareLine]:
        self._session._call("compare", tuple(provider_ids))
        names = {row.id: row.name for row in self._session.provider_rows}
        differing = ("yes", "no", None)
        return [
            CompareLine("provider", "name", {each: Cell(names[each]) for each in provider_ids}),
            CompareLine(
                "features",
                "object_lock",
                {
                    each: Cell(differing[index % 3], "https://vendor.example/lock", "2026-05-11")
                    for index, each in enumerate(provider_ids)
                },
            ),
            CompareLine("features", "multipart", {each: Cell("yes", "vendor") for each in provider_ids}),
        ]

    def identities(self, backend: str) -> list[str | None]:
        self._session._call("identities", backend)
        return list(self.identity_rows)

    def operator_key(self, backend: str) -> bool:
        return self.operator

    def settings(self, backend: str) -> list[tuple[str, str]]:
        return [("addressing", "path (set by you)"), ("checksums", "md5 (probe of 2026-11-24)")]

    def probes(self) -> list[ProbeRow]:
        self._session._call("probes")
        if not self._session.snapshot_rows:
            return []
        words = self._names[0] if self._names else "412 PreconditionFailed"
        answers = (
            AnswerView("reachable", "Does the endpoint answer?", "yes", "connected in 12 ms", ""),
            AnswerView("conditional_put", "If-None-Match?", "yes", "one winner of 8 at once", words),
            AnswerView("conditional_complete", "On completion?", "no", "the object was overwritten", ""),
            AnswerView(
                "tenant_isolation", "Refused?", "could-not-tell", "no second credentials were given", ""
            ),
        )
        return [
            ProbeRow(
                "embedded-a 1", "embedded-a", "http://127.0.0.1:8333", NOW - timedelta(hours=2), "customer42",
                True, True, answers, (("multipart", "multipart: no there, yes here"),),
            )
        ]  # fmt: skip

    def start_probe(self, request: ProbeRequest) -> str:
        self._session._call("start_probe", request)
        return self._session.jobs_service.start_probe(request.backend)

    def buckets(self, backend: str, tenant: str | None, versions: bool) -> list[BucketFound]:
        self._session._call("buckets", backend, tenant, versions)
        names = self._names or ("s3gw-a1b2c3d4e5f60718-embedded", "s3gw-0011223344556677-embedded")
        older = 3 if versions else 0
        found = [
            BucketFound(name, 12 * (index + 1), 41_000_000, older, older * 1000, 0, NOW)
            for index, name in enumerate(names)
        ]
        return [
            *found,
            BucketFound("not-mine", problem="this identity may not list here", hint="Ask for it."),
        ]

    def start_snapshot(self, backend: str, tenant: str | None, bucket: str | None, versions: bool) -> str:
        def take() -> SnapshotRow:
            self._session._call("snapshot", backend, tenant, bucket, versions)
            return self._session.snapshot_rows[0]

        return self._session.jobs_service.begin(TaskKind.SNAPSHOT, backend, take)

    def bucket_objects(
        self, backend: str, tenant: str | None, bucket: str, versions: bool, cursor: str | None
    ) -> Page[ObjectFound]:
        self._session._call("bucket_objects", backend, tenant, bucket, versions, cursor)
        rows = [
            ObjectFound(row.key, row.size, row.modified_at, row.etag, None, "latest")
            for row in self._session.entry_rows
        ]
        # A provider never says how many there are in all.
        return replace(self._session._page(rows, cursor, 25), total=None)
