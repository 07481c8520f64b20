"""Object keys and versions, made and checked on the customer's side."""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime
from pathlib import PurePath

from secingest_tui.errors import UsageError

MAX_KEY_BYTES = 1024 - 96
"""An S3 key has at most 1,024 bytes; version and message id are appended to the object key."""

VERSION = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")


def new_version(now: datetime | None = None) -> str:
    """A version that sorts by time: UTC to the second and 48 random bits."""
    return f"{now or datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(6)}"


def check_version(version: str) -> str:
    if not VERSION.match(version):
        raise UsageError(
            "An object version is 1 to 64 letters, digits, '.', '_' or '-', as in v1.",
            field="--object-version",
        )
    return version


def check_object_key(object_key: str, tenant: str) -> str:
    """Return ``object_key`` if the tenant may use it; UsageError names what is wrong and how to mend it."""
    if object_key.split("/", 1)[0] != tenant or "/" not in object_key:
        raise UsageError(
            f"The object key {object_key!r} does not belong to tenant {tenant}: its first segment has to be "
            f"the tenant's id.",
            hint=f"Use a key such as {tenant}/reports/2024-Q4.pdf.",
            field="--as",
        )
    if any(segment in {"", ".", ".."} for segment in object_key.split("/")):
        raise UsageError(
            f"The object key {object_key!r} has an empty, '.' or '..' segment.",
            hint="Leave such segments out.",
            field="--as",
        )
    try:
        length = len(object_key.encode())
    except UnicodeEncodeError:
        raise UsageError(
            f"The object key {object_key!r} is no valid UTF-8.", hint="Choose a name with --as.", field="--as"
        ) from None
    if length > MAX_KEY_BYTES:
        raise UsageError(
            f"The object key is {length} bytes long; at most {MAX_KEY_BYTES} fit.",
            hint="Choose a shorter one.",
            field="--as",
        )
    if any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in object_key):
        raise UsageError(
            f"The object key {object_key!r} has a control character.",
            hint="Choose another name with --as.",
            field="--as",
        )
    return object_key


def key_for_file(relative: PurePath, prefix: str, tenant: str) -> str:
    """The object key of a file: the prefix and its relative name, bytes that are no UTF-8 as %XX.

    A literal ``%`` of such a name is written ``%25``, so that two names never become one key.
    """
    name = "/".join(_portable(part) for part in relative.parts)
    return check_object_key(f"{prefix.rstrip('/')}/{name}" if prefix else f"{tenant}/{name}", tenant)


def _portable(part: str) -> str:
    raw = os.fsencode(part)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None and not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in text):
        return text
    return "".join(chr(byte) if 0x20 <= byte < 0x7F and byte != 0x25 else f"%{byte:02X}" for byte in raw)
