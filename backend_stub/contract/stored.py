"""How much is stored where."""

from __future__ import annotations

from .base import Answer, Bytes, Timestamp
from .ids import BackendId


class StoredAt(Answer):
    """Good copies at one backend; `bytes` are of ciphertext, or of plaintext where only that was registered.

    `country` is the one that was recorded with the copies.
    """

    backend: BackendId
    country: str | None = None
    copies: int
    bytes: Bytes


class StoredTotals(Answer):
    """Every good copy of a version that is not deleted, counted `at` a moment; the most bytes first."""

    at: Timestamp
    items: list[StoredAt]
