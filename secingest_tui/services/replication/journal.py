"""What a part-done copy needs to go on: which parts the target's provider acknowledged.

One file a copy, 0600, one JSON record a line. It holds no key: a copy is of ciphertext. A last line cut short
by a crash is ignored: that part is sent again.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from secingest_tui.files import private_dir
from secingest_tui.storage import PartChecksum, PartResult


@dataclass(frozen=True, slots=True)
class CopyStart:
    """Which copy this is; another source, size or cut of the parts is another copy."""

    job: str
    tenant: str
    backend: str
    bucket: str
    key: str
    etag: str
    size: int
    parts: int
    upload_id: str


@dataclass(slots=True)
class CopyJournal:
    """An open journal, locked by this process. Calls are serialised by the caller."""

    path: Path
    descriptor: int
    start: CopyStart | None = None
    sent: dict[int, PartResult] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, backend: str, bucket: str, key: str) -> Self | None:
        """The journal of a copy, with what it says; None where another process holds it."""
        private_dir(folder)
        name = hashlib.sha256("\0".join((backend, bucket, key)).encode()).hexdigest()[:32]
        return cls.take(folder / f"{name}.copy", create=True)

    @classmethod
    def take(cls, path: Path, *, create: bool = False) -> Self | None:
        """As ``open``, by its path; None also where it is gone."""
        try:
            flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT if create else 0)
            descriptor = os.open(path, flags, 0o600)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        journal = cls(path, descriptor)
        journal._read()
        return journal

    def _read(self) -> None:
        data = os.pread(self.descriptor, os.fstat(self.descriptor).st_size, 0)
        whole = data[: data.rfind(b"\n") + 1]
        os.ftruncate(self.descriptor, len(whole))
        try:
            for line in whole.splitlines():
                record = json.loads(line)
                if record.pop("record") == "start":
                    self.start, self.sent = CopyStart(**record), {}
                else:
                    part = _part(record)
                    self.sent[part.number] = part
        except (ValueError, KeyError, TypeError, AttributeError):
            # Nothing is lost but time: without a journal the copy starts over.
            self.start, self.sent = None, {}
            os.ftruncate(self.descriptor, 0)

    def begin(self, start: CopyStart) -> None:
        """A new upload; what was there before is forgotten."""
        os.ftruncate(self.descriptor, 0)
        self.start, self.sent = start, {}
        self._append({"record": "start", **asdict(start)})

    def add(self, part: PartResult) -> None:
        """A part that the provider acknowledged."""
        self.sent[part.number] = part
        sums = {name: _sum(getattr(part, name)) for name in ("checksum", "wire")}
        plain = {"number": part.number, "size": part.size, "etag": part.etag, "verified": part.verified}
        self._append({"record": "part", **plain, **sums})

    def _append(self, record: dict[str, Any]) -> None:
        os.write(self.descriptor, json.dumps(record).encode() + b"\n")

    def close(self) -> None:
        """Keep it for the next attempt."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def remove(self) -> None:
        """The copy is over, one way or the other."""
        self.path.unlink(missing_ok=True)
        self.close()


def _sum(checksum: PartChecksum | None) -> list[Any] | None:
    if checksum is None:
        return None
    return [checksum.algorithm, checksum.size, base64.b64encode(checksum.value).decode()]


def _part(record: dict[str, Any]) -> PartResult:
    checksum, wire = (_checksum(record[name]) for name in ("checksum", "wire"))
    return PartResult(record["number"], record["size"], record["etag"], checksum, wire, record["verified"])


def _checksum(value: list[Any] | None) -> PartChecksum | None:
    if value is None:
        return None
    algorithm, size, text = value
    return PartChecksum(algorithm, size, base64.b64decode(text))


def journals(folder: Path) -> Iterator[Path]:
    """The copies that were left part-done here."""
    yield from sorted(folder.glob("*.copy")) if folder.is_dir() else ()
