"""A lease that is kept while its copy runs, and what ends the copy: a lost lease, or the worker's end."""

from __future__ import annotations

import threading
from types import TracebackType

from backend_stub.contract.jobs import Heartbeat, Lease
from secingest_tui.errors import SecingestError
from secingest_tui.metadata import ServerRefused, TenantClient
from secingest_tui.services.replication.failures import Released
from secingest_tui.services.upload.limit import BandwidthLimit


class HeldLease:
    """Use as a context manager around the copy. ``add`` is the copy's progress callback.

    ``bytes_done`` counts what arrived. The server's share of the bandwidth limits is kept to, and may change
    with every heartbeat.
    """

    def __init__(self, client: TenantClient, lease: Lease, seconds: int, stop: threading.Event) -> None:
        self.lease = lease
        self.bytes_done = 0
        self._client = client
        self._seconds = seconds
        self._stop = stop
        self._done = threading.Event()
        self._lost: SecingestError | None = None
        self._lock = threading.Lock()
        self._rate: int | None = None
        self._limit: BandwidthLimit | None = None
        self._set_rate(lease.job.bytes_per_second)
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def check(self) -> None:
        """Raise what ends the copy: the lost lease, or Released."""
        if self._lost is not None:
            raise self._lost
        if self._stop.is_set():
            raise Released("The worker was asked to end.")

    @property
    def lost(self) -> bool:
        return self._lost is not None

    def add(self, count: int) -> None:
        """Count bytes that arrived, and wait where the limit asks for it."""
        with self._lock:
            self.bytes_done = max(0, self.bytes_done + count)
            limit = self._limit
        if limit is not None:
            limit.sent(count, self._stop)
        self.check()

    def _set_rate(self, rate: int | None) -> None:
        if rate != self._rate:
            with self._lock:
                self._rate = rate
                self._limit = None if rate is None else BandwidthLimit(rate)

    def _beat(self) -> None:
        while not self._done.wait(self._seconds / 3):
            beat = Heartbeat(token=self.lease.token, lease_seconds=self._seconds, bytes_done=self.bytes_done)
            try:
                self._set_rate(self._client.heartbeat(self.lease.job.id, beat).bytes_per_second)
            except ServerRefused as error:
                if not error.temporary:
                    self._lost = error
                    return
            except SecingestError:
                continue  # unreachable for now: the lease holds until it expires
