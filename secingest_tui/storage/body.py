"""A request body that is somebody's buffer: sent as it lies there, and sent again the same on a retry.

botocore takes ``bytes``, ``bytearray`` or a file; urllib3 reads a file in 16 KiB pieces, each a copy and
a trip through the interpreter lock. This body is a file for botocore (length, signature, rewinding) and
an iterable of large slices for urllib3, swapped in by the documented ``before-send`` event.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Buffer

# Large enough that the loop costs nothing, small enough that progress moves and a cancel is prompt.
SLICE = 256 * 1024
# From this size on the server is asked before the body is sent.
ASK_FIRST = 1024 * 1024

Progress = Callable[[int], None]


class Stopped(BaseException):
    """Carries what a progress callback raised through botocore, which retries every ``Exception``."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__()
        self.cause = cause


class BufferBody(io.RawIOBase):
    """``data`` (any contiguous buffer; it must not change until the call returns) as a seekable file.

    ``progress`` is told how many more bytes the socket took, and a negative number when a retry starts
    from the beginning. What it raises ends the request at once, unretried.
    """

    def __init__(self, data: Buffer, progress: Progress | None = None) -> None:
        super().__init__()
        self.view = memoryview(data).cast("B").toreadonly()
        self._position = 0
        self._progress = progress
        self._told = 0

    def __len__(self) -> int:
        return self.view.nbytes

    def __bool__(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: len(self)}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer).cast("B")
        piece = self.view[self._position : self._position + target.nbytes]
        target[: piece.nbytes] = piece
        self._position += piece.nbytes
        return piece.nbytes

    def slices(self) -> Iterator[memoryview]:
        """The whole body from its start, without a copy."""
        if self._told:
            self._tell(-self._told)
        for start in range(0, len(self), SLICE):
            piece = self.view[start : start + SLICE]
            yield piece
            self._tell(piece.nbytes)

    def _tell(self, sent: int) -> None:
        self._told += sent
        if self._progress is not None:
            try:
                self._progress(sent)
            except BaseException as error:  # noqa: BLE001 - it is raised again on the other side
                raise Stopped(error) from None


class _Sending:
    """What urllib3 gets: an iterable (it prefers ``read`` where there is one) that botocore can rewind."""

    def __init__(self, body: BufferBody) -> None:
        self._body = body

    def __iter__(self) -> Iterator[memoryview]:
        return self._body.slices()

    def seek(self, offset: int) -> int:
        return self._body.seek(offset)


def sending(body: BufferBody) -> Any:
    """``body`` as urllib3 takes it, with its length in the headers."""
    return _Sending(body)


def send_slices(request: Any, **_: Any) -> None:
    """The ``before-send`` handler. Content-Length is set by then, so urllib3 does not chunk.

    botocore has the server asked first (``Expect: 100-continue``) whether it wants the body. That saves a
    large body that would be refused, and costs a round trip, and a second where a server does not answer
    it: small bodies go at once. The header is not among the signed ones.
    """
    if isinstance(request.body, BufferBody):
        if len(request.body) < ASK_FIRST:
            del request.headers["Expect"]
        request.body = sending(request.body)
