"""The sidecar object: the signed manifest and the digest of every frame, beside the object it is about.

Bytes: one line of JSON, a newline, then the SHA-256 of frame 1, 2, 3 and so on, 32 bytes each.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field

from secingest_tui.crypto import line
from secingest_tui.crypto.errors import FormatError, LimitError, SignatureInvalidError
from secingest_tui.crypto.esdk.frames import DIGEST_LENGTH, FINAL_OVERHEAD, REGULAR_OVERHEAD
from secingest_tui.crypto.esdk.frameset import FrameSet
from secingest_tui.crypto.esdk.wire import MAX_FRAME_LENGTH
from secingest_tui.crypto.manifest import Manifest, frames_digest
from secingest_tui.crypto.signer import SIGNATURE_LENGTH, SignerKey, SignerPublicKey

FORMAT = "secingest-signature-1"
MAX_LINE_LENGTH = 16 * 1024
_MAX_LENGTH = 2**63 - 1
_FIELDS = frozenset(
    {
        "format",
        "tenant",
        "object_key",
        "version",
        "header_sha256",
        "frame_length",
        "plaintext_length",
        "ciphertext_length",
        "frames_sha256",
        "signer",
        "signature",
    }
)


class FrameDigestList:
    """Collects the frames' digests while parts are sealed, in whatever order they finish.

    Not thread-safe: one owner adds what the sealing threads return.
    """

    def __init__(self) -> None:
        self._digests = bytearray()
        self._known = FrameSet()

    def add(self, first_frame: int, digests: bytes) -> None:
        """Take the digests of the frames from ``first_frame`` (from 1) on, as ``frame_digests`` gave them.

        ``ValueError`` where they are not whole digests or one of the frames was given before.
        """
        count, rest = divmod(len(digests), DIGEST_LENGTH)
        if rest or not count or first_frame < 1:
            raise ValueError("not a list of frame digests")
        if not self._known.claim(first_frame, count):
            raise ValueError(f"frame {first_frame} or one after it was given before")
        start = (first_frame - 1) * DIGEST_LENGTH
        missing = start - len(self._digests)
        if missing > 0:
            self._digests.extend(bytes(missing))
        self._digests[start : start + len(digests)] = digests

    def concatenated(self) -> bytes:
        """Every digest in order; ``ValueError`` where a frame is missing."""
        if not self._known.is_whole(len(self._digests) // DIGEST_LENGTH):
            raise ValueError(f"frames are missing between {self._known.ranges}")
        return bytes(self._digests)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A manifest, the signature over it, and the list it refers to.

    ``signer`` is the fingerprint of the signing key as the writer stated it: a hint for finding
    the key, never a reason to trust it.
    """

    manifest: Manifest
    signer: str
    signature: bytes
    frame_digests: bytes = field(repr=False)

    @classmethod
    def sign(cls, manifest: Manifest, frame_digests: bytes, signer: SignerKey) -> Sidecar:
        """Sign ``manifest``, whose ``frames_sha256`` must be that of ``frame_digests`` (``ValueError``)."""
        if manifest.frames_sha256 != frames_digest(frame_digests):
            raise ValueError("the manifest is about another list of frames")
        return cls(manifest, signer.fingerprint, signer.sign(manifest), frame_digests)

    @property
    def frames(self) -> int:
        """How many frames the object has."""
        return len(self.frame_digests) // DIGEST_LENGTH

    def verify(self, signer: SignerPublicKey) -> Manifest:
        """The manifest, once the signature is ``signer``'s and the list is the signed one.

        Raises :class:`SignatureInvalidError`.
        """
        signer.verify(self.manifest, self.signature)
        if not hmac.compare_digest(frames_digest(self.frame_digests), self.manifest.frames_sha256):
            raise SignatureInvalidError(
                "the list of frames is not the one that was signed",
                hint="The sidecar was changed: fetch it from another copy.",
            )
        return self.manifest

    def require_frames(self, first_frame: int, digests: bytes) -> None:
        """Raise :class:`SignatureInvalidError` unless the frames from ``first_frame`` have these digests.

        Means something only after :meth:`verify`. Needs no key: a worker can check a replica by it.
        """
        start = (first_frame - 1) * DIGEST_LENGTH
        signed = self.frame_digests[start : start + len(digests)]
        if not hmac.compare_digest(signed, digests):
            bad = next(
                (
                    i
                    for i in range(0, len(digests), DIGEST_LENGTH)
                    if signed[i : i + DIGEST_LENGTH] != digests[i : i + DIGEST_LENGTH]
                ),
                0,
            )
            raise SignatureInvalidError(
                f"frame {first_frame + bad // DIGEST_LENGTH} is not the one that was signed",
                hint="Fetch the object again or from another copy.",
            )

    def encode(self) -> bytes:
        """The bytes of the sidecar object."""
        return self._line() + b"\n" + self.frame_digests

    def _line(self) -> bytes:
        manifest = self.manifest
        fields = {
            "format": FORMAT,
            "tenant": manifest.tenant,
            "object_key": manifest.object_key,
            "version": manifest.version,
            "header_sha256": manifest.header_sha256.hex(),
            "frame_length": manifest.frame_length,
            "plaintext_length": manifest.plaintext_length,
            "ciphertext_length": manifest.ciphertext_length,
            "frames_sha256": manifest.frames_sha256.hex(),
            "signer": self.signer,
            "signature": base64.b64encode(self.signature).decode("ascii"),
        }
        return line.canonical(fields)

    @classmethod
    def parse(cls, data: bytes) -> Sidecar:
        """Read what :meth:`encode` wrote. :class:`FormatError` or :class:`LimitError` for anything else.

        Nothing is verified: call :meth:`verify`.
        """
        end = data.find(b"\n", 0, MAX_LINE_LENGTH)
        if end < 0:
            raise LimitError("the signature object has no first line", hint=_WRONG_FILE)
        fields = line.LineFields.parse(
            data[:end], _FIELDS, FORMAT, what="the signature object", hint=_WRONG_FILE
        )
        manifest = Manifest(
            tenant=fields.text("tenant"),
            object_key=fields.text("object_key"),
            version=fields.text("version"),
            header_sha256=fields.digest("header_sha256"),
            frame_length=fields.count("frame_length", 1, MAX_FRAME_LENGTH),
            plaintext_length=fields.count("plaintext_length", 0, _MAX_LENGTH),
            ciphertext_length=fields.count("ciphertext_length", 0, _MAX_LENGTH),
            frames_sha256=fields.digest("frames_sha256"),
        )
        digests = data[end + 1 :]
        _check_list(manifest, len(digests))
        signature = fields.base64("signature", SIGNATURE_LENGTH)
        sidecar = cls(manifest, fields.digest("signer").hex(), signature, digests)
        # One statement has one form, so that a copy can be compared byte by byte.
        if sidecar._line() != data[:end]:
            raise FormatError("the signature object is not written in its one form", hint=_WRONG_FILE)
        return sidecar


_WRONG_FILE = "Give the sidecar object that lies beside the object."


def _check_list(manifest: Manifest, length: int) -> None:
    """The list must be as long as an object of these lengths has frames, before anything relies on it."""
    frames, rest = divmod(length, DIGEST_LENGTH)
    regular = frames - 1
    last = manifest.plaintext_length - regular * manifest.frame_length
    overhead = regular * REGULAR_OVERHEAD + FINAL_OVERHEAD
    header = manifest.ciphertext_length - manifest.plaintext_length - overhead
    if rest or not frames or not 0 <= last <= manifest.frame_length or header <= 0:
        raise FormatError("the signature object's list of frames does not fit its lengths", hint=_WRONG_FILE)
