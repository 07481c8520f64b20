"""A limit on requests a second for each tenant, whatever its credentials; several processes multiply it."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from ..problems import ProblemError

BURST_SECONDS = 2
_REMEMBERED = 10_000


class RateLimit:
    """Token buckets: `rate` requests a second, twice as many at once; 0 is no limit.

    Used from the event loop only, so it needs no lock.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, tenant: str) -> None:
        """Count one request. Raises ProblemError 429 with `Retry-After` in whole seconds."""
        if self._rate == 0:
            return
        now = self._clock()
        full = float(self._rate * BURST_SECONDS)
        tokens, last = self._buckets.pop(tenant, (full, now))
        tokens = min(full, tokens + (now - last) * self._rate)
        refused = tokens < 1
        self._buckets[tenant] = (tokens if refused else tokens - 1, now)
        if len(self._buckets) > _REMEMBERED:
            # The one unused for longest: its bucket is fullest, so forgetting it gives least away.
            self._buckets.popitem(last=False)
        if refused:
            wait = math.ceil((1 - tokens) / self._rate)
            raise ProblemError(
                429,
                "too-many-requests",
                "Too many requests",
                f"This tenant may send {self._rate} requests a second.",
                headers={"Retry-After": str(wait)},
            )
