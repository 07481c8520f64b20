"""What a failed copy means for its job: whose fault, whether to try again, and a code to group by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from secingest_tui.crypto.errors import CryptoError
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.metadata import ServerRefused
from secingest_tui.storage import BucketNotYours, StorageError
from secingest_tui.storage.errors import (
    ClockSkew,
    EndpointUnreachable,
    NoSuchBucket,
    NoSuchKey,
    QuotaExceeded,
    SlowDown,
    TlsFailure,
    TooLarge,
    TransferInterrupted,
    WrongCredentials,
)

# The next job would meet the same there: they count against the backend, not against the job.
UNAVAILABLE = (
    EndpointUnreachable, TransferInterrupted, SlowDown, TlsFailure, WrongCredentials, ClockSkew,
    QuotaExceeded,
)  # fmt: skip


class Blocked(SecingestError):
    """Policy forbids this copy; trying again would not change that."""


class RemovalNotAllowed(Blocked):
    """The server asks for a removal that this side's configuration does not want."""


class Released(SecingestError):
    """The worker was asked to end; the job goes back as it was."""


class AtBackend(SecingestError):
    """A provider's failure, and at which side of a copy it happened."""

    def __init__(self, backend: str, side: str, error: StorageError) -> None:
        super().__init__(error.message, hint=error.hint)
        self.backend = backend
        self.side = side
        self.error = error


@contextmanager
def at(backend: str, side: str) -> Iterator[None]:
    """Remember which backend a StorageError comes from. ``side``: "source" or "target"."""
    try:
        yield
    except StorageError as error:
        raise AtBackend(backend, side, error) from None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fields of the contract's ``Fail``."""

    error: str
    cause: str
    retry: bool = True
    blocked: bool = False
    unavailable: str | None = None
    source_bad: bool = False


def judge(failure: SecingestError) -> Verdict:
    """What to tell the server of a failure."""
    text = failure.message[:2000] or type(failure).__name__
    if isinstance(failure, Blocked):
        cause = "removal-not-allowed" if isinstance(failure, RemovalNotAllowed) else "residency"
        return Verdict(text, cause, blocked=True)
    if isinstance(failure, ServerRefused) and failure.code in ("residency", "country-differs"):
        return Verdict(text, "residency", blocked=True)
    if isinstance(failure, CryptoError):
        return Verdict(text, "source-tampered", retry=False, source_bad=True)
    if not isinstance(failure, AtBackend):
        # No credentials, no such backend: a person may mend this worker, or another one may serve it.
        return Verdict(text, "worker-settings" if isinstance(failure, UsageError) else _code(failure))
    error, cause = failure.error, _code(failure.error)
    if isinstance(error, BucketNotYours):
        return Verdict(text, cause, blocked=True)
    if failure.side == "source" and isinstance(error, NoSuchKey | NoSuchBucket):
        return Verdict(text, "source-missing", retry=False, source_bad=True)
    if isinstance(error, UNAVAILABLE):
        return Verdict(text, cause, unavailable=failure.backend)
    return Verdict(text, cause, retry=not isinstance(error, TooLarge))


def _code(error: BaseException) -> str:
    """``SlowDown`` becomes ``slow-down``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()[:63]
