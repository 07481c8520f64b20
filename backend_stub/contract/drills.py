"""Restore drills: what was tried, and what could not be restored."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from .base import Answer, Bytes, Submission, Timestamp
from .ids import BackendId, Label, Line, ObjectKey, TenantId, Version
from .snapshots import Count

MAX_DRILL_FAILURES = 100


class DrillFailure(Submission):
    """A copy that could not be restored."""

    object_key: ObjectKey
    version: Version
    backend: BackendId
    code: Line
    message: Annotated[str, StringConstraints(max_length=500)] = ""


class DrillResult(Submission):
    """A restore drill: so many random objects, each from a random copy, restored and verified.

    `bytes` is of plaintext. `verified` and the failures make up `sample`. Where one version was named instead
    of a sample, `object_key` and `version` say which.
    """

    started_at: Timestamp
    ended_at: Timestamp
    sample: Count
    verified: Count
    bytes: Bytes
    backends: dict[BackendId, Count]
    failures: list[DrillFailure] = Field(default_factory=list, max_length=MAX_DRILL_FAILURES)
    omitted_failures: Count = 0
    object_key: ObjectKey | None = None
    version: Version | None = None
    decrypted: bool = True
    client: Label = "secingest"


class Drill(Answer):
    """A recorded drill; `sequence` is the audit chain's entry that holds it."""

    sequence: int
    recorded_at: Timestamp
    tenant_id: TenantId
    actor: str
    result: DrillResult


class DrillPage(Answer):
    """The newest first."""

    items: list[Drill]
    next: str | None = None
