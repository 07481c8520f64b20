"""What the fakes of the session agree on: the moment, the secrets, a receipt."""

from __future__ import annotations

from datetime import UTC, datetime

from secingest_tui.models.records import Receipt

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
PASSPHRASE = "correct horse"
SECRET = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"


def receipt(key: str, version: str = "v1") -> Receipt:
    fields = (
        ("object_key", key),
        ("version", version),
        ("backend", "embedded-a"),
        ("bucket", "s3gw-a1b2c3d4e5f60718-embedded"),
        ("etag", "9b2cf535f27731c974343645a3985328"),
        ("size", "12582912"),
        ("ciphertext_size", "12583512"),
        ("ciphertext_checksum", "CRC64NVME FULL_OBJECT 9XkVd1bqZ0c="),
        ("key_id", "customer42-k1"),
        ("key_alg", "rsa-oaep"),
        ("encrypted_key", "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=" * 8),
        ("residency", "FI"),
        ("replica_count", "1"),
        ("receipt_id", "rcp-01JD8Z"),
        ("recorded_at", "2026-11-24T12:00:00Z"),
    )
    return Receipt(
        key, version, fields, "{" + ", ".join(f'"{name}": "{value}"' for name, value in fields) + "}"
    )
