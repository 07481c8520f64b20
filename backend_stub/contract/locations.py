"""Pointers to bytes at a provider, and checksums over them in S3's notation."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Literal, Self
from urllib.parse import quote, unquote

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from .base import Bytes, Submission
from .ids import check_text, has_control

# RFC 3986 section 3.3: what a path may hold unencoded, beside unreserved characters.
_PATH_SAFE = "/!$&'()*+,;=:@"
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def s3_url(bucket: str, key: str = "") -> str:
    """`s3://bucket/key`, the key percent-encoded where RFC 3986 asks for it. Raises ValueError."""
    return check_s3_url(f"s3://{bucket}/{quote(key, safe=_PATH_SAFE)}" if key else f"s3://{bucket}")


def split_s3_url(url: str) -> tuple[str, str]:
    """Bucket and decoded key ("" where the URL names none) of a URL that `check_s3_url` accepted."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, unquote(key, errors="strict")


def check_s3_url(url: str) -> str:
    """An `s3://bucket` or `s3://bucket/key` URL; nothing of the input is in the error's text.

    User info, port, query and fragment are refused, since a credential or a signed URL could hide in
    them: a '?' or '#' inside a key is written %3F and %23. Raises ValueError.
    """
    if not url.startswith("s3://"):
        raise ValueError("a location is s3://bucket or s3://bucket/key")
    rest = url.removeprefix("s3://")
    bucket, slash, key = rest.partition("/")
    if "@" in bucket or ":" in bucket:
        raise ValueError("user info and port are not accepted in a location")
    if "?" in rest or "#" in rest:
        raise ValueError("query and fragment are not accepted in a location; in a key write %3F and %23")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError("the bucket's name in the location is not valid")
    if slash and not key:
        raise ValueError("a location without a key has no '/' after the bucket")
    if _BROKEN_ESCAPE.search(key):
        raise ValueError("'%' in a key is written %25")
    try:
        decoded = unquote(key, errors="strict")
    except UnicodeDecodeError as error:
        raise ValueError("the key in the location is not UTF-8") from error
    if has_control(decoded) or len(decoded.encode()) > 1024:
        raise ValueError("the key in the location has control characters or more than 1024 bytes")
    return url


def check_base64(value: str) -> str:
    """Standard base64 with padding (RFC 4648 section 4) of at least one byte. Raises ValueError."""
    try:
        if base64.b64decode(value, validate=True):
            return value
    except binascii.Error as error:
        raise ValueError("not standard base64 with padding (RFC 4648 section 4)") from error
    raise ValueError("empty")


def check_ed25519(value: str) -> str:
    """Base64 of an Ed25519 signature. Raises ValueError."""
    if len(base64.b64decode(value)) != 64:
        raise ValueError("an Ed25519 signature has 64 bytes (RFC 8032)")
    return value


def _etag(value: str) -> str:
    # Providers send entity tags in quotes (RFC 9110 section 8.8.3); tools show them with or without.
    bare = value.removeprefix('"').removesuffix('"')
    if not bare or '"' in bare:
        raise ValueError("an ETag is 1 to 256 printable characters, with or without its quotes")
    return check_text(bare)


S3Url = Annotated[str, StringConstraints(max_length=4096), AfterValidator(check_s3_url)]
ETag = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_etag)]
Base64 = Annotated[str, StringConstraints(max_length=65536), AfterValidator(check_base64)]
ProviderVersion = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(check_text)]


class BackendLocation(Submission):
    """Where the ciphertext lies on one backend. A URL without a key means: key = the object's key."""

    url: S3Url
    etag: ETag
    version_id: ProviderVersion | None = None

    @property
    def bucket(self) -> str:
        return split_s3_url(self.url)[0]

    @property
    def key(self) -> str:
        """The decoded key, "" where the URL names none."""
        return split_s3_url(self.url)[1]


# Bytes of each algorithm's value (Amazon S3 user guide, "Checking object integrity").
DIGEST_LENGTHS = {"CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32, "MD5": 16}


class CiphertextChecksum(Submission):
    """A checksum over the ciphertext as S3 writes it.

    `value` is base64 of the digest, with `-N` behind it for N parts where `type` is COMPOSITE;
    `part_sizes` are those parts' lengths in bytes, needed to compute a composite value again.
    """

    algorithm: Literal["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "MD5"]
    type: Literal["FULL_OBJECT", "COMPOSITE"]
    value: Annotated[str, StringConstraints(max_length=64)]
    part_sizes: Annotated[list[Bytes], Field(min_length=1, max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        digest, dash, parts = self.value.partition("-")
        if len(base64.b64decode(check_base64(digest))) != DIGEST_LENGTHS[self.algorithm]:
            raise ValueError(f"the value has not the length of a {self.algorithm} digest")
        if self.type == "FULL_OBJECT":
            if dash or self.part_sizes is not None:
                raise ValueError("a FULL_OBJECT checksum has neither '-N' nor part_sizes")
            return self
        if self.part_sizes is None:
            raise ValueError("a COMPOSITE checksum needs part_sizes")
        if dash and parts != str(len(self.part_sizes)):
            raise ValueError("the number of part_sizes differs from the '-N' of the value")
        return self
