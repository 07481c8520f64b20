"""How far a piece of work is: counters that workers raise and any front reads when it likes."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

PHASES = ("scan", "encrypt+upload", "verify", "register")
RATE_WINDOW = 8.0
"""Seconds over which the rate is measured: long enough to be steady, short enough to be true."""
LOG_LINES = 500


@dataclass(frozen=True, slots=True)
class ProgressView:
    """One moment; bytes are ciphertext for an ingest, plaintext for a restore; rate in bytes a second."""

    phase: str
    bytes_done: int
    bytes_total: int | None
    items_done: int
    items_total: int | None
    rate: float | None
    eta: float | None
    """Seconds left, by the bytes, else by the items; None where no total is known."""
    said: tuple[tuple[str, str], ...] = ()
    """What was found out so far: names and values."""
    log: tuple[tuple[datetime, str], ...] = ()
    """What happened and when, in sentences, the latest last; at most ``LOG_LINES``."""
    pace: float | None = None
    """Items a second."""


class TransferProgress:
    """Thread-safe counters. Reading is cheap, so a front polls at its own pace (4 Hz is plenty)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._phase = "scan"
        self._bytes = 0
        self._total: int | None = None
        self._items = 0
        self._items_total: int | None = None
        self._said: list[tuple[str, str]] = []
        self._log: deque[tuple[datetime, str]] = deque(maxlen=LOG_LINES)
        self._samples: deque[tuple[float, int, int]] = deque()

    def start(self, phase: str, *, bytes_total: int | None = None, items_total: int | None = None) -> None:
        """Enter a phase; a total that is given replaces the one before."""
        with self._lock:
            if phase != self._phase or not self._log:
                self._log.append((datetime.now(UTC), phase))
            self._phase = phase
            self._total = bytes_total if bytes_total is not None else self._total
            self._items_total = items_total if items_total is not None else self._items_total

    def add_bytes(self, count: int) -> None:
        """Count bytes; a negative count takes back what a retry sends again."""
        with self._lock:
            self._bytes += count

    def add_item(self, count: int = 1) -> None:
        with self._lock:
            self._items += count

    def say(self, name: str, value: str) -> None:
        """Something was found out, to be shown before the end."""
        with self._lock:
            self._said.append((name, value))

    def note(self, text: str) -> None:
        """Put a sentence into the log."""
        with self._lock:
            self._log.append((datetime.now(UTC), text))

    def view(self) -> ProgressView:
        with self._lock:
            now = time.monotonic()
            self._samples.append((now, self._bytes, self._items))
            while len(self._samples) > 2 and now - self._samples[0][0] > RATE_WINDOW:
                self._samples.popleft()
            then, bytes_before, items_before = self._samples[0]
            span = now - then
            rate = max(0.0, (self._bytes - bytes_before) / span) if span > 0.2 else None
            pace = (self._items - items_before) / span if span > 0.2 else None
            eta = _eta(self._bytes, self._total, rate)
            if self._total is None:
                eta = _eta(self._items, self._items_total, pace)
            return ProgressView(
                self._phase,
                self._bytes,
                self._total,
                self._items,
                self._items_total,
                rate,
                eta,
                tuple(self._said),
                tuple(self._log),
                pace,
            )


def _eta(done: int, total: int | None, rate: float | None) -> float | None:
    return max(0, total - done) / rate if rate and total is not None else None
