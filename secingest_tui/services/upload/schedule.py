"""How an object is cut into parts: whole frames, at most 10,000 parts, at most 5 TiB.

Limits: Amazon S3 User Guide, "Amazon S3 multipart upload limits" (parts 5 MiB to 5 GiB except the
last, 10,000 parts, object 5 TiB). Ceph RGW and SeaweedFS keep the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from secingest_tui.errors import UsageError

MAX_PARTS = 10_000
MAX_OBJECT = 5 * 1024**4
MAX_FRAMES = 2**32 - 2


@dataclass(frozen=True, slots=True)
class Part:
    """Part ``number`` and its ``first_frame`` (both from 1): ``length`` plaintext bytes at ``offset``."""

    number: int
    first_frame: int
    offset: int
    length: int
    final: bool


def plan_parts(size: int, *, frame_length: int, part_size: int) -> list[Part]:
    """Cut ``size`` bytes of plaintext (0 gives one empty final part) into parts of about ``part_size``.

    Parts grow where 10,000 of them would not do. Raises UsageError for what S3 cannot hold.
    """
    frames_per_part = max(1, -(-part_size // frame_length))
    frames = max(1, -(-size // frame_length))
    if size + frames * 32 + 65536 > MAX_OBJECT or frames > MAX_FRAMES:
        raise UsageError(
            f"{size:,} bytes are more than one S3 object can hold (5 TiB).",
            hint="Split the file and upload the pieces.",
        )
    frames_per_part = max(frames_per_part, -(-frames // MAX_PARTS))
    parts = []
    for number, first in enumerate(range(0, frames, frames_per_part), start=1):
        offset = first * frame_length
        end = min(size, offset + frames_per_part * frame_length)
        parts.append(Part(number, first + 1, offset, end - offset, final=first + frames_per_part >= frames))
    return parts


def stream_part_lengths(*, frame_length: int, part_size: int) -> Iterator[int]:
    """Plaintext lengths of the parts of a stream whose end is unknown.

    They grow by one part in nine, a frame or 1 MiB at a time, so that 10,000 parts reach 5 TiB
    while the first terabyte still fits ordinary buffers.
    """
    step = max(1, (1 << 20) // frame_length) * frame_length
    base = -(-part_size // frame_length) * frame_length
    for number in range(MAX_PARTS):
        yield base + number // 9 * step
