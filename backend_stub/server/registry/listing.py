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

    def conditions(self, connection: Connection, principal: Principal) -> list[ColumnElement[bool]]:
        """All of them, `connection` to see how much the unordered ones leave."""
        found: list[ColumnElement[bool]] = []
        tenants = principal.tenants
        if self.tenant is not None:
            # Also where the caller does not see it: then nothing fits.
            found += _of_tenant(self.tenant)
        if tenants is not None:
            found += _of_tenant(*tenants) if len(tenants) == 1 else [objects.c.tenant_id.in_(tenants)]
        for column, value in (
            (objects.c.object_key, self.object_key),
            (objects.c.residency, self.residency),
            (objects.c.key_id, self.key_id),
        ):
            if value is not None:
                found.append(column == value)
        if self.prefix:
            found += _between(self.prefix)
        return [*found, *self._state(connection), *self._places(connection), *self._times(connection)]

    def _state(self, connection: Connection) -> list[ColumnElement[bool]]:
        if self.state is None:
            return []
        if self.state == "deleted":
            # Word for word the condition of the partial index, which a bound value would not match.
            return [literal_column("state") == literal_column("'deleted'")]
        if self.state == "erased":
            return [_among(connection, erasures.c.object_id, select(erasures.c.object_id))]
        return [objects.c.state == self.state]

    def _places(self, connection: Connection) -> list[ColumnElement[bool]]:
        if self.backend is None:
            return []
        there = select(replicas.c.object_id).where(replicas.c.backend == self.backend)
        return [_among(connection, replicas.c.object_id, there)]

    def _times(self, connection: Connection) -> list[ColumnElement[bool]]:
        found = []
        if self.recorded_from is not None:
            found.append(objects.c.recorded_at >= self.recorded_from)
        if self.recorded_before is not None:
            found.append(objects.c.recorded_at < self.recorded_before)
        if not found:
            return []
        window = select(objects.c.id).where(*found)
        return [objects.c.id.in_(window)] if _is_short(connection, window) else found


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
    query = select(*columns).where(*wanted.conditions(connection, principal))
    if (position := decode_cursor(cursor, str, int)) is not None:
        key, last = position
        # The first condition is the index's range; the second alone would read from the start.
        query = query.where(objects.c.object_key >= key, or_(objects.c.object_key > key, objects.c.id < last))
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


def _of_tenant(tenant_id: str) -> list[ColumnElement[bool]]:
    """A tenant's objects are also one range of keys, so that every index in their order serves."""
    return [objects.c.tenant_id == tenant_id, *_between(tenant_id + "/")]


def _between(prefix: str) -> list[ColumnElement[bool]]:
    end = prefix_end(prefix)
    return [objects.c.object_key >= prefix, *([objects.c.object_key < end] if end else [])]


def _among(connection: Connection, column: Column[Any], ids: Select[Any]) -> ColumnElement[bool]:
    """Whether a row's id is one of `ids`: the list itself where it is short, else a look-up for each row."""
    if _is_short(connection, ids):
        return objects.c.id.in_(ids)
    return ids.where(column == objects.c.id).exists()


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
