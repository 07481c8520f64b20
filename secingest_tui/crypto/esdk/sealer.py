"""The writer: one message key, one header, every frame sealed once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from secingest_tui.crypto.errors import FormatError, FrameReuseError, LimitError, TamperedError
from secingest_tui.crypto.esdk import derive, frames
from secingest_tui.crypto.esdk.context import RESERVED_PREFIX, serialise_context
from secingest_tui.crypto.esdk.frameset import FrameSet
from secingest_tui.crypto.esdk.header import (
    MAX_RECIPIENTS,
    EncryptedDataKey,
    Header,
    parse_header,
    serialise_body,
)
from secingest_tui.crypto.esdk.wire import (
    DATA_KEY_LENGTH,
    DEFAULT_FRAME_LENGTH,
    IV_LENGTH,
    MAX_FRAME_LENGTH,
    MESSAGE_ID_LENGTH,
    Buffer,
    u32,
)

if TYPE_CHECKING:
    from secingest_tui.crypto.recipients.base import Recipient

# The header's tag has a fixed nonce. Two different headers under one message key would give
# away the GHASH key, and with it the integrity of every frame; so the one place that uses this
# nonce to seal is the constructor, and its key is made there from fresh random bytes.
HEADER_IV = bytes(IV_LENGTH)


class Sealer:
    """Seals one object for ``recipients`` under a fresh data key.

    The constructor makes the data key, wraps it for every recipient and seals the header.
    :meth:`seal` may then be called from several threads, for parts in any order, but for each
    frame number only once: within a process a retry sends the sealed bytes again, and another
    process goes on by :meth:`resume`.
    """

    def __init__(
        self,
        recipients: Sequence[Recipient],
        context: Mapping[str, str],
        *,
        frame_length: int = DEFAULT_FRAME_LENGTH,
    ) -> None:
        """Make the data key and the header.

        ``context`` is authenticated and readable by anyone (see :func:`~.context.object_context`);
        ``frame_length`` is in bytes. Raises :class:`FormatError` or :class:`LimitError` for what
        the format cannot carry.
        """
        _check_recipients(recipients)
        if any(key.startswith(RESERVED_PREFIX) for key in context):
            raise FormatError(f"context keys that start with {RESERVED_PREFIX!r} are reserved by the format")
        if not 1 <= frame_length <= MAX_FRAME_LENGTH:
            raise LimitError(f"frame length {frame_length} is outside 1 to {MAX_FRAME_LENGTH} bytes")
        data_key = secrets.token_bytes(DATA_KEY_LENGTH)
        message_id = secrets.token_bytes(MESSAGE_ID_LENGTH)
        body = serialise_body(
            message_id,
            serialise_context(context),
            tuple(recipient.wrap(data_key, context) for recipient in recipients),
            frame_length,
            derive.commitment(data_key, message_id),
        )
        aead = AESGCM(derive.message_key(data_key, message_id))
        # Reading it back holds the writer to what the strict reader accepts.
        header = parse_header(body + aead.encrypt(HEADER_IV, b"", body))
        self._set(header, data_key, aead)

    @classmethod
    def resume(cls, data_key: bytes, message_id: bytes, header: bytes) -> Sealer:
        """A sealer that goes on with a journalled ``header``; no header is sealed.

        The caller compares what it seals again with the journalled tags
        (:func:`~.frames.frame_tags`) before anything is sent. Raises :class:`CommitmentError` or
        :class:`TamperedError` where data key, message id and header do not belong together.
        """
        parsed = parse_header(header)
        if parsed.length != len(header) or parsed.message_id != message_id:
            raise TamperedError(
                "the journalled header is not the one of this upload",
                hint="Abort this upload and start it again.",
            )
        aead = AESGCM(derive.committed_message_key(data_key, message_id, parsed.commitment))
        verify_header(aead, parsed)
        sealer = cls.__new__(cls)
        sealer._set(parsed, data_key, aead)
        return sealer

    def _set(self, header: Header, data_key: bytes, aead: AESGCM) -> None:
        self._parsed = header
        self._data_key = data_key
        self._aead = aead
        self._sealed = FrameSet()
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Sealer(message_id={self.message_id.hex()[:16]}..., frame_length={self.frame_length})"

    @property
    def header(self) -> bytes:
        """The whole header with its tag: the first bytes of the object."""
        return self._parsed.raw

    @property
    def parsed_header(self) -> Header:
        """The header's fields."""
        return self._parsed

    @property
    def message_id(self) -> bytes:
        """32 random bytes that name this message."""
        return self._parsed.message_id

    @property
    def data_key(self) -> bytes:
        """The 32-byte data key, for the upload journal only. A secret."""
        return self._data_key

    @property
    def encrypted_data_keys(self) -> tuple[EncryptedDataKey, ...]:
        """The wrapped keys, in the recipients' order."""
        return self._parsed.encrypted_data_keys

    @property
    def frame_length(self) -> int:
        """Plaintext bytes of a regular frame."""
        return self._parsed.frame_length

    def ciphertext_length(self, plaintext_length: int) -> int:
        """Bytes of the whole object for ``plaintext_length`` bytes of plaintext."""
        return frames.ciphertext_length(
            plaintext_length, header_length=len(self.header), frame_length=self.frame_length
        )

    def seal(self, first_frame: int, plaintext: Buffer, out: Buffer, *, final: bool) -> int:
        """Seal whole frames, numbered from ``first_frame`` (the first is 1), into ``out``.

        Without ``final`` the plaintext is one or more whole frames; with it the last frame is the
        object's final one, whole, shorter or empty. Returns the bytes written. Thread-safe; the
        GIL is released while a frame is sealed. Raises :class:`FrameReuseError` for a frame number
        sealed before, :class:`LimitError` past the last number, ``ValueError`` for a plaintext
        that is not whole frames or an ``out`` that is too small; nothing is written then.
        """
        source, target = memoryview(plaintext).cast("B"), memoryview(out).cast("B")
        size, length = self.frame_length, len(source)
        needed = frames.body_length(length, size, final=final)
        if len(target) < needed:
            raise ValueError(f"the buffer has {len(target)} bytes, {needed} are needed")
        regular = max(0, length - 1) // size if final else length // size
        self._claim(first_frame, regular + final)
        position, number = 0, first_frame
        for start in range(0, regular * size, size):
            iv = frames.frame_iv(number)
            end = position + size + frames.REGULAR_OVERHEAD
            target[position : position + frames.REGULAR_HEAD] = u32(number) + iv
            aad = frames.frame_aad(self.message_id, number, size, final=False)
            self._aead.encrypt_into(
                iv, source[start : start + size], aad, target[position + frames.REGULAR_HEAD : end]
            )
            position, number = end, number + 1
        if final:
            rest = source[regular * size :]
            iv = frames.frame_iv(number)
            head = frames.FINAL_MARKER + u32(number) + iv + u32(len(rest))
            target[position : position + frames.FINAL_HEAD] = head
            aad = frames.frame_aad(self.message_id, number, len(rest), final=True)
            self._aead.encrypt_into(iv, rest, aad, target[position + frames.FINAL_HEAD : needed])
        return needed

    def _claim(self, first_frame: int, count: int) -> None:
        if first_frame < 1 or first_frame + count - 1 > frames.MAX_FRAMES:
            raise LimitError(
                f"frames {first_frame} to {first_frame + count - 1} are outside 1 to {frames.MAX_FRAMES}",
                hint="Use a larger frame length for an object of this size.",
            )
        with self._lock:
            if not self._sealed.claim(first_frame, count):
                raise FrameReuseError(
                    f"frame {first_frame} or one after it was sealed before",
                    hint="Send the sealed bytes again; another process goes on with Sealer.resume.",
                )


def verify_header(aead: AESGCM, header: Header) -> None:
    """Raise :class:`TamperedError` unless the header's tag is right under the message key."""
    try:
        aead.decrypt(HEADER_IV, header.tag, header.body)
    except InvalidTag as error:
        raise TamperedError(
            "the header was changed after it was sealed",
            hint="Fetch the object again or from another copy.",
        ) from error


def _check_recipients(recipients: Sequence[Recipient]) -> None:
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise LimitError(
            f"{len(recipients)} recipients were given, 1 to {MAX_RECIPIENTS} are allowed",
            hint="Name at least one public key that can open the object.",
        )
    if len({recipient.fingerprint for recipient in recipients}) != len(recipients):
        raise FormatError("the same public key was given twice", hint="Name every recipient once.")
