"""Where the uploader's signature of a copy lies, and reading it. Nothing is verified here.

| where | when |
|---|---|
| user metadata ``secingest-signature``, in base64 | objects sent in one request, where it fits |
| an object beside it, ``KEY.sig`` | all others; also a copy that arrived without its metadata |
| the server's record: signer and value | where both are gone; the frames are digested again |
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping

from backend_stub.contract.objects import UploaderSignature
from secingest_tui.crypto.errors import FormatError, SignatureInvalidError, TamperedError
from secingest_tui.crypto.esdk import Header, Layout, frame_digests
from secingest_tui.crypto.esdk.frames import FINAL_OVERHEAD, REGULAR_OVERHEAD
from secingest_tui.crypto.signature import Manifest, Sidecar
from secingest_tui.services.restore.beside import SIDECAR_SUFFIX, Source
from secingest_tui.storage import NoSuchKey, ObjectHead

METADATA = "secingest-signature"
ROOM = 1900
"""Bytes of base64. S3 takes 2 KiB of user metadata, names included (Amazon S3 user guide, "User-defined
object metadata")."""
MAX_SIDECAR = 256 * 1024 * 1024
"""32 bytes a frame: enough for 8 TiB at the default frame length."""


def as_metadata(sidecar: Sidecar) -> dict[str, str]:
    """The user metadata that carries it; empty where it is too long for that."""
    text = base64.b64encode(sidecar.encode()).decode("ascii")
    return {METADATA: text} if len(text) <= ROOM else {}


def in_metadata(metadata: Mapping[str, str]) -> Sidecar | None:
    """What an object's user metadata carries; None where that is nothing. Raises FormatError, LimitError."""
    text = metadata.get(METADATA)
    if text is None:
        return None
    try:
        return Sidecar.parse(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise FormatError(
            "the signature in the object's metadata is not base64",
            hint="Restore it from another copy with --backend.",
        ) from None


def read_sidecar(source: Source, metadata: Mapping[str, str]) -> Sidecar | None:
    """What the uploader signed, in the object's ``metadata`` or beside it; None where there is nothing."""
    if (found := in_metadata(metadata)) is not None:
        return found
    try:
        _, data = source.store.fetch(source.bucket, source.key + SIDECAR_SUFFIX, MAX_SIDECAR)
    except NoSuchKey:
        return None
    if data is None:
        raise TamperedError("the signature beside the object is impossibly long")
    return Sidecar.parse(data)


def from_record(source: Source, header: Header, head: ObjectHead, recorded: UploaderSignature) -> Sidecar:
    """The signature as the server recorded it, about the object as it lies there: all of it is read for that.

    Raises SignatureInvalidError where the recorded signature is about something else, StorageError.
    """
    layout = Layout.of(head.size, header_length=header.length, frame_length=header.frame_length)
    digests = bytearray()
    buffer = memoryview(bytearray(max(REGULAR_OVERHEAD, FINAL_OVERHEAD) + header.frame_length))
    with source.store.get(
        source.bucket, source.key, start=layout.frame_offset(1), version_id=source.version_id
    ) as reader:
        if reader.head.etag != head.etag:
            raise TamperedError("the object was replaced while it was read", hint="Restore it again.")
        for number in range(1, layout.frames + 1):
            start, end = layout.byte_range(number, number)
            view = buffer[: end - start]
            done = 0
            while done < len(view):
                if not (count := reader.readinto(view[done:])):
                    raise TamperedError("the object ends before its length")
                done += count
            digests += frame_digests(view, header.frame_length, final=number == layout.frames)
    manifest = Manifest.for_object(header, head.size, hashlib.sha256(digests).digest())
    if hashlib.sha256(manifest.signing_bytes()).hexdigest() != recorded.manifest_sha256:
        raise SignatureInvalidError(
            "the recorded signature is not about what lies there",
            hint="Restore it from another copy with --backend.",
        )
    return Sidecar(manifest, recorded.signer_fingerprint, base64.b64decode(recorded.value), bytes(digests))
