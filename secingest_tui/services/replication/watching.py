"""Watch jobs live, or by asking where the server's events cannot be had."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import ValidationError

from backend_stub.contract.jobs import Job
from backend_stub.contract.replication import JobsChanged, JobTotals
from secingest_tui.errors import SecingestError

if TYPE_CHECKING:
    from secingest_tui.metadata import AdminClient, TenantClient

POLL_SECONDS = 3.0
LIVE_AGAIN_SECONDS = 20.0
_PAGE = 200

Tell = Callable[[list[Job], JobTotals | None, bool, str], None]
"""Jobs that changed, totals where they are known, whether live, and why not."""


class JobWatch:
    """A thread that tells what changes until ``close``. ``tell`` is called from that thread."""

    def __init__(self, client: AdminClient | TenantClient, tenant: str | None, tell: Tell) -> None:
        self._client = client
        self._tenant = tenant
        self._tell = tell
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch-jobs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Tell nothing any more."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except SecingestError as error:
                self._ask(error.message)

    def _listen(self) -> None:
        events = self._client.watch_jobs(tenant=self._tenant)
        try:
            for name, data in events:
                if self._ended.is_set():
                    return
                try:
                    if name == "jobs":
                        self._tell(JobsChanged.model_validate_json(data).items, None, True, "")
                    elif name == "totals":
                        self._tell([], JobTotals.model_validate_json(data), True, "")
                except ValidationError:
                    raise SecingestError("The server's events make no sense to this version.") from None
        finally:
            events.close()  # type: ignore[attr-defined]

    def _ask(self, why: str) -> None:
        """Ask every few seconds, and after a while try to listen again."""
        ends = time.monotonic() + LIVE_AGAIN_SECONDS
        while not self._ended.is_set() and time.monotonic() < ends:
            try:
                page = self._client.jobs(tenant=self._tenant, sort="changed", limit=_PAGE)
                totals = self._client.job_totals(self._tenant)
            except SecingestError as error:
                self._tell([], None, False, error.message)
            else:
                self._tell(page.items, totals, False, why)
            self._ended.wait(POLL_SECONDS)
