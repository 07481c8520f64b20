"""Leases that are kept while their copies run, and what ends a copy: a lost lease, or the worker's end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from backend_stub.contract.jobs import Heartbeat, Lease
from secingest_tui.errors import SecingestError
from secingest_tui.metadata import ServerRefused, ServerUnreachable, TenantClient
from secingest_tui.services.replication.failures import Released
from secingest_tui.services.upload.limit import BandwidthLimit


class HeldLease:
    """``add`` is the copy's progress callback; ``bytes_done`` counts what arrived.

    The server's share of the bandwidth limits is kept to, and may change with every heartbeat.
    """

    def __init__(self, lease: Lease, stop: threading.Event) -> None:
        self.lease = lease
        self.bytes_done = 0
        self._stop = stop
        self._lost: SecingestError | None = None
        self._lock = threading.Lock()
        self._rate: int | None = None
        self._limit: BandwidthLimit | None = None
        self._set_rate(lease.job.bytes_per_second)

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

    def beat(self, client: TenantClient, seconds: int) -> None:
        """Prolong the lease. Raises ServerUnreachable."""
        beat = Heartbeat(token=self.lease.token, lease_seconds=seconds, bytes_done=self.bytes_done)
        try:
            self._set_rate(client.heartbeat(self.lease.job.id, beat).bytes_per_second)
        except ServerRefused as error:
            if not error.temporary:
                self._lost = error

    def _set_rate(self, rate: int | None) -> None:
        if rate != self._rate:
            with self._lock:
                self._rate = rate
                self._limit = None if rate is None else BandwidthLimit(rate)


class Heart:
    """The heartbeats of every copy of a worker, from one thread: most copies are over before their first."""

    def __init__(self, client: TenantClient, seconds: int) -> None:
        self._client = client
        self._seconds = seconds
        self._held: dict[HeldLease, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @contextmanager
    def keeping(self, held: HeldLease) -> Iterator[None]:
        """Keep this lease while the block runs."""
        with self._lock:
            self._held[held] = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self._held[held]

    def _run(self) -> None:
        while not self._over.wait(self._seconds / 12):
            with self._lock:
                due = time.monotonic() - self._seconds / 3
                waiting = [held for held, beaten in self._held.items() if beaten <= due and not held.lost]
            for held in waiting:
                try:
                    held.beat(self._client, self._seconds)
                except ServerUnreachable:
                    break  # for now: the leases hold until they expire
                with self._lock:
                    if held in self._held:
                        self._held[held] = time.monotonic()
