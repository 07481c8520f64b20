"""Which frames were handled, kept as few ranges however many frames there are."""

from __future__ import annotations

from bisect import bisect_right


class FrameSet:
    """A set of frame numbers as sorted, disjoint, half-open ranges.

    Parts finish nearly in order, so the list stays about as short as there are threads,
    while an object may have millions of frames. Not thread-safe: the owner holds a lock.
    """

    def __init__(self) -> None:
        self._ranges: list[tuple[int, int]] = []

    def claim(self, first: int, count: int) -> bool:
        """Add ``count`` frames from ``first``; False, and nothing added, if any is there already."""
        start, end = first, first + count
        at = bisect_right(self._ranges, (start, end))
        before = at - 1
        if before >= 0 and self._ranges[before][1] > start:
            return False
        if at < len(self._ranges) and self._ranges[at][0] < end:
            return False
        low = high = at
        if before >= 0 and self._ranges[before][1] == start:
            start, low = self._ranges[before][0], before
        if at < len(self._ranges) and self._ranges[at][0] == end:
            end, high = self._ranges[at][1], at + 1
        self._ranges[low:high] = [(start, end)]
        return True

    def is_whole(self, count: int) -> bool:
        """Whether exactly frames 1 to ``count`` are there."""
        return self._ranges == [(1, count + 1)]

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """The ranges, each from its first frame to the one after its last."""
        return tuple(self._ranges)
