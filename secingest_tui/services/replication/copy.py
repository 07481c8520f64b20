"""Copy one object's ciphertext from provider to provider, verified without any key.

The target is the same S3 key in the tenant's own bucket there. What lies there already is taken over where it
proves to be the same object, so that a repeated copy has no other effect than the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from secingest_tui.crypto.errors import CryptoError
from secingest_tui.crypto.signature import Sidecar, SignerPublicKey
from secingest_tui.services.replication.ciphertext import (
    PIECE,
    Ciphertext,
    Expected,
    Verified,
    open_ciphertext,
)
from secingest_tui.services.replication.failures import AtBackend, at
from secingest_tui.services.replication.sending import Target, put_parts, put_whole
from secingest_tui.services.restore.beside import KEYS_SUFFIX, SIDECAR_SUFFIX, Source, read_key_sidecar
from secingest_tui.services.restore.opened import read_header
from secingest_tui.services.restore.signature import in_metadata
from secingest_tui.storage import NoSuchKey, PreconditionFailed, StorageError
from secingest_tui.storage.copying import MAX_COPY


@dataclass(frozen=True, slots=True)
class Copied:
    """The copy as the target's provider confirmed it, and what it was checked against."""

    etag: str
    version_id: str | None
    size: int
    verified_by: Verified
    left: tuple[str, ...] = ()
    """What beside the object could not be carried, and why."""


class CopyNotProven(StorageError):
    """What arrived is not what was sent."""

    retryable = True


def copy_object(
    source: Source,
    target: Target,
    expected: Expected,
    *,
    signers: Sequence[SignerPublicKey],
    jobs: int,
    progress: Callable[[int], None],
    again: bool = False,
) -> Copied:
    """Copy and verify. ``again``: an earlier attempt may have got there already.

    Raises CryptoError where the source is not what was registered, AtBackend for what a provider did, and
    whatever ``progress`` raises, which ends the copy.
    """
    try:
        copy, result = _once(source, target, expected, signers, jobs, progress, again=again)
    except CryptoError:
        # What was read may have been damaged on its way here: only a second reading condemns the source.
        progress(0)
        copy, result = _once(source, target, expected, signers, jobs, progress, again=again)
    left = [*_carry_beside(copy, result, target, signers), *_carry_hold(copy, target, result)]
    return Copied(result.etag, result.source.version_id, result.size, copy.verified_by, tuple(left))


def _once(
    source: Source,
    target: Target,
    expected: Expected,
    signers: Sequence[SignerPublicKey],
    jobs: int,
    progress: Callable[[int], None],
    *,
    again: bool,
) -> tuple[Ciphertext, Ciphertext]:
    with at(target.source, "source"):
        copy = open_ciphertext(source, expected, signers)
    result = _there(copy, target, signers, jobs) if again else None
    return copy, result or _bring(copy, target, signers, jobs, progress)


def _bring(
    copy: Ciphertext,
    target: Target,
    signers: Sequence[SignerPublicKey],
    jobs: int,
    progress: Callable[[int], None],
) -> Ciphertext:
    if len(copy.pieces) == 1 and copy.size <= PIECE:
        try:
            sent = put_whole(copy, target, progress, new=True)
        except AtBackend as failure:
            if not isinstance(failure.error, PreconditionFailed):
                raise
            # Something is there: ours from before, or something else, which is written over.
            if (found := _there(copy, target, signers, jobs)) is not None:
                return found
            sent = put_whole(copy, target, progress, new=False)
    else:
        if (found := _within(copy, target, signers, jobs)) is not None:
            progress(copy.size)
            return found
        sent = put_parts(copy, target, progress, jobs)
    arrived = _view(copy, target, sent.etag, sent.size, sent.version_id, copy.metadata)
    if not sent.verified:
        # The provider compared nothing with a checksum of ours, so it has to be read back.
        with at(target.backend, "target"):
            _prove(arrived, jobs)
    return arrived


def _view(
    copy: Ciphertext,
    target: Target,
    etag: str,
    size: int,
    version_id: str | None,
    metadata: Mapping[str, str],
) -> Ciphertext:
    """The copy at the target, as something to be checked by the source's own list."""
    there = Source(target.store, target.bucket, target.key, version_id)
    return Ciphertext(there, copy.expected, size, etag, metadata, copy.pieces, copy.sidecar, copy.beside)


def _prove(arrived: Ciphertext, jobs: int) -> None:
    """Read it all. Raises CopyNotProven, StorageError."""
    try:
        arrived.check(jobs)
    except CryptoError as error:
        raise CopyNotProven(f"what arrived is not what was sent: {error.message}") from None


def _there(
    copy: Ciphertext, target: Target, signers: Sequence[SignerPublicKey], jobs: int
) -> Ciphertext | None:
    """What lies at the target already, if all of it proves to be the same object."""
    try:
        head = target.store.head(target.bucket, target.key)
    except NoSuchKey:
        return None
    except StorageError as error:
        raise AtBackend(target.backend, "target", error) from None
    if head.size != copy.size:
        return None
    arrived = _view(copy, target, head.etag, head.size, head.version_id, head.metadata)
    wanted = copy.expected.checksum
    if wanted is not None and head.checksum == wanted:
        return arrived
    if copy.sidecar is None and wanted is None:
        return None  # nothing to tell it from something else of the same size
    try:
        with at(target.backend, "target"):
            arrived.check(jobs)
    except CryptoError:
        return None
    return arrived


def _within(
    copy: Ciphertext, target: Target, signers: Sequence[SignerPublicKey], jobs: int
) -> Ciphertext | None:
    """Let the provider copy within one endpoint; None where it cannot, or its copy does not prove right."""
    source = copy.source
    ours, theirs = target.store.settings, source.store.settings
    provable = copy.sidecar is not None or copy.expected.checksum is not None
    if ours.endpoint != theirs.endpoint or copy.size > MAX_COPY or not provable:
        return None
    with suppress(StorageError):
        target.store.copy_within(
            source.bucket, target.bucket, target.key, etag=copy.etag, version_id=source.version_id
        )
        return _there(copy, target, signers, jobs)
    return None


def _carry_beside(
    copy: Ciphertext, arrived: Ciphertext, target: Target, signers: Sequence[SignerPublicKey]
) -> list[str]:
    """Signature, where the copy's metadata does not have it, and further keys.

    The keys last, since access may be given while the body is on its way.

    A list of keys that is no trusted signer's is left where it is: a damaged list must not keep the object
    from being replicated, nor travel with it. Returns what was left and why.
    """
    left = []
    if copy.beside is not None:
        if copy.sidecar is None:
            left.append("its signer is not trusted here: the signature was carried, not checked")
        if not _carries(arrived, copy.beside):
            with at(target.backend, "target"):
                target.store.put(target.bucket, target.key + SIDECAR_SUFFIX, copy.beside.encode())
    try:
        with at(target.source, "source"):
            keys = read_key_sidecar(copy.source)
            if keys is None:
                return left
            header = read_header(copy.source)[0]
        keys.verify(signers, header)
    except CryptoError as error:
        return [*left, f"further keys: {error.message}"]
    with at(target.backend, "target"):
        target.store.put(target.bucket, target.key + KEYS_SUFFIX, keys.encode())
    return left


def _carries(arrived: Ciphertext, signature: Sidecar) -> bool:
    """Whether the metadata of what lies at the target has this signature."""
    with suppress(CryptoError):
        return in_metadata(arrived.metadata) == signature
    return False


def _carry_hold(copy: Ciphertext, target: Target, arrived: Ciphertext) -> list[str]:
    """Retention and legal hold of a version travel with it, where the target's bucket can hold anything."""
    source = copy.source
    if source.version_id is None:
        # Object lock needs versioning, and a registered copy under it has a version.
        return []
    with at(target.source, "source"):
        hold = source.store.hold(source.bucket, source.key, version_id=source.version_id)
    if hold is None:
        return []
    try:
        if not target.store.locks_objects(target.bucket):
            return [f"{hold}: the target's bucket has no object lock"]
        target.store.keep(target.bucket, target.key, hold, version_id=arrived.source.version_id)
    except StorageError as error:
        return [f"{hold}: {error.message}"]
    return []


def remove_object(target: Target) -> None:
    """Remove an object and what lies beside it, and see that it is gone; the body goes first.

    A versioned bucket gets a delete marker, which is what a tombstone is there: versions under object lock
    stay. Raises AtBackend.
    """
    with at(target.backend, "target"):
        target.store.delete(target.bucket, target.key)
        for suffix in (SIDECAR_SUFFIX, KEYS_SUFFIX):
            target.store.delete(target.bucket, target.key + suffix)
        with suppress(NoSuchKey):
            target.store.head(target.bucket, target.key)
            raise CopyNotProven(f"s3://{target.bucket}/{target.key} is still there after its removal")
