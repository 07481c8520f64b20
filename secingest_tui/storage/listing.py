"""A page of ListObjectsV2 as objects, and pages fetched while the one before is looked at.

Amazon S3 API reference, ListObjectsV2; with ``encoding-type=url`` keys come percent-encoded, a space as "+".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from xml.etree import ElementTree

from secingest_tui.storage.results import ObjectInfo

Page = tuple[list[ObjectInfo], str | None]
_ROOT = "ListBucketResult"


def parse_page(body: bytes) -> Page | None:
    """The objects, and the token of the next page; None for what is no such page, or one with gaps."""
    try:
        # As botocore does; expat itself stops entities that grow.
        root = ElementTree.fromstring(body)  # noqa: S314
        if not root.tag.endswith(_ROOT):
            return None
        space = root.tag[: -len(_ROOT)]
        decode: Callable[[str], str] = str
        if root.findtext(f"{space}EncodingType") == "url":
            decode = _decoded
        found = [_info(item, space, decode) for item in root.iter(f"{space}Contents")]
        if root.findtext(f"{space}IsTruncated") != "true":
            return found, None
        token = root.findtext(f"{space}NextContinuationToken")
    except (ElementTree.ParseError, KeyError, ValueError):
        return None
    return (found, token) if token else None


def _info(item: ElementTree.Element, space: str, decode: Callable[[str], str]) -> ObjectInfo:
    fields = {child.tag: child.text or "" for child in item}
    changed = fields.get(f"{space}LastModified")
    return ObjectInfo(
        decode(fields[f"{space}Key"]),
        int(fields[f"{space}Size"]),
        fields.get(f"{space}ETag", "").strip('"'),
        _moment(changed) if changed else None,
    )


def _decoded(key: str) -> str:
    return unquote_plus(key) if "%" in key or "+" in key else key


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def one_ahead(page_at: Callable[[str | None], Page]) -> Iterator[list[ObjectInfo]]:
    """Every page; the next one is fetched while a page is looked at."""
    page, cursor = page_at(None)
    if cursor is None:
        yield page
        return
    pool = ThreadPoolExecutor(1, thread_name_prefix="list")
    try:
        while cursor is not None:
            coming = pool.submit(page_at, cursor)
            yield page
            page, cursor = coming.result()
        yield page
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
