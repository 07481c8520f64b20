"""Names that travel in URLs, object keys and hashes: their exact shape."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

# ':' separates the components of the namespace hash, so no component may contain it.
TENANT_ID = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
BACKEND_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
LABEL = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
VERSION = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"
KEY_ID = r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$"
ACCESS_KEY = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
SHA256_HEX = r"^[0-9a-f]{64}$"

MAX_OBJECT_KEY_BYTES = 1024  # S3's own limit on a key, in UTF-8 bytes


def has_control(text: str) -> bool:
    """Whether the text has C0, DEL or C1 control characters, or line and paragraph separators."""
    if text.isascii() and text.isprintable():
        return False
    return any(c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029" for c in text)


def check_object_key(value: str) -> str:
    """An object key: 1 to 1024 bytes of UTF-8, no control characters, no empty, '.' or '..' segment.

    Raises ValueError. That the first segment is the tenant's id is checked where the tenant is known.
    """
    if not 1 <= len(value.encode("utf-8")) <= MAX_OBJECT_KEY_BYTES:
        raise ValueError(f"an object key has 1 to {MAX_OBJECT_KEY_BYTES} bytes of UTF-8")
    if has_control(value):
        raise ValueError("an object key has no control characters")
    segments = value.split("/")
    if len(segments) < 2:
        raise ValueError("an object key starts with the tenant's id as its first segment, as in tenant/name")
    if any(segment in ("", ".", "..") for segment in segments):
        raise ValueError("an object key has no empty, '.' or '..' segment")
    return value


def check_text(value: str) -> str:
    """One line of text without control characters. Raises ValueError."""
    if has_control(value):
        raise ValueError("control characters are not accepted")
    return value


TenantId = Annotated[str, StringConstraints(pattern=TENANT_ID)]
BackendId = Annotated[str, StringConstraints(pattern=BACKEND_ID)]
Label = Annotated[str, StringConstraints(pattern=LABEL)]
Version = Annotated[str, StringConstraints(pattern=VERSION)]
KeyId = Annotated[str, StringConstraints(pattern=KEY_ID)]
AccessKey = Annotated[str, StringConstraints(pattern=ACCESS_KEY)]
Sha256Hex = Annotated[str, StringConstraints(pattern=SHA256_HEX)]
ObjectKey = Annotated[str, AfterValidator(check_object_key)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(check_text)]
