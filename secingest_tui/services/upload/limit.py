"""A cap on how fast an ingest sends, over all its threads together."""

from __future__ import annotations

import re
import threading
import time

from secingest_tui.errors import UsageError

SLOWEST = 64 * 1024
"""Bytes a second. Bodies go in slices of 256 KiB: slower than this, providers give up between two."""

_UNITS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "KI": 2**10,
    "MI": 2**20,
    "GI": 2**30,
    "T": 10**12,
    "TI": 2**40,
}
_RATE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([KMGT]?I?)B?(?:/S)?")


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


def parse_bytes(text: str) -> int | None:
    """Bytes from ``10MiB``, ``2.5MB`` or ``500000`` (also with ``/s``); None for anything else."""
    match = _RATE.fullmatch(text.strip().upper())
    unit = _UNITS.get(match[2]) if match else None
    return int(float(match[1]) * unit) if match and unit else None


def parse_rate(text: str) -> int:
    """Bytes a second, as ``parse_bytes``. Raises UsageError."""
    rate = parse_bytes(text) or 0
    if rate < SLOWEST:
        raise UsageError(
            f"{text!r} is no bandwidth limit: bytes a second, as in 10MiB or 2.5MB, at least 64KiB.",
            field="--bandwidth-limit",
        )
    return rate
