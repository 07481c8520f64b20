"""AWS Encryption SDK message format, version 2, suite 0x0478, framed: our own writer and reader.

Specification: awslabs/aws-encryption-sdk-specification. ``docs/object-format.md`` says what we
write, what we refuse beyond the specification, and why.
"""

from secingest_tui.crypto.esdk.context import object_context, require_context, serialise_context
from secingest_tui.crypto.esdk.frames import (
    Layout,
    ciphertext_length,
    frame_digests,
    frame_tags,
    split_frames,
)
from secingest_tui.crypto.esdk.header import MAX_HEADER_LENGTH, EncryptedDataKey, Header, parse_header
from secingest_tui.crypto.esdk.opener import Opener
from secingest_tui.crypto.esdk.sealer import Sealer
from secingest_tui.crypto.esdk.stream import Decrypted, decrypt_file, decrypt_stream, read_header
from secingest_tui.crypto.esdk.wire import DEFAULT_FRAME_LENGTH, MAX_FRAME_LENGTH

__all__ = [
    "DEFAULT_FRAME_LENGTH",
    "MAX_FRAME_LENGTH",
    "MAX_HEADER_LENGTH",
    "Decrypted",
    "EncryptedDataKey",
    "Header",
    "Layout",
    "Opener",
    "Sealer",
    "ciphertext_length",
    "decrypt_file",
    "decrypt_stream",
    "frame_digests",
    "frame_tags",
    "object_context",
    "parse_header",
    "read_header",
    "require_context",
    "serialise_context",
    "split_frames",
]
