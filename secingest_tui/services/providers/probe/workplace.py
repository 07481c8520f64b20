"""Where a probe works: a bucket of its own, or a prefix of its own in an existing one; and its removal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from secingest_tui.services.providers.probe.answers import Residue
from secingest_tui.services.providers.probe.journal import Made
from secingest_tui.storage.asking import Asker, Reply

GONE = ("NoSuchBucket", "NoSuchKey", "NoSuchUpload", "NoSuchVersion")


@dataclass(slots=True)
class Workplace:
    """``bucket`` is None until there is one to write into; keys go under ``prefix``."""

    made: Made
    asker: Asker
    allow: Callable[[str], None]
    """Let this identity make a bucket of that name, where a provider wants that said first."""
    bucket: str | None = None
    tried: list[str] = field(default_factory=list)
    """The buckets that may be there now: not those whose making was refused."""

    @property
    def own(self) -> bool:
        """Whether the bucket is the probe's, so that its settings may be changed."""
        return self.made.bucket is None

    def open(self) -> Reply | None:
        """Make the bucket (the reply says how that went); None where an existing one is used."""
        if self.made.bucket is not None:
            self.bucket = self.made.bucket
            return None
        reply = self.make(self.made.buckets[0])
        if reply.ok:
            self.bucket = self.made.buckets[0]
        return reply

    def make(self, bucket: str, **extra: Any) -> Reply:
        """One of the planned buckets."""
        assert bucket in self.made.buckets, "the journal names every bucket before it is made"
        self.allow(bucket)
        self.tried.append(bucket)
        settings = self.asker.settings
        if settings.is_aws and settings.region != "us-east-1":
            extra["CreateBucketConfiguration"] = {"LocationConstraint": settings.region}
        reply = self.asker.ask("create_bucket", Bucket=bucket, **extra)
        if not (reply.ok or reply.unanswered):
            self.tried.remove(bucket)
        return reply

    def key(self, name: str) -> str:
        return f"{self.made.prefix}{name}"


def remove(made: Made, asker: Asker, buckets: Iterable[str] | None = None) -> list[Residue]:
    """Remove everything of the entry (or only ``buckets`` of it); what stays, and why. Can be repeated."""
    left: list[Residue] = []
    for bucket in made.buckets if buckets is None else buckets:
        reply = _empty(asker, bucket, "")
        if reply is None:
            reply = _refusal(asker.ask("delete_bucket", Bucket=bucket))
        if reply is not None:
            left.append(Residue(bucket=bucket, reason=reply.words or "no answer"))
    if made.bucket is not None and made.prefix and (reply := _empty(asker, made.bucket, made.prefix)):
        left.append(Residue(bucket=made.bucket, prefix=made.prefix, reason=reply.words or "no answer"))
    return left


def _empty(asker: Asker, bucket: str, prefix: str) -> Reply | None:
    """Abort uploads and delete every version under ``prefix``; what was refused, or None."""
    problem: Reply | None = None
    for upload in _pages(asker, "list_multipart_uploads", "Uploads", bucket, prefix):
        if isinstance(upload, Reply):
            # A provider without multipart uploads has none to abort; the deletion of the bucket would say.
            continue
        target = {"Bucket": bucket, "Key": upload["Key"], "UploadId": upload["UploadId"]}
        problem = _refusal(asker.ask("abort_multipart_upload", **target)) or problem
    listed = False
    for entry in _pages(asker, "list_object_versions", ("Versions", "DeleteMarkers"), bucket, prefix):
        if isinstance(entry, Reply):
            if entry.code in GONE:
                return None
            break
        listed = True
        problem = _delete(asker, bucket, entry["Key"], entry.get("VersionId")) or problem
    if not listed:
        for entry in _pages(asker, "list_objects_v2", "Contents", bucket, prefix):
            if isinstance(entry, Reply):
                return None if entry.code in GONE else problem or entry
            problem = _delete(asker, bucket, entry["Key"], None) or problem
    return problem


def _delete(asker: Asker, bucket: str, key: str, version: str | None) -> Reply | None:
    target: dict[str, Any] = {"Bucket": bucket, "Key": key}
    if version is not None:
        target["VersionId"] = version
    reply = asker.ask("delete_object", **target)
    if not reply.ok and version == "null":
        del target["VersionId"]
        reply = asker.ask("delete_object", **target)
    if reply.status in (400, 403, 409):
        # Perhaps the legal hold that the probe itself had set.
        asker.ask("put_object_legal_hold", LegalHold={"Status": "OFF"}, **target)
        reply = asker.ask("delete_object", **target)
    return _refusal(reply)


def _refusal(reply: Reply) -> Reply | None:
    return None if reply.ok or reply.code in GONE or reply.status == 404 else reply


def _pages(
    asker: Asker, operation: str, fields: str | tuple[str, ...], bucket: str, prefix: str
) -> Iterator[Any]:
    """Everything an operation lists, from its first page again and again while something is removed.

    Yields the Reply itself where the listing is refused.
    """
    names = (fields,) if isinstance(fields, str) else fields
    seen: set[tuple[Any, ...]] = set()
    while True:
        reply = asker.ask(operation, Bucket=bucket, Prefix=prefix)
        if not reply.ok:
            yield reply
            return
        # What a provider lists beyond the prefix is not ours to remove.
        listed = [entry for name in names for entry in reply.answer.get(name, [])]
        entries = [entry for entry in listed if entry["Key"].startswith(prefix)]
        fresh = [entry for entry in entries if _identity(entry) not in seen]
        for entry in fresh:
            seen.add(_identity(entry))
            yield entry
        if not fresh:
            return


def _identity(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry["Key"], entry.get("VersionId"), entry.get("UploadId")
