"""Homes for the embedded stack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.paths import Home
from tests.rigs import homes


@pytest.fixture(scope="session")
def _short_linger() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECINGEST_LINGER", "0.1")
        yield


@pytest.fixture
def home(tmp_path: Path, _short_linger: None) -> Iterator[Home]:
    """An empty home; whatever still runs in it at the end is ended."""
    empty = Home(tmp_path / "home")
    yield empty
    homes.clear(empty)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, _short_linger: None) -> Iterator[EmbeddedStack]:
    """One running stack for the tests that only look."""
    with EmbeddedStack.join(Home(tmp_path_factory.mktemp("shared") / "home")) as stack:
        yield stack
