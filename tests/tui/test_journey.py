"""The main job in a real terminal (tmux, 80x24) on the real embedded stack, by keys alone."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PASSPHRASE = "correct horse battery"
TIMEOUT = 60.0


class Tmux:
    """A tmux server of its own with one window of 80x24."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._socket = folder / "tmux.sock"
        pairs = [f"{name}={value}" for name, value in environ.items()]
        # A shell waits for the application and says how it ended: tmux itself sometimes misses that.
        script = 'env "$@"; echo "ended with $?"; exec cat'
        program = [*pairs, sys.executable, "-m", "secingest_tui"]
        self._run(
            "-f", os.devnull, "new-session", "-d", "-x", "80", "-y", "24", "sh", "-c", script, "sh", *program
        )  # fmt: skip

    def _run(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self._socket), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    @property
    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def until(self, condition: Callable[[str], bool], what: object) -> None:
        """Wait for the screen to be as it should."""
        deadline = time.monotonic() + TIMEOUT
        while not condition(shown := self.text):
            assert time.monotonic() < deadline, f"waited for {what}; the screen is:\n{shown}"
            time.sleep(0.05)

    def shows(self, *wanted: str) -> None:
        """Wait for all of these to be on the screen at once."""
        self.until(lambda shown: all(text in shown for text in wanted), wanted)

    def shows_times(self, wanted: str, times: int) -> None:
        """Wait for this to be on the screen so many times."""
        self.until(lambda shown: shown.count(wanted) == times, (wanted, times))

    def types(self, text: str, *then: str) -> None:
        self._run("send-keys", "-l", text)
        self.shows(*then)

    def press(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def close(self) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], check=False, capture_output=True)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    environ = {"SECINGEST_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8", "TERM": "tmux-256color"}
    tmux = Tmux(tmp_path, environ)
    yield tmux
    tmux.close()


def test_a_fresh_home_to_an_uploaded_and_restored_file(terminal: Tmux, tmp_path: Path) -> None:
    source, target = tmp_path / "in.bin", tmp_path / "out.bin"
    source.write_bytes(secrets.token_bytes(3 << 20))
    terminal.shows("3 uploads a file")
    terminal.press("3")
    terminal.shows("File or folder", "none yet: Enter makes one", "FI")
    terminal.types(str(source), "file, 3.0 MiB")
    terminal.press("Enter")
    # Below the form stands what is beside the field that has the focus.
    terminal.shows_times("none yet: Enter makes one", 3)
    terminal.press("Enter")
    terminal.shows("New tenant")
    terminal.types("acme", "acme")
    terminal.press("Tab", "Tab", "Tab", "Tab", "Enter")
    terminal.shows("Tenant acme is registered", "••••••••••••")
    terminal.press("Escape")
    terminal.shows("acme/in.bin")
    terminal.press("Tab")
    terminal.shows_times("none yet: Enter makes one", 2)
    terminal.press("Enter")
    terminal.shows("New key", "acme-k1")
    terminal.types("0", "acme-k10")
    terminal.press("Tab", "Tab", "Tab")
    terminal.types(PASSPHRASE, "•" * len(PASSPHRASE))
    terminal.press("Tab")
    terminal.types(PASSPHRASE, "•" * len(PASSPHRASE))
    terminal.press("Enter")
    terminal.shows("acme-k10", "only this key decrypts")
    terminal.press("F9")
    terminal.shows("Ready to upload 1 file, 3.0 MiB")
    terminal.press("Enter")
    terminal.shows("receipt_id", "etag", "o restore")
    terminal.press("o")
    terminal.shows("Into file", "a new file")
    terminal.press("C-u")
    terminal.types(str(target), "a new file", target.name)
    terminal.press("Enter")
    terminal.shows("Restore acme/in.bin", "done")
    assert target.read_bytes() == source.read_bytes()
    terminal.press("Escape")
    terminal.shows("receipt_id")
    terminal.press("Escape")
    terminal.shows("Object key")
    terminal.press("F5")
    terminal.shows("1 object", "acme/in.bin")
    terminal.press("q")
    terminal.shows("ended with 0")
