"""What an uploader states about an object, and the bytes that are signed."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from secingest_tui.crypto.errors import SignatureInvalidError
from secingest_tui.crypto.esdk.context import OBJECT_KEY, TENANT, VERSION
from secingest_tui.crypto.esdk.frames import Layout
from secingest_tui.crypto.esdk.header import Header
from secingest_tui.crypto.esdk.wire import u32

DOMAIN = b"secingest object signature 1"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the uploader states about one object. Lengths are in bytes, digests are SHA-256 (32 bytes).

    ``header_sha256`` covers the header with its tag; ``frames_sha256`` covers the concatenated
    SHA-256 of every frame, each over all of the frame's bytes as they lie in the object.
    """

    tenant: str
    object_key: str
    version: str
    header_sha256: bytes
    frame_length: int
    plaintext_length: int
    ciphertext_length: int
    frames_sha256: bytes

    @classmethod
    def for_object(cls, header: Header, ciphertext_length: int, frames_sha256: bytes) -> Manifest:
        """The manifest of the object with this header; :class:`TruncatedError` for an impossible length."""
        layout = Layout.of(ciphertext_length, header_length=header.length, frame_length=header.frame_length)
        return cls(
            tenant=header.context.get(TENANT, ""),
            object_key=header.context.get(OBJECT_KEY, ""),
            version=header.context.get(VERSION, ""),
            header_sha256=header.sha256,
            frame_length=header.frame_length,
            plaintext_length=layout.plaintext_length,
            ciphertext_length=ciphertext_length,
            frames_sha256=frames_sha256,
        )

    def signing_bytes(self) -> bytes:
        """What is signed: the domain string and every field, each after its length in four bytes."""
        fields = (
            DOMAIN,
            self.tenant.encode(),
            self.object_key.encode(),
            self.version.encode(),
            self.header_sha256,
            self.frame_length.to_bytes(8, "big"),
            self.plaintext_length.to_bytes(8, "big"),
            self.ciphertext_length.to_bytes(8, "big"),
            self.frames_sha256,
        )
        return b"".join(u32(len(field)) + field for field in fields)

    def require_header(self, header: Header) -> None:
        """Raise :class:`SignatureInvalidError` unless this is about the object with ``header``."""
        if not hmac.compare_digest(header.sha256, self.header_sha256):
            raise SignatureInvalidError(
                "the signature is for another object's header",
                hint="The object or its signature was exchanged: fetch both from another copy.",
            )
        # The header is the signed one, so these differ only where the signer stated nonsense.
        if self != Manifest.for_object(header, self.ciphertext_length, self.frames_sha256):
            raise SignatureInvalidError("the signed statement contradicts the object's own header")


def frames_digest(digests: bytes | bytearray) -> bytes:
    """``Manifest.frames_sha256`` of the concatenated frame digests."""
    return hashlib.sha256(digests).digest()
