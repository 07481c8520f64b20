"""The one door: nothing that acts, reorders or hides comes through it."""

from __future__ import annotations

import sys
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest

from secingest_tui import text
from tests.tui.names import EVIL_NAMES

EVERY = [chr(code) for code in range(sys.maxunicode + 1)]


def test_no_character_of_unicode_comes_out_hidden() -> None:
    shown = text.visible("".join(EVERY))
    assert not [character for character in set(shown) if text.is_hidden(character)]


def test_control_format_surrogate_private_and_unassigned_are_hidden() -> None:
    for character in EVERY:
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
            assert text.is_hidden(character), hex(ord(character))


def test_letters_digits_signs_and_spaces_stay_as_they_are() -> None:
    plain = "".join(chr(code) for code in range(0x20, 0x7F)) + "äßéçñøÅ報告書عربى€…"
    assert text.visible(plain) == plain


def test_a_stand_in_is_one_visible_character_for_one() -> None:
    shown = text.same_length("".join(EVERY))
    assert len(shown) == len(EVERY)
    assert not [character for character in set(shown) if text.is_hidden(character)]


@pytest.mark.parametrize("name", EVIL_NAMES.values(), ids=EVIL_NAMES)
def test_content_and_cell_hold_the_name_literally(name: str) -> None:
    content, cell = text.safe(name), text.cell(name, limit=None)
    assert content.plain == cell.plain == text.visible(name)
    for span in content.spans:
        assert span.style in ("", "reverse"), "a name cannot style or act"
    assert {span.style for span in cell.spans} <= {"", "reverse"}
    assert not any(text.is_hidden(character) for character in content.plain)


def test_escapes_say_which_character_it_was() -> None:
    assert text.visible("\x1b\x9b\u202e\U000e0041") == r"\x1b\x9b\u202e\U000e0041"


def test_a_limit_keeps_both_ends() -> None:
    shown = text.visible("begin" + "x" * 5000 + "end", limit=40)
    assert len(shown) == 40
    assert shown.startswith("begin")
    assert shown.endswith("end")
    assert len(text.visible("\x00" * 5000, limit=40)) == 40


def test_join_takes_strings_as_untrusted() -> None:
    assert text.join("[b]x[/b]", ("\x1b", "bold"), text.safe("ok")).plain == "[b]x[/b]\\x1bok"


def test_lines_keep_line_feeds_only() -> None:
    assert text.lines("a\nb\rc").plain == "a\nb\\x0dc"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (None, "?"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (5 << 30, "5.0 GiB"),
        (1 << 80, "1048576.0 EiB"),
    ],
)
def test_sizes(count: int | None, shown: str) -> None:
    assert text.size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "?"), (-3, "0 s"), (8, "8 s"), (185, "3 min 05 s"), (8040, "2 h 14 min"), (4 * 86400, "4 d")],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert text.duration(seconds) == shown


def test_times_are_utc_and_say_so() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    assert text.when(moment) == "2026-01-02 01:04:05Z"
    assert text.when(moment.astimezone(UTC), short=True) == "2026-01-02 01:04Z"
    assert text.when(None) == "-"


def test_counts() -> None:
    assert text.count(1, "tenant") == "1 tenant"
    assert text.count(1200, "copy", "copies") == "1,200 copies"
