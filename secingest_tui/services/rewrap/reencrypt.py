"""A new version of an object under a new data key, for exactly who is named: where access has to end.

The plaintext goes frame by frame from the reader to the writer, verified on the way, and is never
on disk. The older version is not touched.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from secingest_tui.errors import SecingestError
from secingest_tui.services.ingest.plan import IngestRequest
from secingest_tui.services.ingest.progress import TransferProgress
from secingest_tui.services.ingest.run import Ingest
from secingest_tui.services.outbox import OutboxEntry
from secingest_tui.services.restore.locate import Located
from secingest_tui.services.restore.reading import PlaintextReader
from secingest_tui.services.rewrap.run import Opening, open_for_rewrap
from secingest_tui.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Reencrypted:
    """The new version: its receipt, or its place in the outbox where the server did not answer."""

    replaces: str
    """The version it was made from, which is as it was."""
    recipients: tuple[str, ...]
    """Key ids of everyone who can open the new one, recovery recipients included."""
    receipt: dict[str, Any] | None
    queued: OutboxEntry | None


def reencrypt(
    workspace: Workspace,
    object_key: str,
    recipients: tuple[str, ...],
    opening: Opening,
    *,
    version: str | None,
    progress: TransferProgress | None = None,
    cancel: threading.Event | None = None,
    signer_passphrase: Callable[[], bytes] | None = None,
) -> Reencrypted:
    """Seal the newest (or named) version again, for ``recipients`` (key ids or public PEM files).

    The new version goes where the old one lies, under the same policy. Raises SecingestError, and then
    there is no new version.
    """
    located, opened = open_for_rewrap(workspace, object_key, version, opening)
    with io.BufferedReader(PlaintextReader(opened)) as plaintext:
        ingest = Ingest(
            workspace,
            _request(located, recipients, opening.backend),
            progress=progress,
            cancel=cancel,
            stdin=plaintext,
            signer_passphrase=signer_passphrase,
        )
        names = tuple(recipient.key_id for recipient in ingest.recipients())
        result = ingest.run()
    if result.failed:
        raise result.failed[0][1]
    receipt = next((item for item in result.receipts if item["object_key"] == object_key), None)
    queued = next((item for item in result.queued if item.registration["object_key"] == object_key), None)
    if receipt is None and queued is None:
        raise SecingestError(f"{object_key} was not sealed again.", hint="See: secingest outbox list")
    return Reencrypted(located.record.version, names, receipt, queued)


def _request(located: Located, recipients: tuple[str, ...], backend: str | None) -> IngestRequest:
    record = located.record
    registration = record.registration
    primary = backend or registration.primary
    places = dict.fromkeys([*registration.backends, *(copy.backend for copy in located.copies)])
    targets = dict.fromkeys([*places, *registration.targets])
    targets.pop(primary, None)
    return IngestRequest(
        paths=("-",),
        tenant=located.tenant,
        backend=primary,
        recipients=recipients,
        object_key=record.object_key,
        residency=record.residency,
        replicas=max(registration.replica_count, 1 + len(targets)),
        targets=tuple(targets),
        logical=registration.logical,
    )
