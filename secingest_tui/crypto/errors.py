"""What can be wrong with a sealed object or a key, one class for each answer a person needs.

None of these ever carries a key, a passphrase or plaintext. Text that came out of an object
is shown through :func:`shown`, because whoever made the object chose it.
"""

from __future__ import annotations

from secingest_tui.errors import SecingestError


def shown(text: str, limit: int = 80) -> str:
    """``text`` in quotes with everything but printable ASCII escaped, cut to ``limit`` characters."""
    return ascii(text if len(text) <= limit else text[: limit - 3] + "...")


class CryptoError(SecingestError):
    """Base of everything this package raises about objects and keys."""


class FormatError(CryptoError):
    """The bytes are not an object of the format that ``docs/object-format.md`` describes."""


class MoreDataNeeded(FormatError):
    """The header is longer than the bytes at hand; come back with at least ``needed`` bytes."""

    def __init__(self, needed: int) -> None:
        super().__init__(
            f"the object ends inside its header: at least {needed} bytes are needed",
            hint="Fetch the object again; if its size at the provider is the same, it was cut there.",
        )
        self.needed = needed


class UnsupportedFormatError(FormatError):
    """Another version, suite or body type than the one we accept: what a downgrade looks like."""


class LimitError(FormatError):
    """A count or length beyond what we write, refused before anything is allocated for it."""


class TamperedError(CryptoError):
    """The object is not what was sealed. Nothing of the offending part was released."""


class CommitmentError(TamperedError):
    """The unwrapped data key is not the one the header commits to."""


class FrameOrderError(TamperedError):
    """A frame lies where another one belongs: reordered, repeated, left out or of the wrong kind."""


class TruncatedError(TamperedError):
    """The object ends before its final frame does."""


class TrailingDataError(TamperedError):
    """Bytes follow the final frame."""


class LengthMismatchError(TamperedError):
    """A whole object, but not of the length that was registered or signed."""


class ContextMismatchError(TamperedError):
    """A genuine object, but not the one that was asked for (another tenant, key or version)."""


class OriginError(TamperedError):
    """Who wrote the object could not be shown."""


class SignatureMissingError(OriginError):
    """A signature was required and there is none."""


class SignatureInvalidError(OriginError):
    """The signature does not fit the statement, the signer or the object."""


class SignerMismatchError(OriginError):
    """The key at hand is not the signer that was pinned."""


class NoMatchingKeyError(CryptoError):
    """No wrapped key in the header is meant for this private key."""


class UnwrapError(CryptoError):
    """A wrapped key names this private key but does not open with it."""


class FrameReuseError(CryptoError):
    """A frame number was about to be sealed twice under one message key."""


class KeyFileError(CryptoError):
    """A key file cannot be used: wrong kind, damaged, too weak, or already there."""


class PassphraseRequiredError(KeyFileError):
    """The private key is protected and no passphrase was given."""


class WrongPassphraseError(KeyFileError):
    """The passphrase does not open the private key."""
