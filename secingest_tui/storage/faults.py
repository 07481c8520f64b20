"""Every failure of a provider in words: what happened, what to do next, and whether to try again.

Whatever botocore, urllib3 or the operating system raise ends here. Nothing of the original is kept in
the chain: its text can hold a signed URL, and its traceback the credentials.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from secingest_tui.errors import SecingestError
from secingest_tui.storage.body import Stopped
from secingest_tui.storage.errors import (
    AccessRefused,
    BadRange,
    BucketNotYours,
    ChecksumMismatch,
    ClockSkew,
    EndpointUnreachable,
    NoSuchBucket,
    NoSuchKey,
    NoSuchUpload,
    PreconditionFailed,
    QuotaExceeded,
    SlowDown,
    StorageError,
    TlsFailure,
    TooLarge,
    TransferInterrupted,
    WrongCredentials,
)

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from secingest_tui.storage.settings import S3Settings


_CLASSES: Final[Mapping[str, tuple[type[StorageError], str, str]]] = {
    code: (kind, words, hint)
    for codes, kind, words, hint in (
        (
            "InvalidAccessKeyId InvalidClientTokenId UserSuspended",
            WrongCredentials,
            "the provider does not know the access key, or has suspended it",
            "check the access key of this backend, or ask the provider whether it is active",
        ),
        (
            "SignatureDoesNotMatch AuthorizationHeaderMalformed",
            WrongCredentials,
            "the secret key does not fit the access key (or the region is wrong)",
            "enter the backend's secret key again, and check its region",
        ),
        (
            "ExpiredToken InvalidToken TokenRefreshRequired",
            WrongCredentials,
            "the session token has expired or is not valid",
            "get fresh credentials; with a profile, log in again",
        ),
        (
            "RequestTimeTooSkewed RequestExpired",
            ClockSkew,
            "this machine's clock and the provider's are too far apart",
            "set the clock (timedatectl status shows whether it is synchronised) and try again",
        ),
        (
            "AccessDenied Forbidden AllAccessDisabled AccountProblem MethodNotAllowed 403",
            AccessRefused,
            "the provider refused access",
            "check that these credentials may use this bucket",
        ),
        (
            "NoSuchBucket",
            NoSuchBucket,
            "the bucket does not exist",
            "check the bucket's name and the backend; provisioning creates it",
        ),
        (
            "NoSuchKey NoSuchVersion NotFound 404",
            NoSuchKey,
            "the object does not exist",
            "check the key, the version and the backend",
        ),
        (
            "NoSuchUpload",
            NoSuchUpload,
            "the multipart upload no longer exists at the provider",
            "start the upload again",
        ),
        (
            "InvalidBucketName",
            StorageError,
            "the provider does not take this bucket name",
            "bucket names have 3 to 63 lower-case letters, digits and hyphens",
        ),
        (
            "BucketAlreadyExists",
            BucketNotYours,
            "the bucket exists but is not yours",
            "someone else holds this name; nothing was sent there. Use another namespace counter or backend",
        ),
        (
            "QuotaExceeded TooManyBuckets InsufficientStorage 507 StorageFull XMinioStorageFull",
            QuotaExceeded,
            "the provider's quota or storage is full",
            "free space at the provider, or ask for a larger quota",
        ),
        (
            "SlowDown ServiceUnavailable Throttling ThrottlingException TooManyRequests RequestLimitExceeded "
            "InternalError RequestTimeout OperationAborted 429 500 502 503 504",
            SlowDown,
            "the provider is busy or failed inside",
            "try again in a while; if it lasts, use fewer connections",
        ),
        (
            "EntityTooLarge MaxMessageLengthExceeded 413",
            TooLarge,
            "the object or part is larger than the provider takes",
            "use a smaller part size, or split the file",
        ),
        (
            "KeyTooLongError KeyTooLong",
            TooLarge,
            "the object's name is longer than the provider takes",
            "use a shorter object key or prefix",
        ),
        (
            "EntityTooSmall",
            TooLarge,
            "a part is smaller than the provider takes",
            "parts must be at least 5 MiB, except the last",
        ),
        (
            "PreconditionFailed ConditionalRequestConflict 412 409",
            PreconditionFailed,
            "the object is there already, or has changed meanwhile",
            "nothing was overwritten; use another version or look at what is there",
        ),
        (
            "BadDigest InvalidDigest XAmzContentSHA256Mismatch XAmzContentChecksumMismatch IncompleteBody",
            ChecksumMismatch,
            "the provider received other bytes than were sent",
            "something on the way corrupts data; try again, and check the network if it comes back",
        ),
        (
            "InvalidRange 416",
            BadRange,
            "the range lies outside the object",
            "ask for bytes within the object's size",
        ),
        (
            "MissingContentLength 411",
            StorageError,
            "the provider takes no body without a length",
            'set checksums = "md5" for this backend',
        ),
    )
    for code in codes.split()
}

_SAFE_CODE = re.compile(r"[A-Za-z0-9.]{1,64}")
_MESSAGE_LIMIT = 200


@contextmanager
def translated(settings: S3Settings, action: str) -> Iterator[None]:
    """Turn whatever is raised inside into a StorageError. ``action`` says what was tried, as in "put s3://b/k"."""
    try:
        yield
    except Stopped as stop:
        raise stop.cause from None
    except SecingestError:
        raise
    except Exception as error:  # noqa: BLE001 - this is the one place that knows them all
        raise translate(error, settings, action) from None


def translate(error: BaseException, settings: S3Settings, action: str) -> StorageError:
    """The StorageError for ``error``, whatever it is."""
    # Where nothing fails nothing of botocore is needed.
    import botocore.exceptions as boto
    import urllib3.exceptions as http

    if isinstance(error, boto.ClientError):
        return _from_answer(error, settings, action)
    cause = _innermost(error)
    where = f"{action} at {settings.place}"
    if isinstance(error, boto.NoCredentialsError | boto.PartialCredentialsError):
        return WrongCredentials(
            f"{where}: there are no credentials",
            hint="add credentials to this backend, or name an AWS profile",
        )
    if isinstance(
        error, boto.CredentialRetrievalError | boto.UnauthorizedSSOTokenError | boto.TokenRetrievalError
    ):
        return credentials_failed(settings)
    if isinstance(error, boto.SSLError) or isinstance(cause, ssl.SSLError):
        return _tls(cause, where)
    if isinstance(error, boto.ParamValidationError):
        return StorageError(
            f"{where}: the request itself is not valid", hint="check the bucket's name and the key"
        )
    if isinstance(error, boto.ConnectTimeoutError | boto.EndpointConnectionError | boto.ProxyConnectionError):
        return _unreachable(cause, where)
    broken = (
        boto.ConnectionClosedError
        | boto.ReadTimeoutError
        | boto.IncompleteReadError
        | boto.ResponseStreamingError
        | boto.HTTPClientError
        | http.HTTPError
        | OSError
    )
    if isinstance(error, broken):
        timed_out = isinstance(error, boto.ReadTimeoutError | TimeoutError) or isinstance(cause, TimeoutError)
        what = "no answer within the time-out" if timed_out else "the connection was cut"
        return TransferInterrupted(f"{where}: {what}", hint="try again; what was already stored stays stored")
    return StorageError(f"{where}: {type(error).__name__}", hint="this is not expected; please report it")


def answered(settings: S3Settings, action: str, code: str) -> StorageError:
    """The error for a provider's answer with one of the codes above."""
    kind, words, hint = _CLASSES[code]
    return kind(f"{action} at {settings.place}: {words} ({code})", hint=hint, code=code)


def credentials_failed(settings: S3Settings) -> WrongCredentials:
    """The error for a profile whose credentials can't be had."""
    return WrongCredentials(
        f"the AWS profile {settings.profile or 'default'} for {settings.place} gave no credentials",
        hint="run its credential_process or log in by hand, and look at what it says",
        field="profile",
    )


def _from_answer(error: ClientError, settings: S3Settings, action: str) -> StorageError:
    answer: dict[str, Any] = error.response
    status = str(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    code = str(answer.get("Error", {}).get("Code", ""))
    if not _SAFE_CODE.fullmatch(code):
        code = status
    known = _CLASSES.get(code) or _CLASSES.get(status)
    if known is not None:
        kind, words, hint = known
        return kind(f"{action} at {settings.place}: {words} ({code})", hint=hint, code=code)
    said = _presentable(str(answer.get("Error", {}).get("Message", "")), settings)
    return StorageError(
        f"{action} at {settings.place}: the provider answered {code}{said}",
        hint="see what the provider documents for this answer",
        code=code,
        retryable=status.startswith("5"),
    )


def providers_words(error: ClientError, settings: S3Settings) -> str:
    """What the provider said, in its own words: ``403 AccessDenied: Access Denied``, one printable line."""
    answer: dict[str, Any] = dict(error.response)
    status = str(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", "")) or "?"
    code = str(answer.get("Error", {}).get("Code", ""))
    shown = f" {code}" if _SAFE_CODE.fullmatch(code) and code != status else ""
    return f"{status}{shown}{_presentable(str(answer.get('Error', {}).get('Message') or ''), settings)}"


def _presentable(message: str, settings: S3Settings) -> str:
    """The provider's own words, one short printable line, or nothing if a secret or a URL is in them."""
    line = "".join(character for character in message if character.isprintable())[:_MESSAGE_LIMIT]
    if not line or "://" in line or any(secret in line for secret in settings.secrets):
        return ""
    return f": {line}"


def _innermost(error: BaseException) -> BaseException:
    """The exception at the bottom of botocore's and urllib3's wrappings."""
    seen: set[int] = set()
    current = error
    while id(current) not in seen:
        seen.add(id(current))
        inner = (
            getattr(current, "kwargs", {}).get("error")
            or getattr(current, "reason", None)
            or current.__cause__
            or current.__context__
        )
        if not isinstance(inner, BaseException):
            break
        current = inner
    return current


def _tls(cause: BaseException, where: str) -> TlsFailure:
    reason = getattr(cause, "verify_message", None) or getattr(cause, "reason", None)
    said = f": {reason}" if isinstance(reason, str) and reason.isprintable() else ""
    return TlsFailure(
        f"{where}: the TLS connection was refused{said}",
        hint="for a certificate authority of its own set ca_file to its PEM file; check the host name too",
        field="ca_file",
    )


def _unreachable(cause: BaseException, where: str) -> EndpointUnreachable:
    import urllib3.exceptions as http

    if isinstance(cause, socket.gaierror | http.NameResolutionError):
        what, hint = "the host name is not known", "check the endpoint's name and this machine's DNS"
    elif isinstance(cause, ConnectionRefusedError):
        what, hint = "nothing listens there", "check the endpoint's port, and that the store runs"
    elif isinstance(cause, TimeoutError | http.ConnectTimeoutError | http.TimeoutError):
        what, hint = "no connection within the time-out", "check the network, firewall and endpoint"
    else:
        what, hint = "it cannot be reached", "check the endpoint and the network"
    return EndpointUnreachable(f"{where}: {what}", hint=hint, field="endpoint")
