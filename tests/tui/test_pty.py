"""The bytes at a real terminal: no name drives it, no colour where none is wanted, little traffic."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pytest

from secingest_tui.text import is_hidden
from tests.tui.everywhere import REFUSED
from tests.tui.names import EVIL_NAMES
from tests.tui.screens import screens_there_are
from tests.tui.terminal import Terminal

ROOT = Path(__file__).parents[2]
# Everything Textual itself writes is a CSI sequence; a name that got through would leave something else.
CSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# The pointer's shape, and the clipboard when we press c. "evil" is what the names want copied.
OWN_OSC = re.compile(r"\x1b\](?:22;[a-z-]+|52;c;(?!ZXZpbA==)[A-Za-z0-9+/=]*)\x07")
ALLOWED_FINALS = set("mHhlupAKtJn")
TRUECOLOR = re.compile(r"\x1b\[(?:[0-9]+;)*[34]8[;:][25]")
ANY_COLOUR = re.compile(r"\x1b\[(?:[0-9;:]*[;])?(?:3[0-7]|4[0-7]|9[0-7]|10[0-7]|[34]8[;:])[0-9;:]*m")


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return {
        **kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8", **more,
    }  # fmt: skip


def child(
    *arguments: str, columns: int = 80, rows: int = 24, answers: Path | None = None, **environ: str
) -> Terminal:
    """``answers``: a folder; the child then says when it has dealt with a key, and nobody has to guess."""
    argv = [sys.executable, "-m", "tests.tui.child", *arguments]
    pipe = None
    if answers is not None:
        pipe = answers / f"answers{len(list(answers.glob('answers*')))}"
        os.mkfifo(pipe)
        environ["ANSWERS"] = str(pipe)
    return Terminal(argv, columns=columns, rows=rows, environ=environment(**environ), answers=pipe)


def assert_nothing_hidden(raw: bytes | bytearray) -> None:
    shown = raw.decode("utf-8")
    for sequence in CSI.findall(shown):
        assert sequence[-1] in ALLOWED_FINALS, repr(sequence)
    rest = OWN_OSC.sub("", CSI.sub("", shown))
    found = {character for character in rest if is_hidden(character)} - {"\n", "\r"}
    where = next((rest[max(0, rest.index(one) - 40) : rest.index(one) + 40] for one in found), "")
    assert not found, (found, where)


# The keys of a walk through the application: area by area, each list, details, filter, palette.
WALK = {
    "discovery": ["1", "\x1b[B\r", "\x1b", "l", "\r", "\x1b"],
    "provisioning": ["2", "\r", "v", "\x1b", "\x1b", "l", "\x1b[B\r", "\x1b"],
    "metadata": ["4", "\x1b[B\x1b[B\r", "v", "\x1b", "c", "\x1b", "o", "\x1b", "f", "\x1b"],
    "replication": ["5", "x", "\x1b", "\r", "\x1b"],
    "snapshots": ["6", "\r", "\r", "\x1b", "\x1b", "n", "\r"],
    "tasks": ["t", "\r", "v", "\x1b", "\x1b", "\x1b"],
    "home": ["0", "\x1b[B\x1b[B\r", "o", "\x1b[B", "\r", "v", "\x1b", "\x1b", "d", "\x1b", "\x1b"],
    "everything": [":", "e\x1b[B", "\x1b", "\x0f", "\x1b", "K", "\x1b"],
    "palette": [":", "\x1b", "?", "\x1b"],
}


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=["80x24", "200x50"])
def test_no_evil_name_reaches_the_terminal(size: tuple[int, int], tmp_path: Path) -> None:
    with child("evil", "discovery", columns=size[0], rows=size[1], answers=tmp_path) as terminal:
        terminal.shows("Backends")
        for part in WALK.values():
            for keys in part:
                terminal.does(keys)
        terminal.press("q")
        assert terminal.end() == 0
    assert_nothing_hidden(terminal.raw)
    # What a name asked for did not happen either: no title, no clipboard but the one we sent on "c".
    assert b"PWNED" in terminal.raw
    assert b"\x1b]0" not in terminal.raw


UP, DOWN, F8, F9, F12 = "\x1b[A", "\x1b[B", "\x1b[19~", "\x1b[20~", "\x1b[24~"
ESC, YES = "\x1b", "\t\r"
# Everything that can be opened, from each area; what is open is left again before the next.
EVERYWHERE = {
    "home": ["0", DOWN, "o", "\r", ESC, "d", ESC, ESC, "r"],
    "discovery": ["1", "\r", ESC, "b", "\r", ESC, ESC, "p", ESC, "v", "l", "\r", "v", ESC, ESC, "f", ESC, "s",
                  ESC, "c", DOWN, "\t", "\r", ESC, ESC],
    "provisioning": ["2", "\r", "x", "v", ESC, ESC, "n", ESC, "k", ESC, "m", "\r", ESC, ESC, "w", ESC,
                     "o", "\r", ESC, "o", DOWN, "\r", "\r", ESC, "e", "a", ESC, "p", ESC, "b", ESC, ESC,
                     "l", "\r", ESC, "l", "\r", ESC, "a", ESC, "v", "\r", ESC, ESC, "s", ESC, "u", ESC,
                     "x", ESC],
    "metadata": ["4", DOWN, "\r", "v", ESC, "c", ESC, "o", ESC, "f", ESC, "w", ESC, " ", "d", ESC, "e", ESC,
                 "p", ESC, "b", ESC, "n", "\r", "\r", "\r", ESC, ESC, "n", "\r", "\r", DOWN, "\r",
                 "\x1b[Z", "\r", ESC, ESC, ESC],
    "replication": ["5", "x", ESC, "\r", ESC, "s", ESC, "f", ESC, "X", ESC, "l", "\r", ESC, "l", "\r", ESC,
                    "p", ESC],
    "snapshots": ["6", "\r", "\r", "\r", ESC, ESC, "g", "\r", ESC, ESC, "d", "\r", "\r", ESC, ESC, "s", ESC,
                  "h", ESC, "p", ESC, "n", "\r", ESC],
    "upload": ["3", ESC, F12, "\r", ESC, "x", ESC, ESC, "3", F8, DOWN, ESC, ESC],
    "tops": ["4", "y", "\t", ESC, "t", "\r", "v", ESC, "l", ESC, ESC, "l", ESC, ESC, ":", "e", DOWN, ESC,
             "\x0f", ESC, "?", ESC, "\x07", "v", ESC, "y", ESC, "K", "\r", ESC, ESC, ",", "\r", ESC, DOWN,
             "\r", ESC, ESC],
}  # fmt: skip


# What only opens where more is asked for: pasted keys, passphrases, what would be sent.
ASKED = {
    "register": ["4", "n", "\r", "\r", DOWN, *["\r"] * 5, "\t\t\r", "\r", ESC, ESC, ESC],
    "onboard": ["2", "o", DOWN, "\r", "a", "AK\r", "SK\r", YES, "wrong\r", ESC, ESC],
    "mint": ["2", "l", "l", "a", "AK\r", "SK\r", YES, ESC, ESC],
    "upload": ["3", "FILE", F9, "\r", "wrong\r", ESC, ESC, ESC],
}
PASSPHRASE_TYPED = "correct horse\r"
NEW_KEY = ["k9", "\t", "\t", "\t", "xxxxxxxx", "\t", "xxxxxxxx", "\r", "\r"]
# Whatever can be done, done: by itself, and where the first call has to succeed for the second to be made.
DONE = {
    "tasks": ["t", "x", YES, ESC, ESC],
    "home": ["0", "f", ESC, "o", "f", "d", YES, ESC, ESC],
    "discovery": ["1", "p", "\r", ESC, "b", "\r", "n", YES, ESC, ESC],
    "tenant": ["2", "n", "nordic\r", "FI\r", "\r", ESC],
    "key": ["2", "k", *NEW_KEY, ESC],
    "user": ["2", "l", "l", "s", YES, ESC],
    "begin": ["2", "o", "\r", "nordic", "\x1b[Z", "\r", ESC, ESC],
    "adopt": ["2", "o", DOWN, "\r", "a", "AK\r", "SK\r", YES, ESC, ESC],
    "report": ["2", "o", DOWN, "\r", "p", ESC, ESC],
    "unfinished": ["3", F12, "e", "x", YES, ESC, ESC],
    "objects": ["4", "p", "\r", "y", "FI\r", "3\r", "\r", ESC, "d", YES, ESC, "o", ESC],
    "register": ["4", "n", "\r", "\r", DOWN, "\r", ESC],
    "replication": ["5", "e", "x", YES, "p", "X", YES, "m", ESC],
    "hold": ["6", "h", "why", "\r", "\r", ESC],
    "take": ["6", "n", "\r", "\x1b[Z", "\r", ESC],
    "snapshots": ["6", "v", "p", ESC],
    "findings": ["6", "g", "e", ESC, ESC],
    "settings": [",", "\r", "\x15", "9\r", ESC, ESC],
}
SECOND = ("tenants", "keys", "kinds", "backends", "begun", "draft", "objects", "find_objects", "plan_ingest",
          "plan_restore", "adopt", "unlock_key", "create_key")  # fmt: skip
DONE_SECOND = {
    "upload": ["3", "FILE", F9, "\r", PASSPHRASE_TYPED, ESC, ESC],
    "own-key": ["2", "o", DOWN, "\r", DOWN, "e", "\x15", *NEW_KEY, ESC],
    "roll-back": ["2", "o", DOWN, "\r", "b", "customer42", "\t\t\r", ESC],
    "register": ["4", "n", "\r", "\r", DOWN, *["\r"] * 5, "\t\t\r", "\r", ESC, ESC],
    "restore": ["4", "o", "\x15", "NEW", "\r", PASSPHRASE_TYPED, ESC],
    "batch": ["4", "b", "\t", "BATCH", "\r", "\r", ESC],
    "erase": ["4", "e", "acme/scans/0000.tiff", "\t\t\r", ESC],
    "step": ["2", "o", DOWN, "\r", "a", "AK\r", "SK\r", YES, PASSPHRASE_TYPED, ESC],
    "connect": ["2", "w", "\r", "\r", "\r", "portal\r", "\r", ESC],
    "breaker": ["5", "l", "l", "p", YES, DOWN, "k", ESC],
    "drill": ["6", "g", DOWN, "e", PASSPHRASE_TYPED, ESC],
}
# What is needed before is right, and the plan or the passphrase is refused.
THIRD = ("tenants", "keys", "backends", "plan_restore")
DONE_THIRD = {
    "upload": ["3", "FILE", F9, ESC, ESC],
    "passphrase": ["4", "o", "\x15", "NEW", "\r", PASSPHRASE_TYPED, ESC, ESC],
}


def walk(seen: Path, kind: str, *more: str, walks: dict[str, list[str]] | None = None) -> None:
    """Open everything there is; nothing of what was shown may have acted."""
    folder = seen.parent
    files = {name: str(folder / f"{name.lower()}.csv") for name in ("FILE", "BATCH", "NEW")}
    for name in ("FILE", "BATCH"):
        Path(files[name]).write_bytes(b"x")
    with child(kind, "home", *more, columns=100, rows=40, answers=folder, SCREENS_SEEN=str(seen)) as terminal:
        terminal.shows("0 Home")
        terminal.quiet()
        for part in (walks or EVERYWHERE).values():
            for keys in (*part, ESC, ESC, ESC):
                before = len(terminal.raw)
                terminal.does(files.get(keys, keys))
                if keys == ESC and b"will be lost" in terminal.raw[before:]:  # Esc has asked: leave
                    terminal.does("\t")
                    terminal.does("\r")
        terminal.press("q")
        terminal.until(lambda: terminal.ended or "still running" in terminal.text)
        if not terminal.ended:
            terminal.does("\t")
            terminal.press("\r")
        assert terminal.end() == 0, terminal.text
    assert_nothing_hidden(terminal.raw)
    assert b"PWNED" in terminal.raw, "the names have to be on the screen to prove anything"
    assert b"\x1b]0" not in terminal.raw


@pytest.mark.timeout(1200)
def test_evil_text_in_every_answer_on_every_screen(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    walk(seen, "everywhere")
    # Where a form has what it needs, what it would do is shown too.
    walk(seen, "asking", "tenants", "keys", "backends", "draft", walks=ASKED)
    missing = screens_there_are() - set(seen.read_text().split())
    assert not missing, f"the walk never opens {sorted(missing)}"


@pytest.mark.timeout(1200)
def test_evil_text_in_every_message(tmp_path: Path) -> None:
    """Nothing can be read; then everything can, and nothing be done."""
    walk(tmp_path / "seen", "failing")
    seen = tmp_path / "refused"
    walk(seen, "refusing", walks=DONE)
    walk(seen, "refusing", *SECOND, walks=DONE_SECOND)
    walk(seen, "refusing", *THIRD, walks=DONE_THIRD)
    missing = REFUSED - set(seen.read_text().split())
    assert not missing, f"nothing asked for {sorted(missing)}"


def test_the_upload_form_with_evil_files_and_choices(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in EVIL_NAMES.values():
        if "\x00" not in name and "/" not in name and len(os.fsencode(name)) < 250:
            (tmp_path / os.fsdecode(os.fsencode(name))).write_bytes(b"x")
    with child("evil", "upload", answers=tmp_path_factory.mktemp("pipes")) as terminal:
        terminal.shows("File or folder")
        for keys in (
            f"{tmp_path}/", "\x1b[19~", "\x1b[B\x1b[B", "\r",  # F8: browse, take the second name
            "\t", "\r", "\x1b[B\r", "\r", "\x1b[B\t\x1b[B\t\r", "\r", "\x1b[B\r",
            "\x1b[20~", "\x1b", "\x1b", "3",
            "\x1b[Z", "\x1b[Z",  # F9 went to the first field that lacks something; back to that of the path
        ):  # fmt: skip
            terminal.does(keys)
        seen = 0
        for name in EVIL_NAMES.values():
            terminal.does("\x15")
            pasted = f"\x1b[200~{name}trouble\x1b[201~".replace("\x00", "")
            if "\udcff" in name:  # what is read together with bytes that are no text is dropped as a whole
                terminal.press(pasted)
                terminal.shows("not UTF-8")
                continue
            terminal.does(pasted)
            seen += "trouble" in terminal.text
        assert seen >= len(EVIL_NAMES) - 5, "the names have to be on the screen to prove anything"
        terminal.does("\x1b")
        terminal.press("q")
        assert terminal.end() == 0
    assert_nothing_hidden(terminal.raw)


def test_a_defect_prints_no_local_variable() -> None:
    """Textual's own page would show them all: a passphrase that was typed a moment ago among them."""
    with child("defect", "upload") as terminal:
        terminal.shows("File or folder")
        terminal.press("/srv/x")
        assert terminal.end() == 1
    assert b"ZeroDivisionError" in terminal.raw
    assert b"locals" not in terminal.raw


def test_no_color_sends_no_colour_at_all(tmp_path: Path) -> None:
    with child("full", "replication", answers=tmp_path, NO_COLOR="1") as terminal:
        terminal.shows("retrying")
        for keys in ("\r", "\x1b", "x", "\x1b", "3", "?", "\x1b", "2", "n", "\x1b"):
            terminal.does(keys)
        terminal.press("q")
        assert terminal.end() == 0
    assert not ANY_COLOUR.findall(terminal.raw.decode())


def test_with_colours_there_are_some() -> None:
    with child("full", "replication") as terminal:
        terminal.shows("retrying")
        terminal.quiet()
        assert TRUECOLOR.search(terminal.raw.decode())


def test_a_terminal_of_16_colours_gets_no_others() -> None:
    with child("full", "replication", TERM="xterm-16color", COLORTERM="") as terminal:
        terminal.shows("retrying")
        terminal.quiet()
        shown = terminal.raw.decode()
        assert ANY_COLOUR.search(shown)
        assert not TRUECOLOR.search(shown)


def test_the_environment_cannot_make_it_load_or_press_anything(tmp_path: Path) -> None:
    log = tmp_path / "log"
    extra = {
        "TEXTUAL_DRIVER": "os:system",
        "TEXTUAL_PRESS": "q",
        "TEXTUAL_LOG": str(log),
        "TEXTUAL_SCREENSHOT": "1",
    }
    with child("full", "metadata", **extra) as terminal:
        terminal.shows("Objects")
        terminal.quiet()
        terminal.press("q")
        assert terminal.end() == 0
    assert not log.exists()


def test_it_leaves_a_clean_screen() -> None:
    with child("full", "metadata") as terminal:
        terminal.shows("Objects")
        terminal.press("q")
        assert terminal.end() == 0
    assert terminal.raw.rstrip().endswith(b"\x1b[?1004l") or b"\x1b[?1049l" in terminal.raw[-400:]
    assert b"\x1b[?25h" in terminal.raw[-400:]


def test_quitting_while_working_asks_in_the_terminal_too() -> None:
    with child("working", "metadata") as terminal:
        terminal.shows("Objects")
        terminal.press("q")
        terminal.shows("8 tasks still running")
        terminal.press("\r")
        terminal.shows("▶ 8 running")
        terminal.quiet()
        terminal.press("q")
        terminal.shows("8 tasks still running")
        terminal.press("\t\r")
        assert terminal.end() == 0, terminal.text


def test_without_work_it_writes_next_to_nothing() -> None:
    with child("full", "metadata") as terminal:
        terminal.shows("Objects")
        terminal.quiet()
        before = len(terminal.raw)
        for _ in range(20):
            terminal.read(0.1)
        assert len(terminal.raw) - before < 200


def test_eight_uploads_write_no_more_than_twenty_kib_a_second() -> None:
    with child("working", "metadata") as terminal:
        terminal.shows("Objects")
        terminal.press("t")
        terminal.shows("encrypt+upload")
        terminal.reads_for(2)  # the first picture of the screen is not progress
        before, begin = len(terminal.raw), time.monotonic()
        terminal.reads_for(4)
        assert 0 < (len(terminal.raw) - before) / (time.monotonic() - begin) <= 20 * 1024
