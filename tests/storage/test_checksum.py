"""The notation of checksums, against published values and a real provider's."""

from __future__ import annotations

import base64
import os
import random

import pytest

from secingest_tui.storage.checksum import (
    ChecksumFormatError,
    ChecksumMeter,
    CiphertextChecksum,
    PartChecksum,
    digest,
)

MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("algorithm", "check"),
    [
        # The "check" values (of the nine digits) of the CRC catalogue: CRC-64/NVME and CRC-32/ISCSI.
        ("crc64nvme", "ae8b14860a799888"),
        ("crc32c", "e3069283"),
        ("md5", "25f9e794323b453885f5181f1b624d0b"),
        ("sha256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ],
)
def test_published_values(algorithm: str, check: str) -> None:
    assert digest(algorithm, b"123456789").hex() == check


@pytest.mark.parametrize("algorithm", ["crc64nvme", "crc32c"])
def test_parts_combine_to_the_whole(algorithm: str) -> None:
    seed = random.randrange(1 << 32)
    source = random.Random(seed)
    for _ in range(50):
        data = source.randbytes(source.randrange(5000))
        cuts = sorted(source.randrange(len(data) + 1) for _ in range(source.randrange(6)))
        pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        whole = CiphertextChecksum.combine([PartChecksum.of(piece, algorithm) for piece in pieces])
        assert whole.value == PartChecksum.of(data, algorithm).text, f"seed {seed}"


def test_nothing_has_the_checksum_of_nothing() -> None:
    assert CiphertextChecksum.combine([]).value == PartChecksum.of(b"").text == "AAAAAAAAAAA="


def test_a_composite_is_what_a_provider_makes_of_the_same_parts() -> None:
    """SeaweedFS 4.48's ChecksumCRC32C for these two parts, uploaded by boto3 as COMPOSITE."""
    parts = [PartChecksum.of(b"p" * (5 * MIB), "crc32c"), PartChecksum.of(b"q" * 1000, "crc32c")]
    whole = CiphertextChecksum.composite(parts)
    assert (whole.value, whole.part_sizes) == ("jewA8Q==-2", (5 * MIB, 1000))


@pytest.mark.parametrize("algorithm", ["crc64nvme", "crc32c", "sha256", "md5"])
def test_a_meter_agrees_in_pieces_of_any_size(algorithm: str) -> None:
    data = os.urandom(10_000)
    meter = ChecksumMeter(algorithm)
    for start in range(0, len(data), 777):
        meter.update(memoryview(data)[start : start + 777])
    assert meter.size == len(data)
    assert meter.result().value == PartChecksum.of(data, algorithm).text


@pytest.mark.parametrize("algorithm", ["crc32c", "sha256", "md5"])
@pytest.mark.parametrize("step", [1, 999, 1000, 1001, 5000])
def test_a_meter_of_a_composite_needs_the_sizes(algorithm: str, step: int) -> None:
    data = os.urandom(3500)
    recorded = CiphertextChecksum.composite(
        [PartChecksum.of(data[a:b], algorithm) for a, b in ((0, 1500), (1500, 2500), (2500, 3500))]
    )
    meter = recorded.meter()
    for start in range(0, len(data), step):
        meter.update(data[start : start + step])
    assert meter.result() == recorded
    shorter = recorded.meter()
    shorter.update(data[:-1])
    longer = recorded.meter()
    longer.update(data + b"x")
    assert recorded not in (shorter.result(), longer.result())


def test_the_record_goes_there_and_back() -> None:
    full = CiphertextChecksum.combine([PartChecksum.of(b"x")])
    assert full.to_record() == {"algorithm": "CRC64NVME", "type": "FULL_OBJECT", "value": full.value}
    composite = CiphertextChecksum.composite([PartChecksum.of(b"x", "sha256")])
    assert composite.to_record()["part_sizes"] == [1]
    for each in (full, composite):
        assert CiphertextChecksum.from_record(each.to_record()) == each


EIGHT = base64.b64encode(bytes(8)).decode()
FOUR = base64.b64encode(bytes(4)).decode()


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"algorithm": "CRC64NVME", "type": "FULL_OBJECT"},
        {"algorithm": "CRC7", "type": "FULL_OBJECT", "value": EIGHT},
        {"algorithm": "CRC64NVME", "type": "FULL_OBJECT", "value": FOUR},
        {"algorithm": "CRC64NVME", "type": "FULL_OBJECT", "value": "%%%"},
        {"algorithm": "CRC64NVME", "type": "FULL_OBJECT", "value": f"{EIGHT}-2"},
        {"algorithm": "CRC32C", "type": "COMPOSITE", "value": f"{FOUR}-2"},
        {"algorithm": "CRC32C", "type": "COMPOSITE", "value": f"{FOUR}-2", "part_sizes": [1]},
        {"algorithm": "CRC32C", "type": "COMPOSITE", "value": f"{FOUR}-1", "part_sizes": [-1]},
        {"algorithm": "CRC32C", "type": "COMPOSITE", "value": f"{FOUR}-0", "part_sizes": []},
        {"algorithm": "CRC32C", "type": "FULL_OBJECT", "value": FOUR, "part_sizes": [1]},
        {"algorithm": "CRC32C", "type": "COMPOSITE", "value": f"{FOUR}-1", "part_sizes": "many"},
    ],
)
def test_what_is_no_checksum_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(ChecksumFormatError):
        CiphertextChecksum.from_record(record)


def test_unlike_parts_do_not_combine() -> None:
    mixed = [PartChecksum.of(b"x"), PartChecksum.of(b"y", "crc32c")]
    with pytest.raises(ChecksumFormatError):
        CiphertextChecksum.combine(mixed)
    with pytest.raises(ChecksumFormatError):
        CiphertextChecksum.combine([PartChecksum.of(b"x", "sha256")])
    with pytest.raises(ChecksumFormatError):
        CiphertextChecksum.composite([PartChecksum.of(b"x")])
