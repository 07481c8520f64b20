"""The metadata screen's work (``screens/metadata/port.py``): finding, registering, acting on many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.models.paging import PAGE_LIMIT, Page
from secingest_tui.models.records import ObjectRow, Receipt
from secingest_tui.models.registering import BucketRow, Draft, DraftRequest, ManyResult, ObjectFilter, Placed
from secingest_tui.services.session import views

# What registers is imported by the methods that do: the first screen waits for this module.
if TYPE_CHECKING:
    from secingest_tui.services.workspace import Workspace


class RecordWork:
    """Part of the session; every method blocks."""

    _workspace: Workspace

    def find_objects(self, wanted: ObjectFilter, cursor: str | None, limit: int) -> Page[ObjectRow]:
        reader = self._workspace.reader(wanted.tenant)
        if reader is None:
            return Page(())
        page = reader.objects(
            tenant=wanted.tenant,
            prefix=wanted.prefix or None,
            residency=wanted.residency,
            backend=wanted.backend,
            key_id=wanted.key_id,
            state=wanted.state,
            cursor=cursor,
            limit=min(limit, 500),
        )
        return Page(tuple(views.object_row(item) for item in page.items), page.next)

    def misplaced(self, wanted: ObjectFilter, cursor: str | None, limit: int) -> Page[BucketRow]:
        reader = self._workspace.reader(wanted.tenant)
        if reader is None:
            return Page(())
        while True:
            page = reader.compliance(
                tenant=wanted.tenant,
                prefix=wanted.prefix or None,
                backend=wanted.backend,
                differs="true",
                cursor=cursor,
                limit=min(limit, 500),
            )
            rows = tuple(views.bucket_row(item) for item in page.items)
            # Where nearly all lie right, pages are empty.
            if rows or page.next is None:
                return Page(rows, page.next)
            cursor = page.next

    def placed_objects(self, tenant: str, backend: str) -> list[Placed]:
        from backend_stub.contract.locations import s3_url
        from secingest_tui.services.restore.beside import is_sidecar

        workspace = self._workspace
        region = workspace.backend(backend).region
        bucket = (
            workspace.tenant(tenant)
            .namespace(customer=tenant, region=region, logical="data", backend=backend)
            .bucket
        )
        store = workspace.store(backend, tenant)
        if not store.bucket_exists(bucket):
            return []
        listed = list(islice(store.list_objects(bucket), 3 * PAGE_LIMIT))
        names = {info.key for info in listed}
        shown = [info for info in listed if not is_sidecar(info.key, names)]
        return [Placed(s3_url(bucket, info.key), info.size) for info in shown[:PAGE_LIMIT]]

    def draft(self, request: DraftRequest) -> Draft:
        from secingest_tui.services.registering.pointer import Pointer, PointerReader

        pointer = Pointer(**asdict(request))
        return Draft(request.tenant, request.backend, PointerReader(self._workspace).read(pointer))

    def register_payload(self, tenant: str, payload: Mapping[str, Any]) -> Receipt:
        from secingest_tui.metadata import ServerRefused
        from secingest_tui.services.outbox import Outbox
        from secingest_tui.services.registering.pointer import check_registration

        outbox = Outbox(self._workspace)
        entry = outbox.put(tenant, check_registration(dict(payload), tenant))
        try:
            return views.receipt_view(outbox.register(entry))
        except ServerRefused as error:
            # The form still has it, with the reason: nothing waits that nobody would send again.
            if not error.temporary:
                outbox.discard(entry.id)
            raise

    def request_copies(self, rows: Sequence[ObjectRow], target: str) -> ManyResult:
        from backend_stub.contract.jobs import JobRequest

        def ask(row: ObjectRow) -> None:
            request = JobRequest(object_key=row.key, version=row.version, target=target)
            self._workspace.tenant(_tenant(row)).add_job(request)

        return _each(rows, ask)

    def change_policy(
        self, rows: Sequence[ObjectRow], residency: str | None, replicas: int | None
    ) -> ManyResult:
        from backend_stub.contract.objects import ObjectPolicy, PolicyChange

        def change(row: ObjectRow) -> None:
            client = self._workspace.tenant(_tenant(row))
            client.change_policy(
                PolicyChange(
                    object_key=row.key,
                    version=row.version,
                    before=ObjectPolicy(residency=row.residency or "ANY", replica_count=row.replicas_wanted),
                    residency=residency,
                    replica_count=replicas,
                )
            )

        return _each(rows, change)

    def delete_objects(self, rows: Sequence[ObjectRow]) -> ManyResult:
        return _each(rows, lambda row: self._workspace.tenant(_tenant(row)).delete(row.key, row.version))


def _tenant(row: ObjectRow) -> str:
    return row.key.split("/", 1)[0]


def _each(rows: Sequence[ObjectRow], act: Callable[[ObjectRow], object]) -> ManyResult:
    """One that fails does not stop the others; where the first cannot even be tried, that is the answer."""
    failed: list[tuple[str, str]] = []
    for row in rows:
        try:
            act(row)
        except UsageError:
            raise
        except SecingestError as error:
            if len(rows) == 1:
                raise
            failed.append((f"{row.key} {row.version}", error.message))
    return ManyResult(len(rows) - len(failed), tuple(failed))
