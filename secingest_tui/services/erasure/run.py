"""Erase object versions: look at every copy first, then tombstone, remove, list again, sign and record.

A tombstone alone is no erasure: it only ends copying. So it comes before the first removal (no worker makes
a new copy behind our back), and the proof after the last. What stops in between is finished by the same
command again; nothing is claimed before it is true.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from backend_stub.contract.objects import ObjectRecord
from secingest_tui.crypto.signature import SignerKey
from secingest_tui.errors import Cancelled, SecingestError, UsageError
from secingest_tui.metadata import ServerRefused, TenantClient
from secingest_tui.services.erasure.journal import ErasureJournal
from secingest_tui.services.erasure.place import Found, Place
from secingest_tui.services.erasure.proof import keep, sign_proof
from secingest_tui.services.replication.worker import LEASE_SECONDS
from secingest_tui.services.restore.locate import copies_of
from secingest_tui.services.upload.bucket import tenant_bucket
from secingest_tui.services.workspace import Workspace

Say = Callable[[str], None]


class Held(SecingestError):
    """A provider keeps a version for now (object lock): nothing was removed anywhere."""


class Incomplete(SecingestError):
    """Something could not be removed or checked: what was removed is gone, and there is no proof yet."""


@dataclass(slots=True)
class Erased:
    """One version of which nothing is left. ``answer`` is the server's record of the proof."""

    object_key: str
    version: str
    answer: dict[str, Any]
    before: bool = False
    """It was proven before; this run only looked again."""
    found_again: list[str] = field(default_factory=list)
    """Keys that had come back since, and were removed."""


def erase(
    workspace: Workspace,
    object_key: str,
    version: str | None,
    signer: Callable[[], SignerKey],
    *,
    say: Say = lambda _text: None,
    cancel: threading.Event | None = None,
    settle: timedelta = timedelta(seconds=LEASE_SECONDS),
) -> list[Erased]:
    """Erase one version, or all of them, on every backend that has or may have something of it.

    ``settle`` is how long a worker that was copying when its job was cancelled may take to notice.
    Raises UsageError (no such object, a backend without credentials), Held before anything is removed,
    Incomplete where something stayed, StorageError, Cancelled.
    """
    client = workspace.tenant(object_key.split("/", 1)[0])
    records = _records(client, object_key, version)
    key = signer()  # a passphrase that is asked for, or wrong, comes before anything is removed
    jobs = [_Job(workspace, client, record, records) for record in records]
    for job in jobs:
        say(f"looking at {object_key} {job.record.version}")
        job.look()
    held = [text for job in jobs for text in job.held]
    if held:
        raise Held(
            held[0] + (f" (and {len(held) - 1} more)" if len(held) > 1 else "") + ": nothing was removed.",
            hint="Wait until the hold ends, or have it lifted at the provider; then run the command again.",
        )
    return [job.run(key, say, cancel or threading.Event(), settle) for job in jobs]


def _records(client: TenantClient, object_key: str, version: str | None) -> list[ObjectRecord]:
    try:
        records = client.versions(object_key).versions
    except ServerRefused as error:
        if error.status == 404:
            raise UsageError(
                f"No object {object_key} is registered.",
                hint="See: secingest objects list - what is not registered is removed at the provider.",
            ) from None
        raise
    if version is None:
        return records
    chosen = [record for record in records if record.version == version]
    if not chosen:
        known = ", ".join(record.version for record in records[:10])
        raise UsageError(f"{object_key} has no version {version}; it has: {known}.", field="--object-version")
    return chosen


class _Job:
    """The erasure of one version."""

    def __init__(
        self,
        workspace: Workspace,
        client: TenantClient,
        record: ObjectRecord,
        chosen: Sequence[ObjectRecord],
    ) -> None:
        self._workspace = workspace
        self._client = client
        self.record = record
        self._chosen = {one.version for one in chosen}
        self._places: list[Place] = []
        self._found: list[list[Found]] = []
        self.held: list[str] = []

    def look(self) -> None:
        """List every place and ask for holds; changes nothing."""
        self._places = self._all_places()
        self._found = [place.find() for place in self._places]
        for place, found in zip(self._places, self._found, strict=True):
            for item, hold in place.holds(found):
                self.held.append(f"{item.key} in bucket {place.bucket} on {place.backend} is under {hold}")

    def run(self, signer: SignerKey, say: Say, cancel: threading.Event, settle: timedelta) -> Erased:
        record = self.record
        if record.erased_at is not None:
            return self._again(say)
        if record.state != "deleted":
            self._client.delete(record.object_key, record.version)
        self._let_workers_stop(say, cancel, settle)
        # A copy may have been completed, or a job leased, since the first look.
        self.record = self._client.object(record.object_key, record.version)
        self._places = self._all_places()
        journal = ErasureJournal(self._workspace.home, record.object_key, record.version)
        missed = []
        for place in self._places:
            if cancel.is_set():
                raise Cancelled(
                    "Cancelled; what was removed is gone. The same command goes on with the rest."
                )
            say(f"removing it from {place.backend}, bucket {place.bucket}")
            try:
                self._empty(place, journal)
            except SecingestError as error:
                missed.append(f"{place.backend}: {error.message}")
        if missed:
            raise Incomplete(
                f"{record.object_key} {record.version} is not erased everywhere: {'; '.join(missed)}",
                hint="Mend the cause and run the command again; no proof was recorded.",
            )
        answer = self._client.record_erasure(sign_proof(self._statement(journal), signer))
        keep(self._workspace.home, answer)
        journal.done()
        return Erased(record.object_key, record.version, answer)

    def _empty(self, place: Place, journal: ErasureJournal) -> None:
        found = place.find()
        journal.add(place.backend, place.bucket, [item.record() for item in found])
        for item in found:
            place.remove(item)
        place.verify()

    def _again(self, say: Say) -> Erased:
        """It is proven already: look all the same, and remove what came back."""
        record = self.record
        back = []
        for place in self._places:
            found = place.find()
            for item in found:
                say(f"removing again from {place.backend}: {item.key}")
                place.remove(item)
                back.append(item.key)
            place.verify()
        [answer] = self._client.erasures(object_key=record.object_key, version=record.version)
        keep(self._workspace.home, answer)
        return Erased(record.object_key, record.version, answer, before=True, found_again=back)

    def _let_workers_stop(self, say: Say, cancel: threading.Event, settle: timedelta) -> None:
        """A worker that was copying learns at its next heartbeat that its job is cancelled."""
        ended = [
            attempt.ended_at
            for job in self.record.jobs
            for attempt in self._client.job(job.id).history
            if attempt.outcome == "cancelled" and attempt.ended_at is not None
        ]
        if not ended:
            return
        wait = (max(ended) + settle - datetime.now(UTC)).total_seconds()
        if wait > 0:
            say(f"a worker was copying it: waiting {wait:.0f} s, until it has certainly stopped")
            if cancel.wait(wait):
                raise Cancelled("Cancelled; nothing was removed, the version is marked as deleted.")

    def _all_places(self) -> list[Place]:
        """Every recorded copy, and every target to which a worker began to copy."""
        record, tenant = self.record, self.record.tenant_id
        others = [
            (copy.backend, copy.bucket, copy.key)
            for other in self._client.versions(record.object_key).versions
            if other.version not in self._chosen and other.erased_at is None
            for copy in copies_of(other)
        ]
        places: dict[tuple[str, str, str], Place] = {}
        for copy in copies_of(record):
            where = (copy.backend, copy.bucket, copy.key)
            shared = where in others
            if shared and copy.version_id is None:
                raise UsageError(
                    f"Another version of {record.object_key} lies at the same place on {copy.backend}, and "
                    "no version id of the provider is recorded: they cannot be told apart.",
                    hint="Erase every version: leave --object-version out.",
                )
            only = frozenset({copy.version_id}) if shared and copy.version_id else frozenset[str]()
            places[where] = self._place(*where, only)
        keys = [copy.key for copy in copies_of(record)]
        for job in record.jobs:
            if job.state == "succeeded" or not self._client.job(job.id).attempts:
                continue
            bucket = tenant_bucket(self._workspace, tenant, job.target, record.registration.logical)
            where = (job.target, bucket, keys[0])
            places.setdefault(where, self._place(*where, frozenset()))
        return list(places.values())

    def _place(self, backend: str, bucket: str, key: str, only: frozenset[str]) -> Place:
        store = self._workspace.store(backend, self.record.tenant_id)
        return Place(backend, bucket, key, store, only, self._is_object)

    def _is_object(self, key: str) -> bool:
        return bool(self._client.objects(object_key=key, state="all", limit=1).items)

    def _statement(self, journal: ErasureJournal) -> dict[str, Any]:
        record, now = self.record, datetime.now(UTC).isoformat().replace("+00:00", "Z")
        fields: dict[str, Any] = {
            "object_key": record.object_key,
            "version": record.version,
            "receipt_id": record.receipt_id,
            "erased_at": now,
            "places": [
                {
                    "backend": place.backend,
                    "bucket": place.bucket,
                    "key": place.key,
                    "removed": journal.removed(place.backend, place.bucket),
                    "verified_at": now,
                }
                for place in self._places
            ],
        }
        if record.registration.header_sha256 is not None:
            fields["header_sha256"] = record.registration.header_sha256
        return fields
