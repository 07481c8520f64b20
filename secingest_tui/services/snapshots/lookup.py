"""What the metadata server knows about one entry of a snapshot."""

from __future__ import annotations

from urllib.parse import unquote

from backend_stub.contract.auditing import RegisteredCopy
from backend_stub.contract.locations import s3_url
from secingest_tui.metadata import ServerRefused
from secingest_tui.models.records import SnapshotEntry
from secingest_tui.services.snapshots.reading import Reader


def what_the_server_knows(reader: Reader, entry: SnapshotEntry) -> tuple[tuple[str, str], ...]:
    """Names and values: whether it is registered, as what, and where the other copies are."""
    key = unquote(entry.key) if entry.encoded else entry.key
    copy = _copy_at(reader, entry.bucket, key)
    if copy is not None:
        return _registered(reader, copy, entry)
    for suffix, what in ((".sig", "the uploader's signature"), (".keys", "further keys")):
        if key.endswith(suffix) and (base := _copy_at(reader, entry.bucket, key.removesuffix(suffix))):
            return (("registered", f"no, but it is {what} of a registered object"),
                    ("object", f"{base.object_key}  {base.version}"))  # fmt: skip
    return (
        ("registered", "no: nothing at the server names it"),
        ("next", "g reconciles the whole snapshot and says what to do"),
    )


def _copy_at(reader: Reader, bucket: str, key: str) -> RegisteredCopy | None:
    try:
        found = reader.copies(url=s3_url(bucket, key), limit=1).items
    except ValueError:
        return None  # no registered location has control characters
    return found[0] if found else None


def _registered(reader: Reader, copy: RegisteredCopy, entry: SnapshotEntry) -> tuple[tuple[str, str], ...]:
    same = "the same" if copy.etag == entry.etag else f"DIFFERENT: {copy.etag} was registered"
    facts = [
        ("registered", "yes"),
        ("object", copy.object_key),
        ("version", copy.version),
        ("etag", same),
        ("key id", f"{copy.key_id}  ({copy.key_alg})"),
        ("residency", copy.residency),
        ("copies", f"{copy.copies} of {copy.replica_count} wanted"),
    ]
    if copy.ciphertext_size is not None and copy.ciphertext_size != entry.size:
        facts.append(("size", f"DIFFERENT: {copy.ciphertext_size:,} bytes were registered"))
    try:
        record = reader.object(copy.object_key, copy.version)
    except ServerRefused as error:
        if error.status != 404:
            raise
        return tuple(facts)
    for replica in record.replicas:
        checked = f"verified {replica.verified_at:%Y-%m-%d}" if replica.verified_at else replica.source
        facts.append((f"on {replica.backend}", f"{replica.url}  {checked}"))
    return tuple(facts)
