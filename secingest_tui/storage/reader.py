"""Reading an object as a stream that survives a cut connection."""

from __future__ import annotations

import http.client
import io
from collections.abc import Callable
from typing import Any

from secingest_tui.storage.connections import Incoming
from secingest_tui.storage.errors import StorageError, TransferInterrupted
from secingest_tui.storage.faults import translated
from secingest_tui.storage.results import ObjectHead
from secingest_tui.storage.settings import S3Settings

# (first byte within the object, ETag to insist on or None) -> the provider's answer
Open = Callable[[int, str | None], Any]


class ObjectReader(io.RawIOBase):
    """The bytes of one object or range, in order; ``readinto`` a large buffer is the fast way.

    A connection that breaks is opened again at the next byte, up to ``retries`` times without progress,
    and only if the object is still the same (If-Match); otherwise PreconditionFailed. Ends early never:
    short of ``length`` bytes it raises TransferInterrupted. Not for several threads at once.

    ``head`` describes the object; ``start`` and ``length`` what is read, in bytes.
    """

    def __init__(
        self,
        settings: S3Settings,
        action: str,
        open_at: Open,
        start: int,
        head_of: Callable[[Any], ObjectHead],
    ) -> None:
        super().__init__()
        self._settings = settings
        self._action = action
        self._open = open_at
        self.start = start
        self._retries = max(1, settings.attempts)
        answer = self._connect(start, None)
        self.head = head_of(answer)
        self.length = int(answer["ContentLength"])
        self._done = 0
        self._failures = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer``'s beginning; 0 only at the end. Raises StorageError."""
        view = memoryview(buffer).cast("B")
        wanted = min(view.nbytes, self.length - self._done)
        while wanted > 0:
            try:
                with translated(self._settings, self._action):
                    count = self._source.readinto(view[:wanted])
                    if not count:
                        raise TransferInterrupted(
                            f"{self._action} at {self._settings.place}: the connection was cut",
                            hint="try again",
                        )
            except StorageError as error:
                self._recover(error)
                continue
            self._done += count
            self._failures = 0
            if self._done == self.length:
                self._raw.release_conn()
            return int(count)
        return 0

    def close(self) -> None:
        """Give the connection back, or drop it where bytes are still under way."""
        if not self.closed:
            self._raw.close()
        super().close()

    def _connect(self, position: int, etag: str | None) -> Any:
        with translated(self._settings, self._action):
            answer = self._open(position, etag)
        if isinstance(answer["Body"], Incoming):
            self._raw: Any = answer["Body"]
            self._source: Any = self._raw
            return answer
        self._raw = answer["Body"]._raw_stream
        inner = getattr(self._raw, "_fp", None)
        # urllib3 copies each piece twice on its way; http.client reads straight into the caller's buffer.
        plain = isinstance(inner, http.client.HTTPResponse) and not inner.chunked
        self._source = inner if plain else self._raw
        return answer

    def _recover(self, error: StorageError) -> None:
        self._failures += 1
        if not error.retryable or self._failures > self._retries:
            raise error
        self._raw.close()
        self._connect(self.start + self._done, self.head.etag)
