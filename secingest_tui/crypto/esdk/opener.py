"""The reader: everything checked before a byte of plaintext is released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from secingest_tui.crypto.errors import FrameOrderError, TamperedError, TrailingDataError, TruncatedError
from secingest_tui.crypto.esdk import derive, frames
from secingest_tui.crypto.esdk.context import require_context
from secingest_tui.crypto.esdk.header import EncryptedDataKey, Header
from secingest_tui.crypto.esdk.sealer import verify_header
from secingest_tui.crypto.esdk.wire import Buffer

if TYPE_CHECKING:
    from secingest_tui.crypto.recipients.base import PrivateKey

AGAIN = "Fetch the object again or from another copy; if it stays so, treat it as tampered with."


class Opener:
    """Opens one object's frames, in any order and from several threads.

    The constructor unwraps the data key, checks the commitment, then the header's tag, then that
    the context has every entry of ``expect`` with exactly that value. ``extra_keys`` are wrapped
    keys kept beside the object, tried after those of the header (the commitment binds them too).
    """

    def __init__(
        self,
        header: Header,
        private_key: PrivateKey,
        *,
        expect: Mapping[str, str] | None = None,
        extra_keys: Sequence[EncryptedDataKey] = (),
    ) -> None:
        """Raises :class:`NoMatchingKeyError`, :class:`UnwrapError`, :class:`CommitmentError`,
        :class:`TamperedError` or :class:`ContextMismatchError`."""
        _, self._aead = verified_data_key(header, private_key, extra_keys)
        require_context(header.context, expect or {})
        self.header = header

    def __repr__(self) -> str:
        return f"Opener(message_id={self.header.message_id.hex()[:16]}...)"

    def open(self, first_frame: int, ciphertext: Buffer, out: Buffer, *, final: bool) -> int:
        """Verify and decrypt whole frames, numbered from ``first_frame``, into ``out``.

        With ``final`` the last of them must be the object's final frame and nothing may follow it;
        without it none may be. Returns the plaintext bytes written. Thread-safe. Raises
        :class:`TruncatedError`, :class:`TrailingDataError`, :class:`FrameOrderError` or
        :class:`TamperedError`; what a bad frame left in ``out`` is overwritten with zeros, and the
        caller discards the rest. ``ValueError`` where ``out`` is too small.
        """
        source, target = memoryview(ciphertext).cast("B"), memoryview(out).cast("B")
        size = self.header.frame_length
        stride = size + frames.REGULAR_OVERHEAD
        regular, last = _shape(len(source), size, final=final)
        if len(target) < regular * size + last:
            raise ValueError(f"the buffer has {len(target)} bytes, {regular * size + last} are needed")
        for index in range(regular):
            frame = source[index * stride : (index + 1) * stride]
            self._open_regular(first_frame + index, frame, target[index * size : (index + 1) * size])
        if final:
            start = regular * size
            self._open_final(first_frame + regular, source[regular * stride :], target[start : start + last])
        return regular * size + last

    def _open_regular(self, number: int, frame: memoryview, out: memoryview) -> None:
        if frame[:4] == frames.FINAL_MARKER:
            raise TrailingDataError(f"the object goes on after its final frame, frame {number}", hint=AGAIN)
        _check_number(number, frame[:4], frame[4 : frames.REGULAR_HEAD])
        self._decrypt(number, frame[frames.REGULAR_HEAD :], out, final=False)

    def _open_final(self, number: int, frame: memoryview, out: memoryview) -> None:
        if frame[:4] != frames.FINAL_MARKER:
            raise TruncatedError(f"the object ends without its final frame, at frame {number}", hint=AGAIN)
        _check_number(number, frame[4:8], frame[8 : frames.FINAL_HEAD - 4])
        claimed = int.from_bytes(frame[frames.FINAL_HEAD - 4 : frames.FINAL_HEAD], "big")
        if claimed > len(out):
            raise TruncatedError("the object ends inside its final frame", hint=AGAIN)
        if claimed < len(out):
            raise TrailingDataError(
                f"{len(out) - claimed} bytes follow the end of the final frame", hint=AGAIN
            )
        self._decrypt(number, frame[frames.FINAL_HEAD :], out, final=True)

    def _decrypt(self, number: int, sealed: memoryview, out: memoryview, *, final: bool) -> None:
        aad = frames.frame_aad(self.header.message_id, number, len(out), final=final)
        try:
            self._aead.decrypt_into(frames.frame_iv(number), sealed, aad, out)
        except InvalidTag as error:
            # The cipher has already written what the wrong bytes decrypt to.
            out[:] = bytes(len(out))
            raise TamperedError(f"frame {number} was changed after it was sealed", hint=AGAIN) from error


def verified_data_key(
    header: Header, private_key: PrivateKey, extra_keys: Sequence[EncryptedDataKey] = ()
) -> tuple[bytes, AESGCM]:
    """The 32-byte data key that ``header`` commits to, and the cipher under its message key.

    The header's tag is right under that key. Raises what :class:`Opener` raises.
    """
    data_key = private_key.unwrap(header, extra_keys)
    aead = AESGCM(derive.committed_message_key(data_key, header.message_id, header.commitment))
    verify_header(aead, header)
    return data_key, aead


def _shape(length: int, size: int, *, final: bool) -> tuple[int, int]:
    """How many regular frames, and plaintext bytes of the final one, ``length`` bytes of body must hold."""
    stride = size + frames.REGULAR_OVERHEAD
    if not final:
        regular, rest = divmod(length, stride)
        if rest or not regular:
            raise TruncatedError(f"{length} bytes are not whole frames of {stride}", hint=AGAIN)
        return regular, 0
    regular, last = divmod(length - frames.FINAL_OVERHEAD, stride)
    if regular < 0 or last > size:
        raise TruncatedError(f"{length} bytes do not end with a whole final frame", hint=AGAIN)
    return regular, last


def _check_number(number: int, found: memoryview, iv: memoryview) -> None:
    if found != number.to_bytes(4, "big"):
        raise FrameOrderError(
            f"frame {number} was expected and frame {int.from_bytes(found, 'big')} is there", hint=AGAIN
        )
    if iv != frames.frame_iv(number):
        raise TamperedError(f"frame {number} has another IV than its number", hint=AGAIN)
