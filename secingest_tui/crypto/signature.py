"""Who wrote an object: the uploader's detached Ed25519 signature.

Anyone who has the public key can seal an object for its owner, so a valid object says nothing
about its origin. The uploader signs a :class:`Manifest`; a restore pins the signer. The frames'
tags would not do in place of their digests: a GCM tag commits to nothing, and whoever holds the
data key, which every recipient does, makes other plaintext with the same tag.
"""

from secingest_tui.crypto.keysidecar import FurtherKey, KeySidecar
from secingest_tui.crypto.manifest import Manifest, frames_digest
from secingest_tui.crypto.sidecar import FrameDigestList, Sidecar
from secingest_tui.crypto.signer import SignerKey, SignerPublicKey

__all__ = [
    "FrameDigestList",
    "FurtherKey",
    "KeySidecar",
    "Manifest",
    "Sidecar",
    "SignerKey",
    "SignerPublicKey",
    "frames_digest",
]
