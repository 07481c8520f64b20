"""Uploads, restores and other long work: what is asked for, what would happen, how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from secingest_tui.models.records import Receipt


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """What the upload form says. Exactly one of ``object_key`` and ``prefix`` is set."""

    paths: tuple[str, ...]
    tenant: str
    recipients: tuple[str, ...]
    backend: str
    residency: str | None = None
    replicas: int = 1
    targets: tuple[str, ...] = ()
    object_key: str | None = None
    prefix: str | None = None
    version: str = "v1"


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One file and the object it becomes."""

    path: str
    object_key: str
    size: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an upload cannot start; ``field`` names the field of ``IngestRequest`` to change."""

    message: str
    hint: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class IngestPlan:
    """What an upload would do. It may start when there are no problems."""

    items: tuple[PlanItem, ...]
    item_count: int
    """May be more than ``items`` holds: long lists are cut."""
    total_bytes: int
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    """True statements worth reading first, such as "not protected against quantum computers"."""
    locked_keys: tuple[str, ...] = ()
    """Private keys that must be unlocked by ``Session.unlock_key`` first (the uploader signs)."""


@dataclass(frozen=True, slots=True)
class RestoreRequest:
    """Which object, and where its plaintext goes."""

    object_key: str
    version: str
    target: str
    allow_unsigned: bool = False


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a restore would do."""

    suggestion: str
    """A path that does not exist yet."""
    size: int | None = None
    problems: tuple[Problem, ...] = ()
    locked_keys: tuple[str, ...] = ()
    signed_by: str | None = None
    """``None``: nobody signed it, so its origin is unknown."""


@dataclass(frozen=True, slots=True)
class UnfinishedRow:
    """A large upload that was interrupted; sizes in bytes."""

    id: str
    object_key: str
    version: str
    backend: str
    source: str
    sent: int
    size: int
    started_at: str
    """RFC 3339."""
    running: bool = False
    """Under way at this moment, here or in another process."""

    @property
    def percent(self) -> int:
        """How much the provider has already."""
        return 100 * self.sent // self.size if self.size else 0


class Phase(StrEnum):
    """Where a piece of work is."""

    SCAN = "scan"
    TRANSFER = "encrypt+upload"
    FETCH = "fetch+decrypt"
    VERIFY = "verify"
    REGISTER = "register"
    PROBE = "probe"
    ERASE = "erase"
    LIST = "list"
    READ = "read"
    WRITE = "write"
    PLAN = "make jobs"
    STEP = "work"
    DONE = "done"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Nothing happens any more."""
        return self in {Phase.DONE, Phase.FAILED, Phase.CANCELLED}


class TaskKind(StrEnum):
    """What a task does; it decides which phases it goes through."""

    INGEST = "ingest"
    RESTORE = "restore"
    PROBE = "probe"
    REGISTER = "register"
    FLUSH = "flush"
    ERASE = "erase"
    DRILL = "drill"
    SNAPSHOT = "snapshot"
    CHECK = "check"
    COMPARE = "compare"
    VERIFY = "verify"
    REPORT = "report"
    REPAIR = "repair"
    POLICY = "policy"
    ONBOARD = "onboard"


PHASES: dict[TaskKind, tuple[Phase, ...]] = {
    TaskKind.INGEST: (Phase.SCAN, Phase.TRANSFER, Phase.VERIFY, Phase.REGISTER),
    TaskKind.RESTORE: (Phase.SCAN, Phase.FETCH, Phase.VERIFY),
    TaskKind.PROBE: (Phase.PROBE,),
    TaskKind.REGISTER: (Phase.SCAN, Phase.REGISTER),
    TaskKind.FLUSH: (Phase.REGISTER,),
    TaskKind.ERASE: (Phase.SCAN, Phase.ERASE),
    TaskKind.DRILL: (Phase.SCAN, Phase.FETCH, Phase.VERIFY),
    TaskKind.SNAPSHOT: (Phase.LIST,),
    TaskKind.CHECK: (Phase.SCAN, Phase.READ),
    TaskKind.COMPARE: (Phase.READ,),
    TaskKind.VERIFY: (Phase.VERIFY,),
    TaskKind.REPORT: (Phase.SCAN, Phase.READ, Phase.WRITE),
    TaskKind.REPAIR: (Phase.VERIFY,),
    TaskKind.POLICY: (Phase.PLAN,),
    TaskKind.ONBOARD: (Phase.STEP,),
}


@dataclass(frozen=True, slots=True)
class TaskError:
    """A failure in words: what, why, what was kept, what to do."""

    title: str
    cause: str
    remedy: str
    kept: str = ""


@dataclass(frozen=True, slots=True)
class TaskView:
    """A piece of work at one moment."""

    id: str
    kind: TaskKind
    title: str
    phase: Phase
    bytes_done: int = 0
    bytes_total: int | None = None
    rate: float | None = None
    """Bytes a second."""
    eta: float | None = None
    """Seconds left; ``None`` where nobody knows how much there is."""
    items_done: int = 0
    items_total: int | None = None
    receipts: tuple[Receipt, ...] = ()
    error: TaskError | None = None
    started_at: datetime | None = None
    result: tuple[tuple[str, str], ...] = ()
    """What it has to say: a restore path, size, SHA-256, who signed; a probe its answers, as they come."""
    log: tuple[tuple[datetime, str], ...] = ()
    """What happened and when, the latest last."""
    pace: float | None = None
    """Items a second."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One name in a folder."""

    name: str
    path: str
    is_folder: bool
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder's listing: folders first, at most ``paging.PAGE_LIMIT`` names."""

    path: str
    parent: str | None
    entries: tuple[FileEntry, ...]
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What a typed path is."""

    exists: bool
    is_folder: bool = False
    size: int | None = None
    problem: str = ""
    """Why it cannot be read, in words; empty where it can."""
