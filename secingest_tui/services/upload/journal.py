"""What an unfinished upload needs to go on: kept durably, wiped when it is complete.

One file an upload, 0600, one JSON record a line, appended and synced. The rule that makes a
resume safe is the order of writing: the digests of a part's frames are on disk *before* its
first byte is sent (a frame's nonce is its number, so the same frame must never be sealed and
sent with other plaintext under the same key). A last line cut short by a crash is ignored:
what it announced was never sent.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from secingest_tui.errors import SecingestError
from secingest_tui.files import private_dir, sync_dir


@dataclass(frozen=True, slots=True)
class UploadStart:
    """The first record: whose object goes where, and the key material to seal on with."""

    tenant: str
    object_key: str
    version: str
    backend: str
    bucket: str
    key: str
    upload_id: str
    source: str
    source_identity: dict[str, int]
    frame_length: int
    part_size: int
    started_at: str
    policy: dict[str, Any]
    """What to register with: residency, replicas, targets, logical bucket."""
    header: bytes = field(repr=False)
    data_key: bytes = field(repr=False)


@dataclass(slots=True)
class SentPart:
    """A part that the provider has acknowledged: CRC64NVME in base64, size in bytes of ciphertext."""

    etag: str
    checksum: str
    size: int


@dataclass(slots=True)
class JournalState:
    """What a journal says when it is read back."""

    start: UploadStart
    digests: dict[int, bytes] = field(default_factory=dict)
    """SHA-256 of each frame, concatenated, by part number: every part that may have been sent."""
    sent: dict[int, SentPart] = field(default_factory=dict)


class UploadJournal:
    """The journal of one upload, open for appending. Calls are serialised by the caller."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def create(cls, folder: Path, name: str, start: UploadStart) -> UploadJournal:
        private_dir(folder)
        path = folder / f"{name}.journal"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        journal = cls(path, descriptor)
        journal._lock()
        record = asdict(start)
        record["header"] = base64.b64encode(start.header).decode()
        record["data_key"] = base64.b64encode(start.data_key).decode()
        journal._append({"record": "start", **record})
        sync_dir(folder)
        return journal

    @classmethod
    def reopen(cls, path: Path) -> tuple[UploadJournal, JournalState]:
        """Open a journal to go on with; a torn last line is cut off first.

        Raises SecingestError where another process works on this upload.
        """
        journal = cls(path, os.open(path, os.O_RDWR | os.O_APPEND))
        try:
            journal._lock()
            state, length = _read(
                path, os.pread(journal._descriptor, os.fstat(journal._descriptor).st_size, 0)
            )
            os.ftruncate(journal._descriptor, length)
        except BaseException:
            journal.close()
            raise
        return journal, state

    def _lock(self) -> None:
        """Hold the upload for this process as long as the journal is open."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SecingestError(
                "Another process is working on this upload.", hint="Wait for it, or stop it first."
            ) from None

    def sealed(self, part: int, digests: bytes) -> None:
        """Durably announce a part; only after this returns may its first byte be sent."""
        self._append({"record": "sealed", "part": part, "digests": base64.b64encode(digests).decode()})

    def sent(self, part: int, done: SentPart) -> None:
        self._append({"record": "sent", "part": part, **asdict(done)})

    def close(self) -> None:
        os.close(self._descriptor)

    def wipe(self) -> None:
        """Overwrite the file (it held a data key) and remove it.

        On a copy-on-write or log-structured file system, or an SSD, older blocks may survive;
        an encrypted volume is the answer to that.
        """
        size = os.fstat(self._descriptor).st_size
        os.close(self._descriptor)
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            os.pwrite(descriptor, b"\0" * size, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.path.unlink()
        sync_dir(self.path.parent)

    def _append(self, record: dict[str, Any]) -> None:
        line = json.dumps(record).encode() + b"\n"
        if os.write(self._descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        os.fsync(self._descriptor)


def read_journal(path: Path) -> JournalState:
    """Read a journal without touching it. Raises SecingestError where it makes no sense."""
    return _read(path, path.read_bytes())[0]


def _read(path: Path, data: bytes) -> tuple[JournalState, int]:
    whole = data[: data.rfind(b"\n") + 1]
    state: JournalState | None = None
    try:
        for line in whole.splitlines():
            record = json.loads(line)
            kind = record.pop("record")
            if kind == "start":
                for name in ("header", "data_key"):
                    record[name] = base64.b64decode(record[name])
                state = JournalState(UploadStart(**record))
            elif state is None:
                raise ValueError
            elif kind == "sealed":
                state.digests[record["part"]] = base64.b64decode(record["digests"])
            elif kind == "sent":
                number = record.pop("part")
                state.sent[number] = SentPart(**record)
    except (ValueError, KeyError, TypeError):
        state = None
    if state is None:
        raise SecingestError(
            f"The upload journal {path} cannot be read.",
            hint="Move it away and ingest the file again.",
        )
    return state, len(whole)
