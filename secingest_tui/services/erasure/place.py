"""One bucket in which an object version lies or may lie: what is there, what holds it, and removing it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from secingest_tui.errors import SecingestError
from secingest_tui.services.restore.beside import KEYS_SUFFIX, SIDECAR_SUFFIX
from secingest_tui.storage import Hold, NoSuchBucket, NoSuchKey, ObjectInfo, S3Store, StorageError

# The last segment of a key that our own upload made: other attempts at the same version lie beside it.
_ATTEMPT = re.compile(r"[0-9a-f]{16}")
_KINDS = {"": "ciphertext", SIDECAR_SUFFIX: "signature", KEYS_SUFFIX: "keys"}
_UNKNOWN_CALL = frozenset(("NotImplemented", "XNotImplemented", "501"))


class NotRemoved(SecingestError):
    """Something of the object is still at a provider after it was told to remove it."""


@dataclass(frozen=True, slots=True)
class Found:
    """One version of one key, or an unfinished upload (then ``upload_id`` is set). ``size`` in bytes."""

    key: str
    kind: str
    version_id: str | None = None
    etag: str | None = None
    size: int | None = None
    upload_id: str | None = None

    def record(self) -> dict[str, Any]:
        """As the proof states it."""
        fields = {
            "key": self.key,
            "kind": self.kind,
            "version_id": self.version_id,
            "etag": self.etag,
            "size": self.size,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(slots=True)
class Place:
    """Where to look. ``key`` is the ciphertext's.

    ``only``: the provider's version ids that are this object version's, where another registered version
    lies under the same key; then neither the others nor what lies beside them is touched.
    """

    backend: str
    bucket: str
    key: str
    store: S3Store
    only: frozenset[str] = frozenset()
    is_object: Callable[[str], bool] = field(default=lambda _key: False)
    """Whether another registered object has that key: it is then no attempt at this one."""

    def find(self) -> list[Found]:
        """Everything of this object version that the provider lists. Raises StorageError."""
        try:
            return [*self._versions(), *self._uploads()]
        except (NoSuchBucket, NoSuchKey):
            return []

    def holds(self, found: list[Found]) -> list[tuple[Found, Hold]]:
        """What must stay for now. Raises StorageError."""
        stored = [item for item in found if item.upload_id is None and item.kind != "delete-marker"]
        if not stored or not self.store.locks_objects(self.bucket):
            return []
        asked = (
            (item, self.store.hold(self.bucket, item.key, version_id=item.version_id)) for item in stored
        )
        return [(item, hold) for item, hold in asked if hold is not None]

    def remove(self, item: Found) -> None:
        """Remove it for good, not behind a delete marker. Raises StorageError."""
        if item.upload_id is not None:
            self.store.abort(self.bucket, item.key, item.upload_id)
        else:
            self.store.delete(self.bucket, item.key, version_id=item.version_id)

    def verify(self) -> None:
        """List again. Raises NotRemoved where anything is left, StorageError where it cannot be listed."""
        left = self.find()
        if left:
            raise NotRemoved(
                f"{left[0].key} is still in bucket {self.bucket} on {self.backend}",
                hint="Something may be writing it: stop that, then run the command again.",
            )

    def _versions(self) -> Iterator[Found]:
        attempts = self._attempts_prefix()
        for info in self._listed(attempts or self.key):
            base, suffix = _split(info.key)
            if self.only:
                if info.key == self.key and info.version_id in self.only:
                    yield _found(info, "ciphertext")
            elif base == self.key or (attempts and self._is_attempt(base)):
                yield _found(info, "delete-marker" if info.deleted else _KINDS[suffix])

    def _listed(self, prefix: str) -> Iterator[ObjectInfo]:
        try:
            yield from self.store.list_objects(self.bucket, prefix, versions=True)
        except StorageError as error:
            if error.code not in _UNKNOWN_CALL:
                raise
            yield from self.store.list_objects(self.bucket, prefix)

    def _uploads(self) -> Iterator[Found]:
        if self.only:
            return
        attempts = self._attempts_prefix()
        try:
            for upload in self.store.list_multiparts(self.bucket, attempts or self.key):
                base, _ = _split(upload.key)
                if base == self.key or (attempts and self._is_attempt(base)):
                    yield Found(upload.key, "unfinished-upload", upload_id=upload.upload_id)
        except StorageError as error:
            if error.code not in _UNKNOWN_CALL:
                raise

    def _attempts_prefix(self) -> str:
        """``OBJECT_KEY/VERSION/`` where the key is one that our uploads make; else ""."""
        head, slash, tail = self.key.rpartition("/")
        return head + slash if _ATTEMPT.fullmatch(tail) else ""

    def _is_attempt(self, key: str) -> bool:
        rest = key.removeprefix(self._attempts_prefix())
        return key == self.key or (_ATTEMPT.fullmatch(rest) is not None and not self.is_object(key))


def _split(key: str) -> tuple[str, str]:
    for suffix in (SIDECAR_SUFFIX, KEYS_SUFFIX):
        if key.endswith(suffix):
            return key.removesuffix(suffix), suffix
    return key, ""


def _found(info: ObjectInfo, kind: str) -> Found:
    return Found(info.key, kind, info.version_id, info.etag or None, None if info.deleted else info.size)
