"""Many stored objects, made of one that was registered, in a few statements."""

from __future__ import annotations

from sqlalchemy import text

from backend_stub.server.store.database import Database

# So many have a residency, a key and a backend of their own, however many there are: a page of them is as
# long in a small database as in a large one.
FEW = 20
_EVERY = 30_000_000  # microseconds between two of them


def fill(url: str, count: int) -> None:
    """`count` more objects of the tenant of the first one, in 997 folders; the audit chain knows none."""
    database = Database(url.replace("postgresql://", "postgresql+psycopg://"))
    kept = [
        "tenant_id", "version", "state", "recorded_by", "submission", "receipt", "key_alg", "replica_count",
        "size", "ciphertext_size",
    ]  # fmt: skip
    picked = ", ".join(f"o.{name}" for name in kept)
    series = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"
    insert = (
        f"INSERT INTO objects (object_key, receipt_id, residency, key_id, recorded_at, {', '.join(kept)})"
    )
    few = f"s.n <= {FEW}"
    select = (
        "SELECT o.tenant_id || '/fill/' || (s.n % 997) || '/' || s.n, 'fill-' || s.n, "
        f"CASE WHEN {few} THEN 'SE' ELSE 'FI' END, CASE WHEN {few} THEN 'rare' ELSE o.key_id END, "
        f"o.recorded_at - CAST(s.n AS BIGINT) * {_EVERY}, {picked} "
        "FROM (SELECT * FROM objects ORDER BY id LIMIT 1) o, s"
    )
    first = f"{series} {insert}" if not database.is_sqlite else f"{insert} {series}"
    copies = (
        "INSERT INTO replicas (object_id, backend, position, url, etag, source) "
        "SELECT id, CASE WHEN residency = 'SE' THEN 'rare' ELSE 'ceph-eu1' END, 0, 's3://bucket', 'e', "
        "'registered' FROM objects WHERE receipt_id LIKE 'fill-%'"
    )
    for statement in (f"{first} {select}", copies):
        database.write(lambda connection, one=statement: connection.execute(text(one)))  # type: ignore[misc]
    if not database.is_sqlite:  # where autovacuum would do it in a while; SQLite's server never does
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    database.close()
