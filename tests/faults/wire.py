"""What went over the wire, read strictly: HTTP requests, the frames in their bodies, and the nonce rule.

A frame's nonce is its number under the key of its message. Whatever was sent for one frame of one message,
even the first bytes of it, must therefore always be the beginning of the same sealed frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from secingest_tui.crypto.errors import MoreDataNeeded
from secingest_tui.crypto.esdk import parse_header
from secingest_tui.crypto.esdk.frames import (
    FINAL_HEAD,
    FINAL_MARKER,
    FINAL_OVERHEAD,
    REGULAR_HEAD,
    REGULAR_OVERHEAD,
    frame_iv,
)

_REQUEST_LINE = re.compile(rb"(GET|PUT|POST|HEAD|DELETE) (\S+) HTTP/1\.1\r\n")
_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
HEADER = 0
"""Stands for the header among the frame numbers: its tag is sealed with nonce 0 under the same key."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as far as it was sent; ``whole`` says whether all of its ``body`` was."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    whole: bool

    @property
    def part(self) -> int | None:
        """The number of the part it sends, None where it sends none."""
        number = self.query.get("partNumber")
        return int(number) if self.method == "PUT" and number is not None else None


@dataclass(frozen=True, slots=True)
class Sealing:
    """Bytes sent for one frame (or HEADER) of the message whose object has this ``path``."""

    path: str
    number: int
    data: bytes


def requests(stream: bytes) -> Iterator[Request]:
    """The requests of one connection, in order. AssertionError for bytes that are none."""
    at = 0
    while at < len(stream):
        end = stream.find(b"\r\n\r\n", at)
        if end < 0:
            return  # a head that was cut off carries no body
        line = _REQUEST_LINE.match(stream, at)
        assert line is not None, f"no request line: {stream[at : at + 60]!r}"
        fields = {
            name.strip().lower(): value.strip()
            for name, _, value in (field.partition(b":") for field in stream[line.end() : end].split(b"\r\n"))
        }
        assert b"transfer-encoding" not in fields, "bodies have a length"
        length = int(fields.get(b"content-length", b"0"))
        start = end + 4
        if b"expect" in fields and _REQUEST_LINE.match(stream, start):
            length = 0  # the server said no before the body was sent
        target = urlsplit(line[2].decode("ascii"))
        body = stream[start : start + length]
        query = {name: values[0] for name, values in parse_qs(target.query, keep_blank_values=True).items()}
        yield Request(line[1].decode(), unquote(target.path), query, body, len(body) == length)
        at = start + length


def under_way(stream: bytearray) -> tuple[int, int]:
    """Of the last request of a living connection: bytes of its body that were sent, and bytes to send."""
    line = stream.rfind(b" HTTP/1.1\r\n")
    head_end = stream.find(b"\r\n\r\n", max(0, line))
    length = _CONTENT_LENGTH.search(stream, max(0, line), max(0, head_end) + 2)
    if line < 0 or head_end < 0 or length is None:
        return 0, 0
    return len(stream) - head_end - 4, int(length[1])


def object_bodies(streams: Iterable[bytes]) -> list[Request]:
    """Every request that carries ciphertext: whole objects and parts, cut off ones included."""
    return [
        request
        for stream in streams
        for request in requests(stream)
        if request.method == "PUT"
        and request.path.count("/") > 1
        and not request.path.endswith(".sig")
        and (request.part is not None or not request.query)
    ]


def sealings(request: Request, frame_length: int) -> Iterator[Sealing]:
    """Every frame of a body as far as it was sent; in part 1 (or a whole object) the header first."""
    data, at = request.body, 0
    if request.part in (None, 1):
        try:
            header = parse_header(data)
        except MoreDataNeeded:
            yield Sealing(request.path, HEADER, data)
            return
        assert request.path.rpartition("/")[2] == header.message_id.hex()[:16], "one key, one message"
        assert header.frame_length == frame_length
        yield Sealing(request.path, HEADER, header.raw)
        at = header.length
    while at < len(data):
        final = data[at : at + 4] == FINAL_MARKER
        head = data[at : at + (FINAL_HEAD if final else REGULAR_HEAD)]
        if len(head) < (FINAL_HEAD if final else REGULAR_HEAD):
            return  # nothing sealed of this frame was sent
        number = int.from_bytes(head[4:8] if final else head[:4], "big")
        iv = head[8:20] if final else head[4:16]
        assert iv == frame_iv(number), f"frame {number} carries another nonce"
        length = (
            FINAL_OVERHEAD + int.from_bytes(head[20:24], "big") if final else frame_length + REGULAR_OVERHEAD
        )
        yield Sealing(request.path, number, data[at : at + length])
        at += length


def violations(streams: Iterable[bytes], *, frame_length: int) -> list[str]:
    """Every frame that was sent, even in part, with two different contents under one message key."""
    longest: dict[tuple[str, int], bytes] = {}
    found = []
    for request in object_bodies(streams):
        for sealing in sealings(request, frame_length):
            key = (sealing.path, sealing.number)
            before, now = longest.get(key, b""), sealing.data
            if len(now) > len(before):
                before, now = now, before
                longest[key] = before
            if not before.startswith(now):
                what = "header" if sealing.number == HEADER else f"frame {sealing.number}"
                found.append(f"{sealing.path}: {what} was sent with two contents under one key")
    return found
