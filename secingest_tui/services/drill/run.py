"""A restore drill: what would happen on the day it is needed, for a sample that nobody chose.

Every object is read whole, from one copy chosen at random, verified and decrypted; nothing is written.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import RawIOBase
from typing import TYPE_CHECKING, Any

from backend_stub.contract.drills import MAX_DRILL_FAILURES, Drill, DrillFailure, DrillResult
from backend_stub.contract.objects import ObjectSummary
from secingest_tui.crypto.errors import KeyFileError
from secingest_tui.crypto.recipients import PrivateKey
from secingest_tui.crypto.signature import SignerPublicKey
from secingest_tui.errors import Cancelled, SecingestError, UsageError
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.restore.locate import Copy, Located, locate
from secingest_tui.services.restore.run import Replayed, byte_span, key_ids, open_copy, stream_plaintext
from secingest_tui.services.snapshots.runs import without_paths
from secingest_tui.services.workspace import Workspace

if TYPE_CHECKING:
    from typing_extensions import Buffer

_PASSPHRASE = frozenset(("passphrase", "--passphrase-file"))


@dataclass(frozen=True, slots=True)
class DrillRequest:
    """``sample`` objects of ``tenant``, or the one that is named; ``seed`` repeats a choice."""

    tenant: str
    sample: int = 10
    object_key: str | None = None
    version: str | None = None
    backend: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """How one object did."""

    object_key: str
    version: str
    backend: str
    bytes: int
    error: SecingestError | None = None


def run_drill(
    workspace: Workspace,
    request: DrillRequest,
    *,
    keys: Callable[[list[str]], Iterable[PrivateKey]],
    signers: list[SignerPublicKey],
    require_signature: bool = True,
    progress: TransferProgress | None = None,
    cancel: threading.Event | None = None,
    on_object: Callable[[Restored], None] = lambda restored: None,
) -> Drill:
    """Restore the sample and record the result at the server. Raises UsageError where there is nothing to
    restore, Cancelled (then nothing is recorded), ServerRefused, ServerUnreachable."""
    progress, cancel = progress or TransferProgress(), cancel or threading.Event()
    chosen_by = random.Random(request.seed) if request.seed is not None else random.SystemRandom()
    sample = _sample(workspace, request, chosen_by)
    progress.start("fetch+decrypt", items_total=len(sample))
    started = datetime.now(UTC)
    done: list[Restored] = []
    for object_key, version in sample:
        done.append(_restore(workspace, request, object_key, version, chosen_by, keys, signers,
                             require_signature, progress, cancel))  # fmt: skip
        progress.add_item()
        on_object(done[-1])
    failures = [_failure(item) for item in done if item.error is not None]
    result = DrillResult(
        started_at=started,
        ended_at=datetime.now(UTC),
        sample=len(done),
        verified=len(done) - len(failures),
        bytes=sum(item.bytes for item in done),
        backends=dict(Counter(item.backend for item in done)),
        failures=failures[:MAX_DRILL_FAILURES],
        omitted_failures=max(0, len(failures) - MAX_DRILL_FAILURES),
        object_key=request.object_key,
        version=done[0].version if request.object_key is not None else None,
    )
    return workspace.tenant(request.tenant).add_drill(result)


def _sample(
    workspace: Workspace, request: DrillRequest, chosen_by: random.Random
) -> list[tuple[str, str | None]]:
    if request.object_key is not None:
        return [(request.object_key, request.version)]
    kept: list[ObjectSummary] = []
    # Reservoir sampling (Vitter 1985, algorithm R): every object has the same chance, whatever their number.
    for number, item in enumerate(workspace.tenant(request.tenant).all_objects()):
        if len(kept) < request.sample:
            kept.append(item)
        elif (at := chosen_by.randrange(number + 1)) < request.sample:
            kept[at] = item
    if not kept:
        raise UsageError(
            f"Nothing of tenant {request.tenant} is registered, so there is nothing to restore.",
            hint="Ingest something first: secingest ingest --help",
        )
    return [(item.object_key, item.version) for item in kept]


def _restore(
    workspace: Workspace,
    request: DrillRequest,
    object_key: str,
    version: str | None,
    chosen_by: random.Random,
    keys: Callable[[list[str]], Iterable[PrivateKey]],
    signers: list[SignerPublicKey],
    require_signature: bool,
    progress: TransferProgress,
    cancel: threading.Event,
) -> Restored:
    backend = request.backend or "none"
    size = 0
    try:
        located = locate(workspace, object_key, version=version, backend=request.backend)
        version = located.record.version
        copy = chosen_by.choice(_readable(workspace, located))
        backend = copy.backend
        opened = open_copy(
            workspace, located, copy, Replayed(keys(key_ids(located))), signers, require_signature
        )
        size = opened.layout.plaintext_length
        stream_plaintext(opened, _Nowhere(), byte_span(None, size), progress, cancel)  # type: ignore[arg-type]
    except (Cancelled, KeyFileError):  # a key that cannot be read says nothing about the copies
        raise
    except SecingestError as error:
        if isinstance(error, UsageError) and (request.object_key or error.field in _PASSPHRASE):
            raise
        return Restored(object_key, version or "unknown", backend, 0, error)
    return Restored(object_key, version, backend, size)


def _readable(workspace: Workspace, located: Located) -> list[Copy]:
    """The copies for which there are credentials here. Raises SecingestError where there are none."""
    known = workspace.backends()
    found = [
        copy
        for copy in located.copies
        if copy.backend in known and workspace.has_store_credentials(copy.backend, located.tenant)
    ]
    if not found:
        raise SecingestError(
            f"There are no credentials here for any copy of {located.record.object_key}.",
            hint="See: secingest credentials list",
        )
    return found


def _failure(item: Restored) -> DrillFailure:
    assert item.error is not None
    return DrillFailure(
        object_key=item.object_key,
        version=item.version,
        backend=item.backend,
        code=type(item.error).__name__,
        message=without_paths(item.error.message),
    )


class _Nowhere(RawIOBase):
    """Where verified plaintext goes in a drill."""

    def write(self, data: Buffer) -> int:
        return memoryview(data).nbytes


def rows_of(drill: Drill) -> dict[str, Any]:
    """A drill as one flat record."""
    result = drill.result
    return {
        "sequence": drill.sequence,
        "recorded_at": drill.recorded_at,
        "tenant": drill.tenant_id,
        "sample": result.sample,
        "verified": result.verified,
        "failed": result.sample - result.verified,
        "bytes": result.bytes,
        "backends": result.backends,
        "seconds": round((result.ended_at - result.started_at).total_seconds(), 1),
    }
