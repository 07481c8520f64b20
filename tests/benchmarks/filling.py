"""Many stored objects, made of one that was registered, in a few statements."""

from __future__ import annotations

from sqlalchemy import Connection, text

from backend_stub.server.store.database import Database

# So many have a residency, a key and a backend of their own, however many there are: a page of them is as
# long in a small database as in a large one.
FEW = 20
_NAME = "'/fill/' || (n % 997) || '/' || n"
_EVERY = 30_000_000  # microseconds between two of them


def fill(url: str, count: int) -> None:
    """`count` more objects of the tenant of the first one, in 997 folders; the audit chain knows none.

    No server may be running on a SQLite database: it is written without a journal. Indexes are made anew
    afterwards, which is several times as quick as keeping them.
    """
    database = Database(url.replace("postgresql://", "postgresql+psycopg://"))
    with database.engine.connect() as connection:
        if database.is_sqlite:
            driver = connection.connection.driver_connection
            assert driver is not None
            for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
                driver.execute(f"PRAGMA {pragma}").close()
        else:
            connection.execute(text("SET maintenance_work_mem = '512MB'"))
            connection.commit()
        with connection.begin():
            indexes = _indexes(connection)
            for name in indexes:
                connection.execute(text(f"DROP INDEX {name}"))
            _insert(connection, count)
            for made in indexes.values():
                connection.execute(text(made))
    if not database.is_sqlite:  # where autovacuum would do it in a while; SQLite's server never does
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    database.close()


def _indexes(connection: Connection) -> dict[str, str]:
    """Those that are no constraint, with the statement that makes each."""
    if connection.dialect.name == "sqlite":
        query = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
            "AND tbl_name IN ('objects', 'replicas')"
        )
    else:
        query = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('objects', 'replicas') "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        )
    return {row[0]: row[1] for row in connection.execute(text(query))}


def _insert(connection: Connection, count: int) -> None:
    kept = [
        "tenant_id", "version", "state", "recorded_by", "submission", "receipt", "key_alg", "replica_count",
        "size", "ciphertext_size",
    ]  # fmt: skip
    picked = ", ".join(f"o.{name}" for name in kept)
    sqlite = connection.dialect.name == "sqlite"
    every = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"
    insert = (
        f"INSERT INTO objects (object_key, receipt_id, residency, key_id, recorded_at, {', '.join(kept)})"
    )
    few = f"n <= {FEW}"
    # In the order of the keys, which is that of the constraint's index: SQLite sorts the rows, PostgreSQL the
    # numbers, since its rows would not fit into memory.
    numbers = (
        "s"
        if sqlite
        else f'(SELECT n FROM generate_series(1, {count}) AS n ORDER BY ({_NAME}) COLLATE "C") s'
    )
    select = (
        f"SELECT o.tenant_id || {_NAME}, 'fill-' || n, "
        f"CASE WHEN {few} THEN 'SE' ELSE 'FI' END, CASE WHEN {few} THEN 'rare' ELSE o.key_id END, "
        f"o.recorded_at - CAST(n AS BIGINT) * {_EVERY}, {picked} "
        f"FROM (SELECT * FROM objects ORDER BY id LIMIT 1) o, {numbers}"
    )
    made = f"{insert} {every} {select} ORDER BY 1" if sqlite else f"{insert} {select}"
    copies = (
        "INSERT INTO replicas (object_id, backend, position, url, etag, source) "
        "SELECT id, CASE WHEN residency = 'SE' THEN 'rare' ELSE 'ceph-eu1' END, 0, 's3://bucket', 'e', "
        "'registered' FROM objects WHERE receipt_id LIKE 'fill-%'"
    )
    connection.execute(text(made))
    connection.execute(text(copies))
