"""One line of JSON with exactly the known fields: what an object that lies beside another begins with."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection
from typing import Any, TypeVar

from secingest_tui.crypto.errors import FormatError, LimitError

DIGEST_LENGTH = 32
_T = TypeVar("_T")


def canonical(fields: dict[str, Any]) -> bytes:
    """The one form of a line: fields in this order, no spaces, everything beyond ASCII escaped."""
    return json.dumps(fields, separators=(",", ":")).encode()


class LineFields:
    """Takes one field after another, each of its type and within its limits.

    ``what`` names the object in errors, ``hint`` says what to give instead. Every method raises
    :class:`FormatError` or, for what is beyond a limit, :class:`LimitError`.
    """

    def __init__(self, fields: object, names: Collection[str], *, what: str, hint: str) -> None:
        """``fields`` as JSON gave them; :class:`FormatError` unless they are exactly ``names``."""
        if not isinstance(fields, dict) or fields.keys() != set(names):
            raise FormatError(f"{what} has missing or unknown fields", hint=hint)
        self._fields: dict[str, Any] = fields
        self._what = what
        self._hint = hint

    @classmethod
    def parse(cls, line: bytes, names: Collection[str], form: str, *, what: str, hint: str) -> LineFields:
        """From the bytes of a line whose ``format`` has to be ``form``."""
        try:
            fields = json.loads(line.decode("ascii"))
        except (ValueError, RecursionError):
            raise FormatError(f"{what}'s first line is not a JSON object", hint=hint) from None
        known = cls(fields, names, what=what, hint=hint)
        if fields["format"] != form:
            raise FormatError(f"{what} is of another version", hint="Use a newer secingest.")
        return known

    def text(self, name: str) -> str:
        """Text that UTF-8 can carry."""
        value = self._typed(name, str)
        try:
            value.encode()
        except UnicodeEncodeError:
            raise FormatError(f"{self._what}'s {name} is not valid Unicode") from None
        return value

    def count(self, name: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self._typed(name, int)
        if not low <= value <= high:
            raise LimitError(f"{self._what}'s {name} is out of range")
        return value

    def digest(self, name: str) -> bytes:
        """A SHA-256, 32 bytes, from its 64 hex digits."""
        text = self.text(name)
        try:
            value = bytes.fromhex(text)
        except ValueError:
            value = b""
        if len(value) != DIGEST_LENGTH or value.hex() != text:
            raise FormatError(f"{self._what}'s {name} is not 64 hex digits in lower case")
        return value

    def base64(self, name: str, length: int | None = None) -> bytes:
        """Bytes, exactly ``length`` of them where it is given."""
        try:
            value = base64.b64decode(self.text(name), validate=True)
        except (binascii.Error, ValueError):
            value = b""
        if not value or length not in (None, len(value)):
            size = "base64" if length is None else f"{length} bytes of base64"
            raise FormatError(f"{self._what}'s {name} is not {size}")
        return value

    def items(self, name: str, names: Collection[str], limit: int) -> list[LineFields]:
        """A list of 1 to ``limit`` objects, each with exactly the fields ``names``."""
        found: list[object] = self._typed(name, list)
        if not 1 <= len(found) <= limit:
            raise LimitError(f"{self._what} has {len(found)} {name}, 1 to {limit} are allowed")
        what = f"an entry of {self._what}"
        return [LineFields(item, names, what=what, hint=self._hint) for item in found]

    def _typed(self, name: str, kind: type[_T]) -> _T:
        value = self._fields[name]
        # Not isinstance: a bool is an int, and would be written back as another text.
        if type(value) is not kind:
            raise FormatError(f"{self._what}'s {name} has the wrong type")
        return value
