"""What the metadata screen needs of the services, beside what every list does (``screens/ports.py``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from secingest_tui.models.paging import Page
from secingest_tui.models.records import ObjectRow, Receipt
from secingest_tui.models.registering import BucketRow, Draft, DraftRequest, ManyResult, ObjectFilter, Placed


class RecordTasks(Protocol):
    """Work on many objects that outlives the screen."""

    def start_register(self, path: str, backend: str | None) -> str:
        """Register every line of a file; returns the task's id at once."""

    def start_erase(self, rows: Sequence[ObjectRow]) -> str:
        """Remove these versions at every provider; returns the task's id at once."""


class RecordWork(Protocol):
    """Finding, registering, and changing what is recorded."""

    def find_objects(self, wanted: ObjectFilter, cursor: str | None, limit: int) -> Page[ObjectRow]:
        """Recorded objects in the order of their keys."""

    def misplaced(self, wanted: ObjectFilter, cursor: str | None, limit: int) -> Page[BucketRow]:
        """Copies in another bucket than the rule's; tenant, prefix and object store of the filter count."""

    def placed_objects(self, tenant: str, backend: str) -> list[Placed]:
        """What lies in the tenant's bucket there, without what lies beside objects; a page of it."""

    def draft(self, request: DraftRequest) -> Draft:
        """The registration of what lies there, read from there; nothing is posted."""

    def register_payload(self, tenant: str, payload: Mapping[str, Any]) -> Receipt:
        """Post exactly this payload."""

    def request_copies(self, rows: Sequence[ObjectRow], target: str) -> ManyResult:
        """Ask for a copy of each at a further object store."""

    def change_policy(
        self, rows: Sequence[ObjectRow], residency: str | None, replicas: int | None
    ) -> ManyResult:
        """Narrow the residency or set the number of copies of each; None leaves it."""

    def delete_objects(self, rows: Sequence[ObjectRow]) -> ManyResult:
        """Set a tombstone for each version."""
