"""The keys sidecar: wrapped keys for who got access after an object was sealed, beside that object.

The object's own header is never written again (a second header under one message key would give
away the GHASH key), so a further wrapped key lies in an object of its own, ``KEY.keys``: one line
of JSON and a newline. Whoever gave the access signs the whole list. The commitment in the
object's header binds every key of it to the object's data key, whoever signed.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from secingest_tui.crypto import line
from secingest_tui.crypto.errors import (
    FormatError,
    KeyFileError,
    LimitError,
    SignatureInvalidError,
    SignerMismatchError,
    shown,
)
from secingest_tui.crypto.esdk.context import OBJECT_KEY, TENANT, VERSION
from secingest_tui.crypto.esdk.header import EncryptedDataKey, Header
from secingest_tui.crypto.esdk.wire import u32
from secingest_tui.crypto.recipients.base import check_key_id
from secingest_tui.crypto.signer import SIGNATURE_LENGTH, SignerKey, SignerPublicKey

FORMAT = "secingest-keys-1"
DOMAIN = b"secingest further keys 1"
MAX_FURTHER_KEYS = 64
MAX_LENGTH = 512 * 1024
"""Bytes of the whole object: 64 keys of the greatest length that a header may have fit in."""
MAX_REVISION = 2**53 - 1
"""What every reader of JSON takes exactly (RFC 8259, section 6)."""

_WHAT = "the keys sidecar"
_HINT = "Give the .keys object that lies beside the object."
_KEY_ALG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_KEY_FIELDS = ("key_id", "key_alg", "fingerprint", "wrapped")
_FIELDS = ("format", "tenant", "object_key", "version", "header_sha256", "revision", "keys", "signer",
           "signature")  # fmt: skip


@dataclass(frozen=True, slots=True)
class FurtherKey:
    """The data key wrapped for one more recipient.

    ``fingerprint`` is the SHA-256 (64 hex digits) of the public key it was wrapped for: it says
    exactly who got access, which a key id, a name that anyone may choose, does not.
    """

    key_id: str
    key_alg: str
    fingerprint: str
    wrapped: EncryptedDataKey

    def __post_init__(self) -> None:
        """:class:`FormatError` for a key id or algorithm that is none."""
        try:
            check_key_id(self.key_id)
        except KeyFileError as error:
            raise FormatError(error.message, hint=_HINT) from None
        if not _KEY_ALG.fullmatch(self.key_alg):
            raise FormatError(f"{shown(self.key_alg)} is not the name of an algorithm", hint=_HINT)


@dataclass(frozen=True, slots=True)
class KeySidecar:
    """Every further wrapped key of one object, under one signature.

    ``revision`` grows with every change of the list, from 1 on. ``header_sha256`` is that of the
    object's header with its tag (32 bytes). ``signer`` is the fingerprint of the signing key as
    the writer stated it: a hint for finding the key, never a reason to trust it.
    """

    tenant: str
    object_key: str
    version: str
    header_sha256: bytes
    revision: int
    keys: tuple[FurtherKey, ...]
    signer: str
    signature: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """:class:`LimitError` for too many keys, :class:`FormatError` for one recipient twice."""
        if not 1 <= len(self.keys) <= MAX_FURTHER_KEYS:
            raise LimitError(
                f"{len(self.keys)} further keys were given, 1 to {MAX_FURTHER_KEYS} fit beside an object",
                hint="For more, make a new version for all of them: secingest rewrap --reencrypt",
            )
        if not 1 <= self.revision <= MAX_REVISION:
            raise LimitError(f"{_WHAT}'s revision is out of range", hint=_HINT)
        if len({key.fingerprint for key in self.keys}) != len(self.keys):
            raise FormatError(f"{_WHAT} names a recipient twice", hint=_HINT)

    @classmethod
    def sign(cls, header: Header, revision: int, keys: Sequence[FurtherKey], signer: SignerKey) -> KeySidecar:
        """The list ``keys`` of the object with ``header``, signed."""
        context = header.context
        unsigned = cls(
            tenant=context.get(TENANT, ""),
            object_key=context.get(OBJECT_KEY, ""),
            version=context.get(VERSION, ""),
            header_sha256=header.sha256,
            revision=revision,
            keys=tuple(keys),
            signer=signer.fingerprint,
            signature=b"",
        )
        return unsigned.signed(signer.sign(unsigned))

    def signed(self, signature: bytes) -> KeySidecar:
        """The same list with this signature."""
        return KeySidecar(
            self.tenant, self.object_key, self.version, self.header_sha256, self.revision, self.keys,
            self.signer, signature,
        )  # fmt: skip

    @property
    def wrapped_keys(self) -> tuple[EncryptedDataKey, ...]:
        """What a reader tries after the keys of the header."""
        return tuple(key.wrapped for key in self.keys)

    def signing_bytes(self) -> bytes:
        """What is signed: the domain string and every field, each after its length in four bytes."""
        fields = [
            DOMAIN,
            self.tenant.encode(),
            self.object_key.encode(),
            self.version.encode(),
            self.header_sha256,
            self.revision.to_bytes(8, "big"),
            len(self.keys).to_bytes(8, "big"),
        ]
        for key in self.keys:
            names = (key.key_id.encode(), key.key_alg.encode(), bytes.fromhex(key.fingerprint))
            fields += [*names, key.wrapped.serialise()]
        return b"".join(u32(len(piece)) + piece for piece in fields)

    def verify(self, signers: Sequence[SignerPublicKey], header: Header) -> None:
        """That one of ``signers`` signed this list, and for the object with ``header``.

        Raises :class:`SignatureInvalidError` where the list was changed or is another object's,
        :class:`SignerMismatchError` where it is by somebody who is not among them.
        """
        self.require_header(header)
        signer = next((signer for signer in signers if signer.fingerprint == self.signer), None)
        if signer is None:
            raise SignerMismatchError(
                f"the keys sidecar is signed by {self.signer[:16]}…, whom you did not name as trusted",
                hint="If you know who that is, give the public key with --signer.",
            )
        signer.verify(self, self.signature)

    def require_header(self, header: Header) -> None:
        """Raise :class:`SignatureInvalidError` unless this list says that it is about ``header``'s object."""
        if not hmac.compare_digest(header.sha256, self.header_sha256):
            raise SignatureInvalidError(
                "the keys sidecar is another object's", hint="Fetch it again, or from another copy."
            )
        context = [header.context.get(name, "") for name in (TENANT, OBJECT_KEY, VERSION)]
        if context != [self.tenant, self.object_key, self.version]:
            raise SignatureInvalidError("the keys sidecar contradicts the object's own header")

    def encode(self) -> bytes:
        """The bytes of the keys sidecar."""
        return self._line() + b"\n"

    def _line(self) -> bytes:
        keys = [
            {
                "key_id": key.key_id,
                "key_alg": key.key_alg,
                "fingerprint": key.fingerprint,
                "wrapped": base64.b64encode(key.wrapped.serialise()).decode("ascii"),
            }
            for key in self.keys
        ]
        return line.canonical(
            {
                "format": FORMAT,
                "tenant": self.tenant,
                "object_key": self.object_key,
                "version": self.version,
                "header_sha256": self.header_sha256.hex(),
                "revision": self.revision,
                "keys": keys,
                "signer": self.signer,
                "signature": base64.b64encode(self.signature).decode("ascii"),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> KeySidecar:
        """Read what :meth:`encode` wrote. :class:`FormatError` or :class:`LimitError` for anything else.

        Nothing is verified: call :meth:`verify`.
        """
        if len(data) > MAX_LENGTH:
            raise LimitError(f"{_WHAT} is longer than {MAX_LENGTH} bytes", hint=_HINT)
        if not data.endswith(b"\n"):
            raise FormatError(f"{_WHAT} does not end with its line", hint=_HINT)
        fields = line.LineFields.parse(data[:-1], _FIELDS, FORMAT, what=_WHAT, hint=_HINT)
        sidecar = cls(
            tenant=fields.text("tenant"),
            object_key=fields.text("object_key"),
            version=fields.text("version"),
            header_sha256=fields.digest("header_sha256"),
            revision=fields.count("revision", 1, MAX_REVISION),
            keys=tuple(_key(item) for item in fields.items("keys", _KEY_FIELDS, MAX_FURTHER_KEYS)),
            signer=fields.digest("signer").hex(),
            signature=fields.base64("signature", SIGNATURE_LENGTH),
        )
        # One statement has one form, so that a copy can be compared byte by byte.
        if sidecar.encode() != data:
            raise FormatError(f"{_WHAT} is not written in its one form", hint=_HINT)
        return sidecar


def _key(item: line.LineFields) -> FurtherKey:
    return FurtherKey(
        item.text("key_id"),
        item.text("key_alg"),
        item.digest("fingerprint").hex(),
        EncryptedDataKey.parse(item.base64("wrapped")),
    )
