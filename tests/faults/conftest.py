"""One rig a module: a stack, a recording proxy before its store, and clients to break."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.rig import Rig


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with Rig(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.fixture
def rig(shared: Rig) -> Iterator[Rig]:
    """The module's rig, whole, with nothing left of the test before."""
    shared.heal()
    shared.forget()
    yield shared
    shared.heal()
    shared.clean()
