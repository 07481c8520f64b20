"""A page costs what it shows, however much is stored: each filter is one range of one index."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend_stub.server.auth.principal import Principal
from backend_stub.server.registry.listing import Filter, list_objects
from backend_stub.server.store.database import Database
from backend_stub.server.web.paging import encode_cursor
from tests.benchmarks.filling import fill
from tests.server.support import registration, running

TENANT = Principal("tenant", "k", frozenset({"t1"}), "r")
FILTERS = {
    "none": Filter(),
    "prefix": Filter(prefix="t1/fill/5"),
    "residency": Filter(residency="FI"),
    "backend of few": Filter(backend="rare"),
    "key id": Filter(key_id="t1-k1"),
    "a time window": Filter(recorded_from=1, recorded_before=2),
    "deleted": Filter(state="deleted"),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """20,000 objects of one tenant, in SQLite, which counts the steps of its own machine."""
    folder = tmp_path_factory.mktemp("pages")
    with running(folder) as server:
        assert server.client("t1").post("/proxy/objects", registration("t1", "first")).status == 201
    path = server.database
    fill(f"sqlite:///{path}", 20_000)
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def steps(database: Database, wanted: Filter, cursor: str | None) -> int:
    """Steps of SQLite's virtual machine for one page of 100."""
    counted = 0

    def one() -> int:
        nonlocal counted
        counted += 1
        return 0

    with database.read() as connection:
        raw: Any = connection.connection.driver_connection
        raw.set_progress_handler(one, 1)
        try:
            list_objects(connection, TENANT, wanted, 100, cursor)
        finally:
            raw.set_progress_handler(None, 1)
    return counted


@pytest.mark.parametrize("name", FILTERS)
def test_a_page_does_not_walk_over_what_it_does_not_show(filled: Database, name: str) -> None:
    whole = steps(filled, Filter(), None)
    first = steps(filled, FILTERS[name], None)
    far = steps(filled, FILTERS[name], encode_cursor("t1/fill/60", 1))
    # Walking over the 20,000 would take some 100,000 steps and more, a page takes some thousands.
    assert max(first, far, whole) < 20_000
    assert max(first, far) < 3 * whole
