"""What the server does by itself: leases are taken back, policy is reconciled, old snapshots go.

One thread a process. With several processes on one database whoever finds a task due does it: the row in
`schedules` is moved on first.
"""

from __future__ import annotations

import threading

from sqlalchemy import Connection, select, update

from backend_stub.contract.replication import ReconcileRequest

from .audit import Actor
from .logs import log, where
from .registry import leases, reconcile
from .registry.controls import SECOND, ensure_row
from .registry.snapshot_retention import expire_all
from .services import Services
from .store.database import database_now
from .store.schema import schedules
from .web.repeats import KEPT_SECONDS, forget_old

REAP_SECONDS = 15
EXPIRE_SECONDS = 600
_SYSTEM = Actor("system")


class Maintenance:
    """Use as a context manager around serving; ends with `services.stopping` or at exit."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="maintenance", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        every = self._services.settings.reconcile_seconds
        while not self._ended.wait(min(REAP_SECONDS, every or REAP_SECONDS)):
            try:
                reap_all(self._services)
                if self._services.database.write(lambda one: take(one, "answers", KEPT_SECONDS)):
                    forget_old(self._services)
                if every and self._services.database.write(lambda one: take(one, "reconcile", every)):
                    reconcile_all(self._services, self._ended)
                if self._services.database.write(lambda one: take(one, "snapshots", EXPIRE_SECONDS)):
                    expire_all(self._services.database, self._services.settings)
            except Exception as error:  # noqa: BLE001 - the database may be back at the next round
                log("maintenance", "error", fault=where(error))


def take(connection: Connection, name: str, every: int) -> bool:
    """Whether a task is due; it is then next due in `every` seconds, for everybody."""
    now = database_now(connection)
    ensure_row(connection, schedules, name=name, next_at=now + every * SECOND)
    row = connection.execute(select(schedules).where(schedules.c.name == name).with_for_update()).mappings()
    next_at = row.one()["next_at"]
    # Further ahead than one period: the clock was set back.
    if now < next_at <= now + every * SECOND:
        return False
    connection.execute(update(schedules).where(schedules.c.name == name).values(next_at=now + every * SECOND))
    return True


def reap_all(services: Services) -> None:
    """Take back every lease that ran out, also where no worker asks any more."""
    while services.database.write(lambda one: leases.reap(one, database_now(one))):
        pass


def reconcile_all(services: Services, ended: threading.Event) -> None:
    """All tenants, a page a transaction, so that nobody waits long for the writer's lock."""
    after: int | None = 0
    made = short = 0
    while after is not None and not ended.is_set():
        request = ReconcileRequest(after=after)
        answer = services.database.write(
            lambda one, asked=request: reconcile.reconcile(one, services, _SYSTEM, None, asked)  # type: ignore[misc]
        )
        made, short, after = made + len(answer.jobs), short + len(answer.shortfalls), answer.next
    if made or short:
        log("reconciled", jobs=made, without=short)
