"""Keys and sealed objects for the tests; real ones, made once a session."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from secingest_tui.crypto import pem
from secingest_tui.crypto.esdk import (
    Decrypted,
    Sealer,
    decrypt_file,
    frame_digests,
    object_context,
    parse_header,
)
from secingest_tui.crypto.keyfile import KeyType, generate
from secingest_tui.crypto.recipients import PrivateKey, Recipient
from secingest_tui.crypto.recipients.loading import private_key_for, recipient_for
from secingest_tui.crypto.signature import Manifest, Sidecar, SignerKey, frames_digest

RECIPIENT_TYPES = [kind for kind in KeyType if not kind.signs]
EXPECT = {"tenant": "customer42", "object-key": "customer42/a b/ü.pdf", "version": "v1"}


@dataclass(frozen=True)
class Pair:
    type: KeyType
    key_id: str
    key: pem.AnyPrivateKey

    @property
    def recipient(self) -> Recipient:
        return recipient_for(self.key.public_key(), self.key_id)

    @property
    def private(self) -> PrivateKey:
        return private_key_for(self.key, self.key_id)


@cache
def pair(kind: KeyType, owner: str = "alice") -> Pair:
    return Pair(kind, f"{owner}-{kind.value}", generate(kind))


@cache
def signer(owner: str = "alice") -> SignerKey:
    return SignerKey(generate(KeyType.ED25519), owner)


def context(pairs: Sequence[Pair], **changes: str) -> dict[str, str]:
    fields = {"tenant": EXPECT["tenant"], "object_key": EXPECT["object-key"], "version": EXPECT["version"]}
    return object_context(**(fields | changes), key_ids=[each.key_id for each in pairs])


def pattern(length: int) -> bytes:
    """Bytes of which no frame equals another, so that a swap shows."""
    block = bytes(range(251))
    return (block * (length // len(block) + 1))[:length]


def seal(
    plaintext: bytes,
    pairs: Sequence[Pair],
    *,
    frame_length: int = 64,
    about: Mapping[str, str] | None = None,
) -> bytes:
    sealer = Sealer([each.recipient for each in pairs], about or context(pairs), frame_length=frame_length)
    out = bytearray(sealer.ciphertext_length(len(plaintext)) - len(sealer.header))
    assert sealer.seal(1, plaintext, out, final=True) == len(out)
    return sealer.header + out


def sign(sealed: bytes, by: SignerKey | None = None) -> Sidecar:
    header = parse_header(sealed)
    digests = frame_digests(sealed[header.length :], header.frame_length, final=True)
    manifest = Manifest.for_object(header, len(sealed), frames_digest(digests))
    return Sidecar.sign(manifest, digests, by or signer())


def unseal(sealed: bytes, by: Pair, **options: object) -> tuple[bytes, Decrypted]:
    sink = io.BytesIO()
    report = decrypt_file(io.BytesIO(sealed), by.private, sink, **options)  # type: ignore[arg-type]
    return sink.getvalue(), report
