"""Big-endian fields, written and read with every length checked against what is there."""

from __future__ import annotations

from typing import TypeAlias

from secingest_tui.crypto.errors import MoreDataNeeded

# The format's constants (specification, data-format/message-header.md and framework/algorithm-suites.md).
MESSAGE_VERSION = 0x02
SUITE_ID = 0x0478
CONTENT_FRAMED = 0x02
MESSAGE_ID_LENGTH = 32
COMMITMENT_LENGTH = 32
DATA_KEY_LENGTH = 32
TAG_LENGTH = 16
IV_LENGTH = 12

# What the cipher reads from and writes into without a copy; wrap anything else in a memoryview.
Buffer: TypeAlias = bytes | bytearray | memoryview

DEFAULT_FRAME_LENGTH = 1024 * 1024
MAX_FRAME_LENGTH = 64 * 1024 * 1024


def u16(value: int) -> bytes:
    """Two bytes, big-endian; ``OverflowError`` above 65,535."""
    return value.to_bytes(2, "big")


def u32(value: int) -> bytes:
    """Four bytes, big-endian; ``OverflowError`` above 2^32 - 1."""
    return value.to_bytes(4, "big")


class Cursor:
    """Reads fields off ``data`` one after another; :class:`MoreDataNeeded` where it ends too early."""

    def __init__(self, data: Buffer) -> None:
        self._data = memoryview(data)
        self.position = 0

    def take(self, length: int) -> bytes:
        end = self.position + length
        if end > len(self._data):
            raise MoreDataNeeded(end)
        piece = bytes(self._data[self.position : end])
        self.position = end
        return piece

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")
