"""What is written for a key press, and which modes of the terminal are switched: counted, not timed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from secingest_tui.paths import Home
from tests.rigs import homes
from tests.tui.terminal import Terminal
from tests.tui.test_pty import DOWN, child, environment

WITHIN, SCROLLING = 12, 60
"""Presses within the first page, and beyond its end at 80x24."""
MOUSE = {"1000", "1002", "1003", "1005", "1006", "1015", "1016"}


def sent(terminal: Terminal, presses: int) -> int:
    """Bytes for moving down so often, each press drawn before the next."""
    before = len(terminal.raw)
    for _ in range(presses):
        terminal.does(DOWN)
    return len(terminal.raw) - before


def moving(pipes: Path, ready: str, *arguments: str) -> tuple[int, int]:
    """Within the page, and while every step scrolls."""
    with child(*arguments, answers=pipes) as terminal:
        terminal.shows(ready)
        terminal.does("")
        within = sent(terminal, WITHIN)
        sent(terminal, WITHIN)
        return within, sent(terminal, SCROLLING)


def test_moving_writes_no_more_than_a_bare_table_and_scrolling_much_less(tmp_path: Path) -> None:
    """Ours has a million rows, a menu and states; the bare one a thousand rows and nothing else."""
    ours = moving(tmp_path, "0000000.tiff", "million", "metadata")
    bare = moving(tmp_path, "row 0 cell 0", "bare")
    assert 0 < ours[0] <= bare[0]
    assert 0 < ours[1] <= bare[1] // 2


def modes(raw: bytes, end: str) -> list[str]:
    found = re.findall(rb"\x1b\[\?([0-9;]+)" + end.encode(), raw)
    return [number for one in found for number in one.decode().split(";") if number in MOUSE]


@pytest.mark.parametrize("mouse", [True, False], ids=["mouse", "no-mouse"])
def test_the_mouse_is_left_as_it_was(mouse: bool, tmp_path: Path) -> None:
    """Switched off again at the end; with ``--no-mouse`` never switched on."""
    home = Home(tmp_path / "home")
    argv = [sys.executable, "-m", "secingest_tui", *([] if mouse else ["--no-mouse"])]
    environ = environment(SECINGEST_HOME=str(home.root), SECINGEST_LINGER="0.1")
    try:
        with Terminal(argv, environ=environ) as terminal:
            terminal.shows("All is ready")
            terminal.press("q")
            assert terminal.end() == 0
    finally:
        homes.clear(home)
    assert bool(modes(terminal.raw, "h")) == mouse
    assert set(modes(terminal.raw, "h")) <= set(modes(terminal.raw, "l"))
