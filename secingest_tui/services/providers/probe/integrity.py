"""Which checksums a provider really verifies, found out by sending wrong ones."""

from __future__ import annotations

from typing import Final, Literal

from secingest_tui.services.providers.probe.answers import Answer, could_not_tell, no, yes
from secingest_tui.services.providers.probe.workplace import Workplace
from secingest_tui.storage import PartChecksum
from secingest_tui.storage.asking import Reply
from secingest_tui.storage.wire import wire_parameters

Kind = Literal["crc64nvme", "crc32c", "md5"]
KINDS: Final[tuple[Kind, ...]] = ("crc64nvme", "crc32c", "md5")

_MISMATCH = (
    "BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch",
)  # fmt: skip
_TRAILER: Final = "crc32c"


def check_checksum(place: Workplace, kind: Kind) -> Answer:
    """``checksum_KIND``: a body with another body's checksum must be refused, the right one accepted."""
    question = f"checksum_{kind}"
    where = {"Bucket": place.bucket, "Key": place.key(f"checksum-{kind}")}
    right = place.asker.ask("put_object", Body=b"the body", **_claim(b"the body", kind), **where)
    if not right.ok:
        return (could_not_tell if right.unanswered else no)(
            question, "it does not take a right one", right.words
        )
    wrong = place.asker.ask("put_object", Body=b"the body", **_claim(b"another body", kind), **where)
    if wrong.ok:
        return no(question, "it stored a body with a wrong one: accepted, not verified")
    return _refused(question, wrong)


def check_trailer(place: Workplace) -> Answer:
    """``checksum_trailer``: the same with the checksum after an ``aws-chunked`` body, the default of SDKs."""
    question, key = "checksum_trailer", place.key("trailer")
    body = b"the body of a chunked upload"
    right = place.asker.put_with_trailer(place.bucket or "", key, body, _TRAILER, _value(body))
    if not right.ok:
        return (could_not_tell if right.unanswered else no)(
            question, "it does not take a trailer", right.words
        )
    held = place.asker.ask("get_object", Bucket=place.bucket, Key=key)
    if held.body != body:
        return no(
            question, f"it stored the chunks with their framing ({len(held.body)} bytes): never send one"
        )
    wrong = place.asker.put_with_trailer(place.bucket or "", key, body, _TRAILER, _value(b"another body"))
    if wrong.ok:
        return no(question, "it takes a trailer and does not verify it")
    return _refused(question, wrong)


def _refused(question: str, wrong: Reply) -> Answer:
    if wrong.code in _MISMATCH or (wrong.status == 400 and not wrong.unanswered):
        return yes(question, "a wrong one was refused", wrong.words)
    return could_not_tell(question, "a wrong one was refused in an unexpected way", wrong.words)


def _claim(body: bytes, kind: Kind) -> dict[str, str]:
    return wire_parameters(PartChecksum.of(body, kind))


def _value(body: bytes) -> str:
    return PartChecksum.of(body, _TRAILER).text
