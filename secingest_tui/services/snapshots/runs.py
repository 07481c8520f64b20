"""What an ingest did, as a snapshot keeps it: receipts and failures without any path of this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from backend_stub.contract.ids import has_control
from backend_stub.contract.snapshots import MAX_RUN_ITEMS, RunFailure, RunReceipt, SnapshotRun
from secingest_tui.errors import SecingestError
from secingest_tui.services.ingest.run import IngestResult

_ADDRESS = re.compile(r"https?://\S+")
_PATH = re.compile(r"(?<![\w:/])/(?:[^\s/:]+/)+[^\s:]*")


def summary_of(result: IngestResult) -> SnapshotRun:
    """The run's receipts (what it registered from the outbox included) and failures, capped and counted."""
    receipts = [*result.receipts, *result.flushed]
    failures = result.failed + [(str(entry.source or ""), _queued(entry)) for entry in result.queued]
    return SnapshotRun(
        receipts=[_receipt(item) for item in receipts[:MAX_RUN_ITEMS]],
        failures=[_failure(source, error) for source, error in failures[:MAX_RUN_ITEMS]],
        omitted_receipts=max(0, len(receipts) - MAX_RUN_ITEMS),
        omitted_failures=max(0, len(failures) - MAX_RUN_ITEMS),
    )


def _queued(entry: Any) -> SecingestError:
    return SecingestError(f"uploaded, not registered yet: {entry.error or 'no answer'}")


def _receipt(receipt: Mapping[str, Any]) -> RunReceipt:
    location = receipt["backends"][receipt["backend"]]
    return RunReceipt(
        object_key=receipt["object_key"],
        version=receipt["version"],
        receipt_id=receipt["receipt_id"],
        recorded_at=receipt["recorded_at"],
        backend=receipt["backend"],
        bucket=str(location["url"]).removeprefix("s3://").partition("/")[0],
        etag=receipt["etag"],
        ciphertext_size=receipt.get("ciphertext_size"),
    )


def _failure(source: str, error: SecingestError) -> RunFailure:
    return RunFailure(code=type(error).__name__, message=without_paths(error.message, [source]))


def without_paths(message: str, sources: Sequence[str] = ()) -> str:
    """The first line of a message without addresses and paths: those are the customer's own business."""
    line = message.splitlines()[0] if message else ""
    for source in sources:
        if source:
            line = line.replace(source, "<file>").replace(PurePath(source).name or source, "<file>")
    line = _PATH.sub("<path>", _ADDRESS.sub("<address>", line))
    return "".join("?" if has_control(character) else character for character in line)[:500]
