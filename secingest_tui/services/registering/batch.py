"""Register many pointers: read in parallel, posted a hundred at a time, an answer for each, in their order.

A run that ended early is simply run again: what is recorded already answers the same receipt.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from secingest_tui.errors import Cancelled, SecingestError
from secingest_tui.metadata import ServerRefused, ServerUnreachable
from secingest_tui.services.receipts import ReceiptStore
from secingest_tui.services.registering.lines import Line
from secingest_tui.services.registering.pointer import PointerReader
from secingest_tui.services.workspace import Workspace

BATCH = 100
GOOD = frozenset(("recorded", "present"))


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of one line. ``status``: recorded (now, or before with the same payload), present
    (recorded before with more than the bucket tells), refused (by the server), invalid (the line), failed
    (nothing could be read there)."""

    line: int
    status: str
    object_key: str | None = None
    version: str | None = None
    receipt_id: str | None = None
    message: str | None = None
    hint: str | None = None

    def record(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(slots=True)
class BatchSummary:
    """How many lines ended how."""

    counts: Counter[str] = field(default_factory=Counter)

    @property
    def complete(self) -> bool:
        return set(self.counts) <= GOOD

    def __str__(self) -> str:
        return ", ".join(f"{number} {status}" for status, number in sorted(self.counts.items())) or "no lines"


def register_batch(
    workspace: Workspace,
    lines: Iterable[Line],
    on_result: Callable[[LineResult], None],
    *,
    jobs: int = 8,
    cancel: threading.Event | None = None,
) -> BatchSummary:
    """Register every line and report each, in order. One bad line stops no other.

    Raises ServerUnreachable where the server is gone (what was reported is recorded; the rest is for the
    next run), Cancelled, and what ``lines`` raises.
    """
    cancel, summary = cancel or threading.Event(), BatchSummary()
    reader, receipts = PointerReader(workspace), ReceiptStore(workspace.home.receipts_dir)
    source = iter(lines)
    with ThreadPoolExecutor(jobs, thread_name_prefix="register") as pool:
        # The next hundred are read while these are posted.
        ahead = _read(pool, reader, source)
        while ahead:
            now, ahead = ahead, _read(pool, reader, source)
            try:
                for result in _post(workspace, receipts, now):
                    summary.counts[result.status] += 1
                    on_result(result)
                if cancel.is_set():
                    raise Cancelled("Cancelled; run the same command again for the rest.")
            except BaseException:
                for _, future in ahead:
                    future.cancel()
                raise
    return summary


Reading = tuple[Line, "Future[dict[str, Any]]"]


def _read(pool: ThreadPoolExecutor, reader: PointerReader, source: Iterator[Line]) -> list[Reading]:
    found: list[Reading] = []
    for line in islice(source, BATCH):
        if line.pointer is not None:
            found.append((line, pool.submit(reader.read, line.pointer)))
        else:
            bad: Future[dict[str, Any]] = Future()
            bad.set_exception(SecingestError(line.problem))
            found.append((line, bad))
    return found


def _post(workspace: Workspace, receipts: ReceiptStore, readings: list[Reading]) -> list[LineResult]:
    results: dict[int, LineResult] = {}
    ready: dict[str, list[tuple[int, Line, dict[str, Any]]]] = {}
    for at, (line, future) in enumerate(readings):
        try:
            registration = future.result()
            ready.setdefault(registration["object_key"].split("/", 1)[0], []).append((at, line, registration))
        except ServerUnreachable:
            raise
        except SecingestError as error:
            results[at] = _failed(line, error)
    for tenant, items in ready.items():
        answers = workspace.tenant(tenant).register_batch([registration for _, _, registration in items])
        for (at, line, registration), answer in zip(items, answers, strict=True):
            if isinstance(answer, ServerRefused):
                results[at] = _refused(workspace, tenant, line, registration, answer)
            else:
                # Not synced one by one: what a power cut takes of them, the server still has.
                receipts.put(answer, sync=False)
                results[at] = LineResult(
                    line.number, "recorded", answer["object_key"], answer["version"], answer["receipt_id"]
                )
    return [results[at] for at in range(len(readings))]


def _failed(line: Line, error: SecingestError) -> LineResult:
    pointer = line.pointer
    if pointer is None:
        return LineResult(line.number, "invalid", message=error.message)
    return LineResult(
        line.number, "failed", pointer.object_key, pointer.version, message=error.message, hint=error.hint
    )


def _refused(
    workspace: Workspace, tenant: str, line: Line, registration: dict[str, Any], error: ServerRefused
) -> LineResult:
    key, version = registration["object_key"], registration["version"]
    if error.code == "version-differs":
        record = workspace.tenant(tenant).object(key, version)
        ours = {(backend, at["url"], at["etag"]) for backend, at in registration["backends"].items()}
        if ours <= {(copy.backend, copy.url, copy.etag) for copy in record.replicas}:
            # Whoever uploaded it registered it, with what only an uploader knows (the plaintext's size).
            return LineResult(line.number, "present", key, version, record.receipt_id)
    return LineResult(line.number, "refused", key, version, message=error.message, hint=error.hint)
