"""A real pseudo-terminal around a child, and a screen to read what it would show."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import pyte

TIMEOUT = 60.0
ESCAPE = "\x1b[27u"
"""Esc as terminals with the kitty protocol send it: it needs no silence after it to be told from Alt."""
ASK = "\x1b[57376u"
"""F13: a child that was given a pipe answers it on there, once everything before has been dealt with."""


class Terminal:
    """Starts a program in a pty; keeps every byte it wrote."""

    def __init__(
        self,
        argv: list[str],
        *,
        columns: int = 80,
        rows: int = 24,
        environ: Mapping[str, str],
        answers: Path | None = None,
    ) -> None:
        """``answers``: a named pipe on which the child tells when it has dealt with what was pressed."""
        self.raw = bytearray()
        self._drawn = 0
        """How much of it the screen has been given: reading it takes longer than writing it took."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, dict(environ))  # noqa: S606
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._code: int | None = None
        # For reading and writing: so opening waits for nobody, and no end of file comes.
        self._answers = os.open(answers, os.O_RDWR) if answers is not None else None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)
        if self._answers is not None:
            os.close(self._answers)

    @property
    def screen(self) -> pyte.Screen:
        """The cells, as they are after all that was read."""
        new, self._drawn = bytes(self.raw[self._drawn :]), len(self.raw)
        self._stream.feed(new)
        return self._screen

    @property
    def text(self) -> str:
        return "\n".join(self.screen.display)

    def forget(self) -> None:
        """Let go of what was written so far; what it left on the screen stays."""
        _ = self.screen
        self.raw.clear()
        self._drawn = 0

    def read(self, seconds: float) -> bytes:
        """What arrives within this time; nothing after the end of the child."""
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return b""
        self.raw += data
        return data

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < deadline, f"waited for {what or condition}; the screen is:\n{self.text}"
            self.read(0.05)

    def shows(self, text: str) -> None:
        self.until(lambda: text in self.text, text)

    def quiet(self) -> None:
        """Until nothing more is written."""
        while self.read(0.12):
            pass

    def does(self, keys: str) -> None:
        """Press, and wait for what it draws; some keys draw nothing."""
        if self._answers is not None:
            self._does_answered(self._answers, ESCAPE if keys == "\x1b" else keys)
            return
        self.press(keys)
        if keys == "\x1b":
            # Escape is told from Alt by the silence after it, and a blinking cursor is no answer.
            self.reads_for(0.3)
        if self.read(1.0):
            while self.read(0.06):
                pass

    def _does_answered(self, answers: int, keys: str) -> None:
        self.press(keys)
        self.press(ASK)
        deadline = time.monotonic() + TIMEOUT
        while not select.select([answers], [], [], 0)[0]:
            assert time.monotonic() < deadline, f"no answer after {keys!r}; the screen is:\n{self.text}"
            self.read(0.005)
        os.read(answers, 1)
        while self.read(0.01):
            pass

    def reads_for(self, seconds: float) -> None:
        """Take whatever comes for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode(errors="surrogateescape"))

    @property
    def ended(self) -> bool:
        """Whether the child is no more; what it wrote last is read then."""
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
                while self.read(0.05):
                    pass
        return self._code is not None

    def end(self) -> int:
        """The exit code."""
        self.until(lambda: self.ended, "its end")
        assert self._code is not None
        return self._code
