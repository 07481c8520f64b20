"""Reconciling: what a snapshot saw against what is registered. Every finding has a next action."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from backend_stub.contract.auditing import RegisteredCopy
from backend_stub.contract.locations import s3_url
from backend_stub.contract.residency import residency_allows
from backend_stub.contract.snapshot_format import DELETE_MARKER, LATEST, BucketChunks, SnapshotRow
from secingest_tui.services.snapshots.reading import Reader, Tick, WholeSnapshot, raw_text, unheard
from secingest_tui.services.snapshots.registered import RegisteredCopies, location_of

TITLES = {
    "missing": "registered, but not there",
    "unregistered": "there, but not registered",
    "etag-differs": "another ETag than registered",
    "size-differs": "another size than registered",
    "wrong-bucket": "not in the bucket that the namespace rule gives",
    "outside-residency": "outside the object's residency",
    "too-few-copies": "fewer copies than the policy asks for",
    "unknown-key": "encrypted for a key that is not on record",
}
_OURS = re.compile(r"(?P<object>.+/.+)/(?P<version>[A-Za-z0-9][A-Za-z0-9._:-]{0,127})/[0-9a-f]{16}")
_SIDECARS = (b".sig", b".keys")


@dataclass(frozen=True, slots=True)
class Finding:
    """``code`` is a key of TITLES; ``action`` is what to do next, mostly a command."""

    code: str
    backend: str
    bucket: str
    key: str
    detail: str
    action: str
    object_key: str | None = None
    version: str | None = None
    mend: str = ""
    """What can be done at once: ``register``, ``copies`` (make the jobs that the policy asks for), ``repair``
    (look at the copy, make a job from a good one), ``drill``; empty where a person decides."""


@dataclass(slots=True)
class Reconciliation:
    """Walk ``findings`` once; the counts are complete afterwards."""

    whole: WholeSnapshot
    counts: Counter[str] = field(default_factory=Counter)
    registered: int = 0
    matched: int = 0
    sidecars: int = 0
    older: int = 0
    """Versions that are not the latest, and delete markers, that nothing registered names."""
    newer: int = 0
    """Registered after the snapshot was taken: it cannot know them."""
    elsewhere: int = 0
    """Seen here too, and registered on another backend: one account, one list of buckets."""
    not_covered: int = 0
    """Registered where the snapshot did not look: cut by a cap, not listed, another bucket."""

    def findings(self, client: Reader, tick: Tick = unheard) -> Iterator[Finding]:
        """``tick`` hears of registered copies as they are read, before the snapshot is.

        Raises SnapshotAltered, ServerRefused, ServerUnreachable.
        """
        head = self.whole.head
        keys = {key.key_id for key in client.recorded_keys(head.tenant_id)}
        with RegisteredCopies(head.backend) as copies:
            self.registered = copies.load(client, head.tenant_id, tick)
            for bucket in self.whole.manifest.buckets:
                yield from self._counted(self._there(bucket, copies))
            yield from self._counted(self._absent(copies))
            yield from self._counted(_policy(copies, keys))

    def _counted(self, found: Iterator[Finding]) -> Iterator[Finding]:
        for finding in found:
            self.counts[finding.code] += 1
            yield finding

    def _there(self, bucket: BucketChunks, copies: RegisteredCopies) -> Iterator[Finding]:
        """What the snapshot saw in one bucket, key by key."""
        if not bucket.chunks:
            return
        span = (b"", b"")
        known: dict[bytes, list[tuple[int, RegisteredCopy]]] = {}
        ends = iter(bucket.chunks)
        for key, group in groupby(self.whole.rows(bucket), key=lambda row: row.raw_name):
            while key > span[1]:
                ref = next(ends)
                span = (ref.first_name, ref.last_name)
                known = copies.between(bucket.name, *span)
            rows = list(group)
            if key in known:
                copies.mark([number for number, _ in known[key]])
                for _, copy in known[key]:
                    yield from self._match(bucket.name, rows, copy)
            else:
                yield from self._unknown(bucket.name, rows, copies)

    def _match(self, bucket: str, rows: list[SnapshotRow], copy: RegisteredCopy) -> Iterator[Finding]:
        row = self._row_of(rows, copy)
        if row is None:
            why = (
                "its newest version is a delete marker"
                if rows[0].flags & DELETE_MARKER
                else (f"version {copy.version_id} is not there")
            )
            yield _missing(copy, why)
            return
        self.matched += 1
        if row.etag != copy.etag:
            yield _differs("etag-differs", copy, f"{row.etag} is there, {copy.etag} was registered")
        if copy.ciphertext_size is not None and row.size != copy.ciphertext_size:
            detail = f"{row.size} bytes are there, {copy.ciphertext_size} were registered"
            yield _differs("size-differs", copy, detail)

    def _row_of(self, rows: list[SnapshotRow], copy: RegisteredCopy) -> SnapshotRow | None:
        if copy.version_id and self.whole.head.versions:
            named = [row for row in rows if row.version_id == copy.version_id]
            return named[0] if named and not named[0].flags & DELETE_MARKER else None
        return next((row for row in rows if row.flags & LATEST and not row.flags & DELETE_MARKER), None)

    def _unknown(self, bucket: str, rows: list[SnapshotRow], copies: RegisteredCopies) -> Iterator[Finding]:
        latest = [row for row in rows if row.flags & LATEST and not row.flags & DELETE_MARKER]
        self.older += len(rows) - len(latest)
        for row in latest[:1]:
            if copies.has(bucket, row.raw_name):
                self.elsewhere += 1
                return
            for suffix in _SIDECARS:
                if row.raw_name.endswith(suffix) and copies.has(bucket, row.raw_name.removesuffix(suffix)):
                    self.sidecars += 1
                    return
            yield self._unregistered(bucket, row)

    def _unregistered(self, bucket: str, row: SnapshotRow) -> Finding:
        backend = self.whole.head.backend
        key = raw_text(row)
        ours = _OURS.fullmatch(key)
        action = "find out who uploaded it; remove it at the provider if nobody needs it"
        if ours is not None and key.startswith(self.whole.head.tenant_id + "/") and not row.flags & 4:
            location = ("--from", s3_url(bucket, key), "--object-version", ours["version"])
            register = _command("register", ours["object"], "--backend", backend, *location)
            action = f"secingest outbox flush, else {register}"
            place = (backend, bucket, key, f"{row.size} bytes, {row.etag}", action)
            return Finding("unregistered", *place, ours["object"], ours["version"], "register")
        if row.raw_name.endswith(_SIDECARS):
            action = "it belongs to no registered object: remove it at the provider if nobody needs it"
        return Finding("unregistered", backend, bucket, key, f"{row.size} bytes, {row.etag}", action)

    def _absent(self, copies: RegisteredCopies) -> Iterator[Finding]:
        for copy in copies.unseen():
            bucket, key = location_of(copy)
            if copy.recorded_at > self.whole.head.taken_at:
                self.newer += 1
            elif not self._looked_at(bucket, key.encode()):
                self.not_covered += 1
            else:
                yield _missing(copy, "the snapshot did not see it")

    def _looked_at(self, name: str, key: bytes) -> bool:
        bucket = self.whole.bucket(name)
        if bucket is None:
            return self.whole.head.all_buckets and not self.whole.head.omitted_buckets
        if bucket.summary.get("unlisted"):
            return False
        return not bucket.summary.get("omitted_entries") or (
            bool(bucket.chunks) and key <= bucket.chunks[-1].last_name
        )


def _policy(copies: RegisteredCopies, keys: set[str]) -> Iterator[Finding]:
    """What is wrong with the registrations themselves, wherever the bytes are."""
    for copy in copies:
        bucket, _ = location_of(copy)
        if bucket != copy.expected_bucket:
            detail = f"the rule gives {copy.expected_bucket}"
            yield _finding("wrong-bucket", copy, detail, _again(copy, copy.backend))
        if not residency_allows(copy.residency, copy.country):
            where = copy.country or "an unknown country"
            detail = f"{copy.backend} is in {where}, the residency is {copy.residency}"
            yield _finding("outside-residency", copy, detail, _again(copy, "BACKEND"))
        if copy.copies < copy.replica_count:
            yield _finding(
                "too-few-copies", copy, f"{copy.copies} of {copy.replica_count} copies are registered",
                "secingest reconcile, then secingest worker --once", "copies",
            )  # fmt: skip
        if keys and copy.key_id not in keys:
            named = (copy.object_key, "--object-version", copy.version)
            yield _finding(
                "unknown-key", copy, f"{copy.key_id} is not among the recorded keys",
                f"{_drill(copy)} shows whether anybody here still opens it, then "
                + _command("rewrap", *named, "--reencrypt", "--recipient", "KEY")
                + ", then " + _command("objects", "erase", *named),
                "drill",
            )  # fmt: skip


def _drill(copy: RegisteredCopy) -> str:
    return _command("drill", "--object", copy.object_key, "--object-version", copy.version)


def _again(copy: RegisteredCopy, backend: str) -> str:
    """Bytes that lie in the wrong place: sealed again into the right one, then gone from there."""
    named = (copy.object_key, "--object-version", copy.version)
    restore = _command("restore", *named, "-o", "FILE")
    ingest = _command("ingest", "FILE", "--as", copy.object_key, "--backend", backend)
    return f"{restore}, then {ingest}, then {_command('objects', 'erase', *named)}"


def _missing(copy: RegisteredCopy, detail: str) -> Finding:
    if copy.copies > 1:
        action = f"{_repair(copy)} makes a job from a good copy, then secingest worker --once"
        return _finding("missing", copy, detail, action, "repair")
    action = "its only copy is gone: look for a version at the provider, or ingest it again"
    return _finding("missing", copy, detail, action)


def _differs(code: str, copy: RegisteredCopy, detail: str) -> Finding:
    if copy.copies > 1:
        action = f"{_repair(copy)} makes a job where it is damaged, then secingest worker --once"
        return _finding(code, copy, detail, action, "repair")
    action = f"{_drill(copy)} shows whether it still opens; it is the only copy"
    return _finding(code, copy, detail, action, "drill")


def _repair(copy: RegisteredCopy) -> str:
    return _command("verify", "--all", "--deep", "--prefix", copy.object_key, "--backend", copy.backend)


def _finding(code: str, copy: RegisteredCopy, detail: str, action: str, mend: str = "") -> Finding:
    bucket, key = location_of(copy)
    return Finding(code, copy.backend, bucket, key, detail, action, copy.object_key, copy.version, mend)


def _command(*words: str) -> str:
    return " ".join(["secingest", *(shlex.quote(word) for word in words)])
