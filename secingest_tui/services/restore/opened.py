"""An object at a provider, opened: header read, key found, origin checked, ready to be read by frames."""

from __future__ import annotations

import base64
import mmap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backend_stub.contract.objects import UploaderSignature
from backend_stub.contract.recipients import FurtherKeys
from secingest_tui.crypto.errors import (
    CryptoError,
    MoreDataNeeded,
    NoMatchingKeyError,
    SignatureMissingError,
    SignerMismatchError,
    TamperedError,
    TruncatedError,
    UnwrapError,
)
from secingest_tui.crypto.esdk import (
    MAX_HEADER_LENGTH,
    EncryptedDataKey,
    Header,
    Layout,
    Opener,
    frame_digests,
    parse_header,
)
from secingest_tui.crypto.esdk.frames import FINAL_OVERHEAD, REGULAR_OVERHEAD
from secingest_tui.crypto.recipients import PrivateKey
from secingest_tui.crypto.signature import Sidecar, SignerPublicKey
from secingest_tui.errors import SecingestError
from secingest_tui.services.inspection import wrapped_key_alg, wrapped_key_id
from secingest_tui.services.restore.beside import KeysBeside, Source
from secingest_tui.services.restore.signature import from_record, read_sidecar
from secingest_tui.storage import ObjectHead

HEADER_GUESS = 4096
READ_AHEAD = 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenedObject:
    """Everything needed to read frames; ``sidecar`` is None only where an unsigned object was allowed.

    ``private_key`` opened it, from the header's wrapped keys or from ``extra_keys``, which lie beside it.
    """

    source: Source
    header: Header
    layout: Layout
    opener: Opener
    sidecar: Sidecar | None
    etag: str
    private_key: PrivateKey
    extra_keys: tuple[EncryptedDataKey, ...] = field(default=(), repr=False)
    notes: tuple[str, ...] = ()
    """What should be known about the signature and the further keys that were used."""

    def read_frames(self, first: int, last: int, room: FrameRoom) -> Iterator[memoryview]:
        """Fetch frames ``first`` to ``last`` (from 1, inclusive) in one request, verify and decrypt them.

        Yields their plaintext in order, each piece valid until the next; a frame is decrypted while it is in
        the processor's cache. Raises TamperedError or StorageError, before anything of a bad frame is out.
        """
        start, end = self.layout.byte_range(first, last)
        with self.source.store.get(
            self.source.bucket, self.source.key, start=start, end=end, version_id=self.source.version_id
        ) as reader:
            if reader.head.etag != self.etag:
                raise TamperedError("the object was replaced while it was read", hint="Restore it again.")
            for one in range(first, last + 1, room.frames):
                until = min(one + room.frames - 1, last)
                start, end = self.layout.byte_range(one, until)
                view = room.ciphertext[: end - start]
                done = 0
                while done < len(view):
                    done += reader.readinto(view[done:])
                final = until == self.layout.frames
                if self.sidecar is not None:
                    digests = frame_digests(view, self.header.frame_length, final=final)
                    self.sidecar.require_frames(one, digests)
                yield room.plaintext[: self.opener.open(one, view, room.plaintext, final=final)]


class FrameRoom:
    """Buffers for about 1 MiB of whole frames, for one reader at a time; the plaintext's lies on a page."""

    def __init__(self, opened: OpenedObject) -> None:
        frame = opened.header.frame_length
        self.frames = min(max(1, READ_AHEAD // frame), opened.layout.frames)
        self.ciphertext = memoryview(bytearray(self.frames * (frame + REGULAR_OVERHEAD) + FINAL_OVERHEAD))
        self.plaintext = memoryview(mmap.mmap(-1, self.frames * frame))


def open_object(
    source: Source,
    keys: Iterable[PrivateKey],
    *,
    expect: Mapping[str, str],
    signers: Sequence[SignerPublicKey],
    require_signature: bool,
    registered_length: int | None = None,
    registered_header: str | None = None,
    registered_key: tuple[str, str, str] | None = None,
    registered_signature: UploaderSignature | None = None,
    further_keys: FurtherKeys | None = None,
) -> OpenedObject:
    """Open what lies at ``source``.

    ``keys`` are tried in turn; ``expect`` is what the encryption context has to say; ``signers`` are the
    uploaders, and givers of further keys, that are trusted; ``further_keys`` is what the server recorded, and
    ``registered_signature`` too, which stands in for one that the copy lost.
    Raises CryptoError for what was tampered with, StorageError for what cannot be fetched,
    SignatureMissingError for an unsigned object that is not allowed.
    """
    header, head = read_header(source)
    length = head.size
    if registered_length is not None and registered_length != length:
        raise TamperedError(
            f"the object is {length} bytes long and was registered with {registered_length}",
            hint="Restore it from another copy with --backend.",
        )
    if registered_header is not None and header.sha256.hex() != registered_header:
        raise TamperedError(
            "the object's header is not the registered one",
            hint="Restore it from another copy with --backend.",
        )
    if registered_key is not None:
        _check_registered_key(header, *registered_key)
    beside = KeysBeside(source, header, signers, further_keys)
    opener, private_key, extra_keys = _open_with_any(header, keys, expect, beside)
    layout = Layout.of(length, header_length=header.length, frame_length=header.frame_length)
    sidecar = read_sidecar(source, head.metadata)
    notes: tuple[str, ...] = ()
    if sidecar is None and registered_signature is not None:
        sidecar = from_record(source, header, head, registered_signature)
        notes = (
            f"the copy in bucket {source.bucket} lost its signature; the server's record of it was used: "
            "'secingest verify' has the copy mended",
        )
    if sidecar is None:
        if require_signature:
            raise SignatureMissingError(
                "the object has no uploader's signature, so nobody can say who wrote it",
                hint="Restore it with --allow-unsigned if you know where it comes from.",
            )
    else:
        _check_origin(sidecar, signers, header, length)
    notes += beside.notes
    return OpenedObject(source, header, layout, opener, sidecar, head.etag, private_key, extra_keys, notes)


def read_header(source: Source) -> tuple[Header, ObjectHead]:
    """The header, and the object's own description. Raises FormatError or StorageError."""
    want = HEADER_GUESS
    while True:
        with source.store.get(
            source.bucket, source.key, start=0, end=want, version_id=source.version_id
        ) as reader:
            data = reader.readall()
            try:
                return parse_header(data), reader.head
            except MoreDataNeeded as error:
                if error.needed <= len(data) or error.needed > MAX_HEADER_LENGTH or len(data) < want:
                    raise
                want = min(MAX_HEADER_LENGTH, max(error.needed, 4 * want))


def _check_origin(sidecar: Sidecar, signers: Sequence[SignerPublicKey], header: Header, length: int) -> None:
    """The signature has to be a trusted signer's, and about exactly this object."""
    signer = next((signer for signer in signers if signer.fingerprint == sidecar.signer), None)
    if signer is None:
        raise SignerMismatchError(
            f"the object is signed by {sidecar.signer[:16]}…, whom this profile does not trust",
            hint="If you know that uploader, give the public key with --signer (or as trusted_signers).",
        )
    manifest = sidecar.verify(signer)
    manifest.require_header(header)
    if manifest.ciphertext_length != length:
        raise TruncatedError(
            f"the object is {length} bytes long, and {manifest.ciphertext_length} were signed",
            hint="Restore it from another copy with --backend.",
        )


def _check_registered_key(header: Header, encrypted_key: str, key_id: str, key_alg: str) -> None:
    """The record's copy of the wrapped key has to be what the header says; the header decides."""
    for index, wrapped in enumerate(header.encrypted_data_keys):
        same = base64.b64encode(wrapped.ciphertext).decode() == encrypted_key
        if same and wrapped_key_id(header, index) in {key_id, None} and wrapped_key_alg(wrapped) == key_alg:
            return
    raise TamperedError(
        "the wrapped key, key id or algorithm in the server's record is not that of the object's header",
        hint="Ask the server's operator. The object can still be opened: secingest fetch, then decrypt.",
    )


def _open_with_any(
    header: Header, keys: Iterable[PrivateKey], expect: Mapping[str, str], beside: KeysBeside
) -> tuple[Opener, PrivateKey, tuple[EncryptedDataKey, ...]]:
    """The first key that opens, by the header's wrapped keys or by those beside the object."""
    failed: SecingestError | None = None
    for key in keys:
        try:
            return Opener(header, key, expect=expect), key, ()
        except (NoMatchingKeyError, UnwrapError) as error:
            failed = _graver(failed, error)
        # Only now: whoever the header's keys are for pays no further request.
        if extra := beside.keys():
            try:
                return Opener(header, key, expect=expect, extra_keys=extra), key, extra
            except (NoMatchingKeyError, UnwrapError) as error:
                failed = _graver(failed, error)
    assert failed is not None
    if isinstance(beside.refused, CryptoError):
        # A list of keys that was altered is the likelier reason, and the worse news.
        raise beside.refused
    if beside.refused is not None:
        failed.hint = f"{failed.hint} Keys beside the object could not be read: {beside.refused.message}"
    raise failed


def _graver(before: SecingestError | None, error: SecingestError) -> SecingestError:
    """A key that should have opened and did not says more than one that was never meant to."""
    return error if before is None or isinstance(error, UnwrapError) else before
