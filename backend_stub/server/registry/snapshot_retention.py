"""Old snapshots go: by age, by count, by the bytes that a tenant's snapshots take. Held ones stay."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, RowMapping, delete, func, select

from ..audit import Actor, Event, append
from ..problems import conflict
from ..settings import Settings
from ..store.database import Database, database_now
from ..store.schema import snapshot_blobs, snapshots
from . import snapshot_blobs as blobs

_DAY = 24 * 3600 * 1_000_000


def expire(connection: Connection, settings: Settings, tenant_id: str, *, keep: str = "") -> list[Event]:
    """Remove what the limits do not allow, the oldest first, never a held one nor `keep`.

    Needs `lock_tenant`. The events are for the audit chain.
    """
    mine = select(snapshots).where(snapshots.c.tenant_id == tenant_id).order_by(snapshots.c.id)
    free = mine.where(snapshots.c.hold.is_(False), snapshots.c.id != keep)
    rows = list(connection.execute(free).mappings())
    counted = select(func.count(), func.sum(snapshots.c.stored_bytes))
    count, at_most = connection.execute(counted.where(snapshots.c.tenant_id == tenant_id)).one()
    # What snapshots share is counted once, so it may be less: looked at only where that decides.
    crowded = settings.max_snapshot_bytes and (at_most or 0) > settings.max_snapshot_bytes
    oldest = database_now(connection) - settings.max_snapshot_age_days * _DAY
    events = []
    for row in rows:
        if settings.max_snapshot_age_days and row["recorded_at"] < oldest:
            reason = f"older than {settings.max_snapshot_age_days} days"
        elif settings.max_snapshot_count and count > settings.max_snapshot_count:
            reason = f"more than {settings.max_snapshot_count} snapshots"
        elif crowded and blobs.total_bytes(connection, tenant_id) > settings.max_snapshot_bytes:
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
    """What has become too old while nobody took a snapshot, and given-up uploads; a transaction a tenant."""
    with database.read() as connection:
        tenants = list(connection.execute(select(snapshot_blobs.c.tenant_id).distinct()).scalars())
    for tenant_id in tenants:
        blobs.drop_orphans(database, tenant_id)

        def work(connection: Connection, tenant_id: str = tenant_id) -> None:
            blobs.lock_tenant(connection, tenant_id)
            if events := expire(connection, settings, tenant_id):
                append(connection, Actor("system"), events)

        database.write(work)


_CHECKED_EVERY = 16
_BYTES_AN_ENTRY = 4096
_BYTES_A_BLOB = 512
_sent: Counter[str] = Counter()


def insist_on_room(database: Database, settings: Settings, tenant_id: str) -> None:
    """Raises ProblemError 409 where chunks that no snapshot names take more than a snapshot ever could.

    Looked at once in a while, since it reads all their names: it keeps a disk from filling up within the day
    that such chunks are kept.
    """
    _sent[tenant_id] += 1
    if _sent[tenant_id] % _CHECKED_EVERY != 1:
        return
    with database.read() as connection:
        found = blobs.waiting(connection, tenant_id)
    if sum(blob.size + _BYTES_A_BLOB for blob in found) > _BYTES_AN_ENTRY * settings.max_snapshot_files:
        detail = "Too many chunks wait for a snapshot that names them. Record one, or send more in a day."
        raise conflict("chunks-waiting", detail)
