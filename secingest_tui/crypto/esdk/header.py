"""The message header, version 2: written once, read strictly.

Layout (specification, ``data-format/message-header.md``; integers big-endian)::

    02 | 0478 | message id 32 | u16 length, context | u16 count, wrapped keys
    | 02 (framed) | u32 frame length | commitment 32 | tag 16

A wrapped key is ``u16 length, provider id | u16 length, provider info | u16 length, ciphertext``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from secingest_tui.crypto.errors import FormatError, LimitError, MoreDataNeeded, UnsupportedFormatError
from secingest_tui.crypto.esdk import wire
from secingest_tui.crypto.esdk.context import KEY_ID, MAX_CONTEXT_BYTES, parse_context
from secingest_tui.crypto.esdk.wire import Buffer, Cursor, u16, u32

MAX_RECIPIENTS = 16
MAX_PROVIDER_ID = 128
MAX_PROVIDER_INFO = 1024
MAX_WRAPPED_KEY = 4096
MAX_HEADER_LENGTH = 128 * 1024


@dataclass(frozen=True, slots=True)
class EncryptedDataKey:
    """The data key wrapped for one recipient: which kind, for whom, and the bytes."""

    provider_id: str
    provider_info: bytes
    ciphertext: bytes

    def serialise(self) -> bytes:
        """The three fields, each after its length in two bytes."""
        fields = (self.provider_id.encode(), self.provider_info, self.ciphertext)
        return b"".join(u16(len(piece)) + piece for piece in fields)

    @classmethod
    def parse(cls, data: bytes) -> EncryptedDataKey:
        """Read what :meth:`serialise` wrote, as it is kept beside an object.

        Raises :class:`LimitError` for a field longer than a header may have, :class:`FormatError`
        for a length that does not fit.
        """
        cursor = Cursor(data)
        try:
            key = _take_key(cursor)
        except MoreDataNeeded as error:
            raise FormatError("the wrapped key is cut short") from error
        if cursor.position != len(data):
            raise FormatError("bytes follow the wrapped key")
        return key


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header. ``raw`` is the whole of it with its tag; nothing in it is verified yet."""

    suite: int
    message_id: bytes
    context: dict[str, str]
    encrypted_data_keys: tuple[EncryptedDataKey, ...]
    frame_length: int
    commitment: bytes
    raw: bytes = field(repr=False)

    @property
    def length(self) -> int:
        """Bytes of the header with its tag: the offset of the first frame."""
        return len(self.raw)

    @property
    def body(self) -> bytes:
        """What the tag authenticates: everything before it."""
        return self.raw[: -wire.TAG_LENGTH]

    @property
    def tag(self) -> bytes:
        """The 16 bytes that authenticate the header under the message key."""
        return self.raw[-wire.TAG_LENGTH :]

    @property
    def sha256(self) -> bytes:
        """SHA-256 of the header with its tag (32 bytes), as the uploader's signature holds it."""
        return hashlib.sha256(self.raw).digest()

    def key_id(self, index: int) -> str | None:
        """The id, from the context, of the recipient of wrapped key ``index``; None where it is not said."""
        ids = self.context.get(KEY_ID, "").split(",")
        return ids[index] if len(ids) == len(self.encrypted_data_keys) and ids[index] else None


def serialise_body(
    message_id: bytes,
    context: bytes,
    encrypted_data_keys: Sequence[EncryptedDataKey],
    frame_length: int,
    commitment: bytes,
) -> bytes:
    """The header without its tag; ``context`` as :func:`~.context.serialise_context` gave it."""
    return b"".join(
        (
            bytes((wire.MESSAGE_VERSION,)),
            u16(wire.SUITE_ID),
            message_id,
            u16(len(context)),
            context,
            u16(len(encrypted_data_keys)),
            *(key.serialise() for key in encrypted_data_keys),
            bytes((wire.CONTENT_FRAMED,)),
            u32(frame_length),
            commitment,
        )
    )


def parse_header(data: Buffer) -> Header:
    """Read the header at the start of ``data``; what follows it is not looked at.

    Raises :class:`MoreDataNeeded` (with the least length to come back with) where ``data``
    ends too early, :class:`UnsupportedFormatError` for any other version, suite or body type,
    :class:`LimitError` for counts and lengths we never write, :class:`FormatError` otherwise.
    Nothing is authenticated here: that takes the private key (:class:`~.opener.Opener`).
    """
    cursor = Cursor(data)
    _accept_version(cursor.u8())
    _accept_suite(cursor.u16())
    message_id = cursor.take(wire.MESSAGE_ID_LENGTH)
    context = _take_context(cursor)
    keys = _take_keys(cursor)
    content = cursor.u8()
    if content != wire.CONTENT_FRAMED:
        raise UnsupportedFormatError(f"body type {content} is not accepted: only framed objects are")
    frame_length = cursor.u32()
    if not 1 <= frame_length <= wire.MAX_FRAME_LENGTH:
        raise LimitError(f"frame length {frame_length} is outside 1 to {wire.MAX_FRAME_LENGTH} bytes")
    commitment = cursor.take(wire.COMMITMENT_LENGTH)
    cursor.take(wire.TAG_LENGTH)
    raw = bytes(memoryview(data)[: cursor.position])
    return Header(wire.SUITE_ID, message_id, context, keys, frame_length, commitment, raw)


def _accept_version(version: int) -> None:
    if version == wire.MESSAGE_VERSION:
        return
    if version == 1:
        raise UnsupportedFormatError(
            "this is a version 1 message, which does not commit to its key",
            hint="Open it with the AWS Encryption SDK and a policy that allows it, then seal it again.",
        )
    raise UnsupportedFormatError(
        "these bytes are not an AWS Encryption SDK message, version 2",
        hint="Check that this is the ciphertext and not the plaintext or another tool's object.",
    )


def _accept_suite(suite: int) -> None:
    if suite != wire.SUITE_ID:
        raise UnsupportedFormatError(
            f"algorithm suite 0x{suite:04x} is not accepted, only 0x{wire.SUITE_ID:04x} is",
            hint="No object of ours has another suite: treat this one as tampered with.",
        )


def _take_context(cursor: Cursor) -> dict[str, str]:
    length = cursor.u16()
    if length > MAX_CONTEXT_BYTES:
        raise LimitError(
            f"the encryption context claims {length} bytes, at most {MAX_CONTEXT_BYTES} are allowed"
        )
    data = cursor.take(length)
    try:
        return parse_context(data)
    except MoreDataNeeded as error:
        # All of the context is here, so a field that runs past it is a lie, not a short read.
        raise FormatError("an entry of the encryption context runs past its end") from error


def _take_keys(cursor: Cursor) -> tuple[EncryptedDataKey, ...]:
    count = cursor.u16()
    if not 1 <= count <= MAX_RECIPIENTS:
        raise LimitError(f"the header claims {count} wrapped keys, 1 to {MAX_RECIPIENTS} are allowed")
    return tuple(_take_key(cursor) for _ in range(count))


def _take_key(cursor: Cursor) -> EncryptedDataKey:
    provider = _take_limited(cursor, MAX_PROVIDER_ID, "provider id")
    info = _take_limited(cursor, MAX_PROVIDER_INFO, "provider info")
    ciphertext = _take_limited(cursor, MAX_WRAPPED_KEY, "ciphertext")
    try:
        return EncryptedDataKey(provider.decode(), info, ciphertext)
    except UnicodeDecodeError as error:
        raise FormatError("a wrapped key's provider id is not UTF-8") from error


def _take_limited(cursor: Cursor, limit: int, what: str) -> bytes:
    length = cursor.u16()
    if length > limit:
        raise LimitError(f"a wrapped key's {what} claims {length} bytes, at most {limit} are allowed")
    return cursor.take(length)
