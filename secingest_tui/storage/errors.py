"""The failures of a provider, by class. What they are made from is in ``faults.py``, which loads botocore."""

from __future__ import annotations

from secingest_tui.errors import SecingestError


class StorageError(SecingestError):
    """A failure at the provider. ``retryable``: the same request may succeed later. ``code``: S3's own."""

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        field: str | None = None,
        code: str | None = None,
        retryable: bool | None = None,
    ) -> None:
        # Keys come from listings, which anyone with the bucket's name may have filled.
        super().__init__(_printable(message), hint=hint, field=field)
        self.code = code
        if retryable is not None:
            self.retryable = retryable


class EndpointUnreachable(StorageError):
    """Nobody answers there: name, route, port, or time-out."""

    retryable = True


class TransferInterrupted(StorageError):
    """The connection ended in the middle of a request or an answer."""

    retryable = True


class TlsFailure(StorageError):
    """The provider's certificate does not verify, or TLS could not be spoken."""


class WrongCredentials(StorageError):
    """The access key is unknown, suspended or expired, the secret key does not fit, or there is none."""


class ClockSkew(StorageError):
    """This machine's clock and the provider's are too far apart for a signature."""


class AccessRefused(StorageError):
    """The identity is known and may not do this."""


class NoSuchBucket(StorageError):
    """There is no bucket of that name."""


class NoSuchKey(StorageError):
    """There is no object (or version) of that name."""


class NoSuchUpload(StorageError):
    """The multipart upload was completed, aborted or never was."""


class BucketNotYours(StorageError):
    """The bucket exists and belongs to another account."""


class QuotaExceeded(StorageError):
    """The provider's quota or disk is full."""


class SlowDown(StorageError):
    """The provider is busy or limits the rate, or failed inside."""

    retryable = True


class TooLarge(StorageError):
    """The object or part is larger (or a part smaller) than the provider takes."""


class PreconditionFailed(StorageError):
    """If-None-Match or If-Match was not met: something is there already, or it changed."""


class ChecksumMismatch(StorageError):
    """What the provider received, holds or sent differs from what was meant. Sending again may mend it."""

    retryable = True


class BadRange(StorageError):
    """The range asked for lies outside the object."""


def _printable(text: str) -> str:
    """Control, bidi and line characters as visible escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
