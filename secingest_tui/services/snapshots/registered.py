"""What the server has registered of a tenant, at hand by bucket and key without filling memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from backend_stub.contract.auditing import RegisteredCopy
from backend_stub.contract.locations import split_s3_url
from secingest_tui.services.snapshots.reading import Reader, Tick, unheard

_PAGE = 1000


def location_of(copy: RegisteredCopy) -> tuple[str, str]:
    """Bucket and key of a registered copy."""
    bucket, key = split_s3_url(copy.url)
    return bucket, key or copy.object_key


class RegisteredCopies:
    """A private temporary database of SQLite's own, which vanishes with the process. A context manager.

    Copies on ``backend`` are compared with what was seen. Those on others are only known by their place: two
    backends can be one account, whose list of buckets is the same at both.
    """

    def __init__(self, backend: str) -> None:
        self._backend = backend
        self._database = sqlite3.connect("")
        self._database.execute(
            "CREATE TABLE copies"
            " (id INTEGER PRIMARY KEY, bucket TEXT, key BLOB, json TEXT, seen INTEGER, mine INTEGER)"
        )
        self._database.execute("CREATE INDEX place ON copies (bucket, key)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def load(self, client: Reader, tenant: str, tick: Tick = unheard) -> int:
        """Read everything that is registered; how much it is on the backend."""
        cursor: str | None = None
        count = 0
        while True:
            page = client.copies(tenant=tenant, cursor=cursor, limit=_PAGE)
            rows = []
            for copy in page.items:
                bucket, key = location_of(copy)
                mine = copy.backend == self._backend
                rows.append((bucket, key.encode(), copy.model_dump_json() if mine else "", mine))
                count += mine
            self._database.executemany(
                "INSERT INTO copies (bucket, key, json, seen, mine) VALUES (?, ?, ?, 0, ?)", rows
            )
            tick(len(rows))
            cursor = page.next
            if cursor is None:
                return count

    def between(
        self, bucket: str, first: bytes, last: bytes
    ) -> dict[bytes, list[tuple[int, RegisteredCopy]]]:
        """Copies in a range of keys, with their numbers."""
        found: dict[bytes, list[tuple[int, RegisteredCopy]]] = {}
        query = (
            "SELECT key, id, json FROM copies WHERE bucket = ? AND key BETWEEN ? AND ? AND mine ORDER BY id"
        )
        for key, number, text in self._database.execute(query, (bucket, first, last)):
            found.setdefault(bytes(key), []).append((number, RegisteredCopy.model_validate_json(text)))
        return found

    def has(self, bucket: str, key: bytes) -> bool:
        """On whichever backend."""
        query = "SELECT 1 FROM copies WHERE bucket = ? AND key = ? LIMIT 1"
        return self._database.execute(query, (bucket, key)).fetchone() is not None

    def mark(self, numbers: Sequence[int]) -> None:
        """These were found."""
        self._database.executemany("UPDATE copies SET seen = 1 WHERE id = ?", [(n,) for n in numbers])

    def unseen(self) -> Iterator[RegisteredCopy]:
        query = "SELECT json FROM copies WHERE mine AND seen = 0 ORDER BY bucket, key"
        for (text,) in self._database.execute(query):
            yield RegisteredCopy.model_validate_json(text)

    def __iter__(self) -> Iterator[RegisteredCopy]:
        for (text,) in self._database.execute("SELECT json FROM copies WHERE mine ORDER BY id"):
            yield RegisteredCopy.model_validate_json(text)
