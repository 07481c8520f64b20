"""Registrations that wait for the metadata server: durable from the end of the upload to the receipt."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from secingest_tui.errors import SecingestError
from secingest_tui.files import private_dir, write_atomic
from secingest_tui.metadata import ServerRefused, ServerUnreachable
from secingest_tui.services.receipts import ReceiptStore
from secingest_tui.services.workspace import Workspace

FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(hours=1)


@dataclass(slots=True)
class OutboxEntry:
    """One registration. ``refused`` means the server said no for good: a person has to look at it."""

    id: str
    tenant: str
    registration: dict[str, Any]
    queued_at: str
    attempts: int = 0
    next_attempt_at: str | None = None
    error: str | None = None
    refused: bool = False
    source: dict[str, Any] | None = None
    """Path and identity of the file it was made from, and its recipients' ids; None for a stream."""

    @property
    def due(self) -> bool:
        return self.next_attempt_at is None or datetime.fromisoformat(self.next_attempt_at) <= datetime.now(
            UTC
        )


@dataclass(slots=True)
class FlushResult:
    registered: list[dict[str, Any]] = field(default_factory=list)
    """Receipts, as the server sent them."""
    waiting: list[OutboxEntry] = field(default_factory=list)
    refused: list[OutboxEntry] = field(default_factory=list)


class Outbox:
    """Files of one folder, one an entry, 0600; an entry goes only when its receipt is on disk."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.home.outbox_dir
        self._receipts = ReceiptStore(workspace.home.receipts_dir)

    def put(
        self,
        tenant: str,
        registration: dict[str, Any],
        source: dict[str, Any] | None = None,
        *,
        sync: bool = True,
    ) -> OutboxEntry:
        """Keep a registration, durably unless ``sync`` is off, before it is first tried."""
        now = datetime.now(UTC)
        entry = OutboxEntry(
            f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}",
            tenant,
            registration,
            now.isoformat(),
            source=source,
        )
        private_dir(self._folder)
        self._write(entry, sync=sync)
        return entry

    def entries(self) -> list[OutboxEntry]:
        """What waits, the oldest first."""
        found = []
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            # Another process has registered it meanwhile; or it was not synced (a batch) and a power cut
            # left an empty file of it.
            with suppress(FileNotFoundError, ValueError):
                found.append(OutboxEntry(**json.loads(path.read_bytes())))
        return found

    def of_object(self, url: str) -> OutboxEntry | None:
        """The entry of the object that lies at ``url`` (``s3://bucket/key``)."""
        for entry in self.entries():
            if any(copy["url"] == url for copy in entry.registration["backends"].values()):
                return entry
        return None

    def register(self, entry: OutboxEntry) -> dict[str, Any]:
        """Register one entry now and answer its receipt.

        Raises ServerUnreachable or ServerRefused, and the entry stays with the reason.
        """
        with self._owned(entry) as mine:
            if not mine:  # another process registered it meanwhile
                receipt = self._receipts.get(entry.registration["object_key"], entry.registration["version"])
                if receipt is not None:
                    return receipt
                raise SecingestError(
                    "Another process is registering this object right now.", hint="secingest outbox list"
                )
            try:
                receipt = self._workspace.tenant(entry.tenant).register(entry.registration)
            except (ServerUnreachable, ServerRefused) as error:
                self._postpone(entry, error)
                raise
            self._receipts.put(receipt)
            self._path(entry).unlink(missing_ok=True)
        return receipt

    def register_many(self, entries: Sequence[OutboxEntry]) -> list[dict[str, Any] | SecingestError]:
        """Register entries of one tenant in one request; each has its own answer, in their order.

        An answer is the receipt, or the ServerUnreachable or ServerRefused because of which its entry stays.
        Receipts are not synced one by one: what a power cut takes of them, the server still has.
        """
        client = self._workspace.tenant(entries[0].tenant)
        try:
            answers = client.register_batch([entry.registration for entry in entries])
        except (ServerUnreachable, ServerRefused) as error:
            for entry in entries:
                self._postpone(entry, error)
            return [error] * len(entries)
        found: list[dict[str, Any] | SecingestError] = []
        for entry, answer in zip(entries, answers, strict=True):
            if isinstance(answer, ServerRefused):
                self._postpone(entry, answer)
            else:
                self._receipts.put(answer, sync=False)
                self._path(entry).unlink(missing_ok=True)
            found.append(answer)
        return found

    def flush(
        self,
        *,
        only_due: bool = False,
        leave: Collection[str] = (),
        told: Callable[[FlushResult], object] = lambda so_far: None,
    ) -> FlushResult:
        """Try every entry (or those whose time has come); one that fails does not stop the others.

        ``leave``: ids of entries that somebody else takes care of. ``told`` hears of each that was tried, and
        what it raises ends the run: what is not tried yet stays.
        """
        result = FlushResult()
        for entry in self.entries():
            if entry.id in leave:
                continue
            if only_due and (entry.refused or not entry.due):
                (result.refused if entry.refused else result.waiting).append(entry)
                continue
            try:
                result.registered.append(self.register(entry))
            except SecingestError as error:
                entry.error = error.message
                (result.refused if entry.refused else result.waiting).append(entry)
            told(result)
        return result

    def discard(self, entry_id: str) -> bool:
        """Forget an entry on a person's word; the object stays at the provider, unregistered."""
        for entry in self.entries():
            if entry.id == entry_id:
                self._path(entry).unlink(missing_ok=True)
                return True
        return False

    def _postpone(self, entry: OutboxEntry, error: ServerUnreachable | ServerRefused) -> None:
        entry.attempts += 1
        entry.error = error.message
        entry.refused = isinstance(error, ServerRefused) and not error.temporary
        # Full jitter, so that many clients do not come back at the same moment.
        delay = min(LAST_RETRY, FIRST_RETRY * 2 ** min(entry.attempts - 1, 12))
        entry.next_attempt_at = (datetime.now(UTC) + delay * random.uniform(0.5, 1)).isoformat()
        self._write(entry)

    @contextmanager
    def _owned(self, entry: OutboxEntry) -> Iterator[bool]:
        import fcntl

        try:
            with self._path(entry).open("rb") as stream:
                fcntl.flock(stream, fcntl.LOCK_EX)
                yield self._path(entry).exists()
        except FileNotFoundError:
            yield False

    def _write(self, entry: OutboxEntry, *, sync: bool = True) -> None:
        # ASCII only: a path that is no UTF-8 has lone surrogates, which JSON escapes and UTF-8 refuses.
        # On one line, since Python's fast encoder writes no other: there may be thousands of small files.
        fields = {name: getattr(entry, name) for name in OutboxEntry.__slots__}
        write_atomic(self._path(entry), json.dumps(fields).encode(), sync=sync)

    def _path(self, entry: OutboxEntry) -> Path:
        return self._folder / f"{entry.id}.json"
