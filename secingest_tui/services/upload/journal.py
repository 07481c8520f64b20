"""What an unfinished upload needs to go on: kept durably, wiped when it is complete.

One file an upload, 0600, one JSON record a line, appended and synced. The rule that makes a
resume safe is the order of writing: the digests of a part's frames are on disk *before* its
first byte is sent (a frame's nonce is its number, so the same frame must never be sealed and
sent with other plaintext under the same key). A last line cut short by a crash is ignored:
what it announced was never sent. A journal appears under its name with its first record whole,
so there is none that says nothing; what a crash leaves of making or wiping one is cleared.
"""

from __future__ import annotations

import base64
import errno
import fcntl
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from secingest_tui.errors import SecingestError
from secingest_tui.files import private_dir, sync_dir

_NEW = ".new"


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
        """Begin the journal of a new upload, locked by this process. Raises SecingestError."""
        private_dir(folder)
        new = folder / f".{name}{_NEW}"
        journal = cls(new, _open_locked(new))
        try:
            record = asdict(start)
            record["header"] = base64.b64encode(start.header).decode()
            record["data_key"] = base64.b64encode(start.data_key).decode()
            journal._append({"record": "start", **record})
            journal.path = new.rename(folder / f"{name}.journal")
            sync_dir(folder)
        except BaseException:
            journal.path.unlink(missing_ok=True)
            journal.close()
            raise
        return journal

    @classmethod
    def reopen(cls, path: Path) -> tuple[UploadJournal, JournalState]:
        """Open a journal to go on with; a torn last line is cut off first.

        Raises SecingestError where another process works on this upload.
        """
        try:
            journal = cls(path, os.open(path, os.O_RDWR | os.O_APPEND))
        except FileNotFoundError:
            raise _ended() from None
        try:
            journal._lock()
            status = os.fstat(journal._descriptor)
            if status.st_nlink == 0:
                raise _ended()
            state, length = _read(path, os.pread(journal._descriptor, status.st_size, 0))
            os.ftruncate(journal._descriptor, length)
        except BaseException:
            journal.close()
            raise
        return journal, state

    def _lock(self) -> None:
        """Hold the upload for this process as long as the journal is open."""
        if not _lock(self._descriptor):
            raise SecingestError(
                "Another process is working on this upload.", hint="Wait for it, or stop it first."
            )

    def sealed(self, part: int, digests: bytes) -> None:
        """Durably announce a part; only after this returns may its first byte be sent."""
        self._append({"record": "sealed", "part": part, "digests": base64.b64encode(digests).decode()})

    def sent(self, part: int, done: SentPart) -> None:
        self._append({"record": "sent", "part": part, **asdict(done)})

    def close(self) -> None:
        """Let go of the upload; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def wipe(self) -> None:
        """Overwrite the file (it held a data key) and remove it.

        On a copy-on-write or log-structured file system, or an SSD, older blocks may survive;
        an encrypted volume is the answer to that.
        """
        # Held until the name is gone, so that no other process can take up an upload that is over. A
        # second descriptor, since Linux appends whatever the offset where O_APPEND is set.
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            os.pwrite(descriptor, b"\0" * os.fstat(descriptor).st_size, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.path.unlink(missing_ok=True)
        sync_dir(self.path.parent)
        self.close()

    def _append(self, record: dict[str, Any]) -> None:
        """Write one line and sync it. Raises SecingestError, and the journal is as it was before."""
        line = json.dumps(record).encode() + b"\n"
        before = os.fstat(self._descriptor).st_size
        try:
            if os.write(self._descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._descriptor)
        except OSError as error:
            # Half a line in the middle would make all that follows unreadable.
            with suppress(OSError):
                os.ftruncate(self._descriptor, before)
            raise SecingestError(
                f"The journal of this upload cannot be written ({self.path.parent}): {error.strerror}.",
                hint="Make room there: nothing is sent that is not in the journal.",
            ) from None


def clear_leftovers(folder: Path) -> None:
    """Remove what processes that ended have left of making or wiping a journal: no upload needs it."""
    for path in (*folder.glob(f".*{_NEW}"), *folder.glob("*.journal")):
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            unfinished = path.name.endswith(_NEW) or not _any_byte(descriptor)
            if unfinished and _lock(descriptor):
                path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def in_use(path: Path) -> bool:
    """Whether an upload is under way with this journal, here or in another process."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _lock(descriptor)
    finally:
        os.close(descriptor)


def _open_locked(path: Path) -> int:
    """A new file that this process has locked, and that nobody has cleared before it was."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if _lock(descriptor) and os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _any_byte(descriptor: int) -> bool:
    """Whether the file says anything: a wiped one is zeros."""
    return any(os.pread(descriptor, 4096, 0))


def _ended() -> SecingestError:
    return SecingestError("This upload has just ended.", hint="See: secingest uploads list")


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
