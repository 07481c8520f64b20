"""Between our values and botocore's dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secingest_tui.storage.checksum import S3_NAMES, ChecksumFormatError, CiphertextChecksum, PartChecksum
from secingest_tui.storage.errors import ChecksumMismatch, StorageError

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from secingest_tui.storage.settings import S3Settings, WireChecksum


def bare_etag(answer: Mapping[str, Any]) -> str:
    """The ETag without its quotes, "" where there is none."""
    return str(answer.get("ETag") or "").strip('"')


def insist_file_key(settings: S3Settings, key: str) -> None:
    """Refuse a key that ends in "/": to SeaweedFS it is a folder, and the body is dropped without a word."""
    if key.endswith("/"):
        raise StorageError(
            f"the key {key} at {settings.place} ends in '/', which some providers take for a folder",
            hint="use a key that ends in a name",
            field="key",
        )


def wire_parameters(checksum: PartChecksum) -> dict[str, str]:
    """botocore's parameters that have the provider verify ``checksum``."""
    if checksum.algorithm == "md5":
        return {"ContentMD5": checksum.text}
    return {f"Checksum{checksum.algorithm.upper()}": checksum.text}


@dataclass(frozen=True, slots=True)
class WireSums:
    """A body's two checksums: ``record``, always CRC64NVME, and ``wire``, what the provider verifies."""

    record: PartChecksum
    wire: PartChecksum | None

    @classmethod
    def of(cls, kind: WireChecksum, data: Buffer, known: PartChecksum | None) -> WireSums:
        """Computed over ``data``, except what is ``known`` already."""
        fits = known is not None and known.algorithm == "crc64nvme"
        record = known if known is not None and fits else PartChecksum.of(data)
        if kind == "none":
            return cls(record, None)
        return cls(record, record if kind == "crc64nvme" else PartChecksum.of(data, kind))

    @property
    def parameters(self) -> dict[str, str]:
        """botocore's parameters for the request."""
        return {} if self.wire is None else wire_parameters(self.wire)


def confirm(settings: S3Settings, action: str, sums: WireSums, answer: Mapping[str, Any]) -> bool:
    """Whether the provider compared what it received with a checksum of ours. Raises ChecksumMismatch."""
    held = checksum_of(answer)
    if sums.wire is None or held is None or held.part_algorithm != sums.wire.algorithm:
        # Content-MD5 is never echoed; a provider that does not verify it speaks no S3.
        return settings.checksums == "md5"
    if held.value != sums.wire.text:
        raise ChecksumMismatch(
            f"{action} at {settings.place}: the provider holds other bytes than were sent",
            hint="try again; if it comes back, the network or the provider corrupts data",
        )
    return True


def checksum_of(answer: Mapping[str, Any]) -> CiphertextChecksum | None:
    """The checksum the provider says it holds, for the whole object; None where it says none we know.

    A composite one is left out: without the sizes of its parts it can't be compared with anything.
    """
    if answer.get("ChecksumType") == "COMPOSITE":
        return None
    for name in S3_NAMES:
        value = answer.get(f"Checksum{name}")
        if value and "-" not in value:
            try:
                return CiphertextChecksum(name, "FULL_OBJECT", value)
            except ChecksumFormatError:
                return None
    return None
