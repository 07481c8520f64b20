"""Pages of object versions by key, whatever they are filtered by, at a cost that does not grow with what is
stored: an index gives each filter in the order of keys, or the few rows it leaves are looked up by id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, func, literal_column, or_, select

from backend_stub.contract.objects import ObjectPage, ObjectSummary

from ..auth.principal import Principal
from ..store.schema import erasures, objects, replicas
from ..store.values import from_micros, maybe_time
from ..web.paging import decode_cursor, encode_cursor
from .erasures import erased_at

# A filter without an index in the order of keys: up to so many rows are looked up by id and sorted; where it
# leaves more, some of them come soon enough when the keys are read in their order.
FEW = 20_000
_COLUMNS = (
    "id", "tenant_id", "object_key", "version", "state", "recorded_at", "size", "ciphertext_size", "key_id",
    "key_alg", "residency", "replica_count", "receipt_id",
)  # fmt: skip


# A tenant's objects are one range of keys, and an index in the order of keys serves that. Compared through an
# expression, the tenant itself cannot draw the database to its own index, away from that of another filter.
_TENANT = objects.c.tenant_id.concat("")


@dataclass(frozen=True)
class KeyRange:
    """Object keys from `lower` on, before `upper`; None is no bound.

    One bound each: given several, SQLite takes any of them for the range it reads, not the narrowest.
    """

    lower: str | None = None
    upper: str | None = None

    def narrowed(self, lower: str | None, upper: str | None) -> KeyRange:
        """What is in both. By code points, as the database compares."""
        lowers = [bound for bound in (self.lower, lower) if bound is not None]
        uppers = [bound for bound in (self.upper, upper) if bound is not None]
        return KeyRange(max(lowers, default=None), min(uppers, default=None))

    def within(self, prefix: str) -> KeyRange:
        """Of these, the ones with a prefix."""
        return self.narrowed(prefix, prefix_end(prefix))

    def conditions(self, *, indexed: bool) -> list[ColumnElement[bool]]:
        """As conditions; `indexed` off where the rows are found in another way, and only compared."""
        key = objects.c.object_key if indexed else objects.c.object_key.concat("")
        found = [key >= self.lower] if self.lower is not None else []
        return [*found, *([key < self.upper] if self.upper is not None else [])]


@dataclass(frozen=True)
class Among:
    """A condition on a row's id; `short`: it names few rows, which are looked up one by one."""

    clause: ColumnElement[bool]
    short: bool


@dataclass(frozen=True)
class Filter:
    """What a list shows; None is no condition. Times in microseconds since 1970, half-open."""

    tenant: str | None = None
    object_key: str | None = None
    prefix: str | None = None
    residency: str | None = None
    backend: str | None = None
    key_id: str | None = None
    recorded_from: int | None = None
    recorded_before: int | None = None
    state: str | None = "active"

    def conditions(
        self, connection: Connection, principal: Principal, after: str | None
    ) -> list[ColumnElement[bool]]:
        """All of them, from the key `after` on; `connection` to see how much the unordered ones leave."""
        found: list[ColumnElement[bool]] = []
        keys = KeyRange(after)
        tenants = principal.tenants
        if self.tenant is not None:
            # Also where the caller does not see it: then nothing fits.
            found.append(_TENANT.in_([self.tenant]))
            keys = keys.within(self.tenant + "/")
        if tenants is not None:
            found.append(_TENANT.in_(tenants))
            if len(tenants) == 1:
                keys = keys.within(next(iter(tenants)) + "/")
        for column, value in (
            (objects.c.object_key, self.object_key),
            (objects.c.residency, self.residency),
            (objects.c.key_id, self.key_id),
        ):
            if value is not None:
                found.append(column == value)
        if self.prefix:
            keys = keys.within(self.prefix)
        found += self._state(connection)
        few = [*self._places(connection), *self._times(connection)]
        by_id = any(condition.short for condition in few)
        return [*found, *keys.conditions(indexed=not by_id), *(condition.clause for condition in few)]

    def _state(self, connection: Connection) -> list[ColumnElement[bool]]:
        if self.state is None:
            return []
        if self.state == "deleted":
            # Word for word the condition of the partial index, which a bound value would not match.
            return [literal_column("state") == literal_column("'deleted'")]
        if self.state == "erased":
            return [_among(connection, erasures.c.object_id, select(erasures.c.object_id)).clause]
        return [objects.c.state == self.state]

    def _places(self, connection: Connection) -> list[Among]:
        if self.backend is None:
            return []
        there = select(replicas.c.object_id).where(replicas.c.backend == self.backend)
        return [_among(connection, replicas.c.object_id, there)]

    def _times(self, connection: Connection) -> list[Among]:
        found = []
        if self.recorded_from is not None:
            found.append(objects.c.recorded_at >= self.recorded_from)
        if self.recorded_before is not None:
            found.append(objects.c.recorded_at < self.recorded_before)
        if not found:
            return []
        window = select(objects.c.id).where(*found)
        if _is_short(connection, window):
            return [Among(objects.c.id.in_(window), short=True)]
        return [Among(condition, short=False) for condition in found]


def prefix_end(prefix: str) -> str | None:
    """The first key after every key with this prefix, by code points (UTF-8 bytes sort the same).

    None where there is no such key. Surrogates are no characters, so they are stepped over.
    """
    for at in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[at]) + 1
        if code == 0xD800:
            code = 0xE000
        if code <= 0x10FFFF:
            return prefix[:at] + chr(code)
    return None


def list_objects(
    connection: Connection, principal: Principal, wanted: Filter, limit: int, cursor: str | None
) -> ObjectPage:
    """A page of versions by key, then newest first."""
    columns = [objects.c[name] for name in _COLUMNS]
    position = decode_cursor(cursor, str, int)
    after = str(position[0]) if position is not None else None
    query = select(*columns).where(*wanted.conditions(connection, principal, after))
    if position is not None:
        key, last = position
        query = query.where(or_(objects.c.object_key > key, objects.c.id < last))
    query = query.order_by(objects.c.object_key, objects.c.id.desc()).limit(limit + 1)
    rows = connection.execute(query).mappings().all()
    page = rows[:limit]
    ids = [row["id"] for row in page]
    copies, gone = _copies(connection, ids), erased_at(connection, ids)
    items = [
        ObjectSummary.model_validate(
            {
                **row,
                "recorded_at": from_micros(row["recorded_at"]),
                "backends": copies[row["id"]],
                "copies": len(copies[row["id"]]),
                "erased_at": maybe_time(gone.get(row["id"])),
            }
        )
        for row in page
    ]
    more = len(rows) > limit
    return ObjectPage(
        items=items, next=encode_cursor(page[-1]["object_key"], page[-1]["id"]) if more else None
    )


def _among(connection: Connection, column: Column[Any], ids: Select[Any]) -> Among:
    """Whether a row's id is one of `ids`: the list itself where it is short, else a look-up for each row."""
    if _is_short(connection, ids):
        return Among(objects.c.id.in_(ids), short=True)
    return Among(ids.where(column == objects.c.id).exists(), short=False)


def _is_short(connection: Connection, ids: Select[Any]) -> bool:
    few = ids.limit(FEW + 1).subquery()
    number: int = connection.execute(select(func.count()).select_from(few)).scalar_one()
    return number <= FEW


def _copies(connection: Connection, ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {object_id: [] for object_id in ids}
    good = (replicas.c.object_id.in_(ids), replicas.c.state == "ok")
    query = select(replicas.c.object_id, replicas.c.backend).where(*good)
    for row in connection.execute(query.order_by(replicas.c.position)):
        found[row.object_id].append(row.backend)
    return found
