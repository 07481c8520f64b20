"""From the thread that watches to the screen: gathered, twice a second at most."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from secingest_tui.models.monitor import MonitorUpdate, Totals
from secingest_tui.models.records import JobRow

INTERVAL = 0.5
SAMPLES = 60


@dataclass(slots=True)
class Samples:
    """The last minutes, oldest first: objects and bytes a second, jobs that are not over, lag in seconds."""

    objects: deque[float]
    bytes: deque[float]
    depth: deque[float]
    lag: deque[float]

    @classmethod
    def empty(cls) -> Samples:
        return cls(*(deque(maxlen=SAMPLES) for _ in range(4)))

    def add(self, before: Totals | None, now: Totals) -> None:
        """One more sample; rates need the one before."""
        self.depth.append(now.depth)
        self.lag.append(now.lag or 0.0)
        if before is None:
            return
        seconds = (now.at - before.at).total_seconds()
        if seconds > 0:
            self.objects.append(max(0, now.copied_objects - before.copied_objects) / seconds)
            self.bytes.append(max(0, now.copied_bytes - before.copied_bytes) / seconds)


class MonitorFeed:
    """Keeps the latest of every job that changed and publishes in the event loop."""

    def __init__(self, publish: Callable[[dict[str, JobRow]], None]) -> None:
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._pending: dict[str, JobRow] = {}
        self._totals: Totals | None = None
        self._scheduled = False
        self._closed = False
        self._last = 0.0
        self.totals: Totals | None = None
        self.samples = Samples.empty()
        self.live = True
        self.why = ""

    def take(self, update: MonitorUpdate) -> None:
        """From any thread."""
        with self._lock:
            self._pending.update({job.id: job for job in update.changed})
            self._totals = update.totals or self._totals
            self.live, self.why = update.live, update.why
            if self._scheduled or self._closed:
                return
            self._scheduled = True
        # The application may be gone while the thread still hears something.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._schedule)

    def close(self) -> None:
        """Publish nothing any more."""
        self._closed = True

    def _schedule(self) -> None:
        self._loop.call_later(max(0.0, self._last + INTERVAL - monotonic()), self._flush)

    def _flush(self) -> None:
        with self._lock:
            changed, self._pending, self._scheduled = self._pending, {}, False
            totals, self._totals = self._totals, None
        self._last = monotonic()
        if totals is not None:
            self.samples.add(self.totals, totals)
            self.totals = totals
        if not self._closed:
            self._publish(changed)
