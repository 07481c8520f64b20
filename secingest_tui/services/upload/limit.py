"""A cap on how fast an ingest sends, over all its threads together."""

from __future__ import annotations

import threading
import time

from secingest_tui.errors import UsageError
from secingest_tui.models.naming import parse_bytes

SLOWEST = 64 * 1024
"""Bytes a second. Bodies go in slices of 256 KiB: slower than this, providers give up between two."""


class BandwidthLimit:
    """A token bucket that may be overdrawn: bytes are counted as they are sent, and whoever sent them waits
    until they are paid for. Safe to use from many threads; together they keep to ``rate``.
    """

    def __init__(self, rate: int) -> None:
        """``rate`` in bytes a second."""
        self._rate = rate
        self._paid_at = 0.0
        self._lock = threading.Lock()

    def sent(self, count: int, cancel: threading.Event) -> None:
        """Wait for what ``count`` bytes cost, at most until ``cancel`` is set.

        A negative count (a retry begins again) costs nothing and gives nothing back: those bytes went out.
        """
        if count <= 0:
            return
        with self._lock:
            now = time.monotonic()
            self._paid_at = max(self._paid_at, now) + count / self._rate
            owed = self._paid_at - now
        cancel.wait(owed)


def parse_rate(text: str) -> int:
    """Bytes a second, as ``parse_bytes``. Raises UsageError."""
    rate = parse_bytes(text) or 0
    if rate < SLOWEST:
        raise UsageError(
            f"{text!r} is no bandwidth limit: bytes a second, as in 10MiB or 2.5MB, at least 64KiB.",
            field="--bandwidth-limit",
        )
    return rate
