"""Old snapshots go: by age, by count, by the bytes that a tenant's snapshots take. Held ones stay."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, delete, func, select

from ..audit import Actor, Event, append
from ..settings import Settings
from ..store.database import Database, database_now
from ..store.schema import snapshots
from . import snapshot_blobs as blobs

_DAY = 24 * 3600 * 1_000_000


def expire(connection: Connection, settings: Settings, tenant_id: str, *, keep: str = "") -> list[Event]:
    """Remove what the limits do not allow, the oldest first, never a held one nor `keep`.

    Needs `lock_tenant`. The events are for the audit chain.
    """
    mine = select(snapshots).where(snapshots.c.tenant_id == tenant_id).order_by(snapshots.c.id)
    free = mine.where(snapshots.c.hold.is_(False), snapshots.c.id != keep)
    rows = list(connection.execute(free).mappings())
    counted = select(func.count()).select_from(snapshots).where(snapshots.c.tenant_id == tenant_id)
    count: int = connection.execute(counted).scalar_one()
    oldest = database_now(connection) - settings.max_snapshot_age_days * _DAY
    events = []
    for row in rows:
        if settings.max_snapshot_age_days and row["recorded_at"] < oldest:
            reason = f"older than {settings.max_snapshot_age_days} days"
        elif settings.max_snapshot_count and count > settings.max_snapshot_count:
            reason = f"more than {settings.max_snapshot_count} snapshots"
        elif (
            settings.max_snapshot_bytes
            and blobs.total_bytes(connection, tenant_id) > settings.max_snapshot_bytes
        ):
            reason = f"more than {settings.max_snapshot_bytes} bytes"
        else:
            break
        remove(connection, row)
        count -= 1
        detail = {"sha256": row["sha256"], "reason": reason}
        events.append(Event("snapshot.expire", row["id"], tenant_id, detail))
    return events


def remove(connection: Connection, row: RowMapping) -> None:
    """Take a snapshot and its parts out. Needs `lock_tenant`."""
    blobs.drop_parts(connection, row["id"], row["tenant_id"])
    connection.execute(delete(snapshots).where(snapshots.c.id == row["id"]))


def expire_all(database: Database, settings: Settings) -> None:
    """What has become too old while the server was down or nobody took a snapshot; a transaction a tenant."""
    with database.read() as connection:
        tenants = list(connection.execute(select(snapshots.c.tenant_id).distinct()).scalars())
    for tenant_id in tenants:

        def work(connection: Connection, tenant_id: str = tenant_id) -> None:
            blobs.lock_tenant(connection, tenant_id)
            if events := expire(connection, settings, tenant_id):
                append(connection, Actor("system"), events)

        database.write(work)
