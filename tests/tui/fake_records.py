"""The stand-in's part for the metadata screen: what was asked, and answers with the same rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from secingest_tui.models.paging import Page
from secingest_tui.models.records import ObjectRow, Receipt
from secingest_tui.models.registering import BucketRow, Draft, DraftRequest, ManyResult, ObjectFilter, Placed
from secingest_tui.models.transfer import Phase, TaskKind, TaskView

if TYPE_CHECKING:
    from tests.tui.fake import FakeSession

    _Session = FakeSession
else:
    _Session = object

PAYLOAD = {
    "object_key": "customer42/theirs.bin",
    "version": "v1",
    "backends": {"embedded-a": {"url": "s3://bucket", "etag": "abc123"}},
    "encrypted_key": "YWJjZGVm",
    "key_id": "customer42-k1",
    "key_alg": "rsa-oaep",
    "ciphertext_size": 1234,
    "replica_count": 1,
    "logical": "data",
}


class FakeRecordTasks:
    def start_register(self, path: str, backend: str | None) -> str:
        self.batches: list[tuple[str, str | None]] = [(path, backend)]
        return self._add(TaskView("r1", TaskKind.REGISTER, path, Phase.SCAN))  # type: ignore[attr-defined]

    def start_erase(self, rows: Sequence[ObjectRow]) -> str:
        self.erased = [row.key for row in rows]
        return self._add(TaskView("e1", TaskKind.ERASE, rows[0].key, Phase.SCAN))  # type: ignore[attr-defined]


class FakeRecords(_Session):
    misplaced_rows: Sequence[BucketRow] = ()

    def find_objects(self, wanted: ObjectFilter, cursor: str | None, limit: int) -> Page[ObjectRow]:
        self._call("find_objects", wanted)
        rows = [row for row in self.object_rows if wanted.state in {"all", row.state}]
        rows = [row for row in rows if wanted.backend is None or wanted.backend in row.backends]
        return self._page([row for row in rows if row.key.startswith(wanted.prefix)], cursor, limit)

    def misplaced(self, wanted: ObjectFilter, cursor: str | None, limit: int) -> Page[BucketRow]:
        self._call("misplaced", wanted)
        return self._page(list(self.misplaced_rows), cursor, limit)

    def placed_objects(self, tenant: str, backend: str) -> list[Placed]:
        self._call("placed_objects", tenant, backend)
        return [Placed("s3://bucket/" + str(PAYLOAD["object_key"]), 1234)]

    def draft(self, request: DraftRequest) -> Draft:
        self._call("draft", request)
        changed = {
            "object_key": request.object_key,
            "version": request.version,
            "residency": request.residency,
            "replica_count": request.replicas,
            "targets": list(request.targets) or None,
        }
        payload = {**PAYLOAD, **{name: value for name, value in changed.items() if value is not None}}
        return Draft(request.tenant, request.backend, payload)

    def register_payload(self, tenant: str, payload: Mapping[str, Any]) -> Receipt:
        self._call("register_payload", tenant, dict(payload))
        return Receipt(payload["object_key"], payload["version"], (), "{}")

    def request_copies(self, rows: Sequence[ObjectRow], target: str) -> ManyResult:
        self._call("request_copies", [row.key for row in rows], target)
        return ManyResult(len(rows) - 1, ((rows[0].key, "it is there already"),) if len(rows) > 1 else ())

    def change_policy(
        self, rows: Sequence[ObjectRow], residency: str | None, replicas: int | None
    ) -> ManyResult:
        self._call("change_policy", [row.key for row in rows], residency, replicas)
        return ManyResult(len(rows))

    def delete_objects(self, rows: Sequence[ObjectRow]) -> ManyResult:
        self._call("delete_objects", [row.key for row in rows])
        gone = {row.key for row in rows}
        self.object_rows = [
            replace(row, state="deleted") if row.key in gone else row for row in self.object_rows
        ]
        return ManyResult(len(rows))
