"""One object: kept whole, read in part, written under a condition, with metadata, by a signed URL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from secingest_tui.services.providers.probe.answers import Answer, could_not_tell, no, yes
from secingest_tui.services.providers.probe.workplace import Workplace

RACERS = 8
METADATA_SIZES = (1024, 2048, 4096, 8192, 16384)
"""Bytes of names and values; AWS takes 2 KiB."""
METADATA_NEEDED = 2048
_BODY = bytes(range(256)) * 16


def check_objects(place: Workplace) -> Answer:
    """``objects``: put, head, get, list, delete, and gone."""
    question, key = "objects", place.key("object/with a space & ümlaut")
    ask, where = place.asker.ask, {"Bucket": place.bucket, "Key": key}
    put = ask("put_object", Body=_BODY, **where)
    if not put.ok:
        what = "these credentials may not write here" if put.refused else "an object could not be stored"
        return (could_not_tell if put.unanswered else no)(question, what, put.words)
    head, got = ask("head_object", **where), ask("get_object", **where)
    if not (head.ok and got.ok):
        return no(question, "a stored object could not be read", (got if head.ok else head).words)
    if got.body != _BODY or int(head.answer.get("ContentLength", -1)) != len(_BODY):
        return no(question, "other bytes came back than were stored")
    listed = ask("list_objects_v2", Bucket=place.bucket, Prefix=place.made.prefix)
    if key not in [entry["Key"] for entry in listed.answer.get("Contents", [])]:
        return no(question, "a stored object was not listed", listed.words)
    deleted = ask("delete_object", **where)
    if not deleted.ok or ask("head_object", **where).ok:
        return no(question, "an object could not be deleted", deleted.words)
    return yes(question, f"{len(_BODY)} bytes came back as they were stored")


def check_ranges(place: Workplace) -> Answer:
    """``range_reads``: 206, exactly the bytes that were asked for, and the right Content-Range."""
    question, where = "range_reads", {"Bucket": place.bucket, "Key": place.key("range")}
    if not (put := place.asker.ask("put_object", Body=_BODY, **where)).ok:
        return could_not_tell(question, "there is no object to read", put.words)
    got = place.asker.ask("get_object", Range="bytes=1000-1999", **where)
    if not got.ok:
        return (could_not_tell if got.unanswered else no)(question, "", got.words)
    if got.status == 206 and got.body == _BODY[1000:2000]:
        spread = str(got.answer.get("ContentRange", ""))
        if spread == f"bytes 1000-1999/{len(_BODY)}":
            return yes(question)
        return no(question, f"the bytes are right, and Content-Range is {spread[:60]!r}")
    return no(question, f"it answered {got.status} with {len(got.body)} bytes instead of 1000")


def check_conditional_put(place: Workplace) -> Answer:
    """``conditional_put``: a second writer is refused, also when eight come at once."""
    question, where = "conditional_put", {"Bucket": place.bucket, "Key": place.key("once")}
    ask = place.asker.ask
    first = ask("put_object", Body=b"first", IfNoneMatch="*", **where)
    if not first.ok:
        return (could_not_tell if first.unanswered else no)(
            question, "it does not take the header", first.words
        )
    second = ask("put_object", Body=b"second", IfNoneMatch="*", **where)
    held = ask("get_object", **where)
    if second.ok or held.body != b"first":
        return no(question, "it was accepted and ignored: the object was overwritten", second.words)
    if second.status != 412:
        return could_not_tell(question, "the second write was refused in an unexpected way", second.words)
    race = place.key("race")

    def write(number: int) -> bool:
        return ask("put_object", Bucket=place.bucket, Key=race, Body=b"%d" % number, IfNoneMatch="*").ok

    with ThreadPoolExecutor(RACERS) as pool:
        winners = sum(pool.map(write, range(RACERS)))
    if winners > 1:
        detail = f"one after the other, yes; at once, {winners} of {RACERS} writers were told they were first"
        return no(question, detail, winners=winners)
    return yes(question, f"one winner of {RACERS} at once", second.words, winners=winners)


def check_metadata(place: Workplace) -> Answer:
    """``user_metadata``: the largest size (names and values) that comes back whole."""
    question, key = "user_metadata", place.key("metadata")
    largest, words = 0, ""
    for size in METADATA_SIZES:
        # Values of at most 1 KiB: some gateways cap a single header.
        metadata: dict[str, str] = {}
        left = size
        while left > 0:
            name = f"m{len(metadata):03}"
            metadata[name] = "v" * min(1024 - len(name), max(1, left - len(name)))
            left -= len(name) + len(metadata[name])
        put = place.asker.ask("put_object", Bucket=place.bucket, Key=key, Body=b"x", Metadata=metadata)
        if put.unanswered and size <= METADATA_NEEDED:
            return could_not_tell(question, "", put.words)
        if not put.ok:
            words = put.words
            break
        head = place.asker.ask("head_object", Bucket=place.bucket, Key=key)
        if head.answer.get("Metadata") != metadata:
            words = head.words
            break
        largest = size
    detail = f"{largest} bytes came back whole"
    detail += ", more was not tried" if largest == METADATA_SIZES[-1] else ", more did not"
    return (yes if largest >= METADATA_NEEDED else no)(question, detail, words, bytes=largest)


def check_presigned(place: Workplace) -> Iterator[Answer]:
    """``presigned_urls``: the URL reads the object, and neither another object nor after a change."""
    question, where = "presigned_urls", {"Bucket": place.bucket, "Key": place.key("presigned")}
    body = secrets.token_bytes(64)
    if not (put := place.asker.ask("put_object", Body=body, **where)).ok:
        yield could_not_tell(question, "there is no object to read", put.words)
        return
    url = place.asker.presigned("get_object", 300, **where)
    got = place.asker.send("GET", url)
    if not got.ok or got.body != body:
        told = could_not_tell if got.unanswered else no
        yield told(question, "the URL did not read the object", got.words)
        return
    altered = url[:-1] + ("0" if url[-1] != "0" else "1")
    forged = place.asker.send("GET", altered)
    if forged.ok:
        yield no(question, "an altered signature was accepted")
    elif forged.refused:
        yield yes(question, "an altered one is refused", forged.words)
    else:
        detail = "the URL works; the answer to an altered one proves nothing"
        yield could_not_tell(question, detail, forged.words)
