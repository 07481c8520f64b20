"""Multipart uploads, and whether completing one can overwrite an object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secingest_tui.services.providers.probe.answers import Answer, could_not_tell, no, yes
from secingest_tui.services.providers.probe.workplace import Workplace
from secingest_tui.storage.asking import Reply
from secingest_tui.storage.multipart import MIN_PART_SIZE


def check_multipart(place: Workplace) -> Iterator[Answer]:
    """``multipart`` (two parts, 5 MiB and a few bytes) and ``conditional_complete``."""
    key = place.key("multipart")
    parts = (bytes(MIN_PART_SIZE), b"the last part may be small")
    done = _upload(place, key, parts)
    if not done.ok:
        yield (could_not_tell if done.unanswered else no)("multipart", "", done.words)
        return
    head = place.asker.ask("head_object", Bucket=place.bucket, Key=key)
    tail = place.asker.ask("get_object", Bucket=place.bucket, Key=key, Range=f"bytes={MIN_PART_SIZE}-")
    if int(head.answer.get("ContentLength", -1)) != sum(map(len, parts)) or tail.body != parts[1]:
        yield no("multipart", "the completed object is not its parts", (tail if head.ok else head).words)
        return
    etag = str(head.answer.get("ETag", "")).strip('"')
    yield yes("multipart", f"two parts became one object of {sum(map(len, parts))} bytes", etag=etag[:80])
    yield _conditional(place)


def _conditional(place: Workplace) -> Answer:
    question, key = "conditional_complete", place.key("completed-once")
    stored = place.asker.ask("put_object", Bucket=place.bucket, Key=key, Body=b"first")
    if not stored.ok:
        return could_not_tell(question, "there is no object to protect", stored.words)
    done = _upload(place, key, (b"second",), IfNoneMatch="*")
    held = place.asker.ask("get_object", Bucket=place.bucket, Key=key)
    if held.body == b"second":
        return no(question, "it was accepted and ignored: the object was overwritten", done.words)
    if done.status == 412 and held.body == b"first":
        return yes(question, "the object that was there stayed", done.words)
    if done.ok:
        return no(question, "it answered yes, and the object is neither the old nor the new one")
    if done.unanswered:
        return could_not_tell(question, "", done.words)
    return no(question, "it does not take the header", done.words)


def _upload(place: Workplace, key: str, parts: tuple[bytes, ...], **condition: Any) -> Reply:
    """The completion's reply, or the first that was not ok. What is unfinished is aborted."""
    where = {"Bucket": place.bucket, "Key": key}
    begun = place.asker.ask("create_multipart_upload", **where)
    if not begun.ok:
        return begun
    where["UploadId"] = str(begun.answer["UploadId"])
    reply, lines = begun, []
    for number, body in enumerate(parts, start=1):
        reply = place.asker.ask("upload_part", PartNumber=number, Body=body, **where)
        if not reply.ok:
            break
        lines.append({"PartNumber": number, "ETag": reply.answer["ETag"]})
    else:
        reply = place.asker.ask(
            "complete_multipart_upload", MultipartUpload={"Parts": lines}, **condition, **where
        )
    if not reply.ok:
        place.asker.ask("abort_multipart_upload", **where)
    return reply
