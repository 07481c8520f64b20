"""The one door for text that others wrote: object keys, file names, server answers, error texts.

Textual reads ``str`` as markup (a name can carry a clickable action, or crash the application) and
passes ESC and C1 bytes on to the terminal even without markup, a whole clipboard write included.
So such text enters the screens only as ``safe(...)`` or ``cell(...)``; the raw value is kept apart.
This module imports Textual only when it has to make something for it: the command line uses it too.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text
    from textual.content import Content

# Cc control, Cf format (bidi, zero width), Cs lone surrogates, Co private use, Cn unassigned and
# noncharacters, Zl/Zp line and paragraph separators.
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that render as nothing: joiners, fillers, variation selectors.
_HIDDEN_EXTRA = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0}
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0100, 0xE01F0))
)
_ESCAPED = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def is_hidden(character: str) -> bool:
    """Whether a character could act on the terminal, reorder what is beside it or not be seen."""
    return unicodedata.category(character) in _HIDDEN_CATEGORIES or ord(character) in _HIDDEN_EXTRA


def _escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class _Escapes(dict[int, str]):
    """A translation table that is filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = _escape(code) if is_hidden(character) else character
        return self[code]


class _StandIns(dict[int, str]):
    """As ``_Escapes``, but one character for one: for text with a cursor in it."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if is_hidden(character):
            # The control pictures name what they stand for; everything else gets the one for "unknown".
            character = chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"
        self[code] = character
        return character


_ESCAPES = _Escapes()
_STAND_INS = _StandIns()


def visible(value: str, limit: int | None = None) -> str:
    """``value`` with everything that acts or hides turned into escapes such as ``\\x1b``.

    ``limit`` cuts the middle out of longer text, so that both ends of a key stay readable.
    """
    if limit is not None and len(value) > 2 * limit:
        value = value[:limit] + "…" + value[-limit:]
    shown = value.translate(_ESCAPES)
    if limit is not None and len(shown) > limit:
        head = limit - limit // 3 - 1
        shown = shown[:head] + "…" + shown[len(shown) - limit // 3 :]
    return shown


def same_length(value: str) -> str:
    """``value`` with each hidden character replaced by one visible one: for input fields."""
    return value.translate(_STAND_INS)


def safe(value: str, style: str = "", limit: int | None = None) -> Content:
    """Untrusted text as something Textual shows literally; escapes stand out in reverse."""
    from textual.content import Content, Span

    shown = visible(value, limit)
    spans = [Span(0, len(shown), style)] if style else []
    if shown != value:
        spans += [Span(found.start(), found.end(), "reverse") for found in _ESCAPED.finditer(shown)]
    return Content(shown, spans=spans)


def cell(value: str, style: str = "", *, right: bool = False, limit: int | None = 400) -> Text:
    """Untrusted text for a table cell, which takes Rich's kind of text only."""
    from rich.text import Text

    shown = visible(value, limit)
    text = Text(shown, style=style, no_wrap=True, overflow="ellipsis", end="")
    if right:
        text.justify = "right"
    if shown != value:
        text.highlight_regex(_ESCAPED, "reverse")
    return text


def join(*parts: str | Content | tuple[str, str]) -> Content:
    """One line from parts: ``str`` is untrusted and made safe, a pair is text and style."""
    from textual.content import Content

    made = [part if isinstance(part, Content) else _part(part) for part in parts]
    return Content("").join(made)


def _part(part: str | tuple[str, str]) -> Content:
    return safe(part) if isinstance(part, str) else safe(part[0], part[1])


def lines(value: str, style: str = "", limit: int | None = None) -> Content:
    """As ``safe``, for text of several lines: line feeds stay, and ``limit`` is for each line."""
    from textual.content import Content

    return Content("\n").join([safe(line, style, limit) for line in value.split("\n")])


def size(count: int | None) -> str:
    """Bytes for people: ``12.4 MiB``; ``?`` where nobody knows."""
    if count is None:
        return "?"
    amount = float(count)
    for unit in _UNITS:
        if amount < 1024 or unit == _UNITS[-1]:
            return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError("unreachable: the last unit takes everything")


def duration(seconds: float | None) -> str:
    """A length of time for people: ``8 s``, ``3 min 05 s``, ``2 h 14 min``, ``4 d``; ``?`` if unknown."""
    if seconds is None:
        return "?"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86400} d"


def when(moment: datetime | None, *, short: bool = False) -> str:
    """A point in time, always in UTC and saying so; ``-`` if there is none; ``short`` drops the seconds."""
    if moment is None:
        return "-"
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ" if short else "%Y-%m-%d %H:%M:%SZ")


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 tenant``, ``12 tenants``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
