"""Reports of copies that are done: one request for all that are at hand, however fast they come."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from backend_stub.contract.jobs import MAX_COMPLETED, Complete, CompletedJob, Job, Lease
from secingest_tui.errors import SecingestError
from secingest_tui.metadata import ServerRefused, ServerUnreachable, TenantClient
from secingest_tui.services.replication.lease import HeldLease

T = TypeVar("T")

REPORTS = 5
"""How often a result is reported to a server that is away, before the lease is left to run out."""
GATHER_SECONDS = 0.1
"""How long a result waits for others, so that one request completes several."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A copy that is there and verified."""

    lease: Lease
    held: HeldLease
    done: Complete


class Reporter:
    """A thread that completes jobs while others are copied.

    ``settle`` is told each one's answer once it has one: the job, or why it is not completed.
    """

    def __init__(
        self,
        client: TenantClient,
        stop: threading.Event,
        settle: Callable[[Finished, Job | SecingestError], None],
    ) -> None:
        self._client = client
        self._stop = stop
        self._settle = settle
        self._waiting: list[Finished] = []
        self._sent = 0
        self._over = False
        self._hurry = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="report", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join()

    def add(self, finished: Finished) -> None:
        """Have it reported soon."""
        with self._changed:
            self._waiting.append(finished)
            if len(self._waiting) in (1, MAX_COMPLETED):
                self._changed.notify_all()

    def flush(self) -> bool:
        """Wait until everything was reported; whether there was anything."""
        with self._changed:
            if not self._waiting and not self._sent:
                return False
            self._hurry = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._waiting and not self._sent)
            self._hurry = False
            return True

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._over)
                self._changed.wait_for(
                    lambda: self._over or self._hurry or len(self._waiting) >= MAX_COMPLETED, GATHER_SECONDS
                )
                batch = self._waiting[:MAX_COMPLETED]
                del self._waiting[: len(batch)]
                self._sent = len(batch)
                if not batch:
                    return
            try:
                answers: Sequence[Job | SecingestError] = self._report(batch)
            except SecingestError as error:
                answers = [error] * len(batch)
            except Exception as error:  # noqa: BLE001 - a defect must not end the reports that follow
                answers = [SecingestError(f"This is a defect of secingest: {type(error).__name__}.")] * len(
                    batch
                )
            for finished, answer in zip(batch, answers, strict=True):
                with suppress(Exception):  # whoever is told may fail, and the next one is told all the same
                    self._settle(finished, answer)
            with self._changed:
                self._sent = 0
                self._changed.notify_all()

    def _report(self, batch: list[Finished]) -> Sequence[Job | SecingestError]:
        items = [CompletedJob(job=each.lease.job.id, **dict(each.done)) for each in batch]
        return patiently(lambda: self._client.complete_batch(items), self._stop)


def patiently(call: Callable[[], T], stop: threading.Event) -> T:
    """Report, again where the server is away for a moment: a repeat is harmless.

    Raises ServerUnreachable or ServerRefused.
    """
    for wait_seconds in (0.2 * 2**attempt for attempt in range(REPORTS - 1)):
        try:
            return call()
        except ServerUnreachable:
            pass
        except ServerRefused as error:
            if not error.temporary:
                raise
        if stop.wait(wait_seconds):
            break
    return call()
