"""A session that was closed holds nothing: what comes late opens neither stack nor connection."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from secingest_tui.embedded import EmbeddedStack
from secingest_tui.errors import ClosedError
from secingest_tui.paths import Home
from secingest_tui.services.session import open_session
from secingest_tui.services.workspace import Workspace
from tests.rigs.homes import wait_until_ended


def test_a_thread_that_comes_late_does_not_keep_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status line asks after every transfer: an answer still under way must not outlive the session."""
    monkeypatch.setenv("SECINGEST_LINGER", "0.1")
    home = Home(tmp_path / "home")
    session = open_session(lambda line: None, home)
    with EmbeddedStack.join(home) as stack:
        status = stack.status()
    session.close()
    with pytest.raises(ClosedError):
        session.status()
    wait_until_ended(status)


def test_many_threads_open_one_of_each(stack: EmbeddedStack, tenant: str, home: Home) -> None:
    before = stack.status()["clients"]
    with Workspace(home) as workspace:
        opened: list[Callable[[], object]] = [
            lambda: workspace.stack,
            workspace.admin,
            lambda: workspace.tenant(tenant),
            lambda: workspace.store("local-fi", tenant),
        ]
        with ThreadPoolExecutor(8) as threads:
            found = [list(threads.map(lambda _n, one=one: one(), range(8))) for one in opened]
        assert [len({id(thing) for thing in things}) for things in found] == [1, 1, 1, 1]
        assert stack.status()["clients"] == before + 1
    for late in opened:
        with pytest.raises(ClosedError):
            late()
