"""What changed lately, in memory: bytes a second of all transfers, and the length of the job queue.

Buckets are filled when something is reported. No timer runs for them, so an idle application stays idle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic

from secingest_tui.models.transfer import TaskView

SECONDS = 2.0
"""A bucket."""
KEPT = 60


class History:
    """The last two minutes of throughput, and the last lengths of the queue."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._buckets: dict[int, float] = {}
        self._queue: deque[float] = deque(maxlen=KEPT)

    def transferring(self, tasks: Iterable[TaskView]) -> None:
        """Note the rates of the tasks that run now."""
        rate = sum(task.rate or 0.0 for task in tasks if not task.phase.ended)
        now = int(self._clock() / SECONDS)
        self._buckets[now] = rate
        for old in [bucket for bucket in self._buckets if bucket <= now - KEPT]:
            del self._buckets[old]

    def queued(self, jobs: int) -> None:
        """Note how many jobs wait or run."""
        self._queue.append(jobs)

    def rates(self) -> list[float]:
        """Bytes a second, the oldest bucket first; 0 where nothing was reported."""
        now = int(self._clock() / SECONDS)
        return [self._buckets.get(bucket, 0.0) for bucket in range(now - KEPT + 1, now + 1)]

    def queue(self) -> list[float]:
        """Lengths of the queue, the oldest first."""
        return list(self._queue)
