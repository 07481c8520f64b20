"""What a probe is about to make at a provider, written down before it makes it.

One file a probe in ``probes/made``. The running probe holds a lock on it (``flock``, which the kernel lets
go of however the process ends), so an entry without a holder is what a crashed probe left.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from secingest_tui.files import private_dir, sync_dir
from secingest_tui.paths import Home

_BUCKET = re.compile(r"secingest-probe-[0-9a-f]{16}(?:-lock)?")
_PREFIX = re.compile(r"\.secingest-probe-[0-9a-f]{16}/")


class Made(BaseModel):
    """What one probe may have made: ``buckets``, and keys under ``prefix`` in the person's ``bucket``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: str
    endpoint: str
    tenant: str | None
    buckets: tuple[str, ...]
    bucket: str | None = None
    prefix: str = ""

    @field_validator("buckets")
    @classmethod
    def _ours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        # A cleanup empties and deletes these: never anything but a probe's own.
        if not all(_BUCKET.fullmatch(name) for name in value):
            raise ValueError("not a probe's bucket")
        return value

    @field_validator("prefix")
    @classmethod
    def _below(cls, value: str) -> str:
        if value and not _PREFIX.fullmatch(value):
            raise ValueError("not a probe's prefix")
        return value

    @classmethod
    def plan(cls, backend: str, endpoint: str, tenant: str | None, bucket: str | None) -> Made:
        """Fresh names: buckets of the probe's own, and a prefix where an existing bucket is to be used."""
        mark = secrets.token_hex(8)
        own = f"secingest-probe-{mark}"
        return cls(
            backend=backend,
            endpoint=endpoint,
            tenant=tenant,
            buckets=(f"{own}-lock",) if bucket else (own, f"{own}-lock"),
            bucket=bucket,
            prefix=f".secingest-probe-{mark}/" if bucket else "",
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A journal file held by this process."""

    path: Path
    made: Made

    def done(self) -> None:
        """Everything is gone from the provider: forget it."""
        self.path.unlink(missing_ok=True)


@contextmanager
def writing(home: Home, made: Made) -> Iterator[Entry]:
    """Write the entry durably and hold it. It stays behind unless ``done`` is called."""
    folder = _folder(home)
    name = secrets.token_hex(8)
    temporary, path = folder / f".{name}", folder / f"{name}.json"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        # Locked before it has its name: nobody ever sees it without its holder.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, made.model_dump_json().encode())
        os.fsync(descriptor)
        temporary.rename(path)
        sync_dir(folder)
        yield Entry(path, made)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(descriptor)


@contextmanager
def taking_over(path: Path) -> Iterator[Entry | None]:
    """Hold an entry that nobody holds; None where its probe still runs, or it is gone or no entry."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        yield None
        return
    try:
        yield _held(path, descriptor)
    finally:
        os.close(descriptor)


def _held(path: Path, descriptor: int) -> Entry | None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return Entry(path, Made.model_validate_json(path.read_bytes()))
    except (OSError, ValidationError):
        return None


def left_behind(home: Home) -> list[Path]:
    """The entries there are; which of them still run is known by ``taking_over``."""
    folder = home.probes_dir / "made"
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def _folder(home: Home) -> Path:
    return private_dir(home.probes_dir / "made")
