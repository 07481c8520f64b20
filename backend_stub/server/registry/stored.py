"""How much is stored where, counted whole; an answer is kept for fifty times as long as counting took."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Select, func, select

from backend_stub.contract.stored import StoredAt, StoredTotals

from ..auth.principal import Principal
from ..store.database import Database, database_now
from ..store.schema import objects, replicas
from ..store.values import from_micros

_KEPT_TIMES = 50
_MOST_KEPT = 1000
Scope = tuple[str, ...] | None


class StoredCounter:
    """Counting a million objects takes a second: an answer is kept 50 times as long as it took, so that
    somebody who asks all the time costs 2 % of one processor. Several that ask in the moment it ends each
    count again."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[Scope, tuple[float, StoredTotals]] = {}

    def totals(self, database: Database, principal: Principal, tenant: str | None) -> StoredTotals:
        """Of the tenants that the caller sees, or of one of them."""
        scope = _scope(principal, tenant)
        with self._lock:
            until, kept = self._kept.get(scope, (0.0, None))
            begin = self._clock()
            if kept is not None and begin < until:
                return kept
        with database.read() as connection:
            counted = _counted(connection, scope)
        end = self._clock()
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[scope] = (end + _KEPT_TIMES * (end - begin), counted)
        return counted


def _scope(principal: Principal, tenant: str | None) -> Scope:
    """``None`` is every tenant."""
    if principal.tenants is None:
        return None if tenant is None else (tenant,)
    return tuple(sorted(name for name in principal.tenants if tenant in (None, name)))


def counting(scope: Scope) -> Select[Any]:
    """Backend, country, copies and bytes of the tenants of ``scope``."""
    size = func.coalesce(objects.c.ciphertext_size, objects.c.size, 0)
    query = (
        select(replicas.c.backend, replicas.c.country, func.count(), func.sum(size))
        # The sum keeps SQLite from beginning with the replicas and reading the wide row of each object.
        .select_from(objects.join(replicas, replicas.c.object_id == objects.c.id + 0))
        .where(objects.c.state == "active", replicas.c.state == "ok")
        .group_by(replicas.c.backend, replicas.c.country)
    )
    if scope is not None:
        query = query.where(objects.c.tenant_id.in_(scope))
    return query


def _counted(connection: Connection, scope: Scope) -> StoredTotals:
    found = [
        StoredAt(backend=backend, country=country, copies=copies, bytes=int(amount))
        for backend, country, copies, amount in connection.execute(counting(scope))
    ]
    found.sort(key=lambda one: (-one.bytes, one.backend, one.country or ""))
    return StoredTotals(at=from_micros(database_now(connection)), items=found)
