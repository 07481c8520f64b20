"""The encryption context: what an object says about itself, authenticated but readable by anyone.

AWS Encryption SDK specification, ``framework/structures.md``, "Encryption Context, Serialization".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from secingest_tui.crypto.errors import ContextMismatchError, FormatError, LimitError, shown
from secingest_tui.crypto.esdk.wire import Cursor, u16

MAX_CONTEXT_BYTES = 16 * 1024
MAX_CONTEXT_PAIRS = 64
RESERVED_PREFIX = "aws-crypto-"

TENANT = "tenant"
OBJECT_KEY = "object-key"
VERSION = "version"
KEY_ID = "key-id"
PROFILE = "profile"
PROFILE_NAME = "secingest-1"


def object_context(
    *, tenant: str, object_key: str, version: str, key_ids: Sequence[str], profile: str = PROFILE_NAME
) -> dict[str, str]:
    """The context of one of our objects.

    ``key_ids`` are the recipients' ids in the order of the wrapped keys. They stand in the
    context, joined by commas, because a wrapped key of the ECDH kind carries no id of its own.
    """
    return {
        TENANT: tenant,
        OBJECT_KEY: object_key,
        VERSION: version,
        KEY_ID: ",".join(key_ids),
        PROFILE: profile,
    }


def serialise_context(context: Mapping[str, str]) -> bytes:
    """The canonical bytes: ``u16 count | (u16 length, key, u16 length, value)...``, keys in byte order.

    An empty context is no bytes at all. Raises :class:`LimitError` beyond
    ``MAX_CONTEXT_PAIRS`` or ``MAX_CONTEXT_BYTES`` and :class:`FormatError` for text that
    UTF-8 cannot carry.
    """
    if not context:
        return b""
    if len(context) > MAX_CONTEXT_PAIRS:
        raise LimitError(
            f"the encryption context has {len(context)} entries, at most {MAX_CONTEXT_PAIRS} are allowed"
        )
    try:
        pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
    except UnicodeEncodeError as error:
        raise FormatError(
            "the encryption context holds text that is not valid Unicode",
            hint="Give the object a name that UTF-8 can carry.",
        ) from error
    if sum(len(key) + len(value) + 4 for key, value in pairs) + 2 > MAX_CONTEXT_BYTES:
        raise LimitError(
            f"the encryption context is longer than {MAX_CONTEXT_BYTES} bytes",
            hint="Use a shorter object key.",
        )
    return u16(len(pairs)) + b"".join(u16(len(key)) + key + u16(len(value)) + value for key, value in pairs)


def parse_context(data: bytes) -> dict[str, str]:
    """Read what :func:`serialise_context` wrote, and only that.

    Refuses an entry count that does not match, keys out of order or twice, text that is not
    UTF-8, and bytes left over: two byte strings never mean the same context.
    """
    if not data:
        return {}
    cursor = Cursor(data)
    count = cursor.u16()
    if not 1 <= count <= MAX_CONTEXT_PAIRS:
        raise LimitError(
            f"the encryption context claims {count} entries, 1 to {MAX_CONTEXT_PAIRS} are allowed"
        )
    context: dict[str, str] = {}
    previous: bytes | None = None
    for _ in range(count):
        key, value = cursor.take(cursor.u16()), cursor.take(cursor.u16())
        if previous is not None and key <= previous:
            raise FormatError("the encryption context's keys are repeated or out of order")
        previous = key
        try:
            context[key.decode()] = value.decode()
        except UnicodeDecodeError as error:
            raise FormatError("the encryption context is not UTF-8") from error
    if cursor.position != len(data):
        raise FormatError("the encryption context is longer than its entries")
    return context


def require_context(context: Mapping[str, str], expect: Mapping[str, str]) -> None:
    """Raise :class:`ContextMismatchError` unless every named entry is there with exactly that value."""
    for key, wanted in expect.items():
        found = context.get(key)
        if found != wanted:
            has = "does not have it" if found is None else f"says {shown(found)}"
            raise ContextMismatchError(
                f"not the object asked for: {shown(key)} should be {shown(wanted)}, the object {has}",
                hint="Someone put another object in its place, or the wrong one was named.",
            )
