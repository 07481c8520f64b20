"""Checksums over ciphertext in S3's own notation: what arrived is verified without any key.

The product's own record of an object is always CRC64NVME over the whole ciphertext: each part's value
is computed where the part lies in memory (carry-less multiplication, 13 GiB/s on one core here) and the
parts are combined without reading them again, in any order of arrival.

What a provider verifies on the wire is a separate matter (``S3Settings.checksums``). Tried:

- SeaweedFS 4.48 verifies CRC64NVME, CRC32C, CRC32, SHA-256 and Content-MD5 on PutObject and UploadPart
  (400 BadDigest, nothing stored), returns the value in the answer and on HEAD with ``ChecksumMode``, and
  verifies a FULL_OBJECT value on CompleteMultipartUpload. CRC64NVME is FULL_OBJECT only (COMPOSITE is
  refused, as by AWS); CRC32C and CRC32 are COMPOSITE unless FULL_OBJECT is asked for. ListParts and
  GetObjectAttributes carry no checksums.
- Ceph RGW 16.2 ignores and does not store every ``x-amz-checksum-*`` header; it verifies Content-MD5.

Source of the notation: "Checking object integrity", Amazon S3 user guide.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from anycrc import Model

from secingest_tui.errors import SecingestError

if TYPE_CHECKING:
    from typing_extensions import Buffer

Algorithm = Literal["crc64nvme", "crc32c", "sha256", "md5"]
ChecksumType = Literal["FULL_OBJECT", "COMPOSITE"]

S3_NAMES: Final[Mapping[str, Algorithm]] = {
    "CRC64NVME": "crc64nvme",
    "CRC32C": "crc32c",
    "SHA256": "sha256",
    "MD5": "md5",
}
_CRCS: Final = {"crc64nvme": Model("CRC64-NVME"), "crc32c": Model("CRC32C")}
_LENGTHS: Final[Mapping[Algorithm, int]] = {"crc64nvme": 8, "crc32c": 4, "sha256": 32, "md5": 16}


class ChecksumFormatError(SecingestError):
    """A checksum that is not in S3's notation."""


def digest(algorithm: Algorithm, data: Buffer) -> bytes:
    """The raw digest of ``data``: 8, 4, 32 or 16 bytes, big-endian for the CRCs."""
    match algorithm:
        case "crc64nvme" | "crc32c":
            crc: int = _CRCS[algorithm].calc(memoryview(data).cast("B"))
            return crc.to_bytes(_LENGTHS[algorithm], "big")
        case "sha256":
            return hashlib.sha256(data).digest()
        case "md5":
            return hashlib.md5(data, usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class PartChecksum:
    """The checksum of ``size`` bytes: a part, or an object put in one piece. ``value``: the raw digest."""

    algorithm: Algorithm
    size: int
    value: bytes

    @classmethod
    def of(cls, data: Buffer, algorithm: Algorithm = "crc64nvme") -> PartChecksum:
        return cls(algorithm, memoryview(data).nbytes, digest(algorithm, data))

    @property
    def text(self) -> str:
        """S3's notation: base64 of the digest."""
        return base64.b64encode(self.value).decode("ascii")


@dataclass(frozen=True, slots=True)
class CiphertextChecksum:
    """What the record of an object says about its ciphertext, in the fields of the metadata server's API.

    ``algorithm``: CRC64NVME, CRC32C, SHA256 or MD5; ``type``: FULL_OBJECT or COMPOSITE; ``value``: base64
    of the digest, with ``-N`` behind it where it is composite; ``part_sizes``: the N parts' lengths in
    bytes, only for COMPOSITE (the header makes the first part longer, so they can't be guessed).
    """

    algorithm: str
    type: ChecksumType
    value: str
    part_sizes: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        """Raises ChecksumFormatError unless the fields fit each other."""
        known = S3_NAMES.get(self.algorithm)
        body, dash, count = self.value.partition("-")
        try:
            raw = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if known is None or len(raw) != _LENGTHS[known]:
            raise ChecksumFormatError(f"not a {self.algorithm} checksum in S3's notation")
        composite = self.type == "COMPOSITE"
        sizes = self.part_sizes
        if composite != bool(dash) or composite != (sizes is not None):
            raise ChecksumFormatError("only a COMPOSITE checksum has '-N' and the sizes of its parts")
        if sizes is not None and (count != str(len(sizes)) or min(sizes, default=0) < 0 or not sizes):
            raise ChecksumFormatError("the sizes of the parts do not fit the '-N' of the checksum")

    @classmethod
    def combine(cls, parts: Iterable[PartChecksum]) -> CiphertextChecksum:
        """The FULL_OBJECT CRC of parts given in order, without reading them again.

        Raises ChecksumFormatError for parts of unlike algorithms, or of one that can't be combined.
        """
        listed = tuple(parts)
        algorithms = {part.algorithm for part in listed} or {"crc64nvme"}
        if len(algorithms) != 1 or not algorithms <= {"crc64nvme", "crc32c"}:
            raise ChecksumFormatError("only CRC64NVME or CRC32C parts of one kind combine into a whole")
        algorithm = algorithms.pop()
        crc, whole = _CRCS[algorithm], 0
        for part in listed:
            whole = crc.combine(whole, int.from_bytes(part.value, "big"), part.size)
        raw = whole.to_bytes(_LENGTHS[algorithm], "big")
        return cls(algorithm.upper(), "FULL_OBJECT", base64.b64encode(raw).decode("ascii"))

    @classmethod
    def composite(cls, parts: Iterable[PartChecksum]) -> CiphertextChecksum:
        """The checksum of the parts' checksums, as S3 computes it for a multipart object."""
        listed = tuple(parts)
        algorithms = {part.algorithm for part in listed}
        if len(algorithms) != 1 or "crc64nvme" in algorithms:
            raise ChecksumFormatError("a composite needs parts of one kind, and CRC64NVME has none")
        algorithm = algorithms.pop()
        raw = digest(algorithm, b"".join(part.value for part in listed))
        name = next(s3 for s3, ours in S3_NAMES.items() if ours == algorithm)
        text = f"{base64.b64encode(raw).decode('ascii')}-{len(listed)}"
        return cls(name, "COMPOSITE", text, tuple(part.size for part in listed))

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> CiphertextChecksum:
        """From the API's JSON object. Raises ChecksumFormatError (also for absent fields)."""
        try:
            sizes = record.get("part_sizes")
            return cls(
                str(record["algorithm"]),
                "COMPOSITE" if record["type"] == "COMPOSITE" else "FULL_OBJECT",
                str(record["value"]),
                None if sizes is None else tuple(int(size) for size in sizes),
            )
        except (KeyError, TypeError, ValueError):
            raise ChecksumFormatError("the record's checksum lacks a field") from None

    def to_record(self) -> dict[str, Any]:
        """The API's JSON object: algorithm, type, value, and part_sizes where composite."""
        record: dict[str, Any] = {"algorithm": self.algorithm, "type": self.type, "value": self.value}
        if self.part_sizes is not None:
            record["part_sizes"] = list(self.part_sizes)
        return record

    @property
    def part_algorithm(self) -> Algorithm:
        return S3_NAMES[self.algorithm]

    def meter(self) -> ChecksumMeter:
        """A running computation over the same bytes, to compare with this one."""
        return ChecksumMeter(self.part_algorithm, self.part_sizes)


class ChecksumMeter:
    """Computes a checksum over bytes as they pass, in pieces of any size."""

    def __init__(self, algorithm: Algorithm = "crc64nvme", part_sizes: tuple[int, ...] | None = None) -> None:
        self._algorithm = algorithm
        self._sizes = part_sizes
        self._done: list[PartChecksum] = []
        self._part = _Running(algorithm)
        self.size = 0

    def update(self, data: Buffer) -> None:
        """Take the next bytes in."""
        view = memoryview(data).cast("B")
        self.size += view.nbytes
        while self._sizes is not None and len(self._done) < len(self._sizes):
            room = self._sizes[len(self._done)] - self._part.size
            if view.nbytes < room:
                break
            self._part.update(view[:room])
            self._done.append(self._part.finish())
            self._part = _Running(self._algorithm)
            view = view[room:]
        self._part.update(view)

    def part(self) -> PartChecksum:
        """The checksum of everything so far as that of one part; not where sizes of parts were given."""
        return self._part.finish()

    def result(self) -> CiphertextChecksum:
        """The checksum of everything so far; bytes beyond the given parts count as one more part."""
        if self._sizes is not None:
            rest = [self._part.finish()] if self._part.size or not self._done else []
            return CiphertextChecksum.composite([*self._done, *rest])
        part = self._part.finish()
        name = next(s3 for s3, ours in S3_NAMES.items() if ours == self._algorithm)
        return CiphertextChecksum(name, "FULL_OBJECT", part.text)


class _Running:
    """One part's checksum under way."""

    def __init__(self, algorithm: Algorithm) -> None:
        self.algorithm = algorithm
        self.size = 0
        self._crc = 0
        self._hash = hashlib.new(algorithm, usedforsecurity=False) if algorithm in ("sha256", "md5") else None

    def update(self, data: memoryview) -> None:
        self.size += data.nbytes
        if self._hash is not None:
            self._hash.update(data)
        else:
            self._crc = _CRCS[self.algorithm].calc(data, self._crc)

    def finish(self) -> PartChecksum:
        raw = self._hash.digest() if self._hash else self._crc.to_bytes(_LENGTHS[self.algorithm], "big")
        return PartChecksum(self.algorithm, self.size, raw)
